/** Faults in the marks of calls in flight, and in the signal that tells a process of the reboot. */
import type { Door } from '../door.ts';
import { Kernel } from '../kernel.ts';
import { Proc } from '../layout.ts';
import * as power from '../power-up.ts';
import { Call, ProcessTable, Status } from '../process-table.ts';
import { Recovery } from '../recovery.ts';
import type { Scheduler } from '../scheduler.ts';
import { SerialDriver } from '../serial.ts';
import type { Mutant } from './mutant.ts';
import { commitQuietly, withKernel, withProcesses, withRecovery } from './parts.ts';

class MarksDeviceCallsLate extends ProcessTable {
  override set(pid: number, offset: number, value: number): void {
    // Not at kernel entry: the driver will do it.
    if (offset !== Proc.call || value !== Call.send) super.set(pid, offset, value);
  }

  markSending(pid: number): void {
    super.set(pid, Proc.call, Call.send);
  }
}

class SendsThenMarks extends SerialDriver {
  private readonly table: ProcessTable;

  constructor(door: Door, processes: ProcessTable, scheduler: Scheduler) {
    super(door, processes, scheduler);
    this.table = processes;
  }

  override start(pid: number, from: number, lengthBytes: number): void {
    super.start(pid, from, lengthBytes);
    if (this.table instanceof MarksDeviceCallsLate) this.table.markSending(pid);
  }
}

class ClearsMarkFirst extends ProcessTable {
  private readonly kernel: Kernel;

  constructor(door: Door, kernel: Kernel) {
    super(door);
    this.kernel = kernel;
  }

  override answer(...all: Parameters<ProcessTable['answer']>): void {
    // That the call is over is durable before its result is.
    this.set(all[0], Proc.call, Call.none);
    commitQuietly(this.kernel);
    super.answer(...all);
  }
}

class SignalStaysPending extends ProcessTable {
  override set(pid: number, offset: number, value: number): void {
    if (offset !== Proc.pendingSignals || value !== 0) super.set(pid, offset, value);
  }
}

class NoticeNotPending extends Recovery {
  protected override notify(pid: number): void {
    const { processes } = this.kernel;
    processes.set(pid, Proc.notices, processes.get(pid, Proc.notices) + 1);
  }
}

class TellsNobody extends Recovery {
  /** What recovery would have done, for a kernel that does it too early. */
  tell(pid: number): void {
    super.notify(pid);
  }

  protected override notify(): void {
    // They have been told, thinks this kernel.
  }
}

class NoticeBeforeRestore extends Kernel {
  protected override recover(): void {
    // The waiters are told first, on a page that is then given back what it held.
    power.enterPaging(this.door);
    const recovery = new TellsNobody(this);
    for (const pid of this.processes.all()) {
      if (this.processes.status(pid) === Status.waiting) recovery.tell(pid);
    }
    super.recover();
  }
}

function mutant(name: string, expected: string, sentence: string, mutate: Mutant['mutate']): Mutant {
  return { name, expected, sentence, mutate };
}

export const noticeMutants: readonly Mutant[] = [
  mutant(
    'marked-after-its-effect',
    'DeviceAtMostOnce',
    'a device call is marked as in flight only after its first byte is sent',
    withProcesses(MarksDeviceCallsLate, SendsThenMarks),
  ),
  mutant(
    'mark-cleared-before-result',
    'ConsistentCut',
    'the mark of a call is cleared, durably, before its result is stored',
    withProcesses(ClearsMarkFirst),
  ),
  mutant(
    'notice-not-pending',
    'NoticeKept',
    'a notice is counted, but no signal is pending',
    withRecovery(NoticeNotPending),
  ),
  mutant(
    'signal-stays-pending',
    'NoticeKept',
    'a signal that is taken stays pending',
    withProcesses(SignalStaysPending),
  ),
  mutant(
    'notice-before-restore',
    'NoticeExactlyOnce',
    'a notice is put on a page that recovery then rolls back',
    (parts) => withRecovery(TellsNobody)(withKernel(NoticeBeforeRestore)(parts)),
  ),
];
