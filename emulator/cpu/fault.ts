/**
 * Guest faults. A fault is a value: vector and error code, kept in the processor's one `GuestFault` object.
 * The instruction at fault is left by throwing that object, which allocates nothing and carries no stack;
 * testing a result after every access would cost the common path more. It is caught in one place, the
 * processor's block loop (or the native port), which delivers it through the IDT.
 */

/** Exception vectors (SDM vol. 3, table 6-1). */
export const Vector = {
  divideError: 0,
  debug: 1,
  nmi: 2,
  breakpoint: 3,
  overflow: 4,
  boundRange: 5,
  invalidOpcode: 6,
  deviceNotAvailable: 7,
  doubleFault: 8,
  invalidTss: 10,
  segmentNotPresent: 11,
  stackFault: 12,
  generalProtection: 13,
  pageFault: 14,
  mathFault: 16,
  alignmentCheck: 17,
} as const;

/** The vector pushes no error code. */
export const NO_ERROR_CODE = -1;

/** The pending fault. There is one object a processor; it is thrown to leave the instruction at fault. */
export class GuestFault {
  vector = 0;
  /** `NO_ERROR_CODE`, or what the processor pushes. */
  errorCode = NO_ERROR_CODE;
  /** Raised by a task switch after its commit: it belongs to the new task, whose EIP is set already. */
  inNewTask = false;

  raise(vector: number, errorCode: number): never {
    this.vector = vector;
    this.errorCode = errorCode;
    throw this;
  }
}

/** Thrown where this emulator lacks something that the real machine has: the run stops and says what. */
export class Unimplemented {
  readonly what: string;
  constructor(what: string) {
    this.what = what;
  }
}

/** Thrown when a double fault cannot be delivered: the processor is in shutdown until reset. */
export class TripleFault {}

const PUSHES_ERROR_CODE =
  (1 << Vector.doubleFault) |
  (1 << Vector.invalidTss) |
  (1 << Vector.segmentNotPresent) |
  (1 << Vector.stackFault) |
  (1 << Vector.generalProtection) |
  (1 << Vector.pageFault) |
  (1 << Vector.alignmentCheck);

export const pushesErrorCode = (vector: number): boolean =>
  vector < 32 && ((PUSHES_ERROR_CODE >>> vector) & 1) !== 0;

const isContributory = (vector: number): boolean =>
  vector === Vector.divideError || (vector >= Vector.invalidTss && vector <= Vector.generalProtection);

/**
 * What becomes of a fault raised while another is being delivered (SDM vol. 3, table 6-5): serve the second
 * alone, a double fault, or shutdown.
 */
export function combineFaults(first: number, second: number): 'serial' | 'double' | 'shutdown' {
  if (first === Vector.doubleFault) return 'shutdown';
  if (isContributory(first) && isContributory(second)) return 'double';
  if (first === Vector.pageFault && (isContributory(second) || second === Vector.pageFault)) return 'double';
  return 'serial';
}
