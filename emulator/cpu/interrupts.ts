import { Gpr } from '../native.ts';
import { type Cpu, dplOf, Seg, SegBit } from './cpu.ts';
import { combineFaults, NO_ERROR_CODE, pushesErrorCode, Unimplemented, Vector } from './fault.ts';
import { Flag, readEflags, settleFlags, writeEflags } from './flags.ts';
import {
  baseOf,
  type Descriptor,
  isCodeSegment,
  isConforming,
  isPresent,
  limitOf,
  markAccessed,
  readDescriptorAt,
  requireDescriptor,
  requireStackDescriptor,
  setCodeSegment,
  setNullSegment,
  setRealSegment,
  setSegmentFrom,
  systemType,
} from './segments.ts';

/** Where an interrupt comes from. Only software interrupts are checked against the gate's DPL. */
export type InterruptSource = 'external' | 'exception' | 'software';

export interface Interrupt {
  readonly vector: number;
  readonly source: InterruptSource;
  /** `NO_ERROR_CODE` for none. */
  readonly errorCode: number;
  /** What is pushed as EIP. */
  readonly returnEip: number;
}

const GateType = { task: 5, interrupt16: 6, trap16: 7, interrupt32: 14, trap32: 15 } as const;

/**
 * Delivers an interrupt or exception through the IDT (SDM vol. 3 §6.12), or through the real-mode vector
 * table. Registers change only once every check and push has succeeded.
 * @throws GuestFault where delivery itself faults.
 */
export function deliver(c: Cpu, interrupt: Interrupt): void {
  c.halted = false;
  if ((c.mmu.cr0 & 1) === 0) {
    deliverReal(c, interrupt);
    return;
  }
  const { vector, source } = interrupt;
  const external = source === 'software' ? 0 : 1;
  const gateError = vector * 8 + 2 + external;
  if (vector * 8 + 7 > c.idtLimit) c.generalProtection(gateError);
  const gate = readDescriptorAt(c, (c.idtBase + vector * 8) | 0);
  const type = systemType(gate);
  const isKnown = type >= GateType.interrupt32 || (type >= GateType.task && type <= GateType.trap16);
  if (!isKnown || type > GateType.trap32) c.generalProtection(gateError);
  if (source === 'software' && dplOf(gate.attributes) < c.cpl) c.generalProtection(gateError);
  if (!isPresent(gate)) c.fault.raise(Vector.segmentNotPresent, gateError);
  if (type === GateType.task) throw new Unimplemented('task gate');
  enterGate(c, interrupt, gate, external);
}

function enterGate(c: Cpu, interrupt: Interrupt, gate: Descriptor, external: number): void {
  const selector = gate.low >>> 16;
  if ((selector & 0xfffc) === 0) c.generalProtection(external);
  const code = requireDescriptor(c, selector, Vector.generalProtection, external);
  const codeError = (selector & 0xfffc) | external;
  const dpl = dplOf(code.attributes);
  if (!isCodeSegment(code) || dpl > c.cpl) c.generalProtection(codeError);
  if (!isPresent(code)) c.fault.raise(Vector.segmentNotPresent, codeError);
  const is32 = systemType(gate) >= GateType.interrupt32;
  const entry = is32 ? (gate.low & 0xffff) | (gate.high & 0xffff0000) : gate.low & 0xffff;
  const isInner = !isConforming(code) && dpl < c.cpl;
  if (c.isV86 && (!isInner || dpl !== 0)) c.generalProtection(codeError);
  const cpl = isInner ? dpl : c.cpl;
  if (entry >>> 0 > limitOf(code) >>> 0) c.generalProtection(external);

  markAccessed(c, code);
  const image = pushedFlags(c, interrupt);
  const frame: number[] = [];
  if (interrupt.errorCode !== NO_ERROR_CODE) frame.push(interrupt.errorCode);
  frame.push(interrupt.returnEip, c.segmentSelector[Seg.cs] as number, image);
  const wasV86 = c.isV86;
  if (isInner) pushOnInnerStack(c, { frame, cpl, is32, external });
  else pushFrame(c, { frame, is32, base: c.segmentBase[Seg.ss] as number, cpl, external });

  setCodeSegment(c, selector, code, cpl);
  c.eip = entry;
  settleFlags(c);
  c.flags &= ~(Flag.tf | Flag.nt | Flag.rf | Flag.vm);
  if ((systemType(gate) & 1) === 0) c.flags &= ~Flag.if;
  if (wasV86) for (const seg of [Seg.es, Seg.ds, Seg.fs, Seg.gs]) setNullSegment(c, seg, 0);
}

