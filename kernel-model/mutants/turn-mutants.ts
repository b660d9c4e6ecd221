/** Faults in the run queue, in who is woken when, and in the interrupt that a waiter waits for. */
import type { Door } from '../door.ts';
import type { Kernel } from '../kernel.ts';
import { PROCESSES_MAX, Proc, Sched } from '../layout.ts';
import { BlockedOn, type ProcessTable, Status } from '../process-table.ts';
import { Recovery } from '../recovery.ts';
import { Scheduler } from '../scheduler.ts';
import { SerialDriver } from '../serial.ts';
import type { Mutant } from './mutant.ts';
import { commitQuietly, withRecovery, withScheduler, withSerial } from './parts.ts';

class CurrentNotRestored extends Recovery {
  override run(): void {
    super.run();
    // The run queue is as it was, but nobody remembers who ran.
    this.kernel.scheduler.set(Sched.current, 0);
  }
}

class QueueRebuilt extends Recovery {
  override run(): void {
    super.run();
    // The run queue is not thought to have survived: everybody who can run is put on it anew.
    const { scheduler, processes } = this.kernel;
    while (scheduler.dequeue() !== 0);
    for (const pid of processes.all()) {
      if (processes.status(pid) === Status.ready && pid !== scheduler.current()) scheduler.enqueue(pid);
    }
  }
}

class WokenNotQueued extends Scheduler {
  private readonly table: ProcessTable;

  constructor(door: Door, processes: ProcessTable) {
    super(door, processes);
    this.table = processes;
  }

  override wake(pid: number): void {
    this.table.set(pid, Proc.status, Status.ready);
    this.table.set(pid, Proc.blockedOn, BlockedOn.nothing);
  }
}

class WokenRunsFirst extends Scheduler {
  override wake(pid: number): void {
    super.wake(pid);
    // From the end of the queue to its head.
    const count = this.get(Sched.queueCount);
    const head = (this.get(Sched.queueHead) + PROCESSES_MAX - 1) % PROCESSES_MAX;
    const last = (head + count) % PROCESSES_MAX;
    this.set(Sched.queue + head * 4, this.get(Sched.queue + last * 4));
    this.set(Sched.queueHead, head);
  }
}

class QueuedBeforeReady extends Scheduler {
  private readonly kernel: Kernel;
  private readonly table: ProcessTable;

  constructor(door: Door, processes: ProcessTable, kernel: Kernel) {
    super(door, processes);
    this.kernel = kernel;
    this.table = processes;
  }

  override wake(pid: number): void {
    // That it is on the queue is durable before its state says that it can run.
    this.enqueue(pid);
    commitQuietly(this.kernel);
    this.table.set(pid, Proc.status, Status.ready);
    this.table.set(pid, Proc.blockedOn, BlockedOn.nothing);
  }
}

const PIC_DATA = 0x21;
const PIC_ONLY_TIMER = 0xfe;
const SERIAL_INTERRUPT_ENABLE = 0x3f9;
const THR_EMPTY_INTERRUPT = 0x02;

class LineLeftMasked extends SerialDriver {
  private readonly port: Door['port'];
  private readonly table: ProcessTable;

  constructor(door: Door, processes: ProcessTable, scheduler: Scheduler) {
    super(door, processes, scheduler);
    this.port = door.port;
    this.table = processes;
  }

  override initialise(): void {
    super.initialise();
    // A reboot that has woken a waiter leaves the line masked, since nobody waits for it now.
    const wasWoken = this.table.all().some((pid) => this.table.get(pid, Proc.notices) > 0);
    if (wasWoken) this.port.out8(PIC_DATA, PIC_ONLY_TIMER);
  }
}

class LineOpenForTheLastLife extends SerialDriver {
  private readonly port: Door['port'];

  constructor(door: Door, processes: ProcessTable, scheduler: Scheduler) {
    super(door, processes, scheduler);
    this.port = door.port;
  }

  override initialise(): void {
    super.initialise();
    // The port is empty after a reset, and says so: the driver takes that for the end of the last byte.
    if (this.busyWith() !== 0) this.port.out8(SERIAL_INTERRUPT_ENABLE, THR_EMPTY_INTERRUPT);
  }
}

class WaitersLeft extends Recovery {
  protected override wakeWaiters(): void {
    // Their interrupt will come, thinks this kernel.
  }
}

function mutant(name: string, expected: string, sentence: string, mutate: Mutant['mutate']): Mutant {
  return { name, expected, sentence, mutate };
}

export const turnMutants: readonly Mutant[] = [
  mutant(
    'current-not-restored',
    'RunnableOnce',
    'the run queue survives, but not who ran',
    withRecovery(CurrentNotRestored),
  ),
  mutant(
    'queue-rebuilt-by-recovery',
    'TurnsInOrder',
    'recovery builds the run queue anew, in the order of the process numbers',
    withRecovery(QueueRebuilt),
  ),
  mutant(
    'woken-not-queued',
    'RunnableOnce',
    'a process that is woken is not put on the run queue',
    withScheduler(WokenNotQueued),
  ),
  mutant(
    'woken-runs-first',
    'TurnsInOrder',
    'a process that is woken passes everybody over who stands in the queue',
    withScheduler(WokenRunsFirst),
  ),
  mutant(
    'queued-before-ready',
    'RunnableOnce',
    'a waiter is on the run queue, durably, before its state says that it can run',
    withScheduler(QueuedBeforeReady),
  ),
  mutant(
    'line-left-masked',
    'NobodyWaitsAtRest',
    'a reboot wakes the waiter and leaves its interrupt line masked',
    withSerial(LineLeftMasked),
  ),
  mutant(
    'completion-of-the-last-life',
    'WaitersWoken',
    'an interrupt after the reboot is taken for the end of a call of the last life',
    (parts) => withRecovery(WaitersLeft)(withSerial(LineOpenForTheLastLife)(parts)),
  ),
];
