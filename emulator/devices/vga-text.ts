import { mixHigh, mixLow } from '../nvm/word-hash.ts';
import type { Device } from './device.ts';
import type { MmioRegion } from './mmio.ts';

const BUFFER_ADDRESS = 0xb8000;
const BUFFER_BYTES = 0x8000;
const COLUMNS = 80;
const ROWS = 25;
const Crtc = { cursorStart: 0x0a, startHigh: 0x0c, cursorHigh: 0x0e, offset: 0x13, count: 0x19 } as const;
const CURSOR_OFF = 0x20;
const STATUS_RETRACE = 0x09;
/** CRTC registers of text mode 3 as VGA firmware sets them (IBM VGA Technical Reference). */
const MODE_3_CRTC = [
  0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00, 0x00, 0x00, 0x00, 0x9c, 0x8e,
  0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff,
] as const;

/** Registers behind an index port: the CRTC, the sequencer and the graphics controller. */
interface Bank {
  index: number;
  readonly registers: Uint8Array;
}

interface VgaState {
  readonly memory: Uint8Array;
  readonly crtc: Bank;
  readonly sequencer: Bank;
  readonly graphics: Bank;
  readonly attribute: Bank;
  /** The next write to port 3C0h is data, not an index. */
  attributeTakesData: boolean;
  miscellaneous: number;
  readonly palette: Uint8Array;
  paletteIndex: number;
  paletteMask: number;
  retrace: boolean;
}

const bank = (count: number, content: readonly number[] = []): Bank => {
  const registers = new Uint8Array(count);
  registers.set(content);
  return { index: 0, registers };
};

const initialState = (): VgaState => {
  const memory = new Uint8Array(BUFFER_BYTES);
  for (let i = 0; i < COLUMNS * ROWS; i += 1) memory.set([0x20, 0x07], i * 2);
  return {
    memory,
    crtc: bank(Crtc.count, MODE_3_CRTC),
    sequencer: bank(5, [3, 0, 3, 0, 2]),
    graphics: bank(9, [0, 0, 0, 0, 0, 0x10, 0x0e, 0, 0xff]),
    attribute: bank(
      0x15,
      [0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f, 0x0c, 0, 0x0f, 8],
    ),
    attributeTakesData: false,
    miscellaneous: 0x67,
    palette: new Uint8Array(768),
    paletteIndex: 0,
    paletteMask: 0xff,
    retrace: false,
  };
};

const copyBank = ({ index, registers }: Bank): Bank => ({ index, registers: registers.slice() });
const copyState = (s: VgaState): VgaState => ({
  ...s,
  memory: s.memory.slice(),
  palette: s.palette.slice(),
  crtc: copyBank(s.crtc),
  sequencer: copyBank(s.sequencer),
  graphics: copyBank(s.graphics),
  attribute: copyBank(s.attribute),
});

/**
 * A VGA in colour text mode: the 32 KiB buffer at B8000h, the CRTC at 3D4h with cursor and start address, and
 * the other register banks, which hold what is written to them and change nothing that can be seen here.
 * There are no graphics modes, no fonts and no monochrome ports. The retrace bits of 3DAh change at every
 * read, so that who waits for a retrace goes on, without hanging on the time.
 */
export class VgaText implements Device, MmioRegion {
  readonly ports = [
    { first: 0x3c0, last: 0x3cf },
    { first: 0x3d4, last: 0x3d5 },
    { first: 0x3da, last: 0x3da },
  ];
  readonly widestAccessBytes = 1;
  readonly isTimeless = true;
  readonly firstAddress = BUFFER_ADDRESS;
  readonly lastAddress = BUFFER_ADDRESS + BUFFER_BYTES - 1;
  private s = initialState();
  /** Hash of the buffer, kept up at each write. */
  private hashLow = 0;
  private hashHigh = 0;

  constructor() {
    this.rehash();
  }

  reset(): void {
    this.s = initialState();
    this.rehash();
  }

  /** A port read, or a read of the buffer: the port range and the buffer's do not meet. */
  read(address: number, sizeBytes: 1 | 2 | 4): number {
    if (address < BUFFER_ADDRESS) return this.readPort(address);
    const at = address - BUFFER_ADDRESS;
    let value = 0;
    for (let i = 0; i < sizeBytes; i += 1) value |= (this.s.memory[at + i] ?? 0) << (8 * i);
    return value >>> 0;
  }

  write(address: number, value: number, sizeBytes: 1 | 2 | 4): void {
    if (address < BUFFER_ADDRESS) {
      this.writePort(address, value & 0xff);
      return;
    }
    const { memory } = this.s;
    for (let i = 0; i < sizeBytes; i += 1) {
      const at = address - BUFFER_ADDRESS + i;
      const byte = (value >>> (8 * i)) & 0xff;
      this.hashLow = (this.hashLow + mixLow(at, byte) - mixLow(at, memory[at] ?? 0)) | 0;
      this.hashHigh = (this.hashHigh + mixHigh(at, byte) - mixHigh(at, memory[at] ?? 0)) | 0;
      memory[at] = byte;
    }
  }

