/** Faults in what recovery does for processes, and in the boot word. */

import { Kernel } from '../kernel.ts';
import { BOOT_RUNNING, Control, Frame, frameAddress, Proc, Sched } from '../layout.ts';
import { Cause } from '../probe.ts';
import { Call, Errno, Status } from '../process-table.ts';
import { Recovery } from '../recovery.ts';
import type { KernelObjects } from '../syscalls.ts';
import type { Mutant } from './mutant.ts';

type RecoveryClass = new (kernel: KernelObjects) => Recovery;
type KernelClass = typeof Kernel;

function ofRecovery(name: string, expected: string, sentence: string, recovery: RecoveryClass): Mutant {
  return {
    name,
    expected,
    sentence,
    mutate: (parts) => ({ ...parts, makeRecovery: (kernel) => new recovery(kernel) }),
  };
}

function ofKernel(name: string, expected: string, sentence: string, kernel: KernelClass): Mutant {
  return {
    name,
    expected,
    sentence,
    mutate: (parts) => ({ ...parts, makeKernel: (all, port, probe) => new kernel(all, port, probe) }),
  };
}

class WaiterNotWoken extends Recovery {
  protected override wakeWaiters(): void {
    // Whoever waits goes on waiting for an interrupt that no device will raise.
  }
}

class WaiterWokenUntold extends Recovery {
  protected override wakeWaiters(): void {
    const { scheduler, processes } = this.kernel;
    for (const pid of processes.all()) {
      if (processes.status(pid) !== Status.waiting) continue;
      processes.answer(pid, -Errno.EINTR);
      scheduler.wake(pid);
    }
  }
}

class WaiterToldSuccess extends Recovery {
  protected override wakeWaiters(): void {
    const { scheduler, processes } = this.kernel;
    for (const pid of processes.all()) {
      if (processes.status(pid) !== Status.waiting) continue;
      processes.answer(pid, processes.get(pid, Proc.sendLength));
      this.notify(pid);
      scheduler.wake(pid);
    }
  }
}

class NoticeTwice extends Recovery {
  protected override notify(pid: number): void {
    super.notify(pid);
    super.notify(pid);
  }
}

class NoticeBeforeRecoveryCommit extends Recovery {
  override run(): void {
    // The notices are an epoch of their own: a failure between the two gives them again.
    const { processes, door } = this.kernel;
    for (const pid of processes.all()) if (processes.status(pid) === Status.waiting) this.notify(pid);
    commitQuietly(this.kernel);
    door.phase('recovery');
    super.run();
  }
}

class EverybodyNotified extends Recovery {
  override run(): void {
    super.run();
    const { processes } = this.kernel;
    for (const pid of processes.all()) if (processes.status(pid) !== Status.exited) this.notify(pid);
  }
}

class BlockedAborted extends Recovery {
  protected override wakeWaiters(): void {
    super.wakeWaiters();
    const { scheduler, processes } = this.kernel;
    for (const pid of processes.all()) {
      if (processes.status(pid) !== Status.blocked) continue;
      this.abort(pid);
      scheduler.wake(pid);
    }
  }
}

class DeviceCallMadeAgain extends Recovery {
  protected override settleInterruptedCall(): void {
    const { scheduler, processes } = this.kernel;
    const pid = scheduler.current();
    if (pid !== 0 && scheduler.get(Sched.cause) === Cause.call) processes.repeatCall(pid);
  }
}

class AbortedCallNotTold extends Recovery {
  protected override settleInterruptedCall(): void {
    const { scheduler, processes } = this.kernel;
    const pid = scheduler.current();
    if (pid === 0 || scheduler.get(Sched.cause) !== Cause.call) return;
    if (processes.get(pid, Proc.call) === Call.send) processes.answer(pid, -Errno.EINTR);
    else processes.repeatCall(pid);
  }
}

