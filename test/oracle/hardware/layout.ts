/** Where the tested code and its memory stand, on the real processor and in the emulator alike. */
export const CODE = 0x10000000;
/** Bytes of code in a case; what a case does not need is filled with INT3. */
export const CODE_BYTES = 128;
/** Two writable pages, and after them one that is read-only. Nothing else is mapped around them. */
export const DATA = 0x20000000;
export const DATA_BYTES = 0x2000;
export const READ_ONLY = DATA + DATA_BYTES;
export const READ_ONLY_BYTES = 0x1000;

/** Registers of a case and of a result, in the order of a Linux i386 signal frame. */
export const REGISTER_NAMES = ['edi', 'esi', 'ebp', 'esp', 'ebx', 'edx', 'ecx', 'eax'] as const;
/** Index in the encoding's order (EAX first) of each register of that order. */
export const REGISTER_NUMBERS = [7, 6, 5, 4, 3, 2, 1, 0] as const;

/** The initial content of the writable pages: dull enough to have small numbers, odd enough to tell apart. */
export function templateWord(index: number): number {
  const mixed = Math.imul(index ^ (index >>> 3), 0x9e3779b1);
  return index % 3 === 0 ? mixed & 0xff : index % 3 === 1 ? mixed : index % 7 === 0 ? -1 : mixed >>> 16;
}

/** One step of the hash over the writable pages' words. */
export const hashStep = (hash: number, word: number): number => (((hash << 5) | (hash >>> 27)) ^ word) | 0;

/** A case as both machines get it. */
export interface Case {
  /** In the order of REGISTER_NAMES. */
  readonly registers: readonly number[];
  readonly eflags: number;
  readonly code: readonly number[];
}

/** What became of a case: every case ends in an exception. */
export interface Outcome {
  readonly registers: readonly number[];
  readonly eflags: number;
  readonly eip: number;
  readonly vector: number;
  readonly errorCode: number;
  readonly cr2: number;
  readonly memoryHash: number;
}
