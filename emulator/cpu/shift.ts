import type { Cpu } from './cpu.ts';
import { Flag, getCf, setResultFlags, settleFlags } from './flags.ts';
import { sizeMask } from './operands.ts';

/**
 * Shifts and rotates. The count is taken modulo 32; a count of 0 leaves every flag. What the manual leaves
 * undefined is fixed here as follows: AF is 0 after a shift; OF of a count other than 1 follows the same
 * formula as for 1, on the last step; CF of a shift by more than the operand's width is 0 (SHL, SHR).
 */

const carryOverflow = (carry: number, overflow: number): number => (carry & 1) | ((overflow & 1) << 11);

function setRotateFlags(c: Cpu, carry: number, overflow: number): void {
  settleFlags(c);
  c.flags = (c.flags & ~(Flag.cf | Flag.of)) | carryOverflow(carry, overflow);
}

export function shiftLeft(c: Cpu, value: number, count: number, sizeBytes: 1 | 2 | 4): number {
  const bits = sizeBytes * 8;
  const result = (value << count) & sizeMask(sizeBytes);
  const carry = count <= bits ? (value >>> (bits - count)) & 1 : 0;
  setResultFlags(c, result, bits - 1, carryOverflow(carry, (result >>> (bits - 1)) ^ carry));
  return result;
}

export function shiftRight(c: Cpu, value: number, count: number, sizeBytes: 1 | 2 | 4): number {
  const bits = sizeBytes * 8;
  const result = value >>> count;
  const carry = (value >>> (count - 1)) & 1;
  const overflow = count === 1 ? value >>> (bits - 1) : 0;
  setResultFlags(c, result | 0, bits - 1, carryOverflow(carry, overflow));
  return result | 0;
}

export function shiftArithmetic(c: Cpu, value: number, count: number, sizeBytes: 1 | 2 | 4): number {
  const bits = sizeBytes * 8;
  const signed = (value << (32 - bits)) >> (32 - bits);
  const result = (signed >> count) & sizeMask(sizeBytes);
  setResultFlags(c, result, bits - 1, carryOverflow(signed >> (count - 1), 0));
  return result;
}

export function rotateLeft(c: Cpu, value: number, count: number, sizeBytes: 1 | 2 | 4): number {
  const bits = sizeBytes * 8;
  const by = count & (bits - 1);
  const result = by === 0 ? value : ((value << by) | (value >>> (bits - by))) & sizeMask(sizeBytes);
  setRotateFlags(c, result & 1, (result >>> (bits - 1)) ^ (result & 1));
  return result;
}

export function rotateRight(c: Cpu, value: number, count: number, sizeBytes: 1 | 2 | 4): number {
  const bits = sizeBytes * 8;
  const by = count & (bits - 1);
  const result = by === 0 ? value : ((value >>> by) | (value << (bits - by))) & sizeMask(sizeBytes);
  const top = result >>> (bits - 1);
  setRotateFlags(c, top, top ^ (result >>> (bits - 2)));
  return result;
}

/** RCL: a rotate of the operand with CF as its highest bit. */
export function rotateLeftCarry(c: Cpu, value: number, count: number, sizeBytes: 1 | 2 | 4): number {
  const bits = sizeBytes * 8;
  const steps = count % (bits + 1);
  if (steps === 0) return value;
  let result = value;
  let carry = getCf(c);
  for (let n = 0; n < steps; n += 1) {
    const out = (result >>> (bits - 1)) & 1;
    result = (result << 1) | carry;
    carry = out;
  }
  result &= sizeMask(sizeBytes);
  setRotateFlags(c, carry, (result >>> (bits - 1)) ^ carry);
  return result;
}

export function rotateRightCarry(c: Cpu, value: number, count: number, sizeBytes: 1 | 2 | 4): number {
  const bits = sizeBytes * 8;
  const steps = count % (bits + 1);
  if (steps === 0) return value;
  let result = value;
  let carry = getCf(c);
  for (let n = 0; n < steps; n += 1) {
    const out = result & 1;
    result = (result >>> 1) | (carry << (bits - 1));
    carry = out;
  }
  setRotateFlags(c, carry, (result >>> (bits - 1)) ^ (result >>> (bits - 2)));
  return result | 0;
}

/** SHLD. A 16-bit one by more than 16 is undefined: here the 48 bits low:high:low are shifted. */
export function shiftLeftDouble(
  c: Cpu,
  operands: { readonly high: number; readonly low: number },
  count: number,
  sizeBytes: 1 | 2 | 4,
): number {
  const { high, low } = operands;
  const bits = sizeBytes * 8;
  let result: number;
  let carry: number;
  if (sizeBytes === 4) {
    result = (high << count) | (low >>> (32 - count));
    carry = (high >>> (32 - count)) & 1;
  } else {
    const wide = (high << 16) | (low & 0xffff);
    const rotated = count <= 16 ? wide << count : (wide << count) | (high << (count - 16));
    result = (rotated >>> 16) & 0xffff;
    carry = count <= 16 ? (high >>> (16 - count)) & 1 : (low >>> (32 - count)) & 1;
  }
  const top = result >>> (bits - 1);
  setResultFlags(c, result, bits - 1, carryOverflow(carry, top ^ (high >>> (bits - 1))));
  return result;
}

/** SHRD. A 16-bit one by more than 16 is undefined: here the 48 bits high:low:high are shifted. */
export function shiftRightDouble(
  c: Cpu,
  operands: { readonly high: number; readonly low: number },
  count: number,
  sizeBytes: 1 | 2 | 4,
): number {
  const { high, low } = operands;
  const bits = sizeBytes * 8;
  let result: number;
  let carry: number;
  if (sizeBytes === 4) {
    result = (low >>> count) | (high << (32 - count));
    carry = (low >>> (count - 1)) & 1;
  } else {
    const wide = (high << 16) | (low & 0xffff);
    const rotated = count <= 16 ? wide >>> count : (wide >>> count) | (low << (32 - count));
    result = rotated & 0xffff;
    carry = (wide >>> (count - 1)) & 1;
  }
  const top = result >>> (bits - 1);
  setResultFlags(c, result, bits - 1, carryOverflow(carry, top ^ (low >>> (bits - 1))));
  return result;
}
