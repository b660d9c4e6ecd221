import { Cr0 } from '../paging/page-walk.ts';
import { type Cpu, dplOf, Seg, SegBit } from './cpu.ts';
import { loadLdt } from './exec/descriptors.ts';
import { Vector } from './fault.ts';
import { Flag, readEflags, writeEflags } from './flags.ts';
import {
  baseOf,
  type Descriptor,
  isCodeSegment,
  isConforming,
  isPresent,
  limitOf,
  markAccessed,
  requireDescriptor,
  requireStackDescriptor,
  setCodeSegment,
  setNullSegment,
  setRealSegment,
  setSegmentFrom,
  systemType,
} from './segments.ts';
import { push } from './stack.ts';
import { readTask, type TaskImage, TSS_16, TSS_32, type TssLayout, writeTask } from './task-state.ts';

/** Why the task is switched: decides on busy bits, the back link and NT (SDM vol. 3 table 7-2). */
export interface TaskSwitch {
  readonly selector: number;
  readonly reason: 'jump' | 'call' | 'gate' | 'iret';
  /** The EXT bit of error codes. */
  readonly external: number;
  /** EIP to be stored for the task that is left. */
  readonly returnEip: number;
  /** EFLAGS to be stored for it, where they are not what the register holds. */
  readonly eflags?: number;
}

const BUSY = 2;
/** DR6.BT: the T bit of the new task's TSS. */
const DEBUG_TASK_SWITCH = 0x8000;

/**
 * A task switch (SDM vol. 3 §7.3). Faults up to the point where the new TSS is read belong to the old task
 * and leave it as it was; those of the new task's segments belong to the new task.
 */
export function switchTask(c: Cpu, to: TaskSwitch): void {
  c.attention = true;
  const vector = to.reason === 'iret' ? Vector.invalidTss : Vector.generalProtection;
  const error = (to.selector & 0xfffc) | to.external;
  if ((to.selector & 4) !== 0 || (to.selector & 0xfffc) === 0) c.fault.raise(vector, error);
  const descriptor = requireDescriptor(c, to.selector, vector, to.external);
  const wantedBusy = to.reason === 'iret' ? BUSY : 0;
  if ((systemType(descriptor) & ~8) !== (1 | wantedBusy)) c.fault.raise(vector, error);
  if (!isPresent(descriptor)) c.fault.raise(Vector.segmentNotPresent, error);
  const layout = (descriptor.attributes & 8) !== 0 ? TSS_32 : TSS_16;
  if (limitOf(descriptor) >>> 0 < layout.lengthBytes - 1) c.fault.raise(Vector.invalidTss, error);
  const base = baseOf(descriptor);
  const task = readTask(c, base, layout);
  const link = c.segmentSelector[Seg.tr] as number;
  leaveTask(c, to);
  const isNested = to.reason === 'call' || to.reason === 'gate';
  if (isNested) c.mmu.storeSystem(base, link, 2);
  if (to.reason !== 'iret') setBusy(c, descriptor, true);
  enterTask(c, { to, descriptor, layout, task, isNested });
}

/** Stores the old task's state, and frees its TSS unless it is to be come back to. */
function leaveTask(c: Cpu, to: TaskSwitch): void {
  const base = c.segmentBase[Seg.tr] as number;
  const layout = ((c.segmentAttributes[Seg.tr] as number) & 8) !== 0 ? TSS_32 : TSS_16;
  c.mmu.checkWrite(base, layout.lengthBytes, false);
  const flags = to.eflags ?? readEflags(c);
  const eflags = to.reason === 'iret' ? flags & ~Flag.nt : flags;
  if (to.reason === 'jump' || to.reason === 'iret') {
    const own = requireDescriptor(c, c.segmentSelector[Seg.tr] as number, Vector.invalidTss);
    setBusy(c, own, false);
  }
  writeTask(c, base, layout, { eip: to.returnEip, eflags });
}

function setBusy(c: Cpu, descriptor: Descriptor, isBusy: boolean): void {
  const access = descriptor.attributes & 0xff;
  c.mmu.storeSystem((descriptor.address + 5) | 0, isBusy ? access | BUSY : access & ~BUSY, 1);
}

interface Entering {
  readonly to: TaskSwitch;
  readonly descriptor: Descriptor;
  readonly layout: TssLayout;
  readonly task: TaskImage;
  readonly isNested: boolean;
}

