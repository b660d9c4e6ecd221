import { readControl, writeControl } from '../control.ts';
import { type Cpu, Seg } from '../cpu.ts';
import { cpuid } from '../cpuid.ts';
import { refreshWatches } from '../debug.ts';
import type { Build, Decoder } from '../decoder.ts';
import { NO_ERROR_CODE, Unimplemented, Vector } from '../fault.ts';
import { BlockRole, type Exec, type Insn } from '../insn.ts';
import { getRm, offsetOf, readAddress, setRm, writeAddress } from '../operands.ts';
import { loadSegment } from '../segments.ts';

/** Instructions on the state of the processor itself. Those that change it are run alone. */

const invalid: Exec = (c) => c.invalidOpcode();

/** @throws GuestFault #GP(0) outside ring 0. */
function requireRing0(c: Cpu): void {
  if (c.cpl !== 0) c.generalProtection();
}

const halt: Exec = (c) => {
  requireRing0(c);
  c.halted = true;
  c.attention = true;
};
const nothing: Exec = () => {};

const readControlRegister: Exec = (c, i) => {
  requireRing0(c);
  c.regs[i.rm] = readControl(c, i.extra);
};
const writeControlRegister: Exec = (c, i) => {
  requireRing0(c);
  c.attention = true;
  writeControl(c, i.extra, c.regs[i.rm] as number);
};

/** DR4 and DR5 are DR6 and DR7, unless CR4.DE forbids it. */
function debugRegister(c: Cpu, number: number): number {
  if (number !== 4 && number !== 5) return number;
  if ((c.mmu.cr4 & 8) !== 0) c.invalidOpcode();
  return number + 2;
}
/** DR7.GD: an access to a debug register is itself a debug exception (SDM vol. 3 §17.2.4). */
function checkDebugAccess(c: Cpu): void {
  requireRing0(c);
  if (((c.dr[7] as number) & 0x2000) === 0) return;
  c.dr[6] = (c.dr[6] as number) | 0x2000;
  c.dr[7] = (c.dr[7] as number) & ~0x2000;
  c.fault.raise(Vector.debug, NO_ERROR_CODE);
}
const readDebugRegister: Exec = (c, i) => {
  const number = debugRegister(c, i.extra);
  checkDebugAccess(c);
  c.regs[i.rm] = c.dr[number] as number;
};
const writeDebugRegister: Exec = (c, i) => {
  const number = debugRegister(c, i.extra);
  checkDebugAccess(c);
  const value = c.regs[i.rm] as number;
  if (number === 6) c.dr[6] = (value & 0xe00f) | 0xffff0ff0;
  else if (number === 7) c.dr[7] = (value & 0xffff2fff) | 0x400;
  else c.dr[number] = value;
  refreshWatches(c);
  c.attention = true;
};

/** LMSW sets PE but never clears it. */
const loadStatusWord: Exec = (c, i) => {
  requireRing0(c);
  const value = getRm(c, i);
  c.attention = true;
  writeControl(c, 0, (c.mmu.cr0 & ~0xe) | (value & 0xf));
};
const storeStatusWord: Exec = (c, i) => {
  setRm(c, i, i.isMemory ? c.mmu.cr0 & 0xffff : c.mmu.cr0);
};
const clearTaskSwitched: Exec = (c) => {
  requireRing0(c);
  c.mmu.setCr0(c.mmu.cr0 & ~8);
};
const invalidatePage: Exec = (c, i) => {
  requireRing0(c);
  const address = ((c.segmentBase[i.segment] as number) + offsetOf(c, i)) | 0;
  c.mmu.invalidate(address);
  c.attention = true;
};

