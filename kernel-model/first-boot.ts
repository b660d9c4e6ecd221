/**
 * The first boot, and the start after a clean shutdown (thesis §3.2): builds everything from nothing. Runs
 * with paging off. The boot word becomes `running` with the last store, so that a crash on the way starts
 * again from nothing.
 */
import { Gpr } from '../emulator/native.ts';
import { PAGE_SIZE_BYTES } from '../emulator/units.ts';
import type { Door } from './door.ts';
import { encodeFile, FileKind } from './files.ts';
import {
  FILE_WORD_BYTES,
  FILES_PER_PROCESS,
  Frame,
  frameAddress,
  MECHANISM_BASE,
  mechanism,
  PipeRecord,
  Proc,
  Pte,
  Sched,
  Selector,
  tracked,
  USER_SEGMENTS,
  USER_STACK_TOP,
} from './layout.ts';
import { directoryIndex, type MemoryPlan, type ProcessPlan, tableIndex } from './plan.ts';
import { storeDescriptors } from './power-up.ts';
import { Status } from './process-table.ts';
import type { Workload } from './programs/workload.ts';

const PRESENT_WRITABLE = Pte.present | Pte.writable | Pte.accessed;

/** Builds every table and page but the boot word; the protection of important pages is the scheme's. */
export function buildEverything(door: Door, plan: MemoryPlan, workload: Workload): void {
  storeDescriptors(door);
  for (const frame of [Frame.kernelDirectory, Frame.trackedTable, Frame.mechanismTable])
    clearFrame(door, frame);
  for (const page of plan.important) if (page.owner === 0) clearFrame(door, page.frame);
  mapKernel(door, plan);
  for (const process of plan.processes) mapProcess(door, process);
  storePipes(door, workload);
  for (const process of plan.processes) storeProcess(door, process, workload);
  storeRunQueue(door, plan);
}

function clearFrame(door: Door, frame: number): void {
  const start = frameAddress(frame);
  for (let at = 0; at < PAGE_SIZE_BYTES; at += 4) door.store(start + at, 0);
}

function mapWindows(door: Door, directory: number): void {
  door.store(directory + directoryIndex(tracked(0)) * 4, frameAddress(Frame.trackedTable) | PRESENT_WRITABLE);
  door.store(
    directory + directoryIndex(MECHANISM_BASE) * 4,
    frameAddress(Frame.mechanismTable) | PRESENT_WRITABLE,
  );
}

function mapKernel(door: Door, plan: MemoryPlan): void {
  mapWindows(door, frameAddress(Frame.kernelDirectory));
  for (let frame = 0; frame < plan.memoryBytes / PAGE_SIZE_BYTES; frame += 1) {
    const entry = frameAddress(frame) | PRESENT_WRITABLE | Pte.dirty;
    door.store(frameAddress(Frame.mechanismTable) + tableIndex(mechanism(frameAddress(frame))) * 4, entry);
  }
}

function mapProcess(door: Door, process: ProcessPlan): void {
  const directory = frameAddress(process.directoryFrame);
  mapWindows(door, directory);
  const userEntry = frameAddress(process.tableFrame) | PRESENT_WRITABLE | Pte.user;
  door.store(directory + directoryIndex(USER_STACK_TOP - 1) * 4, userEntry);
  for (const { page, bytes } of process.pages) {
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < PAGE_SIZE_BYTES; at += 4) {
      door.store(frameAddress(page.frame) + at, words.getUint32(at, true));
    }
  }
}

function storePipes(door: Door, workload: Workload): void {
  for (let pipe = 0; pipe < workload.pipesCount; pipe += 1) {
    const ends = workload.programs.flatMap((p) => p.files).filter((f) => f.index === pipe);
    const at = frameAddress(Frame.pipes) + pipe * PipeRecord.sizeBytes;
    door.store(at + PipeRecord.readers, ends.filter((f) => f.kind === FileKind.pipeRead).length);
    door.store(at + PipeRecord.writers, ends.filter((f) => f.kind === FileKind.pipeWrite).length);
  }
}

function storeProcess(door: Door, process: ProcessPlan, workload: Workload): void {
  const { pid } = process;
  const record = frameAddress(Frame.procs) + pid * Proc.sizeBytes;
  door.store(record + Proc.status, Status.ready);
  door.store(record + Proc.pageDirectory, frameAddress(process.directoryFrame));
  door.store(record + Proc.eip, process.entry);
  const EFLAGS_IF = 0x202;
  door.store(record + Proc.eflags, EFLAGS_IF);
  door.store(record + Proc.registers + Gpr.esp * 4, USER_STACK_TOP);
  for (let i = 0; i < USER_SEGMENTS.length; i += 1) {
    door.store(record + Proc.segments + i * 4, Selector.userData);
  }
  workload.programs[pid - 1]?.files.forEach((file, descriptor) => {
    const slot = (pid * FILES_PER_PROCESS + descriptor) * FILE_WORD_BYTES;
    door.store(frameAddress(Frame.files) + slot, encodeFile(file));
  });
}

function storeRunQueue(door: Door, plan: MemoryPlan): void {
  const sched = frameAddress(Frame.sched);
  plan.processes.forEach((p, i) => {
    door.store(sched + Sched.queue + i * 4, p.pid);
  });
  door.store(sched + Sched.queueCount, plan.processes.length);
}
