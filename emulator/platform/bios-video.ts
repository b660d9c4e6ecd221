import type { BiosFrame } from './bios-frame.ts';

const SCREEN = 0xb8000;
const COLUMNS = 80;
const ROWS = 25;
const CURSOR_AT = 0x450;
const CURSOR_SHAPE_AT = 0x460;
const NORMAL = 0x07;
const TEXT_MODES = [0, 1, 2, 3, 7];

interface Position {
  readonly row: number;
  readonly column: number;
}

/** INT 10h for text mode 3, page 0. Whether the function is there. */
export function videoService(f: BiosFrame): boolean {
  const cursor = getCursor(f);
  switch (f.get8('ah')) {
    case 0x00:
      if (!TEXT_MODES.includes(f.get8('al') & 0x7f)) return false;
      clear(f, { top: 0, left: 0, bottom: ROWS - 1, right: COLUMNS - 1 }, NORMAL);
      setCursor(f, { row: 0, column: 0 });
      return true;
    case 0x01:
      f.write16(CURSOR_SHAPE_AT, f.get('cx'));
      writeCrtc(f, 0x0a, f.get8('ch'));
      writeCrtc(f, 0x0b, f.get8('cl'));
      return true;
    case 0x02:
      setCursor(f, { row: f.get8('dh'), column: f.get8('dl') });
      return true;
    case 0x03:
      f.set8('dh', cursor.row);
      f.set8('dl', cursor.column);
      f.set('cx', f.read16(CURSOR_SHAPE_AT));
      return true;
    case 0x05: // There is only page 0.
      return f.get8('al') === 0;
    case 0x06:
    case 0x07:
      scroll(f);
      return true;
    case 0x08: {
      const cell = f.read16(cellAddress(cursor));
      f.set('ax', cell);
      return true;
    }
    case 0x09:
    case 0x0a:
      for (let i = 0; i < f.get('cx'); i += 1) {
        const at = cellAddress(cursor) + 2 * i;
        f.write8(at, f.get8('al'));
        if (f.get8('ah') === 0x09) f.write8(at + 1, f.get8('bl'));
      }
      return true;
    case 0x0e:
      teletype(f, f.get8('al'));
      return true;
    case 0x0f:
      f.set8('al', 3);
      f.set8('ah', COLUMNS);
      f.set8('bh', 0);
      return true;
    case 0x13:
      writeString(f, cursor);
      return true;
    default:
      return false;
  }
}

const cellAddress = ({ row, column }: Position): number => SCREEN + 2 * (row * COLUMNS + column);

function getCursor(f: BiosFrame): Position {
  const word = f.read16(CURSOR_AT);
  return { row: Math.min(word >>> 8, ROWS - 1), column: Math.min(word & 0xff, COLUMNS - 1) };
}

function setCursor(f: BiosFrame, { row, column }: Position): void {
  f.write16(CURSOR_AT, (row << 8) | column);
  const at = row * COLUMNS + column;
  writeCrtc(f, 0x0e, at >>> 8);
  writeCrtc(f, 0x0f, at & 0xff);
}

function writeCrtc(f: BiosFrame, index: number, value: number): void {
  f.out8(0x3d4, index);
  f.out8(0x3d5, value & 0xff);
}

interface Window {
  readonly top: number;
  readonly left: number;
  readonly bottom: number;
  readonly right: number;
}

function clear(f: BiosFrame, window: Window, attribute: number): void {
  for (let row = window.top; row <= window.bottom; row += 1) {
    for (let column = window.left; column <= window.right; column += 1)
      f.write16(cellAddress({ row, column }), 0x20 | (attribute << 8));
  }
}

/** Functions 06h (up) and 07h (down). */
function scroll(f: BiosFrame): void {
  const window = {
    top: f.get8('ch'),
    left: f.get8('cl'),
    bottom: Math.min(f.get8('dh'), ROWS - 1),
    right: Math.min(f.get8('dl'), COLUMNS - 1),
  };
  move(f, window, { lines: f.get8('al'), isUp: f.get8('ah') === 0x06, attribute: f.get8('bh') });
}

function move(
  f: BiosFrame,
  window: Window,
  how: { readonly lines: number; readonly isUp: boolean; readonly attribute: number },
): void {
  const height = window.bottom - window.top + 1;
  const lines = how.lines === 0 ? height : Math.min(how.lines, height);
  for (let i = 0; i < height - lines; i += 1) {
    const to = how.isUp ? window.top + i : window.bottom - i;
    const from = how.isUp ? to + lines : to - lines;
    for (let column = window.left; column <= window.right; column += 1)
      f.write16(cellAddress({ row: to, column }), f.read16(cellAddress({ row: from, column })));
  }
  const first = how.isUp ? window.bottom - lines + 1 : window.top;
  clear(f, { ...window, top: first, bottom: first + lines - 1 }, how.attribute);
}

/** Function 0Eh: a character at the cursor, which goes on; the screen scrolls at its end. */
function teletype(f: BiosFrame, character: number, attribute?: number): void {
  let { row, column } = getCursor(f);
  if (character === 7) return;
  if (character === 8) column = Math.max(0, column - 1);
  else if (character === 10) row += 1;
  else if (character === 13) column = 0;
  else {
    const at = cellAddress({ row, column });
    f.write8(at, character);
    if (attribute !== undefined) f.write8(at + 1, attribute);
    column += 1;
  }
  if (column === COLUMNS) {
    column = 0;
    row += 1;
  }
  if (row === ROWS) {
    row -= 1;
    const whole = { top: 0, left: 0, bottom: ROWS - 1, right: COLUMNS - 1 };
    move(f, whole, { lines: 1, isUp: true, attribute: NORMAL });
  }
  setCursor(f, { row, column });
}

/** Function 13h: bit 0 of AL moves the cursor, bit 1 says that each character has its attribute beside it. */
function writeString(f: BiosFrame, before: Position): void {
  const mode = f.get8('al');
  let at = f.physical('es', f.get('bp'));
  setCursor(f, { row: f.get8('dh'), column: f.get8('dl') });
  for (let i = 0; i < f.get('cx'); i += 1) {
    const character = f.read8(at);
    at += 1;
    const attribute = (mode & 2) !== 0 ? f.read8(at) : f.get8('bl');
    if ((mode & 2) !== 0) at += 1;
    teletype(f, character, attribute);
  }
  if ((mode & 1) === 0) setCursor(f, before);
}
