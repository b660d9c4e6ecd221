/**
 * What recovery does once the important pages are back (thesis §3.5, §4.2): calls that were in flight at the
 * device are aborted, whoever waits for an interrupt is woken, and both are told; every other call that was
 * in flight is made again. All of it is one epoch, so that a crash in it leaves everything still to be done.
 */
import { Proc, Sched } from './layout.ts';
import { Cause } from './probe.ts';
import { BlockedOn, Call, Errno, SIGPWR_BIT, Status } from './process-table.ts';
import type { KernelObjects } from './syscalls.ts';

export class Recovery {
  protected readonly kernel: KernelObjects;

  constructor(kernel: KernelObjects) {
    this.kernel = kernel;
  }

  /** The whole epoch, up to its commit. */
  run(): void {
    this.settleInterruptedCall();
    this.wakeWaiters();
    this.kernel.scheduler.set(Sched.cause, Cause.none);
  }

  /** The call in whose privileged section power failed, if it was one. */
  protected settleInterruptedCall(): void {
    const { scheduler, processes } = this.kernel;
    const pid = scheduler.current();
    if (pid === 0 || scheduler.get(Sched.cause) !== Cause.call) return;
    if (processes.get(pid, Proc.call) === Call.send) this.abort(pid);
    else processes.repeatCall(pid);
  }

  protected wakeWaiters(): void {
    const { scheduler, processes } = this.kernel;
    for (const pid of processes.all()) {
      if (processes.status(pid) !== Status.waiting) continue;
      this.abort(pid);
      scheduler.wake(pid);
    }
    // Whoever was blocked on the port's owner may have it now.
    scheduler.wakeBlockedOn(BlockedOn.serialPort, 0);
  }

  /** The call returns −EINTR and its process is told of the reboot. */
  protected abort(pid: number): void {
    this.kernel.processes.answer(pid, -Errno.EINTR);
    this.notify(pid);
  }

  /** A notice: SIGPWR becomes pending. Its default action here is to do nothing. */
  protected notify(pid: number): void {
    const { processes } = this.kernel;
    processes.set(pid, Proc.notices, processes.get(pid, Proc.notices) + 1);
    processes.set(pid, Proc.pendingSignals, processes.get(pid, Proc.pendingSignals) | SIGPWR_BIT);
  }
}
