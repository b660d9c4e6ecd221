/** Who runs and who is next: a round-robin queue in the page `sched`. */
import type { Door } from './door.ts';
import { Frame, PROCESSES_MAX, Proc, Sched, tracked } from './layout.ts';
import { BlockedOn, type ProcessTable, Status } from './process-table.ts';

/** Calls that a process may make in one turn before another gets one. */
const CALLS_PER_TURN = 16;

export class Scheduler {
  private readonly door: Door;
  private readonly processes: ProcessTable;

  constructor(door: Door, processes: ProcessTable) {
    this.door = door;
    this.processes = processes;
  }

  get(offset: number): number {
    return this.door.load(tracked(Frame.sched) + offset);
  }

  set(offset: number, value: number): void {
    if (this.get(offset) !== value >>> 0) this.door.store(tracked(Frame.sched) + offset, value);
  }

  /** The process that runs; 0 for nobody. */
  current(): number {
    return this.get(Sched.current);
  }

  enqueue(pid: number): void {
    const count = this.get(Sched.queueCount);
    this.door.demand(count < PROCESSES_MAX, 'the run queue is full');
    const slot = (this.get(Sched.queueHead) + count) % PROCESSES_MAX;
    this.set(Sched.queue + slot * 4, pid);
    this.set(Sched.queueCount, count + 1);
  }

  /** Takes the next process off the queue; 0 when there is none. */
  dequeue(): number {
    const count = this.get(Sched.queueCount);
    if (count === 0) return 0;
    const head = this.get(Sched.queueHead);
    const pid = this.get(Sched.queue + (head % PROCESSES_MAX) * 4);
    this.set(Sched.queueHead, (head + 1) % PROCESSES_MAX);
    this.set(Sched.queueCount, count - 1);
    return pid;
  }

  /** Makes a waiting or blocked process ready. */
  wake(pid: number): void {
    this.processes.set(pid, Proc.status, Status.ready);
    this.processes.set(pid, Proc.blockedOn, BlockedOn.nothing);
    this.enqueue(pid);
  }

  /** Wakes whoever is blocked on this side of this pipe. */
  wakeBlockedOn(what: number, pipe: number): void {
    for (const pid of this.processes.all()) {
      if (this.processes.status(pid) !== Status.blocked) continue;
      if (this.processes.get(pid, Proc.blockedOn) === (what | (pipe << 8))) this.wake(pid);
    }
  }

  /** The current process gives up the processor but stays ready. */
  rotate(): void {
    if (this.get(Sched.queueCount) === 0) return;
    this.enqueue(this.current());
    this.set(Sched.current, 0);
  }

  /** One more call of this turn; a process that only calls must not keep the others out. */
  countCall(): void {
    const turn = this.get(Sched.turn) + 1;
    this.set(Sched.turn, turn >= CALLS_PER_TURN ? 0 : turn);
    const current = this.current();
    if (turn < CALLS_PER_TURN || current === 0) return;
    if (this.processes.status(current) === Status.ready) this.rotate();
  }

  /** Settles who runs next: the current process if it still can, otherwise the head of the queue, or 0. */
  choose(): number {
    const current = this.current();
    if (current !== 0 && this.processes.status(current) === Status.ready) return current;
    const next = this.dequeue();
    this.set(Sched.turn, 0);
    this.set(Sched.current, next);
    return next;
  }
}
