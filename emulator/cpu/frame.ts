import { Gpr } from '../native.ts';
import { type Cpu, Seg, SegBit } from './cpu.ts';
import { Vector } from './fault.ts';
import {
  baseOf,
  type Descriptor,
  limitOf,
  markAccessed,
  requireStackDescriptor,
  setSegmentFrom,
} from './segments.ts';

/** Several pushes at once, which all succeed or change nothing: interrupts, call gates, task gates. */

/** What is pushed. */
export interface Frame {
  /** The words, last pushed first: as they stand in memory from the new top upward. */
  readonly frame: number[];
  readonly is32: boolean;
  readonly cpl: number;
  readonly external: number;
}

/** The stack that the TSS names for an inner ring: its selector, its pointer and where its entry stands. */
function innerStack(
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

/**
 * Switches to the stack that the TSS names for ring `cpl` and pushes SS and ESP (in V86 mode the data segments
 * before them) and the frame there. CPL itself is left to the caller.
 */
export function pushOnInnerStack(c: Cpu, inner: Frame): void {
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

/** Pushes the frame on the current stack. */
export function pushFrame(c: Cpu, same: Frame): void {
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
  storeFrame(c, same, ((c.segmentBase[Seg.ss] as number) + top) | 0);
  c.regs[Gpr.esp] = ((c.regs[Gpr.esp] as number) & ~c.stackMask) | (top & c.stackMask);
}

/**
 * Stores the frame from its highest word down, as pushes do; nothing is stored if any of it would fault, and CR2
 * is then the first push that does.
 */
function storeFrame(c: Cpu, { frame, is32, cpl }: Frame, address: number): void {
  const sizeBytes = is32 ? 4 : 2;
  const top = (address + (frame.length - 1) * sizeBytes) | 0;
  c.mmu.checkWrite(top, sizeBytes, cpl === 3);
  if (top >>> 12 !== address >>> 12) {
    for (let n = frame.length - 2; n >= 0; n -= 1) {
      c.mmu.checkWrite((address + n * sizeBytes) | 0, sizeBytes, cpl === 3);
    }
  }
  for (let n = frame.length - 1; n >= 0; n -= 1) {
    c.mmu.storeSystem((address + n * sizeBytes) | 0, frame[n] as number, sizeBytes);
  }
}
