/** How a mutant puts its own part into the kernel: each keeps everything else as it is. */
import type { Door } from '../door.ts';
import type { Files } from '../files.ts';
import { Kernel } from '../kernel.ts';
import type { Pipes } from '../pipes.ts';
import type { ProcessTable } from '../process-table.ts';
import type { Recovery } from '../recovery.ts';
import { Scheduler } from '../scheduler.ts';
import { SerialDriver } from '../serial.ts';
import type { KernelObjects } from '../syscalls.ts';
import type { Mutant } from './mutant.ts';

type Mutate = Mutant['mutate'];

export const withKernel =
  (kernel: typeof Kernel): Mutate =>
  (parts) => ({ ...parts, makeKernel: (...all) => new kernel(...all) });

export const withRecovery =
  (recovery: new (kernel: KernelObjects) => Recovery): Mutate =>
  (parts) => ({ ...parts, makeRecovery: (kernel) => new recovery(kernel) });

export const withPipes = (pipes: new (door: Door) => Pipes): Mutate =>
  withKernel(
    class extends Kernel {
      override readonly pipes = new pipes(this.door);
    },
  );

export const withFiles = (files: new (door: Door, processes: ProcessTable) => Files): Mutate =>
  withKernel(
    class extends Kernel {
      override readonly files = new files(this.door, this.processes);
    },
  );

export const withSerial = (
  serial: new (door: Door, processes: ProcessTable, scheduler: Scheduler) => SerialDriver,
): Mutate =>
  withKernel(
    class extends Kernel {
      override readonly serial = new serial(this.door, this.processes, this.scheduler);
    },
  );

/** The scheduler is given the kernel, so that a faulty one can end an epoch where it must not. */
export const withScheduler = (
  scheduler: new (door: Door, processes: ProcessTable, kernel: Kernel) => Scheduler,
): Mutate =>
  withKernel(
    class extends Kernel {
      override readonly scheduler = new scheduler(this.door, this.processes, this);
      override readonly serial = new SerialDriver(this.door, this.processes, this.scheduler);
    },
  );

/** A faulty process table: every part that keeps one is given this one. */
export const withProcesses = (
  processes: new (door: Door, kernel: Kernel) => ProcessTable,
  serial: new (door: Door, processes: ProcessTable, scheduler: Scheduler) => SerialDriver = SerialDriver,
): Mutate =>
  withKernel(
    class extends Kernel {
      override readonly processes = new processes(this.door, this);
      override readonly scheduler = new Scheduler(this.door, this.processes);
      override readonly serial = new serial(this.door, this.processes, this.scheduler);
    },
  );

/** Ends an epoch in the middle of one, without a word to anybody. */
export function commitQuietly(kernel: Kernel): void {
  kernel.scheme.commit(() => undefined);
}
