/**
 * The serial driver: the one device call of this kernel. `send` gives the first byte to the port and leaves
 * the process waiting; each transmit interrupt sends the next byte or ends the call.
 */
import type { Door } from './door.ts';
import { Proc, SEND_BUFFER_BYTES } from './layout.ts';
import { BlockedOn, Call, type ProcessTable, Status } from './process-table.ts';
import type { Scheduler } from './scheduler.ts';

const PORT = { data: 0x3f8, interruptEnable: 0x3f9, interruptIdentity: 0x3fa, modemControl: 0x3fc } as const;
const THR_EMPTY_INTERRUPT = 0x02;
const OUT2_ENABLES_INTERRUPTS = 0x08;

export class SerialDriver {
  private readonly door: Door;
  private readonly processes: ProcessTable;
  private readonly scheduler: Scheduler;

  constructor(door: Door, processes: ProcessTable, scheduler: Scheduler) {
    this.door = door;
    this.processes = processes;
    this.scheduler = scheduler;
  }

  /** After every power-on: device registers do not survive. */
  initialise(): void {
    this.door.port.out8(PORT.modemControl, OUT2_ENABLES_INTERRUPTS);
    this.door.port.out8(PORT.interruptEnable, 0);
  }

  /** Whether a process has the port. One at a time: the others wait their turn as blocked callers. */
  busyWith(): number {
    for (const pid of this.processes.all()) {
      if (this.processes.status(pid) === Status.waiting) return pid;
    }
    return 0;
  }

  /** Starts a call of `lengthBytes` (1 to SEND_BUFFER_BYTES) bytes from user memory; the process waits. */
  start(pid: number, from: number, lengthBytes: number): void {
    const length = Math.min(lengthBytes, SEND_BUFFER_BYTES);
    for (let i = 0; i < length; i += 1) {
      this.door.storeByte(this.processes.field(pid, Proc.sendBuffer + i), this.door.loadByte(from + i));
    }
    this.processes.set(pid, Proc.sendLength, length);
    this.processes.set(pid, Proc.sendNext, 1);
    this.processes.set(pid, Proc.status, Status.waiting);
    this.door.port.out8(PORT.data, this.processes.sendByte(pid, 0));
    this.door.port.out8(PORT.interruptEnable, THR_EMPTY_INTERRUPT);
  }

  /** A transmit interrupt: the next byte, or the end of the call. One that nobody waits for does nothing. */
  interrupt(): void {
    this.door.port.in8(PORT.interruptIdentity);
    const pid = this.busyWith();
    if (pid === 0 || this.processes.get(pid, Proc.call) !== Call.send) return;
    const next = this.processes.get(pid, Proc.sendNext);
    const length = this.processes.get(pid, Proc.sendLength);
    if (next < length) {
      this.processes.set(pid, Proc.sendNext, next + 1);
      this.door.port.out8(PORT.data, this.processes.sendByte(pid, next));
      return;
    }
    this.door.port.out8(PORT.interruptEnable, 0);
    this.processes.answer(pid, length);
    this.scheduler.wake(pid);
    this.scheduler.wakeBlockedOn(BlockedOn.serialPort, 0);
  }
}