/** Faults push RF set, so that the restarted instruction meets no breakpoint twice (SDM vol. 3 §17.3.1.1). */
function pushedFlags(c: Cpu, { source, vector }: Interrupt): number {
  const flags = readEflags(c);
  const isFault =
    source === 'exception' &&
    vector !== Vector.debug &&
    vector !== Vector.breakpoint &&
    vector !== Vector.overflow &&
    vector !== Vector.doubleFault;
  return isFault ? flags | Flag.rf : flags;
}

/** The frame, last pushed first. */
interface Frame {
  readonly frame: number[];
  readonly is32: boolean;
  readonly cpl: number;
  readonly external: number;
}

/** The stack that the TSS names for an inner ring: its selector, its pointer and where its entry stands. */
export function innerStack(
  c: Cpu,
  cpl: number,
  external: number,
): { selector: number; pointer: number; descriptor: Descriptor } {
  const attributes = c.segmentAttributes[Seg.tr] as number;
  const is32 = (attributes & 8) !== 0;
  const offset = is32 ? 4 + cpl * 8 : 2 + cpl * 4;
  const tssError = ((c.segmentSelector[Seg.tr] as number) & 0xfffc) | external;
  const lengthBytes = is32 ? 6 : 4;
  if (offset + lengthBytes - 1 > (c.segmentLimit[Seg.tr] as number) >>> 0) {
    c.fault.raise(Vector.invalidTss, tssError);
  }
  const at = ((c.segmentBase[Seg.tr] as number) + offset) | 0;
  const pointer = is32 ? c.mmu.loadSystem32(at) : c.mmu.loadSystem16(at);
  const selector = c.mmu.loadSystem16((at + (is32 ? 4 : 2)) | 0);
  if ((selector & 0xfffc) === 0) c.fault.raise(Vector.invalidTss, external);
  return {
    selector,
    pointer,
    descriptor: requireStackDescriptor(c, selector, cpl, Vector.invalidTss, external),
  };
}

function pushOnInnerStack(c: Cpu, inner: Frame): void {
  const stack = innerStack(c, inner.cpl, inner.external);
  const { frame } = inner;
  frame.push(c.regs[Gpr.esp] as number, c.segmentSelector[Seg.ss] as number);
  if (c.isV86) {
    for (const seg of [Seg.es, Seg.ds, Seg.fs, Seg.gs]) frame.push(c.segmentSelector[seg] as number);
  }
  const isBig = (stack.descriptor.attributes & SegBit.big) !== 0;
  const mask = isBig ? -1 : 0xffff;
  markAccessed(c, stack.descriptor);
  const length = frame.length * (inner.is32 ? 4 : 2);
  const top = (stack.pointer - length) & mask;
  checkStackRoom(c, { descriptor: stack.descriptor, top, length, error: stack.selector & 0xfffc, inner });
  storeFrame(c, inner, (baseOf(stack.descriptor) + top) | 0);
  setSegmentFrom(c, Seg.ss, stack.selector, stack.descriptor);
  c.regs[Gpr.esp] = isBig ? top : ((c.regs[Gpr.esp] as number) & 0xffff0000) | top;
}

