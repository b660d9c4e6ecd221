import type { Cpu } from './cpu.ts';
import { Flag, getCf, Lazy } from './flags.ts';
import { sizeMask } from './operands.ts';

/** The eight operations of opcodes 00h–3Fh and of group 1, in the order of their encoding. */
export const Alu = { add: 0, or: 1, adc: 2, sbb: 3, and: 4, sub: 5, xor: 6, cmp: 7 } as const;
export type Alu = (typeof Alu)[keyof typeof Alu];
export const ALU_NAMES = ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp'] as const;

/** Notes operands and result, from which the flags follow. */
function note(c: Cpu, lazy: number, left: number, right: number, result: number, signBit: number): void {
  c.lazy = lazy;
  c.flagLeft = left;
  c.flagRight = right;
  c.flagResult = result;
  c.flagSign = signBit;
}

export function add32(c: Cpu, left: number, right: number): number {
  const result = (left + right) | 0;
  note(c, Lazy.add, left, right, result, 31);
  return result;
}

export function sub32(c: Cpu, left: number, right: number): number {
  const result = (left - right) | 0;
  note(c, Lazy.sub, left, right, result, 31);
  return result;
}

export function logic32(c: Cpu, result: number): number {
  note(c, Lazy.add, result, 0, result, 31);
  return result;
}

export function adc32(c: Cpu, left: number, right: number): number {
  const result = (left + right + getCf(c)) | 0;
  note(c, Lazy.add, left, right, result, 31);
  return result;
}

export function sbb32(c: Cpu, left: number, right: number): number {
  const result = (left - right - getCf(c)) | 0;
  note(c, Lazy.sub, left, right, result, 31);
  return result;
}

export function inc32(c: Cpu, value: number): number {
  const result = (value + 1) | 0;
  keepCarry(c);
  note(c, Lazy.inc, value, 1, result, 31);
  return result;
}

export function dec32(c: Cpu, value: number): number {
  const result = (value - 1) | 0;
  keepCarry(c);
  note(c, Lazy.dec, value, 1, result, 31);
  return result;
}

function keepCarry(c: Cpu): void {
  c.flags = (c.flags & ~Flag.cf) | getCf(c);
}

/** Any of the eight operations at any size; operands without sign extension. CMP gives the difference. */
export function alu(c: Cpu, operation: number, left: number, right: number, sizeBytes: 1 | 2 | 4): number {
  const mask = sizeMask(sizeBytes);
  const signBit = sizeBytes * 8 - 1;
  let result: number;
  switch (operation) {
    case Alu.add:
      result = (left + right) & mask;
      note(c, Lazy.add, left, right, result, signBit);
      return result;
    case Alu.adc:
      result = (left + right + getCf(c)) & mask;
      note(c, Lazy.add, left, right, result, signBit);
      return result;
    case Alu.sbb:
      result = (left - right - getCf(c)) & mask;
      note(c, Lazy.sub, left, right, result, signBit);
      return result;
    case Alu.sub:
    case Alu.cmp:
      result = (left - right) & mask;
      note(c, Lazy.sub, left, right, result, signBit);
      return result;
    case Alu.or:
      result = left | right;
      break;
    case Alu.and:
      result = left & right;
      break;
    default:
      result = left ^ right;
  }
  note(c, Lazy.add, result, 0, result, signBit);
  return result;
}

/** INC (`step` 1) or DEC (`step` -1) at any size. CF stays. */
export function step(c: Cpu, value: number, by: 1 | -1, sizeBytes: 1 | 2 | 4): number {
  const result = (value + by) & sizeMask(sizeBytes);
  keepCarry(c);
  note(c, by === 1 ? Lazy.inc : Lazy.dec, value, 1, result, sizeBytes * 8 - 1);
  return result;
}
