import { ALU_NAMES, Alu, alu, dec32, inc32, logic32, step } from '../alu.ts';
import type { Build, Decoder } from '../decoder.ts';
import { type Exec, Form } from '../insn.ts';
import { getRegister, getRm, getRmForStore, putRm, setRegister, sizeMask } from '../operands.ts';
import { FAST_ALU } from './alu-fast.ts';

/** ADD, OR, ADC, SBB, AND, SUB, XOR, CMP, TEST, INC, DEC, NOT, NEG at every size and form. */

const rmReg: Exec = (c, i) => {
  const left = getRmForStore(c, i);
  putRm(c, i, alu(c, i.extra, left, getRegister(c, i.reg, i.size), i.size));
};
const regRm: Exec = (c, i) => {
  const right = getRm(c, i);
  setRegister(c, i.reg, alu(c, i.extra, getRegister(c, i.reg, i.size), right, i.size), i.size);
};
const rmImmediate: Exec = (c, i) => {
  const left = getRmForStore(c, i);
  putRm(c, i, alu(c, i.extra, left, i.immediate, i.size));
};
const compareRmReg: Exec = (c, i) => {
  alu(c, Alu.cmp, getRm(c, i), getRegister(c, i.reg, i.size), i.size);
};
const compareRegRm: Exec = (c, i) => {
  alu(c, Alu.cmp, getRegister(c, i.reg, i.size), getRm(c, i), i.size);
};
const compareRmImmediate: Exec = (c, i) => {
  alu(c, Alu.cmp, getRm(c, i), i.immediate, i.size);
};
const testRmReg: Exec = (c, i) => {
  alu(c, Alu.and, getRm(c, i), getRegister(c, i.reg, i.size), i.size);
};
const testRmImmediate: Exec = (c, i) => {
  alu(c, Alu.and, getRm(c, i), i.immediate, i.size);
};
const testReg32: Exec = (c, i) => {
  logic32(c, (c.regs[i.rm] as number) & (c.regs[i.reg] as number));
};
const increment: Exec = (c, i) => {
  putRm(c, i, step(c, getRmForStore(c, i), 1, i.size));
};
const decrement: Exec = (c, i) => {
  putRm(c, i, step(c, getRmForStore(c, i), -1, i.size));
};
const not: Exec = (c, i) => {
  putRm(c, i, ~getRmForStore(c, i) & sizeMask(i.size));
};
const negate: Exec = (c, i) => {
  putRm(c, i, alu(c, Alu.sub, 0, getRmForStore(c, i), i.size));
};

/** Chooses the executor for the operation: the fast one where operands are 32 bits wide. */
function choose(d: Decoder, operation: number, form: 'rmReg' | 'regRm' | 'rmImmediate'): void {
  const { insn } = d;
  insn.extra = operation;
  insn.form = Form[form];
  insn.isLockable = form !== 'regRm' && operation !== Alu.cmp;
  const fast = insn.size === 4 ? FAST_ALU[form][insn.isMemory ? 'memory' : 'register'][operation] : undefined;
  const name = ALU_NAMES[operation] as string;
  if (fast !== undefined) d.is(name, fast);
  else if (operation === Alu.cmp) {
    d.is(name, { rmReg: compareRmReg, regRm: compareRegRm, rmImmediate: compareRmImmediate }[form]);
  } else d.is(name, { rmReg, regRm, rmImmediate }[form]);
}

/** Opcodes with an 8-bit and an operand-sized form differ in their lowest bit. */
export const sizeByOpcode = (d: Decoder): 1 | 2 | 4 => ((d.opcode & 1) === 0 ? 1 : d.operandSize);

const buildRmReg: Build = (d) => {
  d.modRm(sizeByOpcode(d));
  choose(d, d.opcode >>> 3, 'rmReg');
};
const buildRegRm: Build = (d) => {
  d.modRm(sizeByOpcode(d));
  choose(d, d.opcode >>> 3, 'regRm');
};
const buildAccumulator: Build = (d) => {
  const size = sizeByOpcode(d);
  d.insn.size = size;
  d.insn.rm = 0;
  d.insn.immediate = d.nextSized(size);
  choose(d, d.opcode >>> 3, 'rmImmediate');
};
const buildGroup1: Build = (d) => {
  const size = sizeByOpcode(d);
  d.modRm(size);
  if (d.opcode === 0x83) d.insn.immediate = d.nextSigned8() & sizeMask(size);
  else d.insn.immediate = d.nextSized(size);
  choose(d, d.regField, 'rmImmediate');
};

const buildTest: Build = (d) => {
  d.modRm(sizeByOpcode(d));
  d.insn.form = Form.rmReg;
  d.is('test', d.insn.size === 4 && !d.insn.isMemory ? testReg32 : testRmReg);
};
const buildTestAccumulator: Build = (d) => {
  d.insn.size = sizeByOpcode(d);
  d.insn.immediate = d.nextSized(d.insn.size);
  d.insn.form = Form.rmImmediate;
  d.is('test', testRmImmediate);
};

const incReg32: Exec = (c, i) => {
  c.regs[i.rm] = inc32(c, c.regs[i.rm] as number);
};
const decReg32: Exec = (c, i) => {
  c.regs[i.rm] = dec32(c, c.regs[i.rm] as number);
};

/** INC and DEC of the register in the opcode (40h–4Fh). */
const buildStepReg: Build = (d) => {
  const { insn } = d;
  const number = d.opcode & 7;
  insn.rm = insn.size === 4 ? number : number << 1;
  insn.form = Form.rm;
  if (d.opcode < 0x48) d.is('inc', insn.size === 4 ? incReg32 : increment);
  else d.is('dec', insn.size === 4 ? decReg32 : decrement);
};

/** INC and DEC of ModRM, after it has been read (groups 4 and 5). */
export function buildStepRm(d: Decoder): void {
  d.insn.isLockable = true;
  d.insn.form = Form.rm;
  const isRegister32 = d.insn.size === 4 && !d.insn.isMemory;
  if (d.regField === 0) d.is('inc', isRegister32 ? incReg32 : increment);
  else d.is('dec', isRegister32 ? decReg32 : decrement);
}

/** TEST, NOT and NEG of group 3, after ModRM has been read. */
export function buildUnary(d: Decoder): void {
  const { insn } = d;
  if (d.regField < 2) {
    insn.immediate = d.nextSized(insn.size);
    insn.form = Form.rmImmediate;
    d.is('test', testRmImmediate);
    return;
  }
  insn.isLockable = true;
  insn.form = Form.rm;
  if (d.regField === 2) d.is('not', not);
  else d.is('neg', negate);
}

export function installAlu(table: Build[]): void {
  for (let operation = 0; operation < 8; operation += 1) {
    const first = operation << 3;
    table[first] = buildRmReg;
    table[first + 1] = buildRmReg;
    table[first + 2] = buildRegRm;
    table[first + 3] = buildRegRm;
    table[first + 4] = buildAccumulator;
    table[first + 5] = buildAccumulator;
  }
  for (const opcode of [0x80, 0x81, 0x82, 0x83]) table[opcode] = buildGroup1;
  for (const opcode of [0x84, 0x85]) table[opcode] = buildTest;
  for (const opcode of [0xa8, 0xa9]) table[opcode] = buildTestAccumulator;
  for (let opcode = 0x40; opcode < 0x50; opcode += 1) table[opcode] = buildStepReg;
}