/** The whole frame must be within the segment: #SS(selector) (SDM vol. 2, INT n). */
function checkStackRoom(
  c: Cpu,
  room: {
    readonly descriptor: Descriptor;
    readonly top: number;
    readonly length: number;
    readonly error: number;
    readonly inner: Frame;
  },
): void {
  const first = room.top >>> 0;
  const last = first + room.length - 1;
  const limit = limitOf(room.descriptor) >>> 0;
  const { attributes } = room.descriptor;
  const highest = (attributes & SegBit.big) !== 0 ? 0xffffffff : 0xffff;
  const isExpandDown = (attributes & SegBit.expandDown) !== 0;
  const fits = isExpandDown ? first > limit && last <= highest : last <= limit;
  if (!fits) c.fault.raise(Vector.stackFault, room.error | room.inner.external);
}

function pushFrame(c: Cpu, same: Frame & { readonly base: number }): void {
  const length = same.frame.length * (same.is32 ? 4 : 2);
  const top = ((c.regs[Gpr.esp] as number) - length) & c.stackMask;
  const attributes = c.segmentAttributes[Seg.ss] as number;
  const first = top >>> 0;
  const limit = (c.segmentLimit[Seg.ss] as number) >>> 0;
  const isExpandDown = (attributes & SegBit.expandDown) !== 0;
  const highest = isExpandDown ? ((attributes & SegBit.big) !== 0 ? 0xffffffff : 0xffff) : limit;
  if (first + length - 1 > highest || (isExpandDown && first <= limit)) {
    c.fault.raise(Vector.stackFault, same.external);
  }
  storeFrame(c, same, (same.base + top) | 0);
  c.regs[Gpr.esp] = ((c.regs[Gpr.esp] as number) & ~c.stackMask) | (top & c.stackMask);
}

/** Stores the frame from its highest word down, as pushes do; nothing is stored if any of it would fault. */
function storeFrame(c: Cpu, { frame, is32, cpl }: Frame, address: number): void {
  const sizeBytes = is32 ? 4 : 2;
  c.mmu.checkWrite(address, frame.length * sizeBytes, cpl === 3);
  for (let n = frame.length - 1; n >= 0; n -= 1) {
    c.mmu.storeSystem((address + n * sizeBytes) | 0, frame[n] as number, sizeBytes);
  }
}

function deliverReal(c: Cpu, { vector, returnEip }: Interrupt): void {
  if (vector * 4 + 3 > c.idtLimit) c.generalProtection(vector * 8 + 2);
  const target = c.mmu.loadSystem32((c.idtBase + vector * 4) | 0);
  const frame = [returnEip, c.segmentSelector[Seg.cs] as number, readEflags(c)];
  pushFrame(c, { frame, is32: false, base: c.segmentBase[Seg.ss] as number, cpl: 0, external: 0 });
  writeEflags(c, readEflags(c) & ~(Flag.if | Flag.tf | Flag.ac | Flag.rf));
  setRealSegment(c, Seg.cs, target >>> 16);
  c.eip = target & 0xffff;
}

/**
 * Delivers the processor's pending fault, and whatever its delivery raises in turn.
 * @returns false when a double fault could not be delivered: the processor is in shutdown.
 */
export function deliverFault(c: Cpu, faultEip: number): boolean {
  let { vector, errorCode } = c.fault;
  for (;;) {
    try {
      const real = (c.mmu.cr0 & 1) === 0;
      deliver(c, {
        vector,
        source: 'exception',
        errorCode: real || !pushesErrorCode(vector) ? NO_ERROR_CODE : errorCode,
        returnEip: faultEip,
      });
      return true;
    } catch (thrown) {
      if (thrown !== c.fault) throw thrown;
      const combined = combineFaults(vector, c.fault.vector);
      if (combined === 'shutdown') return false;
      vector = combined === 'double' ? Vector.doubleFault : c.fault.vector;
      errorCode = combined === 'double' ? 0 : c.fault.errorCode;
    }
  }
}
