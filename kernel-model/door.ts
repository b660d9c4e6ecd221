/**
 * The one door from the kernel to the machine. Kernel data goes through `load` and `store` on tracked
 * addresses, under the MMU; the `mechanism` accesses are for what keeps the protocol itself.
 */
import type { NativePort } from '../emulator/native.ts';
import { LINE_SIZE_BYTES } from '../emulator/persistency/model.ts';
import { mechanism } from './layout.ts';
import type { KernelEvent, KernelPhase, Probe } from './probe.ts';

/** The kernel found its own data impossible and stopped: a result of the run, not a fault of the harness. */
export class KernelPanic extends Error {
  override name = 'KernelPanic';
}

export class Door {
  readonly port: NativePort;
  private readonly probe: Probe;

  constructor(port: NativePort, probe: Probe) {
    this.port = port;
    this.probe = probe;
  }

  /** An unsigned word at a linear address. */
  load(linear: number): number {
    return this.port.load32(linear) >>> 0;
  }

  store(linear: number, value: number): void {
    this.port.store32(linear, value);
  }

  loadByte(linear: number): number {
    return this.port.load8(linear);
  }

  storeByte(linear: number, value: number): void {
    this.port.store8(linear, value);
  }

  /** An unsigned word at a physical address, through the mechanism window. */
  loadMechanism(physical: number): number {
    return this.port.load32(mechanism(physical)) >>> 0;
  }

  /** One store to a physical address, past the tracking. */
  storeMechanism(physical: number, value: number): void {
    this.port.store32(mechanism(physical), value);
  }

  /**
   * Has the cache lines of a piece of memory written back; durable after the next `fence`. Physical address,
   * through the mechanism window or, while paging is off, as it is.
   */
  writeBack(physical: number, lengthBytes: number, paging: 'on' | 'off' = 'on'): void {
    const end = physical + lengthBytes;
    for (let at = physical & -LINE_SIZE_BYTES; at < end; at += LINE_SIZE_BYTES) {
      this.port.clwb(paging === 'on' ? mechanism(at) : at);
    }
  }

  /** What was written back before is durable after it. */
  fence(): void {
    this.port.sfence();
  }

  /** The last store is the one that makes the commit durable that is told next. */
  commitStored(): void {
    this.probe.commitStored();
  }

  event(event: KernelEvent): void {
    this.probe.event(event);
  }

  phase(phase: KernelPhase): void {
    this.probe.phase(phase);
  }

  /** Ends the run with a panic that says why. Never returns. */
  panic(why: string): never {
    throw new KernelPanic(why);
  }

  /** Checks the kernel's own data: false is a panic of the guest kernel. */
  demand(condition: boolean, why: string): asserts condition {
    if (!condition) this.panic(why);
  }
}
