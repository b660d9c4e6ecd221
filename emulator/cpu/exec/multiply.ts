import type { Cpu } from '../cpu.ts';
import type { Build, Decoder } from '../decoder.ts';
import { NO_ERROR_CODE, Vector } from '../fault.ts';
import { Flag, setResultFlags } from '../flags.ts';
import { type Exec, Form } from '../insn.ts';
import { type Division, divide, divideSigned, multiplyHigh, multiplyHighSigned } from '../multiply.ts';
import { getRegister, getRm, setRegister, signExtend8, signExtend16, sizeMask } from '../operands.ts';

/**
 * MUL, IMUL, DIV, IDIV. After a multiplication SF, ZF and PF (undefined) follow the low half of the
 * product and AF is 0; a division leaves every flag (undefined).
 */

function setProductFlags(c: Cpu, low: number, isWide: boolean, sizeBytes: 1 | 2 | 4): void {
  setResultFlags(c, low & sizeMask(sizeBytes), sizeBytes * 8 - 1, isWide ? Flag.cf | Flag.of : 0);
}

const multiplyUnsigned: Exec = (c, i) => {
  const right = getRm(c, i);
  if (i.size === 4) {
    const left = c.regs[0] as number;
    const high = multiplyHigh(left, right);
    const low = Math.imul(left, right);
    c.regs[0] = low;
    c.regs[2] = high;
    setProductFlags(c, low, high !== 0, 4);
    return;
  }
  const product = getRegister(c, 0, i.size) * right;
  c.regs16[0] = product;
  if (i.size === 2) c.regs16[4] = product >>> 16;
  setProductFlags(c, product, product >>> (i.size * 8) !== 0, i.size);
};

const signExtend = (value: number, sizeBytes: 1 | 2 | 4): number =>
  sizeBytes === 4 ? value : sizeBytes === 1 ? signExtend8(value) : signExtend16(value);

const multiplySigned: Exec = (c, i) => {
  const right = signExtend(getRm(c, i), i.size);
  if (i.size === 4) {
    const left = c.regs[0] as number;
    const low = Math.imul(left, right);
    const high = multiplyHighSigned(left, right);
    c.regs[0] = low;
    c.regs[2] = high;
    setProductFlags(c, low, high !== low >> 31, 4);
    return;
  }
  const product = signExtend(getRegister(c, 0, i.size), i.size) * right;
  c.regs16[0] = product;
  if (i.size === 2) c.regs16[4] = product >>> 16;
  setProductFlags(c, product, product !== signExtend(product, i.size), i.size);
};

/** The product cut to the destination's size; CF and OF say that something was cut. */
function multiplyTruncated(c: Cpu, i: { readonly size: 1 | 2 | 4 }, left: number, right: number): number {
  const a = signExtend(left, i.size);
  const b = signExtend(right, i.size);
  const low = i.size === 4 ? Math.imul(a, b) : signExtend16(a * b);
  setProductFlags(c, low, a * b !== low, i.size);
  return low;
}
const multiplyReg: Exec = (c, i) => {
  const right = getRm(c, i);
  setRegister(c, i.reg, multiplyTruncated(c, i, getRegister(c, i.reg, i.size), right), i.size);
};
const multiplyImmediate: Exec = (c, i) => {
  setRegister(c, i.reg, multiplyTruncated(c, i, getRm(c, i), i.immediate), i.size);
};

const divideError = (c: Cpu): never => c.fault.raise(Vector.divideError, NO_ERROR_CODE);
const division: Division = { quotient: 0, remainder: 0 };

const divideUnsigned: Exec = (c, i) => {
  const divisor = getRm(c, i);
  if (i.size === 4) {
    if (!divide({ high: c.regs[2] as number, low: c.regs[0] as number }, divisor, division)) divideError(c);
    c.regs[0] = division.quotient;
    c.regs[2] = division.remainder;
    return;
  }
  const ax = c.regs16[0] as number;
  const dividend = i.size === 1 ? ax : (ax | ((c.regs16[4] as number) << 16)) >>> 0;
  if (divisor === 0) divideError(c);
  const quotient = Math.floor(dividend / divisor);
  if (quotient > sizeMask(i.size)) divideError(c);
  putQuotient(c, quotient, dividend % divisor, i.size);
};

const divideSignedRm: Exec = (c, i) => {
  const divisor = signExtend(getRm(c, i), i.size);
  if (i.size === 4) {
    const dividend = { high: c.regs[2] as number, low: c.regs[0] as number };
    if (!divideSigned(dividend, divisor, division)) divideError(c);
    c.regs[0] = division.quotient;
    c.regs[2] = division.remainder;
    return;
  }
  const ax = c.regs16[0] as number;
  const dividend = i.size === 1 ? signExtend16(ax) : ax | ((c.regs16[4] as number) << 16);
  if (divisor === 0) divideError(c);
  const quotient = Math.trunc(dividend / divisor);
  if (quotient !== signExtend(quotient, i.size)) divideError(c);
  putQuotient(c, quotient, dividend % divisor, i.size);
};

function putQuotient(c: Cpu, quotient: number, remainder: number, sizeBytes: 1 | 2 | 4): void {
  if (sizeBytes === 1) {
    c.regs8[0] = quotient;
    c.regs8[1] = remainder;
  } else {
    c.regs16[0] = quotient;
    c.regs16[4] = remainder;
  }
}

/** MUL, IMUL, DIV and IDIV of group 3, after ModRM has been read. */
export function buildMultiplyDivide(d: Decoder): void {
  if (d.regField === 4) d.is('mul', multiplyUnsigned);
  else if (d.regField === 5) d.is('imul', multiplySigned);
  else if (d.regField === 6) d.is('div', divideUnsigned);
  else d.is('idiv', divideSignedRm);
}

export function installMultiply(table: Build[], table0f: Build[]): void {
  const byImmediate: Build = (d) => {
    d.modRm(d.operandSize);
    d.insn.immediate = d.opcode === 0x6b ? d.nextSigned8() : d.nextSized(d.operandSize);
    d.insn.form = Form.rmImmediate;
    d.is('imul', multiplyImmediate);
  };
  table[0x69] = byImmediate;
  table[0x6b] = byImmediate;
  table0f[0xaf] = (d) => {
    d.modRm(d.operandSize);
    d.insn.form = Form.regRm;
    d.is('imul', multiplyReg);
  };
}
