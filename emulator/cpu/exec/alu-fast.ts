import { adc32, add32, logic32, sbb32, sub32 } from '../alu.ts';
import type { Exec } from '../insn.ts';
import { memRead32, memWrite32 } from '../operands.ts';

/**
 * The eight operations of opcodes 00h–3Fh on 32-bit operands, one function for each form. They are written
 * out because V8 specialises functions, not the values that they close over: these carry most of what
 * compiled code does. The order is that of the encoding.
 */

const registerFromRegister: readonly Exec[] = [
  (c, i) => {
    c.regs[i.rm] = add32(c, c.regs[i.rm] as number, c.regs[i.reg] as number);
  },
  (c, i) => {
    c.regs[i.rm] = logic32(c, (c.regs[i.rm] as number) | (c.regs[i.reg] as number));
  },
  (c, i) => {
    c.regs[i.rm] = adc32(c, c.regs[i.rm] as number, c.regs[i.reg] as number);
  },
  (c, i) => {
    c.regs[i.rm] = sbb32(c, c.regs[i.rm] as number, c.regs[i.reg] as number);
  },
  (c, i) => {
    c.regs[i.rm] = logic32(c, (c.regs[i.rm] as number) & (c.regs[i.reg] as number));
  },
  (c, i) => {
    c.regs[i.rm] = sub32(c, c.regs[i.rm] as number, c.regs[i.reg] as number);
  },
  (c, i) => {
    c.regs[i.rm] = logic32(c, (c.regs[i.rm] as number) ^ (c.regs[i.reg] as number));
  },
  (c, i) => {
    sub32(c, c.regs[i.rm] as number, c.regs[i.reg] as number);
  },
];

const registerFromRm: readonly Exec[] = [
  (c, i) => {
    c.regs[i.reg] = add32(c, c.regs[i.reg] as number, c.regs[i.rm] as number);
  },
  (c, i) => {
    c.regs[i.reg] = logic32(c, (c.regs[i.reg] as number) | (c.regs[i.rm] as number));
  },
  (c, i) => {
    c.regs[i.reg] = adc32(c, c.regs[i.reg] as number, c.regs[i.rm] as number);
  },
  (c, i) => {
    c.regs[i.reg] = sbb32(c, c.regs[i.reg] as number, c.regs[i.rm] as number);
  },
  (c, i) => {
    c.regs[i.reg] = logic32(c, (c.regs[i.reg] as number) & (c.regs[i.rm] as number));
  },
  (c, i) => {
    c.regs[i.reg] = sub32(c, c.regs[i.reg] as number, c.regs[i.rm] as number);
  },
  (c, i) => {
    c.regs[i.reg] = logic32(c, (c.regs[i.reg] as number) ^ (c.regs[i.rm] as number));
  },
  (c, i) => {
    sub32(c, c.regs[i.reg] as number, c.regs[i.rm] as number);
  },
];

const registerFromImmediate: readonly Exec[] = [
  (c, i) => {
    c.regs[i.rm] = add32(c, c.regs[i.rm] as number, i.immediate);
  },
  (c, i) => {
    c.regs[i.rm] = logic32(c, (c.regs[i.rm] as number) | i.immediate);
  },
  (c, i) => {
    c.regs[i.rm] = adc32(c, c.regs[i.rm] as number, i.immediate);
  },
  (c, i) => {
    c.regs[i.rm] = sbb32(c, c.regs[i.rm] as number, i.immediate);
  },
  (c, i) => {
    c.regs[i.rm] = logic32(c, (c.regs[i.rm] as number) & i.immediate);
  },
  (c, i) => {
    c.regs[i.rm] = sub32(c, c.regs[i.rm] as number, i.immediate);
  },
  (c, i) => {
    c.regs[i.rm] = logic32(c, (c.regs[i.rm] as number) ^ i.immediate);
  },
  (c, i) => {
    sub32(c, c.regs[i.rm] as number, i.immediate);
  },
];

