import { type Cpu, Seg } from './cpu/cpu.ts';
import { TripleFault, Unimplemented } from './cpu/fault.ts';
import { Flag } from './cpu/flags.ts';
import { deliverFault } from './cpu/interrupts.ts';
import type { Processor } from './cpu/processor.ts';
import { invariant } from './invariant.ts';
import { NATIVE_BASE, NATIVE_ENTRY_BYTES, NATIVE_RESET_ENTRY, type NativeCode } from './native.ts';
import { MachinePort } from './native-port.ts';

/** The same access faulted so often in a row: the handler does not mend it. */
const FAULTS_MAX = 16;
/** A handler nested so deep never comes back. */
const DEPTH_MAX = 256;
/** How far native code may go past the budget before it counts as endless. */
const OVERRUN_MAX = 4_000_000;

export class NativeFaultLoop {
  readonly address: number;
  constructor(address: number) {
    this.address = address;
  }
}
/** Native code did not end long after the budget had. */
export class NativeEndless {}
/** HLT with interrupts disabled: nothing of the native code that is on the way is run any more. */
export class NativeHalt {}
/** A nested handler did not return to what it interrupted, but left for elsewhere, as kernels may. */
class NativeAbandoned {}

/** What native code needs of the machine around the processor. */
export interface NativeHost {
  readonly cpu: Cpu;
  readonly processor: Processor;
  readonly makeNative: () => NativeCode;
  /** Lets devices do what is due; delivers an interrupt where IF allows it. Returns whether it did. */
  serviceDevices(): boolean;
}

/** Runs native code: makes it, gives it its port, and serves the faults of its accesses by nested code. */
export class NativeRunner {
  readonly host: NativeHost;
  /** The budget's end, as a count of instructions. */
  budgetEnd = Number.POSITIVE_INFINITY;
  /** Before this time no device has anything to do. */
  nextEventAt = 0;
  private depth = 0;

  constructor(host: NativeHost) {
    this.host = host;
  }

  /** Runs the native code that EIP is at, to its IRET. */
  runOutermost(): void {
    this.depth = 0;
    try {
      this.enter();
    } catch (thrown) {
      if (!(thrown instanceof NativeAbandoned)) throw thrown;
    }
  }

  private enter(): void {
    const { cpu, makeNative } = this.host;
    const offset = ((cpu.segmentBase[Seg.cs] as number) + cpu.eip - NATIVE_BASE) >>> 0;
    if (offset % NATIVE_ENTRY_BYTES !== 0) throw new Unimplemented('jump into the middle of a native entry');
    const entry = offset / NATIVE_ENTRY_BYTES;
    const port = new MachinePort(this);
    const code = makeNative();
    if (entry === NATIVE_RESET_ENTRY) code.reset(port);
    else code.interrupt(entry, port);
    invariant(port.hasEnded, `native entry ${entry} ends in iret`);
    cpu.attention = true;
  }

  /**
   * Time passes by one instruction. Where devices or the budget want it, they are seen to here.
   */
  tick(): void {
    const { cpu } = this.host;
    cpu.count += 1;
    if (cpu.count >= this.nextEventAt || cpu.count >= this.budgetEnd || (cpu.flags & Flag.if) !== 0) {
      this.tickSlow();
    }
  }

  private tickSlow(): void {
    const { cpu } = this.host;
    if (cpu.count > this.budgetEnd + OVERRUN_MAX) throw new NativeEndless();
    const eip = cpu.eip;
    if (this.host.serviceDevices()) this.runNested(eip);
  }

  /** Serves a fault of an access, the `attempt`th in a row, so that it can be tried again. */
  serve(thrown: unknown, attempt: number): void {
    const { cpu } = this.host;
    if (thrown !== cpu.fault) throw thrown;
    if (attempt >= FAULTS_MAX || this.depth >= DEPTH_MAX) throw new NativeFaultLoop(cpu.mmu.cr2 >>> 0);
    const eip = cpu.eip;
    if (!deliverFault(cpu, eip)) throw new TripleFault();
    this.runNested(eip);
  }

  private runNested(interruptedEip: number): void {
    const { cpu, processor } = this.host;
    if (!processor.isAtNative()) throw new Unimplemented('machine code as the handler of a native fault');
    this.depth += 1;
    this.enter();
    this.depth -= 1;
    if (cpu.cpl !== 0 || cpu.eip !== interruptedEip) throw new NativeAbandoned();
  }
}