/** LGDT and LIDT: with a 16-bit operand the base has 24 bits. */
function loadTable(c: Cpu, i: Insn): { base: number; limit: number } {
  requireRing0(c);
  const address = readAddress(c, i.segment, offsetOf(c, i), 6);
  const limit = c.mmu.load16(address);
  const base = c.mmu.load32((address + 2) | 0);
  return { base: i.immediate === 4 ? base : base & 0xffffff, limit };
}
const loadGdt: Exec = (c, i) => {
  const { base, limit } = loadTable(c, i);
  c.gdtBase = base;
  c.gdtLimit = limit;
};
const loadIdt: Exec = (c, i) => {
  const { base, limit } = loadTable(c, i);
  c.idtBase = base;
  c.idtLimit = limit;
};
function storeTable(c: Cpu, i: Insn, base: number, limit: number): void {
  const address = writeAddress(c, i.segment, offsetOf(c, i), 6);
  c.mmu.checkWrite(address, 6, c.mmu.user);
  c.mmu.store16(address, limit);
  c.mmu.store32((address + 2) | 0, base);
}
const storeGdt: Exec = (c, i) => {
  storeTable(c, i, c.gdtBase, c.gdtLimit);
};
const storeIdt: Exec = (c, i) => {
  storeTable(c, i, c.idtBase, c.idtLimit);
};

const moveFromSegment: Exec = (c, i) => {
  setRm(c, i, c.segmentSelector[i.extra] as number);
};
const moveToSegment: Exec = (c, i) => {
  loadSegment(c, i.extra, getRm(c, i));
  if (i.extra === Seg.ss) c.inhibitUntil = c.count + 2;
};

const identify: Exec = (c) => {
  const answer = cpuid(c.regs[0] as number, c.regs[1] as number, c.hasApic);
  c.regs[0] = answer.eax;
  c.regs[1] = answer.ecx;
  c.regs[2] = answer.edx;
  c.regs[3] = answer.ebx;
};
/** No x87: #NM where CR0 says so, else #UD. */
const coprocessor: Exec = (c) => {
  if ((c.mmu.cr0 & 0xc) !== 0) c.fault.raise(Vector.deviceNotAvailable, NO_ERROR_CODE);
  c.invalidOpcode();
};
const wait: Exec = (c) => {
  if ((c.mmu.cr0 & 0xa) === 0xa) c.fault.raise(Vector.deviceNotAvailable, NO_ERROR_CODE);
};

/** CLFLUSH, CLFLUSHOPT and CLWB may fault as a load of the byte does (SDM vol. 2). */
const lineOf = (c: Cpu, i: Insn): number => c.mmu.lineAddress(readAddress(c, i.segment, offsetOf(c, i), 1));
const flushLine: Exec = (c, i) => {
  const physical = lineOf(c, i);
  if (physical >= 0) c.mmu.nvm.cache?.flush(physical);
};
const writeBackLine: Exec = (c, i) => {
  const physical = lineOf(c, i);
  if (physical >= 0) c.mmu.nvm.cache?.writeBack(physical);
};
/** SFENCE and MFENCE: with one processor they differ in nothing that a power failure could show. */
const fence: Exec = (c) => {
  c.mmu.nvm.cache?.fence();
};
const writeBackAll: Exec = (c) => {
  requireRing0(c);
  c.mmu.nvm.cache?.writeBackAll();
};
/** INVD throws the cache away: which stores were in it still is what no model here can say. */
const invalidateAll: Exec = (c) => {
  requireRing0(c);
  if (c.mmu.nvm.cache?.now().isClean === false) throw new Unimplemented('INVD with stores in the cache');
};

const GROUP_7: readonly (readonly [name: string, exec: Exec, role: BlockRole])[] = [
  ['sgdt', storeGdt, BlockRole.inside],
  ['sidt', storeIdt, BlockRole.inside],
  ['lgdt', loadGdt, BlockRole.ends],
  ['lidt', loadIdt, BlockRole.ends],
  ['smsw', storeStatusWord, BlockRole.inside],
  ['invalid', invalid, BlockRole.ends],
  ['lmsw', loadStatusWord, BlockRole.alone],
  ['invlpg', invalidatePage, BlockRole.alone],
];

const buildGroup7: Build = (d) => {
  d.modRm(d.operandSize);
  const { insn } = d;
  const isStatusWord = d.regField === 4 || d.regField === 6;
  if (!insn.isMemory && !isStatusWord) {
    d.is('invalid', invalid, BlockRole.ends);
    return;
  }
  insn.immediate = d.operandSize;
  if (insn.isMemory && isStatusWord) insn.size = 2;
  const [name, exec, role] = GROUP_7[d.regField] as (typeof GROUP_7)[number];
  d.is(name, exec, role);
};

