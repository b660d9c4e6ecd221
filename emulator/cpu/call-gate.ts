import { Gpr } from '../native.ts';
import { type Cpu, dplOf, Seg } from './cpu.ts';
import { Vector } from './fault.ts';
import { pushFrame, pushOnInnerStack } from './frame.ts';
import { loadSized, readAddress } from './operands.ts';
import {
  type Descriptor,
  isCodeSegment,
  isConforming,
  isPresent,
  limitOf,
  markAccessed,
  requireDescriptor,
  setCodeSegment,
  systemType,
} from './segments.ts';
import { switchTask } from './task-switch.ts';

/** Far JMP and CALL to what is no code segment: call gates, task gates, TSS descriptors (SDM vol. 2, CALL). */

const Type = { tss16: 1, callGate16: 4, taskGate: 5, tss32: 9, callGate32: 12 } as const;

export interface SystemTransfer {
  readonly selector: number;
  readonly descriptor: Descriptor;
  readonly isCall: boolean;
  /** EIP after the instruction. */
  readonly returnEip: number;
}

/** @throws GuestFault #GP(selector) for a descriptor that nobody can go to. */
export function transferThroughSystem(c: Cpu, transfer: SystemTransfer): void {
  const { selector, descriptor, isCall, returnEip } = transfer;
  const type = systemType(descriptor);
  const error = selector & 0xfffc;
  const isGate = type === Type.callGate16 || type === Type.callGate32;
  const isTask = type === Type.taskGate || type === Type.tss16 || type === Type.tss32;
  if (!isGate && !isTask) c.generalProtection(error);
  if (dplOf(descriptor.attributes) < Math.max(c.cpl, selector & 3)) c.generalProtection(error);
  if (!isPresent(descriptor)) c.fault.raise(Vector.segmentNotPresent, error);
  if (isGate) {
    throughCallGate(c, transfer);
    return;
  }
  const target = type === Type.taskGate ? descriptor.low >>> 16 : selector;
  switchTask(c, { selector: target, reason: isCall ? 'call' : 'jump', external: 0, returnEip });
}

function throughCallGate(c: Cpu, { descriptor: gate, isCall, returnEip }: SystemTransfer): void {
  const selector = gate.low >>> 16;
  const error = selector & 0xfffc;
  if (error === 0) c.generalProtection(0);
  const code = requireDescriptor(c, selector);
  const dpl = dplOf(code.attributes);
  if (!isCodeSegment(code) || dpl > c.cpl) c.generalProtection(error);
  if (!isCall && !isConforming(code) && dpl !== c.cpl) c.generalProtection(error);
  if (!isPresent(code)) c.fault.raise(Vector.segmentNotPresent, error);
  const is32 = systemType(gate) === Type.callGate32;
  const entry = is32 ? (gate.low & 0xffff) | (gate.high & 0xffff0000) : gate.low & 0xffff;
  if (entry >>> 0 > limitOf(code) >>> 0) c.generalProtection(0);
  const isInner = !isConforming(code) && dpl < c.cpl;
  const cpl = isInner ? dpl : c.cpl;
  if (isCall) {
    markAccessed(c, code);
    const frame = [returnEip, c.segmentSelector[Seg.cs] as number];
    if (isInner) {
      frame.push(...parameters(c, gate.high & 31, is32 ? 4 : 2));
      pushOnInnerStack(c, { frame, is32, cpl, external: 0 });
    } else pushFrame(c, { frame, is32, cpl, external: 0 });
  }
  setCodeSegment(c, selector, code, cpl);
  c.eip = entry;
}

/** The parameters on the caller's stack, from its top upward. */
function parameters(c: Cpu, count: number, sizeBytes: 2 | 4): number[] {
  return Array.from({ length: count }, (_, n) => {
    const at = ((c.regs[Gpr.esp] as number) + n * sizeBytes) & c.stackMask;
    return loadSized(c, readAddress(c, Seg.ss, at, sizeBytes), sizeBytes);
  });
}
