import type { Build, Decoder } from '../decoder.ts';
import { condition, readEflags, writeEflags } from '../flags.ts';
import { type Exec, Form, registerIndex } from '../insn.ts';
import {
  getRegister,
  getRm,
  getRmForStore,
  loadSized,
  memRead32,
  memWrite32,
  offsetOf,
  putRm,
  readAddress,
  setRegister,
  setRm,
  signExtend8,
  signExtend16,
  storeSized,
  writeAddress,
} from '../operands.ts';
import { sizeByOpcode } from './alu.ts';

/** MOV between registers, memory and immediates, and what else moves data without arithmetic. */

const movRegReg32: Exec = (c, i) => {
  c.regs[i.rm] = c.regs[i.reg] as number;
};
const movRegRm32: Exec = (c, i) => {
  c.regs[i.reg] = c.regs[i.rm] as number;
};
const movRegMemory32: Exec = (c, i) => {
  c.regs[i.reg] = c.mmu.load32(memRead32(c, i));
};
const movMemoryReg32: Exec = (c, i) => {
  c.mmu.store32(memWrite32(c, i), c.regs[i.reg] as number);
};
const movRmReg: Exec = (c, i) => {
  setRm(c, i, getRegister(c, i.reg, i.size));
};
const movRegRm: Exec = (c, i) => {
  setRegister(c, i.reg, getRm(c, i), i.size);
};
const movRegImmediate32: Exec = (c, i) => {
  c.regs[i.rm] = i.immediate;
};
const movRmImmediate: Exec = (c, i) => {
  setRm(c, i, i.immediate);
};
const loadAccumulator: Exec = (c, i) => {
  setRegister(c, 0, loadSized(c, readAddress(c, i.segment, i.displacement, i.size), i.size), i.size);
};
const storeAccumulator: Exec = (c, i) => {
  const address = writeAddress(c, i.segment, i.displacement, i.size);
  storeSized(c, address, getRegister(c, 0, i.size), i.size);
};

const buildMovRmReg: Build = (d) => {
  d.modRm(sizeByOpcode(d));
  const { insn } = d;
  insn.form = Form.rmReg;
  d.is('mov', insn.size !== 4 ? movRmReg : insn.isMemory ? movMemoryReg32 : movRegReg32);
};
const buildMovRegRm: Build = (d) => {
  d.modRm(sizeByOpcode(d));
  const { insn } = d;
  insn.form = Form.regRm;
  d.is('mov', insn.size !== 4 ? movRegRm : insn.isMemory ? movRegMemory32 : movRegRm32);
};
const buildMovRmImmediate: Build = (d) => {
  d.modRm(sizeByOpcode(d));
  d.insn.immediate = d.nextSized(d.insn.size);
  d.insn.form = Form.rmImmediate;
  if (d.regField !== 0) d.is('invalid', (c) => c.invalidOpcode());
  else d.is('mov', movRmImmediate);
};
const buildMovRegImmediate: Build = (d) => {
  const { insn } = d;
  insn.size = d.opcode < 0xb8 ? 1 : d.operandSize;
  insn.rm = registerIndex(d.opcode & 7, insn.size);
  insn.immediate = d.nextSized(insn.size);
  insn.form = Form.rmImmediate;
  d.is('mov', insn.size === 4 ? movRegImmediate32 : movRmImmediate);
};
const buildMovOffset: Build = (d) => {
  const { insn } = d;
  insn.size = sizeByOpcode(d);
  insn.displacement = d.addressSize === 4 ? d.next32() : d.next16();
  d.is('mov', d.opcode < 0xa2 ? loadAccumulator : storeAccumulator);
};

const lea: Exec = (c, i) => {
  setRegister(c, i.reg, offsetOf(c, i), i.size);
};
const lea32: Exec = (c, i) => {
  c.regs[i.reg] = offsetOf(c, i);
};
const buildLea: Build = (d) => {
  d.modRm(d.operandSize);
  if (!d.insn.isMemory) d.is('invalid', (c) => c.invalidOpcode());
  else d.is('lea', d.operandSize === 4 ? lea32 : lea);
};

/** MOVZX and MOVSX: `size` is the source's, `extra` the destination's. */
const movzx: Exec = (c, i) => {
  setRegister(c, i.reg, getRm(c, i), i.extra as 2 | 4);
};
const movsx8: Exec = (c, i) => {
  setRegister(c, i.reg, signExtend8(getRm(c, i)), i.extra as 2 | 4);
};
const movsx16: Exec = (c, i) => {
  setRegister(c, i.reg, signExtend16(getRm(c, i)), i.extra as 2 | 4);
};
const buildExtend: Build = (d) => {
  const sourceSize = (d.opcode & 1) === 0 ? 1 : 2;
  d.modRm(sourceSize);
  d.insn.extra = d.operandSize;
  d.insn.reg = registerIndex(d.regField, d.operandSize);
  if (d.opcode < 0xb8) d.is('movzx', movzx);
  else d.is('movsx', sourceSize === 1 ? movsx8 : movsx16);
};

