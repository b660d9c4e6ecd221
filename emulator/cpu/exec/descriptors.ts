import { type Cpu, dplOf, Seg, SegBit } from '../cpu.ts';
import type { Build } from '../decoder.ts';
import { Vector } from '../fault.ts';
import { Flag, settleFlags } from '../flags.ts';
import { BlockRole, type Exec } from '../insn.ts';
import { getRm, setRegister, setRm } from '../operands.ts';
import {
  type Descriptor,
  findDescriptor,
  isCodeSegment,
  isConforming,
  isPresent,
  limitOf,
  requireDescriptor,
  setNullSegment,
  setSegmentFrom,
  systemType,
} from '../segments.ts';

/** LLDT, LTR, SLDT, STR, LAR, LSL, VERR, VERW, ARPL: protected mode only, #UD elsewhere. */

const SystemType = { tss16: 1, ldt: 2, callGate16: 4, taskGate: 5, tss32: 9, callGate32: 12 } as const;
const BUSY = 2;

function requireProtected(c: Cpu): void {
  if (!c.isProtected) c.invalidOpcode();
}

/** LTR: marks the TSS busy in memory. Also what native code's `ltr` does. */
export function loadTaskRegister(c: Cpu, selector: number): void {
  const error = selector & 0xfffc;
  if (error === 0) c.generalProtection(0);
  if ((selector & 4) !== 0) c.generalProtection(error);
  const tss = requireDescriptor(c, selector);
  const type = systemType(tss);
  if (type !== SystemType.tss16 && type !== SystemType.tss32) c.generalProtection(error);
  if (!isPresent(tss)) c.fault.raise(Vector.segmentNotPresent, error);
  c.mmu.storeSystem((tss.address + 5) | 0, (tss.attributes & 0xff) | BUSY, 1);
  setSegmentFrom(c, Seg.tr, selector, { ...tss, attributes: tss.attributes | BUSY });
}

const loadTask: Exec = (c, i) => {
  requireProtected(c);
  if (c.cpl !== 0) c.generalProtection();
  loadTaskRegister(c, getRm(c, i));
};

const loadLocalTable: Exec = (c, i) => {
  requireProtected(c);
  if (c.cpl !== 0) c.generalProtection();
  loadLdt(c, getRm(c, i), Vector.generalProtection);
};

/** LLDT, and the LDT of a task that is switched to. A null selector leaves no LDT. */
export function loadLdt(c: Cpu, selector: number, vector: number): void {
  const error = selector & 0xfffc;
  if (error === 0) {
    setNullSegment(c, Seg.ldtr, selector);
    return;
  }
  if ((selector & 4) !== 0) c.fault.raise(vector, error);
  const table = requireDescriptor(c, selector, vector);
  if (systemType(table) !== SystemType.ldt) c.fault.raise(vector, error);
  if (!isPresent(table)) {
    c.fault.raise(vector === Vector.invalidTss ? vector : Vector.segmentNotPresent, error);
  }
  setSegmentFrom(c, Seg.ldtr, selector, table);
}

const storeLocalTable: Exec = (c, i) => {
  requireProtected(c);
  setRm(c, i, c.segmentSelector[Seg.ldtr] as number);
};
const storeTask: Exec = (c, i) => {
  requireProtected(c);
  setRm(c, i, c.segmentSelector[Seg.tr] as number);
};

/** The descriptor, if this code may see it at its privilege; else null. */
function visible(c: Cpu, selector: number): Descriptor | null {
  if ((selector & 0xfffc) === 0) return null;
  const descriptor = findDescriptor(c, selector);
  if (descriptor === null) return null;
  if (isConforming(descriptor)) return descriptor;
  const dpl = dplOf(descriptor.attributes);
  return dpl >= Math.max(c.cpl, selector & 3) ? descriptor : null;
}

function setZero(c: Cpu, isSet: boolean): void {
  settleFlags(c);
  c.flags = isSet ? c.flags | Flag.zf : c.flags & ~Flag.zf;
}

/** Which system descriptors LAR and LSL know, by type (SDM vol. 2 tables 3-53 and 3-62). */
const LAR_TYPES = 0b0001_1010_0011_1110;
const LSL_TYPES = 0b0000_1010_0000_1110;

const isKnownTo = (types: number, descriptor: Descriptor): boolean =>
  systemType(descriptor) >= 16 || ((types >>> systemType(descriptor)) & 1) !== 0;

const loadRights: Exec = (c, i) => {
  requireProtected(c);
  const descriptor = visible(c, getRm(c, i) & 0xffff);
  const isGood = descriptor !== null && isKnownTo(LAR_TYPES, descriptor);
  if (isGood) {
    const rights = descriptor.high & 0x00ffff00;
    setRegister(c, i.reg, i.immediate === 4 ? rights : rights & 0xff00, i.immediate as 2 | 4);
  }
  setZero(c, isGood);
};
const loadLimit: Exec = (c, i) => {
  requireProtected(c);
  const descriptor = visible(c, getRm(c, i) & 0xffff);
  const isGood = descriptor !== null && isKnownTo(LSL_TYPES, descriptor);
  if (isGood) setRegister(c, i.reg, limitOf(descriptor), i.immediate as 2 | 4);
  setZero(c, isGood);
};
const verifyRead: Exec = (c, i) => {
  requireProtected(c);
  const d = visible(c, getRm(c, i));
  const isSegment = d !== null && (d.attributes & SegBit.notSystem) !== 0;
  setZero(c, isSegment && (!isCodeSegment(d) || (d.attributes & SegBit.writable) !== 0));
};
const verifyWrite: Exec = (c, i) => {
  requireProtected(c);
  const d = visible(c, getRm(c, i));
  const isSegment = d !== null && (d.attributes & SegBit.notSystem) !== 0;
  setZero(c, isSegment && !isCodeSegment(d) && (d.attributes & SegBit.writable) !== 0);
};
const adjustRpl: Exec = (c, i) => {
  requireProtected(c);
  const selector = getRm(c, i);
  const rpl = (c.regs16[i.reg] as number) & 3;
  const isRaised = (selector & 3) < rpl;
  if (isRaised) setRm(c, i, (selector & ~3) | rpl);
  setZero(c, isRaised);
};

export function installDescriptors(table: Build[], table0f: Build[]): void {
  const group6: readonly (readonly [string, Exec, BlockRole])[] = [
    ['sldt', storeLocalTable, BlockRole.inside],
    ['str', storeTask, BlockRole.inside],
    ['lldt', loadLocalTable, BlockRole.ends],
    ['ltr', loadTask, BlockRole.ends],
    ['verr', verifyRead, BlockRole.inside],
    ['verw', verifyWrite, BlockRole.inside],
  ];
  table0f[0x00] = (d) => {
    d.modRm(d.regFieldAhead() < 2 ? d.operandSize : 2);
    if (d.insn.isMemory) d.insn.size = 2;
    const [name, exec, role] = group6[d.regField] ?? [
      'invalid',
      (c: Cpu) => c.invalidOpcode(),
      BlockRole.ends,
    ];
    d.is(name, exec, role);
  };
  const wideResult =
    (name: string, exec: Exec): Build =>
    (d) => {
      d.modRm(d.operandSize);
      d.insn.immediate = d.operandSize;
      // The source is a selector; in memory only 16 bits of it are read.
      if (d.insn.isMemory) d.insn.size = 2;
      d.is(name, exec);
    };
  table0f[0x02] = wideResult('lar', loadRights);
  table0f[0x03] = wideResult('lsl', loadLimit);
  table[0x63] = (d) => {
    d.modRm(2);
    d.is('arpl', adjustRpl);
  };
}
