import type { Cpu } from './cpu.ts';

/** Bits of EFLAGS (SDM vol. 1 §3.4.3). */
export const Flag = {
  cf: 1,
  fixed: 2,
  pf: 4,
  af: 0x10,
  zf: 0x40,
  sf: 0x80,
  tf: 0x100,
  if: 0x200,
  df: 0x400,
  of: 0x800,
  iopl: 0x3000,
  nt: 0x4000,
  rf: 0x10000,
  vm: 0x20000,
  ac: 0x40000,
  id: 0x200000,
} as const;

export const STATUS_FLAGS = Flag.cf | Flag.pf | Flag.af | Flag.zf | Flag.sf | Flag.of;

/**
 * How the status flags are to be had from the last result. `flagLeft`, `flagRight` and `flagResult` are
 * the operands and the result, without sign extension; `flagSign` is the position of the sign bit.
 */
export const Lazy = {
  /** All in `flags`. */
  none: 0,
  /** left + right (+ carry) = result. A logical operation is result + 0. */
  add: 1,
  /** left − right (− borrow) = result. */
  sub: 2,
  /** left + 1 = result; CF in `flags`. */
  inc: 3,
  /** left − 1 = result; CF in `flags`. */
  dec: 4,
  /** ZF, SF and PF by the result; CF, OF and AF in `flags`. */
  result: 5,
} as const;

/** PF for each low byte: set for an even number of ones. */
export const PARITY = new Uint8Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  let ones = 0;
  for (let bit = byte; bit !== 0; bit >>>= 1) ones += bit & 1;
  PARITY[byte] = (ones & 1) === 0 ? 1 : 0;
}

/** What the status flags are worked out from. */
export type FlagState = Pick<Cpu, 'lazy' | 'flagLeft' | 'flagRight' | 'flagResult' | 'flagSign' | 'flags'>;

export function getCf(c: FlagState): number {
  switch (c.lazy) {
    case Lazy.add: {
      const a = c.flagLeft;
      const b = c.flagRight;
      return (((a & b) | ((a | b) & ~c.flagResult)) >>> c.flagSign) & 1;
    }
    case Lazy.sub: {
      const a = c.flagLeft;
      const b = c.flagRight;
      return (((~a & b) | ((~a | b) & c.flagResult)) >>> c.flagSign) & 1;
    }
    default:
      return c.flags & 1;
  }
}

export function getOf(c: FlagState): number {
  const a = c.flagLeft;
  const b = c.flagRight;
  const r = c.flagResult;
  switch (c.lazy) {
    case Lazy.add:
    case Lazy.inc:
      return (((a ^ r) & (b ^ r)) >>> c.flagSign) & 1;
    case Lazy.sub:
    case Lazy.dec:
      return (((a ^ b) & (a ^ r)) >>> c.flagSign) & 1;
    default:
      return (c.flags >>> 11) & 1;
  }
}

export function getZf(c: FlagState): number {
  if (c.lazy === Lazy.none) return (c.flags >>> 6) & 1;
  return c.flagResult === 0 ? 1 : 0;
}

export function getSf(c: FlagState): number {
  if (c.lazy === Lazy.none) return (c.flags >>> 7) & 1;
  return (c.flagResult >>> c.flagSign) & 1;
}

export function getPf(c: FlagState): number {
  if (c.lazy === Lazy.none) return (c.flags >>> 2) & 1;
  return PARITY[c.flagResult & 0xff] as number;
}

export function getAf(c: Cpu): number {
  if (c.lazy === Lazy.none || c.lazy === Lazy.result) return (c.flags >>> 4) & 1;
  return ((c.flagLeft ^ c.flagRight ^ c.flagResult) >>> 4) & 1;
}

/** EFLAGS with every status flag worked out. Does not change the processor. */
export function readEflags(c: Cpu): number {
  if (c.lazy === Lazy.none) return c.flags;
  return (
    (c.flags & ~STATUS_FLAGS) |
    getCf(c) |
    (getPf(c) << 2) |
    (getAf(c) << 4) |
    (getZf(c) << 6) |
    (getSf(c) << 7) |
    (getOf(c) << 11)
  );
}

/** Works the status flags out, so that all of EFLAGS is in `flags`. */
export function settleFlags(c: Cpu): void {
  c.flags = readEflags(c);
  c.lazy = Lazy.none;
}

/** Sets EFLAGS whole; bits that do not exist come out as the processor has them. */
export function writeEflags(c: Cpu, value: number): void {
  c.flags = (value & EXISTING) | Flag.fixed;
  c.lazy = Lazy.none;
}

const EXISTING =
  STATUS_FLAGS | Flag.tf | Flag.if | Flag.df | Flag.iopl | Flag.nt | Flag.rf | Flag.vm | Flag.ac | Flag.id;

/** Sets CF, OF and AF outright and the rest by the result. */
export function setResultFlags(c: Cpu, result: number, signBit: number, carryAndOverflow: number): void {
  c.flags = (c.flags & ~(Flag.cf | Flag.of | Flag.af)) | carryAndOverflow;
  c.flagResult = result;
  c.flagSign = signBit;
  c.lazy = Lazy.result;
}

/** Condition codes 0–15 of Jcc, SETcc and CMOVcc (SDM vol. 1 appendix B). */
export function condition(c: FlagState, code: number): boolean {
  let holds: boolean;
  switch (code >>> 1) {
    case 0:
      holds = getOf(c) !== 0;
      break;
    case 1:
      holds = getCf(c) !== 0;
      break;
    case 2:
      holds = getZf(c) !== 0;
      break;
    case 3:
      holds = getZf(c) !== 0 || getCf(c) !== 0;
      break;
    case 4:
      holds = getSf(c) !== 0;
      break;
    case 5:
      holds = getPf(c) !== 0;
      break;
    case 6:
      holds = getSf(c) !== getOf(c);
      break;
    default:
      holds = getZf(c) !== 0 || getSf(c) !== getOf(c);
  }
  return holds !== ((code & 1) !== 0);
}
