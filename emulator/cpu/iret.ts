import { Gpr } from '../native.ts';
import { type Cpu, dplOf, Seg } from './cpu.ts';
import { Vector } from './fault.ts';
import { Flag, readEflags, writeEflags } from './flags.ts';
import {
  type Descriptor,
  dropInnerSegments,
  isCodeSegment,
  isConforming,
  isPresent,
  limitOf,
  markAccessed,
  requireDescriptor,
  requireStackDescriptor,
  setCodeSegment,
  setRealSegment,
  setSegmentFrom,
} from './segments.ts';
import { drop, peek } from './stack.ts';
import { switchTask } from './task-switch.ts';

/** IRET and IRETD (SDM vol. 2). Nothing changes if it faults. */
export function interruptReturn(c: Cpu, sizeBytes: 2 | 4): void {
  if (!c.isProtected) returnReal(c, sizeBytes);
  else if ((readEflags(c) & Flag.nt) !== 0) returnFromTask(c);
  else returnProtected(c, sizeBytes);
  c.attention = true;
}

/** The bits of EFLAGS that an IRET or POPF at this privilege may change. */
export function changeableFlags(c: Cpu): number {
  let mask =
    Flag.cf |
    Flag.pf |
    Flag.af |
    Flag.zf |
    Flag.sf |
    Flag.tf |
    Flag.df |
    Flag.of |
    Flag.nt |
    Flag.ac |
    Flag.id;
  if (c.cpl <= c.iopl) mask |= Flag.if;
  if (c.cpl === 0) mask |= Flag.iopl;
  return mask;
}

/** Sets the flags in `mask`, only the low 16 where the operand is a word. */
export function mergeFlags(c: Cpu, image: number, mask: number, sizeBytes: 2 | 4): void {
  const effective = sizeBytes === 2 ? mask & 0xffff : mask;
  writeEflags(c, (readEflags(c) & ~effective) | (image & effective));
}

function returnReal(c: Cpu, sizeBytes: 2 | 4): void {
  if (c.isV86 && c.iopl < 3) c.generalProtection(0);
  const eip = peek(c, 0, sizeBytes);
  const selector = peek(c, sizeBytes, sizeBytes) & 0xffff;
  const image = peek(c, 2 * sizeBytes, sizeBytes);
  if (eip >>> 0 > (c.segmentLimit[Seg.cs] as number) >>> 0) c.generalProtection(0);
  drop(c, 3 * sizeBytes);
  setRealSegment(c, Seg.cs, selector);
  c.eip = eip;
  const mask = c.isV86 ? changeableFlags(c) | Flag.if | Flag.rf : changeableFlags(c) | Flag.iopl | Flag.rf;
  mergeFlags(c, image, mask, sizeBytes);
}

function returnProtected(c: Cpu, sizeBytes: 2 | 4): void {
  const eip = peek(c, 0, sizeBytes);
  const selector = peek(c, sizeBytes, sizeBytes) & 0xffff;
  const image = peek(c, 2 * sizeBytes, sizeBytes);
  if (sizeBytes === 4 && (image & Flag.vm) !== 0 && c.cpl === 0) {
    returnToV86(c, eip, selector, image);
    return;
  }
  const code = checkReturnCode(c, selector);
  const rpl = selector & 3;
  const mask = changeableFlags(c) | Flag.rf;
  if (rpl === c.cpl) {
    if (eip >>> 0 > limitOf(code) >>> 0) c.generalProtection(0);
    setCodeSegment(c, selector, code, rpl);
    drop(c, 3 * sizeBytes);
  } else {
    returnToOuter(
      c,
      {
        selector,
        code,
        eip,
        skipBytes: 3 * sizeBytes,
        releaseBytes: 0,
        absentVector: Vector.segmentNotPresent,
      },
      sizeBytes,
    );
  }
  mergeFlags(c, image, mask, sizeBytes);
  c.eip = eip;
}

/** The checks of a return's code segment (RET and IRET alike). */
export function checkReturnCode(c: Cpu, selector: number): Descriptor {
  if ((selector & 0xfffc) === 0) c.generalProtection(0);
  const code = requireDescriptor(c, selector);
  const error = selector & 0xfffc;
  const rpl = selector & 3;
  const dpl = dplOf(code.attributes);
  const isRightLevel = isConforming(code) ? dpl <= rpl : dpl === rpl;
  if (!isCodeSegment(code) || rpl < c.cpl || !isRightLevel) c.generalProtection(error);
  if (!isPresent(code)) c.fault.raise(Vector.segmentNotPresent, error);
  return code;
}

/** Takes ESP and SS from the stack `skipBytes` up, and goes to the outer ring. Sets all but EIP and flags. */
export function returnToOuter(
  c: Cpu,
  to: {
    readonly selector: number;
    readonly code: Descriptor;
    readonly eip: number;
    readonly skipBytes: number;
    /** What RET n takes off the outer stack. */
    readonly releaseBytes: number;
    /** For a stack segment that is not present: IRET raises #NP, RET #SS (SDM vol. 2). */
    readonly absentVector: number;
  },
  sizeBytes: 2 | 4,
): void {
  const rpl = to.selector & 3;
  const pointer = peek(c, to.skipBytes, sizeBytes);
  const stackSelector = peek(c, to.skipBytes + sizeBytes, sizeBytes) & 0xffff;
  if ((stackSelector & 0xfffc) === 0) c.generalProtection(0);
  const stack = requireStackDescriptor(c, stackSelector, rpl, Vector.generalProtection, 0, to.absentVector);
  if (to.eip >>> 0 > limitOf(to.code) >>> 0) c.generalProtection(0);
  markAccessed(c, stack);
  setCodeSegment(c, to.selector, to.code, rpl);
  setSegmentFrom(c, Seg.ss, stackSelector, stack);
  const esp = pointer + to.releaseBytes;
  const mask = sizeBytes === 4 && c.stackMask === -1 ? -1 : 0xffff;
  c.regs[Gpr.esp] = mask === -1 ? esp : ((c.regs[Gpr.esp] as number) & 0xffff0000) | (esp & 0xffff);
  dropInnerSegments(c);
}

/** IRET with NT set: to the task that the back link of this one names. */
function returnFromTask(c: Cpu): void {
  const selector = c.mmu.loadSystem16(c.segmentBase[Seg.tr] as number);
  switchTask(c, { selector, reason: 'iret', external: 0, returnEip: c.eip });
}

function returnToV86(c: Cpu, eip: number, selector: number, image: number): void {
  const esp = peek(c, 12, 4);
  const [ss, es, ds, fs, gs] = [16, 20, 24, 28, 32].map((skip) => peek(c, skip, 4) & 0xffff);
  writeEflags(c, image);
  c.setCpl(3);
  setRealSegment(c, Seg.cs, selector);
  setRealSegment(c, Seg.ss, ss ?? 0);
  setRealSegment(c, Seg.es, es ?? 0);
  setRealSegment(c, Seg.ds, ds ?? 0);
  setRealSegment(c, Seg.fs, fs ?? 0);
  setRealSegment(c, Seg.gs, gs ?? 0);
  c.regs[Gpr.esp] = esp;
  // The upper half is dropped, not refused (SDM vol. 2, IRET).
  c.eip = eip & 0xffff;
}
