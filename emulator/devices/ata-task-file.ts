/** The registers and the inner state of one ATA drive (ATA/ATAPI-6 §7), and what they say of an address. */
import { type Geometry, geometryOf } from './ata-identify.ts';

export const Status = {
  error: 0x01,
  dataRequest: 0x08,
  seekComplete: 0x10,
  ready: 0x40,
  busy: 0x80,
} as const;
export const READY = Status.ready | Status.seekComplete;
export const ErrorBit = { aborted: 0x04, idNotFound: 0x10 } as const;
export const Control = { interruptOff: 2, softwareReset: 4, highOrder: 0x80 } as const;

/** What the drive does when its time comes. */
export type Work = 'none' | 'read' | 'write' | 'finish' | 'identify' | 'diagnose';

export interface AtaState {
  features: number;
  /** Task file registers, the last value written in the low byte and the one before in the next. */
  count: number;
  low: number;
  mid: number;
  high: number;
  device: number;
  error: number;
  status: number;
  control: number;
  work: Work;
  workAt: number;
  /** The block that passes through the data port, and how far it has. */
  buffer: Uint8Array;
  bufferAt: number;
  direction: 'in' | 'out';
  /** Of the command under way. */
  lba: number;
  sectorsLeft: number;
  blockSectors: number;
  multiple: number;
  geometry: Geometry;
  lineHigh: boolean;
}

export const initialAtaState = (sectorsCount: number): AtaState => ({
  features: 0,
  count: 1,
  low: 1,
  mid: 0,
  high: 0,
  device: 0xa0,
  error: 1,
  status: READY,
  control: 0,
  work: 'none',
  workAt: Number.POSITIVE_INFINITY,
  buffer: new Uint8Array(0),
  bufferAt: 0,
  direction: 'in',
  lba: 0,
  sectorsLeft: 0,
  blockSectors: 1,
  multiple: 0,
  geometry: geometryOf(sectorsCount),
  lineHigh: false,
});

/** What a drive says of itself after a reset or diagnostic: no packet device, no fault. */
export function putSignature(s: AtaState): void {
  Object.assign(s, { count: 1, low: 1, mid: 0, high: 0, device: 0xa0, error: 1, status: READY });
}

/** Registers 1–6 of the task file; with HOB set in the control register, the values written before the last. */
export function readTaskFile(s: AtaState, register: number): number {
  const shown = (value: number): number =>
    (s.control & Control.highOrder) !== 0 ? (value >>> 8) & 0xff : value & 0xff;
  switch (register) {
    case 1:
      return s.error;
    case 2:
      return shown(s.count);
    case 3:
      return shown(s.low);
    case 4:
      return shown(s.mid);
    case 5:
      return shown(s.high);
    default:
      return s.device;
  }
}

export function writeTaskFile(s: AtaState, register: number, value: number): void {
  const pushed = (before: number): number => ((before << 8) | value) & 0xffff;
  switch (register) {
    case 1:
      s.features = value;
      return;
    case 2:
      s.count = pushed(s.count);
      return;
    case 3:
      s.low = pushed(s.low);
      return;
    case 4:
      s.mid = pushed(s.mid);
      return;
    case 5:
      s.high = pushed(s.high);
      return;
    default:
      s.device = value | 0xa0;
  }
}

/** First sector and number of sectors that the registers ask for; undefined where no sector has the address. */
export function addressedSectors(
  s: AtaState,
  isExtended: boolean,
): { readonly lba: number; readonly count: number } | undefined {
  const low = s.low & 0xff;
  const middle = (s.mid & 0xff) << 8;
  const high = (s.high & 0xff) << 16;
  if (isExtended) {
    const upper = (s.high >>> 8) * 2 ** 40 + (s.mid >>> 8) * 2 ** 32 + (s.low >>> 8) * 2 ** 24;
    return { lba: upper + high + middle + low, count: s.count === 0 ? 0x10000 : s.count };
  }
  const count = (s.count & 0xff) === 0 ? 256 : s.count & 0xff;
  const head = s.device & 15;
  if ((s.device & 0x40) !== 0) return { lba: (head << 24) | high | middle | low, count };
  const { heads, sectors } = s.geometry;
  if (low === 0 || low > sectors || head >= heads) return undefined;
  const cylinder = (high | middle) >>> 8;
  return { lba: (cylinder * heads + head) * sectors + low - 1, count };
}
