import { typedBySet1 } from '../devices/scan-codes.ts';
import type { BiosFrame } from './bios-frame.ts';

const BDA = 0x400;
const HEAD_AT = 0x41a;
const TAIL_AT = 0x41c;
const SHIFT_FLAGS_AT = 0x417;
/** The ring of key words in the BIOS data area. */
const RING = { first: 0x1e, end: 0x3e } as const;
const ShiftFlag = { right: 1, left: 2, control: 4, alt: 8, capsLock: 0x40 } as const;
const SHIFT_KEYS: Readonly<Record<number, number>> = {
  42: ShiftFlag.left,
  54: ShiftFlag.right,
  29: ShiftFlag.control,
  56: ShiftFlag.alt,
};
const CAPS_LOCK = 0x3a;

const next = (at: number): number => (at + 2 === RING.end ? RING.first : at + 2);

/** IRQ 1: puts the key into the ring. A full ring loses it. */
export function keyboardInterrupt(f: BiosFrame): void {
  const code = f.in8(0x60);
  const flags = f.read8(SHIFT_FLAGS_AT);
  const key = code & 0x7f;
  const isRelease = (code & 0x80) !== 0;
  const shift = SHIFT_KEYS[key];
  if (shift !== undefined) f.write8(SHIFT_FLAGS_AT, isRelease ? flags & ~shift : flags | shift);
  else if (key === CAPS_LOCK && !isRelease) f.write8(SHIFT_FLAGS_AT, flags ^ ShiftFlag.capsLock);
  else if (!isRelease) put(f, (key << 8) | characterOf(key, flags));
}

function characterOf(key: number, flags: number): number {
  const typed = typedBySet1(key, (flags & (ShiftFlag.left | ShiftFlag.right)) !== 0);
  if (typed === undefined || (flags & ShiftFlag.alt) !== 0) return 0;
  const isLetter = /^[a-zA-Z]$/.test(typed);
  if ((flags & ShiftFlag.control) !== 0) return isLetter ? typed.toLowerCase().charCodeAt(0) - 96 : 0;
  const swapsCase = isLetter && (flags & ShiftFlag.capsLock) !== 0;
  const isUpper = typed === typed.toUpperCase();
  const character = swapsCase ? (isUpper ? typed.toLowerCase() : typed.toUpperCase()) : typed;
  return character === '\n' ? 13 : character.charCodeAt(0);
}

function put(f: BiosFrame, word: number): void {
  const tail = f.read16(TAIL_AT);
  if (next(tail) === f.read16(HEAD_AT)) return;
  f.write16(BDA + tail, word);
  f.write16(TAIL_AT, next(tail));
}

/**
 * INT 16h: 00h/10h take a key, 01h/11h look for one, 02h gives the shift flags.
 * @returns 'wait' where a key is asked for and none is there.
 */
export function keyboardService(f: BiosFrame): 'done' | 'wait' | 'unknown' {
  const head = f.read16(HEAD_AT);
  const isEmpty = head === f.read16(TAIL_AT);
  switch (f.get8('ah')) {
    case 0x00:
    case 0x10:
      if (isEmpty) return 'wait';
      f.set('ax', f.read16(BDA + head));
      f.write16(HEAD_AT, next(head));
      return 'done';
    case 0x01:
    case 0x11:
      f.setZero(isEmpty);
      if (!isEmpty) f.set('ax', f.read16(BDA + head));
      return 'done';
    case 0x02:
      f.set8('al', f.read8(SHIFT_FLAGS_AT));
      return 'done';
    default:
      return 'unknown';
  }
}