const registerFromMemory: readonly Exec[] = [
  (c, i) => {
    const right = c.mmu.load32(memRead32(c, i));
    c.regs[i.reg] = add32(c, c.regs[i.reg] as number, right);
  },
  (c, i) => {
    const right = c.mmu.load32(memRead32(c, i));
    c.regs[i.reg] = logic32(c, (c.regs[i.reg] as number) | right);
  },
  (c, i) => {
    const right = c.mmu.load32(memRead32(c, i));
    c.regs[i.reg] = adc32(c, c.regs[i.reg] as number, right);
  },
  (c, i) => {
    const right = c.mmu.load32(memRead32(c, i));
    c.regs[i.reg] = sbb32(c, c.regs[i.reg] as number, right);
  },
  (c, i) => {
    const right = c.mmu.load32(memRead32(c, i));
    c.regs[i.reg] = logic32(c, (c.regs[i.reg] as number) & right);
  },
  (c, i) => {
    const right = c.mmu.load32(memRead32(c, i));
    c.regs[i.reg] = sub32(c, c.regs[i.reg] as number, right);
  },
  (c, i) => {
    const right = c.mmu.load32(memRead32(c, i));
    c.regs[i.reg] = logic32(c, (c.regs[i.reg] as number) ^ right);
  },
  (c, i) => {
    const right = c.mmu.load32(memRead32(c, i));
    sub32(c, c.regs[i.reg] as number, right);
  },
];

const memoryFromRegister: readonly Exec[] = [
  (c, i) => {
    const address = memWrite32(c, i);
    const left = c.mmu.loadForStore(address, 4);
    c.mmu.store32(address, add32(c, left, c.regs[i.reg] as number));
  },
  (c, i) => {
    const address = memWrite32(c, i);
    const left = c.mmu.loadForStore(address, 4);
    c.mmu.store32(address, logic32(c, left | (c.regs[i.reg] as number)));
  },
  (c, i) => {
    const address = memWrite32(c, i);
    const left = c.mmu.loadForStore(address, 4);
    c.mmu.store32(address, adc32(c, left, c.regs[i.reg] as number));
  },
  (c, i) => {
    const address = memWrite32(c, i);
    const left = c.mmu.loadForStore(address, 4);
    c.mmu.store32(address, sbb32(c, left, c.regs[i.reg] as number));
  },
  (c, i) => {
    const address = memWrite32(c, i);
    const left = c.mmu.loadForStore(address, 4);
    c.mmu.store32(address, logic32(c, left & (c.regs[i.reg] as number)));
  },
  (c, i) => {
    const address = memWrite32(c, i);
    const left = c.mmu.loadForStore(address, 4);
    c.mmu.store32(address, sub32(c, left, c.regs[i.reg] as number));
  },
  (c, i) => {
    const address = memWrite32(c, i);
    const left = c.mmu.loadForStore(address, 4);
    c.mmu.store32(address, logic32(c, left ^ (c.regs[i.reg] as number)));
  },
  (c, i) => {
    sub32(c, c.mmu.load32(memRead32(c, i)), c.regs[i.reg] as number);
  },
];

const memoryFromImmediate: readonly Exec[] = [
  (c, i) => {
    const address = memWrite32(c, i);
    const left = c.mmu.loadForStore(address, 4);
    c.mmu.store32(address, add32(c, left, i.immediate));
  },
  (c, i) => {
    const address = memWrite32(c, i);
    const left = c.mmu.loadForStore(address, 4);
    c.mmu.store32(address, logic32(c, left | i.immediate));
  },
  (c, i) => {
    const address = memWrite32(c, i);
    const left = c.mmu.loadForStore(address, 4);
    c.mmu.store32(address, adc32(c, left, i.immediate));
  },
  (c, i) => {
    const address = memWrite32(c, i);
    const left = c.mmu.loadForStore(address, 4);
    c.mmu.store32(address, sbb32(c, left, i.immediate));
  },
  (c, i) => {
    const address = memWrite32(c, i);
    const left = c.mmu.loadForStore(address, 4);
    c.mmu.store32(address, logic32(c, left & i.immediate));
  },
  (c, i) => {
    const address = memWrite32(c, i);
    const left = c.mmu.loadForStore(address, 4);
    c.mmu.store32(address, sub32(c, left, i.immediate));
  },
  (c, i) => {
    const address = memWrite32(c, i);
    const left = c.mmu.loadForStore(address, 4);
    c.mmu.store32(address, logic32(c, left ^ i.immediate));
  },
  (c, i) => {
    sub32(c, c.mmu.load32(memRead32(c, i)), i.immediate);
  },
];

export const FAST_ALU = {
  rmReg: { register: registerFromRegister, memory: memoryFromRegister },
  regRm: { register: registerFromRm, memory: registerFromMemory },
  rmImmediate: { register: registerFromImmediate, memory: memoryFromImmediate },
} as const;
