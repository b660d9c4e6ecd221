/** System calls under the Linux i386 convention: number in EAX, arguments in EBX ECX EDX, result in EAX. */
import { Gpr } from '../emulator/native.ts';
import type { Door } from './door.ts';
import { FileKind, type Files } from './files.ts';
import { FILES_PER_PROCESS, Proc, TRACKED_BASE } from './layout.ts';
import type { Pipes } from './pipes.ts';
import {
  Answer,
  BlockedOn,
  Call,
  Errno,
  type ProcessTable,
  SIGPWR,
  SIGPWR_BIT,
  Status,
} from './process-table.ts';
import type { Scheduler } from './scheduler.ts';
import type { SerialDriver } from './serial.ts';

/** Numbers of Linux i386. */
export const Syscall = {
  exit: 1,
  read: 3,
  write: 4,
  close: 6,
  getpid: 20,
  sigpending: 73,
  schedYield: 158,
  rtSigtimedwait: 177,
} as const;

export interface KernelObjects {
  readonly door: Door;
  readonly processes: ProcessTable;
  readonly scheduler: Scheduler;
  readonly files: Files;
  readonly pipes: Pipes;
  readonly serial: SerialDriver;
  /** Whether the user may read (and, if asked, write) these bytes of its memory. */
  userCanAccess(options: { address: number; lengthBytes: number; write: boolean }): boolean;
}

/**
 * Which kind of call this is: what the abstraction calls it, and what recovery decides by. A read or write of
 * no bytes moves nothing and touches no device, so it is none of either. A close is one only where it gives up
 * a pipe's end: where the process has that end once more, or it is no end of a pipe, nobody else can notice.
 */
export function callKind(kernel: KernelObjects, pid: number): number {
  const lengthBytes = kernel.processes.register(pid, Gpr.edx);
  switch (kernel.processes.register(pid, Gpr.eax)) {
    case Syscall.exit:
      return Call.exit;
    case Syscall.read:
      return lengthBytes === 0 ? Call.other : Call.read;
    case Syscall.write: {
      if (lengthBytes === 0) return Call.other;
      const file = kernel.files.get(pid, kernel.processes.register(pid, Gpr.ebx));
      return file.kind === FileKind.serial ? Call.send : Call.write;
    }
    case Syscall.close:
      return kernel.files.isLastOfItsEnd(pid, kernel.processes.register(pid, Gpr.ebx))
        ? Call.close
        : Call.other;
    case Syscall.schedYield:
      return Call.yield;
    case Syscall.rtSigtimedwait:
      return Call.take;
    default:
      return Call.other;
  }
}

/** Carries out the call of process `pid` from its saved registers, as one privileged section. */
export function systemCall(kernel: KernelObjects, pid: number): void {
  const { processes, scheduler } = kernel;
  const argument = (gpr: Gpr): number => processes.register(pid, gpr);
  switch (processes.register(pid, Gpr.eax)) {
    case Syscall.exit:
      endProcess(kernel, pid, argument(Gpr.ebx) & 0xff);
      return;
    case Syscall.read:
      read(kernel, pid);
      return;
    case Syscall.write:
      write(kernel, pid);
      return;
    case Syscall.close:
      processes.answer(pid, closeFile(kernel, pid, argument(Gpr.ebx)) ? 0 : -Errno.EBADF);
      return;
    case Syscall.getpid:
      processes.answer(pid, pid);
      return;
    case Syscall.schedYield:
      processes.answer(pid, 0);
      scheduler.rotate();
      return;
    case Syscall.sigpending:
      signalsPending(kernel, pid);
      return;
    case Syscall.rtSigtimedwait:
      takeSignal(kernel, pid);
      return;
    default:
      processes.answer(pid, -Errno.ENOSYS);
  }
}

/** Ends a process: its files are closed, and whoever waits for the other ends goes on. */
export function endProcess(kernel: KernelObjects, pid: number, exitStatus: number): void {
  const { processes } = kernel;
  processes.set(pid, Proc.status, Status.exited);
  processes.set(pid, Proc.call, Call.none);
  processes.set(pid, Proc.exitStatus, exitStatus);
  for (let descriptor = 0; descriptor < FILES_PER_PROCESS; descriptor += 1)
    closeFile(kernel, pid, descriptor);
}