/** Fences and flushes of 0F AE. The others are of FPU and SSE state, which there is none of. */
const buildGroup15: Build = (d) => {
  d.modRm(4);
  const { insn } = d;
  if (!insn.isMemory && d.regField >= 5 && !d.hasOperandPrefix && insn.rep === 0) {
    // LFENCE orders loads only: it is none of those that CLWB is ordered by.
    if (d.regField === 5) d.is('lfence', nothing);
    else d.is(d.regField === 6 ? 'mfence' : 'sfence', fence);
  } else if (insn.isMemory && d.regField === 7) {
    if (d.hasOperandPrefix) d.is('clflushopt', writeBackLine);
    else d.is('clflush', flushLine);
  } else if (insn.isMemory && d.regField === 6 && d.hasOperandPrefix) d.is('clwb', writeBackLine);
  else d.is('invalid', invalid, BlockRole.ends);
};

const buildMoveSegment: Build = (d) => {
  const isLoad = d.opcode === 0x8e;
  d.modRm(isLoad ? 2 : d.operandSize);
  const { insn } = d;
  insn.extra = d.regField;
  if (insn.isMemory) insn.size = 2;
  if (d.regField > Seg.gs || (isLoad && d.regField === Seg.cs)) d.is('invalid', invalid, BlockRole.ends);
  else d.is('mov', isLoad ? moveToSegment : moveFromSegment, isLoad ? BlockRole.alone : BlockRole.inside);
};

/** MOV of control and debug registers: mod is taken as 3, operands are 32 bits wide. */
const buildMoveSpecial =
  (exec: Exec, isKnown: (number: number) => boolean): Build =>
  (d: Decoder) => {
    const byte = d.next8();
    d.regField = (byte >>> 3) & 7;
    d.insn.size = 4;
    d.insn.rm = byte & 7;
    d.insn.extra = d.regField;
    if (isKnown(d.regField)) d.is('mov', exec, BlockRole.alone);
    else d.is('invalid', invalid, BlockRole.ends);
  };

const buildHint: Build = (d) => {
  d.modRm(d.operandSize);
  d.is('nop', nothing);
};

export function installSystem(table: Build[], table0f: Build[]): void {
  table[0xf4] = (d) => d.is('hlt', halt, BlockRole.alone);
  table[0x9b] = (d) => d.is('wait', wait);
  for (let opcode = 0xd8; opcode < 0xe0; opcode += 1) {
    table[opcode] = (d) => {
      d.modRm(4);
      d.is('x87', coprocessor, BlockRole.ends);
    };
  }
  table[0x8c] = buildMoveSegment;
  table[0x8e] = buildMoveSegment;
  table0f[0x01] = buildGroup7;
  table0f[0x06] = (d) => d.is('clts', clearTaskSwitched, BlockRole.ends);
  table0f[0x08] = (d) => d.is('invd', invalidateAll);
  table0f[0x09] = (d) => d.is('wbinvd', writeBackAll);
  table0f[0x0b] = (d) => d.is('ud2', invalid, BlockRole.ends);
  const isControl = (number: number): boolean => number === 0 || (number >= 2 && number <= 4);
  table0f[0x20] = buildMoveSpecial(readControlRegister, isControl);
  table0f[0x22] = buildMoveSpecial(writeControlRegister, isControl);
  table0f[0x21] = buildMoveSpecial(readDebugRegister, () => true);
  table0f[0x23] = buildMoveSpecial(writeDebugRegister, () => true);
  // 0F 24 and 0F 26, MOV of the test registers: 386 and 486 alone have them; #UD on all later ones, as here.
  table0f[0xa2] = (d) => d.is('cpuid', identify);
  table0f[0xae] = buildGroup15;
  for (let opcode = 0x18; opcode < 0x20; opcode += 1) table0f[opcode] = buildHint;
}