class CutCallToldSuccess extends Recovery {
  protected override settleInterruptedCall(): void {
    const { scheduler, processes } = this.kernel;
    const pid = scheduler.current();
    const isCut =
      pid !== 0 && scheduler.get(Sched.cause) === Cause.call && processes.get(pid, Proc.call) === Call.send;
    if (!isCut) return super.settleInterruptedCall();
    processes.answer(pid, 1);
    this.notify(pid);
  }
}

class InterruptedCallLost extends Recovery {
  protected override settleInterruptedCall(): void {
    const { scheduler, processes } = this.kernel;
    const pid = scheduler.current();
    if (pid === 0 || scheduler.get(Sched.cause) !== Cause.call) return;
    if (processes.get(pid, Proc.call) === Call.send) this.abort(pid);
    else processes.answer(pid, 0);
  }
}

class CurrentQueuedTwice extends Recovery {
  override run(): void {
    super.run();
    const { scheduler } = this.kernel;
    // The run queue is as it was, but the process that ran is put on it a second time.
    if (scheduler.current() !== 0) scheduler.enqueue(scheduler.current());
  }
}

class BootWordLate extends Kernel {
  protected override storeBootWord(): void {
    // Too early to say so, thinks this kernel: the word is stored at the first entry, when processes have run.
  }

  override interrupt(vector: number): void {
    const word = frameAddress(Frame.control) + Control.bootWord;
    if (this.door.loadMechanism(word) !== BOOT_RUNNING) this.door.storeMechanism(word, BOOT_RUNNING);
    super.interrupt(vector);
  }
}

class BootWordEarly extends Kernel {
  protected override buildTables(): void {
    this.storeBootWord();
    super.buildTables();
  }
}

function commitQuietly(kernel: KernelObjects): void {
  if (kernel instanceof Kernel) kernel.scheme.commit(() => undefined);
}

export const recoveryMutants: readonly Mutant[] = [
  ofRecovery(
    'waiter-not-woken',
    'WaitersWoken',
    'a process that waits for an interrupt is not woken',
    WaiterNotWoken,
  ),
  ofRecovery(
    'waiter-woken-untold',
    'NoticeExactlyOnce',
    'a waiter is woken without a notice',
    WaiterWokenUntold,
  ),
  ofRecovery(
    'waiter-told-success',
    'WaitersWoken',
    'a waiter’s call comes back as if all had been sent',
    WaiterToldSuccess,
  ),
  ofRecovery('notice-twice', 'NoticeExactlyOnce', 'each notice is given twice', NoticeTwice),
  ofRecovery(
    'notice-in-an-epoch-of-its-own',
    'NoticeExactlyOnce',
    'notices are committed before the calls are settled',
    NoticeBeforeRecoveryCommit,
  ),
  ofRecovery('everybody-notified', 'NobodyElseNotified', 'every process is notified', EverybodyNotified),
  ofRecovery(
    'blocked-aborted',
    'NobodyElseNotified',
    'a process blocked on a pipe is aborted too',
    BlockedAborted,
  ),
  ofRecovery(
    'device-call-made-again',
    'DeviceAtMostOnce',
    'a device call is started again after the reboot',
    DeviceCallMadeAgain,
  ),
  ofRecovery(
    'aborted-call-not-told',
    'NoticeExactlyOnce',
    'an aborted device call gets no notice',
    AbortedCallNotTold,
  ),
  ofRecovery(
    'cut-call-told-success',
    'InterruptedCallNotified',
    'an aborted device call comes back as if it had been made',
    CutCallToldSuccess,
  ),
  ofRecovery(
    'interrupted-call-lost',
    'NobodyElseNotified',
    'a call without device effects comes back as if it had been made',
    InterruptedCallLost,
  ),
  ofRecovery(
    'current-queued-twice',
    'RunnableOnce',
    'the process that ran is put on the run queue as well',
    CurrentQueuedTwice,
  ),
  ofKernel(
    'boot-word-late',
    'BootWordOrder',
    'the boot word is stored after processes have run',
    BootWordLate,
  ),
  ofKernel(
    'boot-word-early',
    'BootWordOrder',
    'the boot word is stored before the tables are built',
    BootWordEarly,
  ),
];
