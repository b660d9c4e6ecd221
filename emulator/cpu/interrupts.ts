import { type Cpu, dplOf, Seg } from './cpu.ts';
import { combineFaults, NO_ERROR_CODE, pushesErrorCode, Vector } from './fault.ts';
import { Flag, readEflags, settleFlags, writeEflags } from './flags.ts';
import { pushFrame, pushOnInnerStack } from './frame.ts';
import {
  type Descriptor,
  isCodeSegment,
  isConforming,
  isPresent,
  limitOf,
  markAccessed,
  readDescriptorAt,
  requireDescriptor,
  setCodeSegment,
  setNullSegment,
  setRealSegment,
  systemType,
} from './segments.ts';
import { pushTaskErrorCode, switchTask } from './task-switch.ts';

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
  c.hasDelivered = true;
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
  if (type === GateType.task) {
    const { returnEip, errorCode } = interrupt;
    const selector = gate.low >>> 16;
    const eflags = pushedFlags(c, interrupt);
    switchTask(c, { selector, reason: 'gate', external, returnEip, eflags });
    if (errorCode !== NO_ERROR_CODE) pushTaskErrorCode(c, errorCode);
    return;
  }
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
  else pushFrame(c, { frame, is32, cpl, external });

  setCodeSegment(c, selector, code, cpl);
  c.eip = entry;
  settleFlags(c);
  c.flags &= ~(Flag.tf | Flag.nt | Flag.rf | Flag.vm);
  if ((systemType(gate) & 1) === 0) c.flags &= ~Flag.if;
  if (wasV86) for (const seg of [Seg.es, Seg.ds, Seg.fs, Seg.gs]) setNullSegment(c, seg, 0);
}

/**
 * Faults push RF set, or leave it in the TSS of the task that they end, so that the restarted instruction meets
 * no breakpoint twice (SDM vol. 3 §17.3.1.1). A double fault comes of a fault, and does so too.
 */
function pushedFlags(c: Cpu, { source, vector }: Interrupt): number {
  const flags = readEflags(c);
  const isFault =
    source === 'exception' &&
    vector !== Vector.debug &&
    vector !== Vector.breakpoint &&
    vector !== Vector.overflow;
  return isFault ? flags | Flag.rf : flags;
}

function deliverReal(c: Cpu, { vector, returnEip }: Interrupt): void {
  if (vector * 4 + 3 > c.idtLimit) c.generalProtection(vector * 8 + 2);
  const target = c.mmu.loadSystem32((c.idtBase + vector * 4) | 0);
  const frame = [returnEip, c.segmentSelector[Seg.cs] as number, readEflags(c)];
  pushFrame(c, { frame, is32: false, cpl: 0, external: 0 });
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
  let returnEip = returnEipOf(c, faultEip);
  for (;;) {
    try {
      const real = (c.mmu.cr0 & 1) === 0;
      deliver(c, {
        vector,
        source: 'exception',
        errorCode: real || !pushesErrorCode(vector) ? NO_ERROR_CODE : errorCode,
        returnEip,
      });
      return true;
    } catch (thrown) {
      if (thrown !== c.fault) throw thrown;
      returnEip = returnEipOf(c, returnEip);
      const combined = combineFaults(vector, c.fault.vector);
      if (combined === 'shutdown') return false;
      vector = combined === 'double' ? Vector.doubleFault : c.fault.vector;
      errorCode = combined === 'double' ? 0 : c.fault.errorCode;
    }
  }
}

/** A fault of a new task is reported with that task's EIP. */
function returnEipOf(c: Cpu, faultEip: number): number {
  if (!c.fault.inNewTask) return faultEip;
  c.fault.inNewTask = false;
  return c.eip;
}
