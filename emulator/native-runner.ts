import { readControl, writeControl } from './cpu/control.ts';
import { type Cpu, Seg } from './cpu/cpu.ts';
import { loadTaskRegister } from './cpu/exec/descriptors.ts';
import { TripleFault, Unimplemented } from './cpu/fault.ts';
import { Flag, readEflags } from './cpu/flags.ts';
import { deliverFault } from './cpu/interrupts.ts';
import { interruptReturn } from './cpu/iret.ts';
import type { Processor } from './cpu/processor.ts';
import { loadSegment, requireDescriptor, setCodeSegment } from './cpu/segments.ts';
import { invariant } from './invariant.ts';
import {
  type Gpr,
  NATIVE_BASE,
  NATIVE_ENTRY_BYTES,
  NATIVE_RESET_ENTRY,
  type NativeCode,
  type NativePort,
} from './native.ts';
import type { StoreOrigin } from './nvm/store-log.ts';

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

/** The port of one native entry. After `iret` it is dead. */
class MachinePort implements NativePort {
  private readonly runner: NativeRunner;
  private readonly cpu: Cpu;
  hasEnded = false;

  constructor(runner: NativeRunner) {
    this.runner = runner;
    this.cpu = runner.host.cpu;
  }

  load8(address: number): number {
    this.begin();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return this.cpu.mmu.load8(address | 0);
      } catch (thrown) {
        this.runner.serve(thrown, attempt);
      }
    }
  }

  load16(address: number): number {
    this.begin();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return this.cpu.mmu.load16(address | 0);
      } catch (thrown) {
        this.runner.serve(thrown, attempt);
      }
    }
  }

  load32(address: number): number {
    this.begin();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return this.cpu.mmu.load32(address | 0) >>> 0;
      } catch (thrown) {
        this.runner.serve(thrown, attempt);
      }
    }
  }

  store8(address: number, value: number): void {
    this.retrying(() => this.cpu.mmu.store8(address | 0, value & 0xff));
  }

  store16(address: number, value: number): void {
    this.retrying(() => this.cpu.mmu.store16(address | 0, value & 0xffff));
  }

  store32(address: number, value: number): void {
    this.begin();
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.cpu.mmu.store32(address | 0, value | 0);
        return;
      } catch (thrown) {
        this.runner.serve(thrown, attempt);
      }
    }
  }

  in8(port: number): number {
    this.begin();
    return this.cpu.ports.read(port & 0xffff, 1) & 0xff;
  }

  out8(port: number, value: number): void {
    this.begin();
    this.cpu.ports.write(port & 0xffff, value & 0xff, 1);
  }

  setStoreOrigin(origin: StoreOrigin): void {
    this.checkAlive();
    this.cpu.mmu.nvm.origin = origin;
  }

  readGpr(register: Gpr): number {
    return (this.cpu.regs[register] as number) >>> 0;
  }

  writeGpr(register: Gpr, value: number): void {
    this.checkAlive();
    this.cpu.regs[register] = value;
  }

  readCr(register: 0 | 2 | 3 | 4): number {
    return readControl(this.cpu, register) >>> 0;
  }

  writeCr(register: 0 | 2 | 3 | 4, value: number): void {
    this.retrying(() => writeControl(this.cpu, register, value | 0));
  }

  invlpg(address: number): void {
    this.begin();
    this.cpu.mmu.invalidate(address);
  }

  lgdt(base: number, limit: number): void {
    this.checkAlive();
    this.cpu.gdtBase = base | 0;
    this.cpu.gdtLimit = limit & 0xffff;
  }

  lidt(base: number, limit: number): void {
    this.checkAlive();
    this.cpu.idtBase = base | 0;
    this.cpu.idtLimit = limit & 0xffff;
  }

  ltr(selector: number): void {
    this.retrying(() => loadTaskRegister(this.cpu, selector));
  }

  loadCs(selector: number): void {
    this.retrying(() => {
      const code = requireDescriptor(this.cpu, selector);
      setCodeSegment(this.cpu, selector, code, 0);
    });
  }

  loadSegment(segment: 'es' | 'ss' | 'ds' | 'fs' | 'gs', selector: number): void {
    this.retrying(() => loadSegment(this.cpu, Seg[segment], selector));
  }

  iret(): void {
    this.retrying(() => interruptReturn(this.cpu, 4));
    this.hasEnded = true;
  }

  halt(): void {
    this.begin();
    this.cpu.flags = readEflags(this.cpu) & ~Flag.if;
    this.cpu.lazy = 0;
    this.cpu.halted = true;
    this.hasEnded = true;
    throw new NativeHalt();
  }

  private begin(): void {
    this.checkAlive();
    this.runner.tick();
  }

  private checkAlive(): void {
    invariant(!this.hasEnded, 'native code does nothing after iret');
  }

  private retrying(access: () => void): void {
    this.begin();
    for (let attempt = 1; ; attempt += 1) {
      try {
        access();
        return;
      } catch (thrown) {
        this.runner.serve(thrown, attempt);
      }
    }
  }
}