  /** The characters on the screen, a line a row, trailing blanks cut; code points as in ASCII. */
  text(): string[] {
    const { memory, crtc } = this.s;
    const start = this.crtcWord(Crtc.startHigh);
    const stride = (crtc.registers[Crtc.offset] ?? 0) * 2;
    return Array.from({ length: ROWS }, (_, row) => {
      const cells = Array.from({ length: COLUMNS }, (_cell, column) => {
        const code = memory[((start + row * stride + column) * 2) % BUFFER_BYTES] ?? 0;
        return code < 32 ? ' ' : String.fromCharCode(code);
      });
      return cells.join('').trimEnd();
    });
  }

  /** Where the cursor stands on the screen; undefined where it is off or outside. */
  cursor(): { readonly row: number; readonly column: number } | undefined {
    const { registers } = this.s.crtc;
    const at = this.crtcWord(Crtc.cursorHigh) - this.crtcWord(Crtc.startHigh);
    const isOff = ((registers[Crtc.cursorStart] ?? 0) & CURSOR_OFF) !== 0;
    if (isOff || at < 0 || at >= COLUMNS * ROWS) return undefined;
    return { row: Math.floor(at / COLUMNS), column: at % COLUMNS };
  }

  nextEventAt(): number {
    return Number.POSITIVE_INFINITY;
  }

  advance(): void {}

  key(): string {
    const { memory, palette, crtc, sequencer, graphics, attribute, ...rest } = this.s;
    const banks = [crtc, sequencer, graphics, attribute].map((b) => `${b.index}:${b.registers.join()}`);
    return [this.hashLow, this.hashHigh, palette.join(), ...banks, Object.values(rest).join()].join(';');
  }

  save(): VgaState {
    return copyState(this.s);
  }

  restore(state: unknown): void {
    this.s = copyState(state as VgaState);
    this.rehash();
  }

  private crtcWord(high: number): number {
    const { registers } = this.s.crtc;
    return ((registers[high] ?? 0) << 8) | (registers[high + 1] ?? 0);
  }

  private bankAt(port: number): Bank | undefined {
    const { crtc, sequencer, graphics } = this.s;
    if (port === 0x3d4 || port === 0x3d5) return crtc;
    if (port === 0x3c4 || port === 0x3c5) return sequencer;
    return port === 0x3ce || port === 0x3cf ? graphics : undefined;
  }

  private readPort(port: number): number {
    const { s } = this;
    const found = this.bankAt(port);
    if (found !== undefined) {
      const isData = port === 0x3d5 || port === 0x3c5 || port === 0x3cf;
      return isData ? (found.registers[found.index] ?? 0) : found.index;
    }
    switch (port) {
      case 0x3c0:
        return s.attribute.index;
      case 0x3c1:
        return s.attribute.registers[s.attribute.index & 0x1f] ?? 0;
      case 0x3c6:
        return s.paletteMask;
      case 0x3c7:
        return 3;
      case 0x3c8:
        return Math.floor(s.paletteIndex / 3);
      case 0x3c9: {
        const value = s.palette[s.paletteIndex] ?? 0;
        s.paletteIndex = (s.paletteIndex + 1) % 768;
        return value;
      }
      case 0x3cc:
        return s.miscellaneous;
      case 0x3da:
        s.attributeTakesData = false;
        s.retrace = !s.retrace;
        return s.retrace ? STATUS_RETRACE : 0;
      default: // Input status 0, feature control: nothing pending.
        return 0;
    }
  }

  private writePort(port: number, value: number): void {
    const { s } = this;
    const found = this.bankAt(port);
    if (found !== undefined) {
      const isData = port === 0x3d5 || port === 0x3c5 || port === 0x3cf;
      if (!isData) found.index = value;
      // Bit 7 of CRTC register 11h protects registers 0–7.
      else if (found !== s.crtc || found.index > 7 || ((s.crtc.registers[0x11] ?? 0) & 0x80) === 0)
        found.registers[found.index] = value;
      return;
    }
    switch (port) {
      case 0x3c0:
        if (s.attributeTakesData) s.attribute.registers[s.attribute.index & 0x1f] = value;
        else s.attribute.index = value;
        s.attributeTakesData = !s.attributeTakesData;
        return;
      case 0x3c2:
        s.miscellaneous = value;
        return;
      case 0x3c6:
        s.paletteMask = value;
        return;
      case 0x3c7:
      case 0x3c8:
        s.paletteIndex = value * 3;
        return;
      case 0x3c9:
        s.palette[s.paletteIndex] = value & 0x3f;
        s.paletteIndex = (s.paletteIndex + 1) % 768;
        return;
      default: // Read-only registers.
        return;
    }
  }

  private rehash(): void {
    this.hashLow = 0;
    this.hashHigh = 0;
    this.s.memory.forEach((byte, at) => {
      this.hashLow = (this.hashLow + mixLow(at, byte)) | 0;
      this.hashHigh = (this.hashHigh + mixHigh(at, byte)) | 0;
    });
  }
}