function closeFile(kernel: KernelObjects, pid: number, descriptor: number): boolean {
  const { files, pipes, scheduler } = kernel;
  const file = files.get(pid, descriptor);
  if (file.kind === FileKind.closed) return false;
  files.close(pid, descriptor);
  if (file.kind === FileKind.pipeRead) {
    pipes.dropReader(file.index);
    scheduler.wakeBlockedOn(BlockedOn.pipeSpace, file.index);
  }
  if (file.kind === FileKind.pipeWrite) {
    pipes.dropWriter(file.index);
    scheduler.wakeBlockedOn(BlockedOn.pipeData, file.index);
  }
  return true;
}

function block(kernel: KernelObjects, pid: number, what: number, index: number): void {
  kernel.processes.set(pid, Proc.status, Status.blocked);
  kernel.processes.set(pid, Proc.blockedOn, what | (index << 8));
  kernel.processes.repeatCall(pid);
}

function read(kernel: KernelObjects, pid: number): void {
  const { processes, files, pipes, scheduler } = kernel;
  const file = files.get(pid, processes.register(pid, Gpr.ebx));
  const address = processes.register(pid, Gpr.ecx);
  const lengthBytes = processes.register(pid, Gpr.edx);
  if (file.kind !== FileKind.pipeRead) return processes.answer(pid, -Errno.EBADF);
  if (!kernel.userCanAccess({ address, lengthBytes, write: true }))
    return processes.answer(pid, -Errno.EFAULT);
  if (lengthBytes === 0) return processes.answer(pid, 0);
  if (pipes.lengthBytes(file.index) === 0) {
    if (pipes.writersCount(file.index) === 0) return processes.answer(pid, 0, Answer.eof);
    return block(kernel, pid, BlockedOn.pipeData, file.index);
  }
  processes.answer(pid, pipes.read(file.index, address, lengthBytes));
  scheduler.wakeBlockedOn(BlockedOn.pipeSpace, file.index);
}

function write(kernel: KernelObjects, pid: number): void {
  const { processes, files, pipes, scheduler, serial } = kernel;
  const file = files.get(pid, processes.register(pid, Gpr.ebx));
  const address = processes.register(pid, Gpr.ecx);
  const lengthBytes = processes.register(pid, Gpr.edx);
  if (file.kind !== FileKind.pipeWrite && file.kind !== FileKind.serial)
    return processes.answer(pid, -Errno.EBADF);
  if (!kernel.userCanAccess({ address, lengthBytes, write: false }))
    return processes.answer(pid, -Errno.EFAULT);
  if (lengthBytes === 0) return processes.answer(pid, 0);
  if (file.kind === FileKind.serial) {
    if (serial.busyWith() !== 0) return block(kernel, pid, BlockedOn.serialPort, 0);
    return serial.start(pid, address, lengthBytes);
  }
  if (pipes.readersCount(file.index) === 0) return processes.answer(pid, -Errno.EPIPE);
  if (pipes.spaceBytes(file.index) === 0) return block(kernel, pid, BlockedOn.pipeSpace, file.index);
  processes.answer(pid, pipes.write(file.index, address, lengthBytes));
  scheduler.wakeBlockedOn(BlockedOn.pipeData, file.index);
}

/** sigpending(set): the pending signals as Linux' 32-bit set. */
function signalsPending(kernel: KernelObjects, pid: number): void {
  const { processes, door } = kernel;
  const address = processes.register(pid, Gpr.ebx);
  if (!kernel.userCanAccess({ address, lengthBytes: 4, write: true }))
    return processes.answer(pid, -Errno.EFAULT);
  door.store(address, processes.get(pid, Proc.pendingSignals));
  processes.answer(pid, 0);
}

/** rt_sigtimedwait with no time to wait: takes the lowest pending signal of the set, or −EAGAIN. */
function takeSignal(kernel: KernelObjects, pid: number): void {
  const { processes, door } = kernel;
  const address = processes.register(pid, Gpr.ebx);
  if (!kernel.userCanAccess({ address, lengthBytes: 8, write: false }))
    return processes.answer(pid, -Errno.EFAULT);
  const pending = processes.get(pid, Proc.pendingSignals);
  if ((door.load(address) & pending & SIGPWR_BIT) === 0) return processes.answer(pid, -Errno.EAGAIN);
  processes.set(pid, Proc.pendingSignals, pending & ~SIGPWR_BIT);
  processes.answer(pid, SIGPWR);
}

/** The end of user space: below the kernel's windows. */
export const USER_SPACE_END = TRACKED_BASE;
