/**
 * Where everything is in NVM. One place: the kernel, the abstraction and the reports read it from here.
 *
 * Two linear windows show physical memory to the kernel. Through the *tracked* window only important pages
 * are mapped, read-only until their first write of an epoch: all kernel data is reached through it. Through
 * the *mechanism* window everything is mapped writable: only what keeps the protocol itself uses it (shadow
 * copies, page table entries, the record, the boot word, descriptor tables, the kernel stack).
 */
import { PAGE_SIZE_BYTES } from '../emulator/units.ts';

export const TRACKED_BASE = 0xc0000000;
export const MECHANISM_BASE = 0xd0000000;

/** Frames of pages that belong to the mechanism. They are never shadowed: recovery does not trust them. */
export const Frame = {
  control: 0,
  descriptors: 1,
  kernelStack: 2,
  recordEntries: 3,
  kernelDirectory: 4,
  trackedTable: 5,
  mechanismTable: 6,
  frameBuffer: 7,
  sched: 8,
  procs: 9,
  files: 10,
  pipes: 11,
  firstUser: 12,
} as const;

/** In the control page. Byte offsets of words. */
export const Control = { bootWord: 0, recordCount: 4 } as const;

/** Values of the boot word. Anything else means that nothing was ever initialised (thesis §3.2). */
export const BOOT_RUNNING = 0x52554e21;
export const BOOT_CLEAN = 0x434c4e21;

/** In the descriptors page. */
export const Descriptors = { gdt: 0, tss: 0x80, idt: 0x100, idleCode: 0xf00 } as const;
export const GDT_ENTRIES_COUNT = 6;
export const IDT_ENTRIES_COUNT = 0x81;
export const Selector = {
  kernelCode: 0x08,
  kernelData: 0x10,
  userCode: 0x1b,
  userData: 0x23,
  tss: 0x28,
} as const;

export const PROCESSES_MAX = 8;
export const FILES_PER_PROCESS = 8;
export const PIPES_MAX = 8;
export const PIPE_CAPACITY_BYTES = 8;
export const SEND_BUFFER_BYTES = 16;

/** In the scheduler's page. */
export const Sched = { current: 0, cause: 4, turn: 8, queueHead: 12, queueCount: 16, queue: 20 } as const;

/** In the process table: one record of 128 bytes a process, process p at p * 128. */
export const Proc = {
  sizeBytes: 128,
  status: 0,
  call: 4,
  blockedOn: 8,
  answer: 12,
  notices: 16,
  pendingSignals: 20,
  exitStatus: 24,
  pageDirectory: 28,
  registers: 32,
  eip: 64,
  eflags: 68,
  sendLength: 72,
  sendNext: 76,
  sendBuffer: 80,
  /** The selectors in DS, ES, FS and GS, a word each: `USER_SEGMENTS`. */
  segments: 96,
} as const;

/** The segment registers that are a process's own. Its CS and SS can be no others than the kernel's choice. */
export const USER_SEGMENTS = ['ds', 'es', 'fs', 'gs'] as const;

/** Open files: process p's descriptor f is the word at (p * FILES_PER_PROCESS + f) * 4: kind | index << 8. */
export const FILE_WORD_BYTES = 4;

/** In the pipes page: one record of 64 bytes a pipe. */
export const PipeRecord = {
  sizeBytes: 64,
  readAt: 0,
  length: 4,
  readers: 8,
  writers: 12,
  buffer: 16,
} as const;

/** Page table entry bits (SDM vol. 3 §4.3); bit 9 is the kernel's own: writable once it has a shadow. */
export const Pte = { present: 1, writable: 2, user: 4, accessed: 0x20, dirty: 0x40, tracked: 0x200 } as const;

export const USER_STACK_TOP = 0x08060000;

export const tracked = (frame: number): number => (TRACKED_BASE + frame * PAGE_SIZE_BYTES) >>> 0;
export const mechanism = (physicalAddress: number): number => (MECHANISM_BASE + physicalAddress) >>> 0;
export const frameAddress = (frame: number): number => frame * PAGE_SIZE_BYTES;