const exchangeRm: Exec = (c, i) => {
  const value = getRmForStore(c, i);
  putRm(c, i, getRegister(c, i.reg, i.size));
  setRegister(c, i.reg, value, i.size);
};
const buildExchange: Build = (d) => {
  d.modRm(sizeByOpcode(d));
  d.insn.isLockable = true;
  d.is('xchg', exchangeRm);
};
const buildExchangeAccumulator: Build = (d) => {
  const { insn } = d;
  insn.rm = registerIndex(d.opcode & 7, insn.size);
  if (d.opcode === 0x90) d.is(insn.rep === 2 ? 'pause' : 'nop', () => {});
  else d.is('xchg', exchangeRm);
};

export const CONDITION_NAMES = [
  'o',
  'no',
  'b',
  'ae',
  'e',
  'ne',
  'be',
  'a',
  's',
  'ns',
  'p',
  'np',
  'l',
  'ge',
  'le',
  'g',
] as const;

/** The memory operand is read, and may fault, whether the condition holds or not. */
const conditionalMove: Exec = (c, i) => {
  const value = getRm(c, i);
  if (condition(c, i.extra)) setRegister(c, i.reg, value, i.size);
};
const conditionalSet: Exec = (c, i) => {
  setRm(c, i, condition(c, i.extra) ? 1 : 0);
};
const buildConditional: Build = (d) => {
  const isMove = d.opcode < 0x50;
  d.modRm(isMove ? d.operandSize : 1);
  d.insn.extra = d.opcode & 15;
  const suffix = CONDITION_NAMES[d.opcode & 15] as string;
  d.is(isMove ? `cmov${suffix}` : `set${suffix}`, isMove ? conditionalMove : conditionalSet);
};

const byteSwap: Exec = (c, i) => {
  // BSWAP of a 16-bit register is undefined (SDM vol. 2); processors clear it.
  if (i.size === 2) {
    c.regs16[i.rm] = 0;
    return;
  }
  const value = c.regs[i.rm] as number;
  c.regs[i.rm] = (value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | ((value >>> 24) & 0xff);
};
const buildByteSwap: Build = (d) => {
  d.insn.rm = registerIndex(d.opcode & 7, d.insn.size);
  d.is('bswap', byteSwap);
};

const translateByte: Exec = (c, i) => {
  const offset = ((c.regs[3] as number) + (c.regs8[0] as number)) & i.addressMask;
  c.regs8[0] = c.mmu.load8(readAddress(c, i.segment, offset, 1));
};
/** CBW and CWDE. */
const extendAccumulator: Exec = (c, i) => {
  if (i.size === 4) c.regs[0] = signExtend16(c.regs[0] as number);
  else c.regs16[0] = signExtend8(c.regs[0] as number);
};
/** CWD and CDQ. */
const extendToPair: Exec = (c, i) => {
  if (i.size === 4) c.regs[2] = (c.regs[0] as number) >> 31;
  else c.regs16[4] = signExtend16(c.regs[0] as number) >> 15;
};
const loadFlagsToAh: Exec = (c) => {
  c.regs8[1] = readEflags(c);
};
const storeAhToFlags: Exec = (c) => {
  writeEflags(c, (readEflags(c) & ~0xd5) | ((c.regs8[1] as number) & 0xd5));
};

const simple =
  (name: string, exec: Exec): Build =>
  (d) =>
    d.is(name, exec);

const bySize =
  (name16: string, name32: string, exec: Exec): Build =>
  (d: Decoder) =>
    d.is(d.operandSize === 2 ? name16 : name32, exec);

export function installMove(table: Build[], table0f: Build[]): void {
  table[0x88] = buildMovRmReg;
  table[0x89] = buildMovRmReg;
  table[0x8a] = buildMovRegRm;
  table[0x8b] = buildMovRegRm;
  table[0x8d] = buildLea;
  table[0xc6] = buildMovRmImmediate;
  table[0xc7] = buildMovRmImmediate;
  for (let opcode = 0xb0; opcode < 0xc0; opcode += 1) table[opcode] = buildMovRegImmediate;
  for (let opcode = 0xa0; opcode < 0xa4; opcode += 1) table[opcode] = buildMovOffset;
  table[0x86] = buildExchange;
  table[0x87] = buildExchange;
  for (let opcode = 0x90; opcode < 0x98; opcode += 1) table[opcode] = buildExchangeAccumulator;
  table[0xd7] = simple('xlatb', translateByte);
  table[0x98] = bySize('cbw', 'cwde', extendAccumulator);
  table[0x99] = bySize('cwd', 'cdq', extendToPair);
  table[0x9e] = simple('sahf', storeAhToFlags);
  table[0x9f] = simple('lahf', loadFlagsToAh);
  for (const opcode of [0xb6, 0xb7, 0xbe, 0xbf]) table0f[opcode] = buildExtend;
  for (let opcode = 0x40; opcode < 0x50; opcode += 1) table0f[opcode] = buildConditional;
  for (let opcode = 0x90; opcode < 0xa0; opcode += 1) table0f[opcode] = buildConditional;
  for (let opcode = 0xc8; opcode < 0xd0; opcode += 1) table0f[opcode] = buildByteSwap;
}
