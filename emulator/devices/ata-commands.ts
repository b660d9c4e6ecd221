import type { Geometry } from './ata-identify.ts';
import type { AtaState, Work } from './ata-task-file.ts';

const MULTIPLE_MAX = 16;
/** SET FEATURES that change nothing here: write cache and read look-ahead on and off, PIO modes. */
const HARMLESS_FEATURES = [0x02, 0x03, 0x55, 0x82, 0xaa];

/** What a command asks for. Everything that the drive does not know, or that has bad parameters, is aborted. */
export type AtaAction =
  | {
      readonly kind: 'transfer';
      readonly direction: 'in' | 'out';
      readonly isExtended: boolean;
      readonly blockSectors: number;
    }
  /** Only looks whether the sectors are there. */
  | { readonly kind: 'verify'; readonly isExtended: boolean }
  | { readonly kind: 'geometry'; readonly geometry: Geometry }
  | { readonly kind: 'multiple'; readonly blockSectors: number }
  | { readonly kind: 'power-mode' }
  | { readonly kind: 'work'; readonly work: Work }
  | { readonly kind: 'abort' };

const ABORT: AtaAction = { kind: 'abort' };
const FINISH: AtaAction = { kind: 'work', work: 'finish' };

/** The action of a command code, by the registers (ATA/ATAPI-6 §8). */
export function actionOf(command: number, s: AtaState, sectorsCount: number): AtaAction {
  switch (command) {
    case 0x20: // read sectors
    case 0x21:
    case 0x24: // … ext
      return { kind: 'transfer', direction: 'in', isExtended: command === 0x24, blockSectors: 1 };
    case 0x30: // write sectors
    case 0x31:
    case 0x34: // … ext
      return { kind: 'transfer', direction: 'out', isExtended: command === 0x34, blockSectors: 1 };
    case 0xc4: // read multiple
    case 0x29: // … ext
      return multiple('in', command === 0x29, s);
    case 0xc5: // write multiple
    case 0x39: // … ext
      return multiple('out', command === 0x39, s);
    case 0x40: // read verify sectors
    case 0x41:
    case 0x42: // … ext
      return { kind: 'verify', isExtended: command === 0x42 };
    case 0x90: // execute device diagnostic
      return { kind: 'work', work: 'diagnose' };
    case 0x91: // initialize device parameters
      return newGeometry(s, sectorsCount);
    case 0xc6: // set multiple mode
      return newMultiple(s.count & 0xff);
    case 0xe0: // standby immediate
    case 0xe1: // idle immediate
    case 0xe2: // standby
    case 0xe3: // idle
    case 0xe7: // flush cache
    case 0xea: // flush cache ext
      return FINISH;
    case 0xe5: // check power mode
      return { kind: 'power-mode' };
    case 0xec: // identify device
      return { kind: 'work', work: 'identify' };
    case 0xef: // set features
      return HARMLESS_FEATURES.includes(s.features) ? FINISH : ABORT;
    default: // Recalibrate and seek have 16 codes each.
      return (command & 0xf0) === 0x10 || (command & 0xf0) === 0x70 ? FINISH : ABORT;
  }
}

function multiple(direction: 'in' | 'out', isExtended: boolean, s: AtaState): AtaAction {
  return s.multiple === 0 ? ABORT : { kind: 'transfer', direction, isExtended, blockSectors: s.multiple };
}

function newGeometry(s: AtaState, sectorsCount: number): AtaAction {
  const sectors = s.count & 0xff;
  const heads = (s.device & 15) + 1;
  if (sectors === 0) return ABORT;
  const cylinders = Math.min(0xffff, Math.floor(sectorsCount / (heads * sectors)));
  return { kind: 'geometry', geometry: { cylinders, heads, sectors } };
}

function newMultiple(count: number): AtaAction {
  const isPowerOfTwo = (count & (count - 1)) === 0;
  return isPowerOfTwo && count <= MULTIPLE_MAX ? { kind: 'multiple', blockSectors: count } : ABORT;
}
