import type { Cpu } from '../cpu.ts';
import type { Build, Decoder } from '../decoder.ts';
import { Lazy } from '../flags.ts';
import { type Exec, Form } from '../insn.ts';
import { getRegister, getRmForStore, putRm } from '../operands.ts';
import {
  rotateLeft,
  rotateLeftCarry,
  rotateRight,
  rotateRightCarry,
  shiftArithmetic,
  shiftLeft,
  shiftLeftDouble,
  shiftRight,
  shiftRightDouble,
} from '../shift.ts';
import { sizeByOpcode } from './alu.ts';

type Operation = (c: Cpu, value: number, count: number, sizeBytes: 1 | 2 | 4) => number;

/** Group 2 in the order of its encoding; /6 is SHL again. */
const OPERATIONS: readonly { readonly name: string; readonly run: Operation }[] = [
  { name: 'rol', run: rotateLeft },
  { name: 'ror', run: rotateRight },
  { name: 'rcl', run: rotateLeftCarry },
  { name: 'rcr', run: rotateRightCarry },
  { name: 'shl', run: shiftLeft },
  { name: 'shr', run: shiftRight },
  { name: 'sal', run: shiftLeft },
  { name: 'sar', run: shiftArithmetic },
];
const RUN = OPERATIONS.map((operation) => operation.run);

/** A count of 0 still writes memory back: the operand is a read-modify-write. */
const byImmediate: Exec = (c, i) => {
  const value = getRmForStore(c, i);
  const count = i.immediate;
  putRm(c, i, count === 0 ? value : (RUN[i.extra] as Operation)(c, value, count, i.size));
};
const byCl: Exec = (c, i) => {
  const value = getRmForStore(c, i);
  const count = (c.regs8[4] as number) & 31;
  putRm(c, i, count === 0 ? value : (RUN[i.extra] as Operation)(c, value, count, i.size));
};
const shiftLeftReg32: Exec = (c, i) => {
  const value = c.regs[i.rm] as number;
  const count = i.immediate;
  const result = value << count;
  const carry = (value >>> (32 - count)) & 1;
  c.flags = (c.flags & ~0x811) | carry | (((result >>> 31) ^ carry) << 11);
  c.flagResult = result;
  c.flagSign = 31;
  c.lazy = Lazy.result;
  c.regs[i.rm] = result;
};
const shiftRightReg32: Exec = (c, i) => {
  c.regs[i.rm] = shiftRight(c, c.regs[i.rm] as number, i.immediate, 4);
};
const shiftArithmeticReg32: Exec = (c, i) => {
  c.regs[i.rm] = shiftArithmetic(c, c.regs[i.rm] as number, i.immediate, 4);
};

function choose(d: Decoder): Exec {
  const { insn } = d;
  if (insn.size !== 4 || insn.isMemory || insn.immediate === 0) return byImmediate;
  if (d.regField === 4) return shiftLeftReg32;
  if (d.regField === 5) return shiftRightReg32;
  return d.regField === 7 ? shiftArithmeticReg32 : byImmediate;
}

const build: Build = (d) => {
  d.modRm(sizeByOpcode(d));
  d.insn.extra = d.regField;
  const { name } = OPERATIONS[d.regField] as (typeof OPERATIONS)[number];
  d.insn.form = d.opcode >= 0xd2 ? Form.rmCl : Form.rmImmediate;
  if (d.opcode >= 0xd2) d.is(name, byCl);
  else {
    d.insn.immediate = d.opcode >= 0xd0 ? 1 : d.next8() & 31;
    d.is(name, choose(d));
  }
};

const doubleShift =
  (operation: typeof shiftLeftDouble, isLeft: boolean, isByCl: boolean): Exec =>
  (c, i) => {
    const value = getRmForStore(c, i);
    const count = (isByCl ? (c.regs8[4] as number) : i.immediate) & 31;
    const other = getRegister(c, i.reg, i.size);
    const operands = isLeft ? { high: value, low: other } : { high: other, low: value };
    putRm(c, i, count === 0 ? value : operation(c, operands, count, i.size));
  };

const buildDouble =
  (name: string, byCount: Exec, byRegister: Exec): Build =>
  (d) => {
    d.modRm(d.operandSize);
    if ((d.opcode & 1) === 0) {
      d.insn.immediate = d.next8();
      d.is(name, byCount);
    } else d.is(name, byRegister);
  };

export function installShift(table: Build[], table0f: Build[]): void {
  for (const opcode of [0xc0, 0xc1, 0xd0, 0xd1, 0xd2, 0xd3]) table[opcode] = build;
  const left = buildDouble(
    'shld',
    doubleShift(shiftLeftDouble, true, false),
    doubleShift(shiftLeftDouble, true, true),
  );
  const right = buildDouble(
    'shrd',
    doubleShift(shiftRightDouble, false, false),
    doubleShift(shiftRightDouble, false, true),
  );
  table0f[0xa4] = left;
  table0f[0xa5] = left;
  table0f[0xac] = right;
  table0f[0xad] = right;
}