function enterTask(c: Cpu, { to, descriptor, layout, task, isNested }: Entering): void {
  setSegmentFrom(c, Seg.tr, to.selector, { ...descriptor, attributes: descriptor.attributes | BUSY });
  c.mmu.setCr0(c.mmu.cr0 | Cr0.ts);
  if (layout === TSS_32 && (c.mmu.cr0 & Cr0.pg) !== 0) c.mmu.setCr3(task.cr3);
  const kept = layout === TSS_16 ? readEflags(c) & 0xffff0000 & ~Flag.vm : 0;
  writeEflags(c, task.eflags | kept | (isNested ? Flag.nt : 0));
  c.eip = task.eip;
  task.registers.forEach((value, n) => {
    c.regs[n] = value;
  });
  // Until each is loaded, the selectors are there and the segments are not.
  task.selectors.forEach((selector, seg) => {
    setNullSegment(c, seg, selector);
  });
  setNullSegment(c, Seg.ldtr, task.ldt);
  const codeSelector = task.selectors[Seg.cs] as number;
  c.setCpl(c.isV86 ? 3 : codeSelector & 3);
  try {
    loadTaskSegments(c, task, to.external);
  } catch (thrown) {
    c.fault.inNewTask = thrown === c.fault;
    throw thrown;
  }
  if (task.isTrapped) c.pendingDebug |= DEBUG_TASK_SWITCH;
}

function loadTaskSegments(c: Cpu, task: TaskImage, external: number): void {
  loadLdt(c, task.ldt, Vector.invalidTss);
  if (c.isV86) {
    task.selectors.forEach((selector, seg) => {
      setRealSegment(c, seg, selector);
    });
    return;
  }
  const code = loadTaskCode(c, task.selectors[Seg.cs] as number, external);
  const stackSelector = task.selectors[Seg.ss] as number;
  if ((stackSelector & 0xfffc) === 0) c.fault.raise(Vector.invalidTss, external);
  const stack = requireStackDescriptor(c, stackSelector, c.cpl, Vector.invalidTss, external);
  markAccessed(c, stack);
  setSegmentFrom(c, Seg.ss, stackSelector, stack);
  for (const seg of [Seg.es, Seg.ds, Seg.fs, Seg.gs]) {
    loadTaskData(c, seg, task.selectors[seg] as number, external);
  }
  if (task.eip >>> 0 > limitOf(code) >>> 0) c.generalProtection(external);
}

function loadTaskCode(c: Cpu, selector: number, external: number): Descriptor {
  const error = (selector & 0xfffc) | external;
  if ((selector & 0xfffc) === 0) c.fault.raise(Vector.invalidTss, external);
  const code = requireDescriptor(c, selector, Vector.invalidTss, external);
  const dpl = dplOf(code.attributes);
  const isRightLevel = isConforming(code) ? dpl <= c.cpl : dpl === c.cpl;
  if (!isCodeSegment(code) || !isRightLevel) c.fault.raise(Vector.invalidTss, error);
  if (!isPresent(code)) c.fault.raise(Vector.segmentNotPresent, error);
  setCodeSegment(c, selector, code, c.cpl);
  return code;
}

function loadTaskData(c: Cpu, seg: number, selector: number, external: number): void {
  if ((selector & 0xfffc) === 0) return;
  const error = (selector & 0xfffc) | external;
  const descriptor = requireDescriptor(c, selector, Vector.invalidTss, external);
  const { attributes } = descriptor;
  const isCode = isCodeSegment(descriptor);
  const isReadable =
    (attributes & SegBit.notSystem) !== 0 && (!isCode || (attributes & SegBit.writable) !== 0);
  const isAllowed = isConforming(descriptor) || dplOf(attributes) >= Math.max(c.cpl, selector & 3);
  if (!isReadable || !isAllowed) c.fault.raise(Vector.invalidTss, error);
  if (!isPresent(descriptor)) c.fault.raise(Vector.segmentNotPresent, error);
  markAccessed(c, descriptor);
  setSegmentFrom(c, seg, selector, descriptor);
}

/** The error code of an exception that came through a task gate goes on the new task's stack. */
export function pushTaskErrorCode(c: Cpu, errorCode: number): void {
  push(c, errorCode, ((c.segmentAttributes[Seg.tr] as number) & 8) !== 0 ? 4 : 2);
}
