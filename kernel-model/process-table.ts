/** The process table: one record a process, in the page `procs`. All of it is important data. */
import type { Door } from './door.ts';
import { Frame, PROCESSES_MAX, Proc, SEND_BUFFER_BYTES, tracked } from './layout.ts';

export const Status = { none: 0, ready: 1, waiting: 2, blocked: 3, exited: 4 } as const;
export const Call = {
  none: 0,
  exit: 1,
  read: 2,
  write: 3,
  send: 4,
  yield: 5,
  other: 6,
  close: 7,
  take: 8,
} as const;
/** How a call came back. `eof` is a read at the end of its pipe, `epipe` a write that nobody will read. */
export const Answer = { none: 0, ok: 1, eintr: 2, error: 3, eof: 4, epipe: 5 } as const;

export type Status = (typeof Status)[keyof typeof Status];
export type Call = (typeof Call)[keyof typeof Call];
export type Answer = (typeof Answer)[keyof typeof Answer];

/** What a blocked process waits for: a pipe's other end, or another process's turn at the serial port. */
export const BlockedOn = { nothing: 0, pipeData: 1, pipeSpace: 2, serialPort: 3 } as const;

/** Signal numbers of Linux i386. */
export const SIGPWR = 30;
/** Its bit in a set of signals. */
export const SIGPWR_BIT = 1 << (SIGPWR - 1);

/** Error numbers of Linux i386. A call returns them negated. */
export const Errno = {
  EINTR: 4,
  EBADF: 9,
  EAGAIN: 11,
  EFAULT: 14,
  EINVAL: 22,
  EPIPE: 32,
  ENOSYS: 38,
} as const;

/** What a result says by itself. That a read of 0 bytes is the end of a pipe only its call can say. */
function howItEnded(result: number): Answer {
  if (result >= 0) return Answer.ok;
  if (result === -Errno.EINTR) return Answer.eintr;
  return result === -Errno.EPIPE ? Answer.epipe : Answer.error;
}

export class ProcessTable {
  private readonly door: Door;

  constructor(door: Door) {
    this.door = door;
  }

  /** Linear address of a field of process `pid` (1-based). */
  field(pid: number, offset: number): number {
    this.door.demand(pid >= 1 && pid <= PROCESSES_MAX, `no process ${pid}`);
    return tracked(Frame.procs) + pid * Proc.sizeBytes + offset;
  }

  get(pid: number, offset: number): number {
    return this.door.load(this.field(pid, offset));
  }

  /** Stores only what changes: an unchanged field does not dirty the page. */
  set(pid: number, offset: number, value: number): void {
    if (this.get(pid, offset) !== value >>> 0) this.door.store(this.field(pid, offset), value);
  }

  status(pid: number): number {
    return this.get(pid, Proc.status);
  }

  /** Every process there is, in the order of their numbers. */
  all(): number[] {
    const pids: number[] = [];
    for (let pid = 1; pid <= PROCESSES_MAX; pid += 1) if (this.status(pid) !== Status.none) pids.push(pid);
    return pids;
  }

  register(pid: number, gpr: number): number {
    return this.get(pid, Proc.registers + gpr * 4);
  }

  setRegister(pid: number, gpr: number, value: number): void {
    this.set(pid, Proc.registers + gpr * 4, value);
  }

  /** Ends the call in flight: its result goes to EAX, and how it ended to `answer`. */
  answer(pid: number, result: number, how: Answer = howItEnded(result)): void {
    this.setRegister(pid, 0, result);
    this.set(pid, Proc.answer, how);
    this.set(pid, Proc.call, Call.none);
  }

  /** Puts the process back on its `int 0x80`, so that it makes the call again when it runs. */
  repeatCall(pid: number): void {
    const INT_80_BYTES = 2;
    this.set(pid, Proc.eip, this.get(pid, Proc.eip) - INT_80_BYTES);
    this.set(pid, Proc.call, Call.none);
  }

  sendByte(pid: number, index: number): number {
    this.door.demand(index < SEND_BUFFER_BYTES, `send buffer index ${index} of process ${pid}`);
    return this.door.loadByte(this.field(pid, Proc.sendBuffer + index));
  }
}
