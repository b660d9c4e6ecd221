import { Cpu, type PortSpace, Seg } from './cpu/cpu.ts';
import { NO_ERROR_CODE, TripleFault, Unimplemented } from './cpu/fault.ts';
import { Flag } from './cpu/flags.ts';
import { deliver, deliverFault } from './cpu/interrupts.ts';
import { Processor } from './cpu/processor.ts';
import { setSegment } from './cpu/segments.ts';
import type { Device } from './devices/device.ts';
import { IoBus, UNANSWERED } from './devices/io-bus.ts';
import { EffectLedger } from './devices/ledger.ts';
import type { InterruptSource } from './devices/mmio.ts';
import { Pic8259 } from './devices/pic8259.ts';
import { Pit8254 } from './devices/pit8254.ts';
import { Uart16550 } from './devices/uart16550.ts';
import type {
  MachineApi,
  MachineOptions,
  PlatformHost,
  RunOptions,
  StopReason,
  VolatileState,
} from './machine-api.ts';
import { NATIVE_BASE, NATIVE_ENTRY_BYTES, NATIVE_RESET_ENTRY } from './native.ts';
import {
  NativeEndless,
  NativeFaultLoop,
  NativeHalt,
  type NativeHost,
  NativeRunner,
} from './native-runner.ts';
import { Nvm } from './nvm/nvm.ts';
import { StoreOrigin } from './nvm/store-log.ts';
import { PhysicalBus } from './paging/physical-bus.ts';
import { TlbBit } from './paging/tlb.ts';
import { STRICT } from './persistency/model.ts';
import { restoreVolatile, saveVolatile, volatileKey } from './volatile-state.ts';

const SERIAL_IRQ = 4;
const TIMER_IRQ = 0;
const FLAT_ATTRIBUTES = { code: 0xc09b, data: 0xc093 } as const;
const BYTES_SHOWN = 16;
/** Often enough that compiling costs less than it saves. */
const COMPILE_AFTER = 1000;

/** The one machine there is (DESIGN §4): see MachineApi. */
export class Machine implements MachineApi, PortSpace {
  readonly nvm: Nvm;
  readonly ledger = new EffectLedger();
  readonly cpu: Cpu;
  private readonly processor: Processor;
  private readonly pic = new Pic8259();
  /** What the INTR pin is wired to. */
  private readonly interrupts: InterruptSource;
  private readonly io: IoBus;
  private readonly native: NativeRunner | null;
  private readonly isBusOpen: boolean;
  /** No device has anything to do before this time. */
  private nextEventAt = 0;

  constructor(options: MachineOptions) {
    this.nvm = new Nvm(options.memoryBytes, {
      isLogged: options.isLogged ?? true,
      persistency: options.persistency ?? STRICT,
    });
    this.isBusOpen = options.openBus ?? false;
    const platform = options.platform?.(this.platformHost());
    const regions = [...(options.regions ?? []), ...(platform?.regions ?? [])];
    this.cpu = new Cpu(this.nvm, new PhysicalBus(regions, this.isBusOpen), this);
    this.cpu.hasApic = platform?.hasLocalApic ?? false;
    this.interrupts = platform?.interrupts ?? this.pic;
    this.io = new IoBus([this.pic, ...(platform?.devices ?? this.makeDevices(options))]);
    const { makeNative } = options;
    this.processor = new Processor(this.cpu, {
      hasNative: makeNative !== undefined,
      compileAfter: options.compileAfter ?? COMPILE_AFTER,
    });
    this.native = makeNative === undefined ? null : new NativeRunner(this.nativeHost(makeNative));
    this.reset();
  }

  get instructionsCount(): number {
    return this.cpu.count;
  }

  /** Of the instructions that this machine has ever executed, those that compiled code did. */
  get compiledCount(): number {
    return this.processor.compiledCount;
  }

  get eip(): number {
    return this.cpu.eip >>> 0;
  }

  get cpl(): number {
    return this.cpu.cpl;
  }

  reset(): void {
    this.cpu.reset();
    this.io.reset();
    this.nvm.origin = StoreOrigin.kernel;
    this.nvm.cache?.reset();
    if (this.native !== null) this.startNative();
    this.noteEvents();
  }

  run(options: RunOptions): StopReason {
    const { cpu } = this;
    const budgetEnd = cpu.count + options.instructionsMax;
    if (this.native !== null) this.native.budgetEnd = budgetEnd;
    this.noteEvents();
    try {
      for (;;) {
        const stop = this.step(budgetEnd, options.stopAtNativeExit ?? false);
        if (stop !== null) return stop;
      }
    } catch (thrown) {
      return this.stopFor(thrown);
    }
  }

  /** Runs up to the next thing that is not plain machine code. Null: go on. */
  private step(budgetEnd: number, stopAtNativeExit: boolean): StopReason | null {
    const { cpu } = this;
    cpu.attention = false;
    this.advanceDevices();
    if (cpu.halted && !this.canInterrupt()) return this.idle(budgetEnd);
    if (cpu.count >= budgetEnd) return { kind: 'budget' };
    if (this.canInterrupt()) this.deliverInterrupt();
    if (this.native !== null && this.processor.isAtNative()) {
      this.native.runOutermost();
      // Native code is no code of the guest's: breakpoints on what it touches do not count.
      cpu.pendingDebug = 0;
      return stopAtNativeExit ? { kind: 'native-exit' } : null;
    }
    let deadline = Math.min(budgetEnd, this.nextEventAt);
    if (cpu.inhibitUntil > cpu.count) deadline = Math.min(deadline, cpu.count + 1);
    this.processor.run(deadline);
    return null;
  }

  /** HLT: time goes forward to the next device event. */
  private idle(budgetEnd: number): StopReason | null {
    const { cpu } = this;
    if ((cpu.flags & Flag.if) === 0) return { kind: 'halted' };
    if (this.nextEventAt === Number.POSITIVE_INFINITY) return { kind: 'idle-forever' };
    cpu.count = Math.min(this.nextEventAt, budgetEnd);
    return cpu.count >= budgetEnd && this.nextEventAt > budgetEnd ? { kind: 'budget' } : null;
  }

  private noteEvents(): void {
    this.nextEventAt = this.io.nextEventAt();
    if (this.native !== null) this.native.nextEventAt = this.nextEventAt;
  }

  private advanceDevices(): void {
    this.noteEvents();
    if (this.cpu.count < this.nextEventAt) return;
    this.io.advance(this.cpu.count);
    this.noteEvents();
  }

  private canInterrupt(): boolean {
    const { cpu } = this;
    return (cpu.flags & Flag.if) !== 0 && cpu.count >= cpu.inhibitUntil && this.interrupts.hasInterrupt();
  }

  /** Takes the interrupt that the controller offers. Costs an instruction of time. */
  private deliverInterrupt(): void {
    const { cpu } = this;
    const returnEip = cpu.eip;
    const vector = this.interrupts.acknowledge();
    cpu.halted = false;
    cpu.count += 1;
    try {
      deliver(cpu, { vector, source: 'external', errorCode: NO_ERROR_CODE, returnEip });
    } catch (thrown) {
      if (thrown !== cpu.fault) throw thrown;
      if (!deliverFault(cpu, returnEip)) throw new TripleFault();
    }
  }

  private nativeHost(makeNative: NonNullable<MachineOptions['makeNative']>): NativeHost {
    return {
      cpu: this.cpu,
      processor: this.processor,
      makeNative,
      serviceDevices: () => {
        this.advanceDevices();
        const taken = this.canInterrupt();
        if (taken) this.deliverInterrupt();
        return taken;
      },
    };
  }

  /** What `run` says of a throw that ends it; what is none of ours goes on to the caller. */
  private stopFor(thrown: unknown): StopReason {
    const eip = this.cpu.eip >>> 0;
    if (thrown instanceof NativeHalt) return { kind: 'halted' };
    if (thrown instanceof NativeEndless) return { kind: 'budget' };
    if (thrown instanceof NativeFaultLoop) return { kind: 'native-fault-loop', address: thrown.address };
    if (thrown instanceof TripleFault) return { kind: 'triple-fault', eip };
    if (thrown instanceof Unimplemented) {
      return { kind: 'unimplemented', what: thrown.what, eip, bytes: this.bytesAt(eip) };
    }
    throw thrown;
  }

  /** The bytes at EIP as far as they can be had without changing anything. */
  private bytesAt(eip: number): number[] {
    const { cpu, nvm } = this;
    const bytes: number[] = [];
    for (let n = 0; n < BYTES_SHOWN; n += 1) {
      const linear = ((cpu.segmentBase[Seg.cs] as number) + eip + n) >>> 0;
      const entry = cpu.mmu.tlb.entries[linear >>> 12] as number;
      if ((entry & TlbBit.ram) === 0) break;
      bytes.push(nvm.bytes[(entry & ~0xfff) | (linear & 0xfff)] as number);
    }
    return bytes;
  }

  /** The state in which native code starts: flat segments, CPL 0, paging off. */
  private startNative(): void {
    const { cpu } = this;
    for (const seg of [Seg.es, Seg.cs, Seg.ss, Seg.ds, Seg.fs, Seg.gs]) {
      const attributes = seg === Seg.cs ? FLAT_ATTRIBUTES.code : FLAT_ATTRIBUTES.data;
      setSegment(cpu, seg, { selector: 0, base: 0, limit: -1, attributes });
    }
    cpu.eip = (NATIVE_BASE + NATIVE_RESET_ENTRY * NATIVE_ENTRY_BYTES) | 0;
  }

  private makeDevices(options: MachineOptions): Device[] {
    const { serialByteInstructions } = options;
    const serial = new Uart16550({
      line: this.pic.line(SERIAL_IRQ),
      onEffect: this.ledger.recorder('serial', this.nvm),
      ...(serialByteInstructions === undefined ? {} : { serialByteInstructions }),
    });
    return [new Pit8254({ line: this.pic.line(TIMER_IRQ) }), serial];
  }

  private platformHost(): PlatformHost {
    return {
      nvm: this.nvm,
      pic: this.pic,
      now: () => this.cpu.count,
      setA20: (isOpen) => this.cpu.mmu.setA20(isOpen),
      touched: () => {
        this.cpu.attention = true;
        this.cpu.mmu.blockEnd = 0;
      },
      recorder: (device) => this.ledger.recorder(device, this.nvm),
      unimplemented: (what) => {
        throw new Unimplemented(what);
      },
    };
  }

  /** A port read by the processor, now. */
  read(port: number, sizeBytes: 1 | 2 | 4): number {
    const value = this.io.read(port, sizeBytes, this.cpu.count);
    this.noteEvents();
    if (value !== UNANSWERED) return value;
    if (!this.isBusOpen) throw new Unimplemented(`read of port ${port.toString(16)}h, which nobody answers`);
    return 2 ** (8 * sizeBytes) - 1;
  }

  write(port: number, value: number, sizeBytes: 1 | 2 | 4): void {
    const reached = this.io.write(port, value, sizeBytes, this.cpu.count);
    this.noteEvents();
    if (!reached && !this.isBusOpen) {
      throw new Unimplemented(`write to port ${port.toString(16)}h, which nobody answers`);
    }
  }

  volatileKey(): string {
    const cache = this.cacheKey(() => true);
    return cache === '' ? this.processorKey() : `${this.processorKey()}|${cache}`;
  }

  processorKey(): string {
    return volatileKey(this.cpu, this.io);
  }

  cacheKey(isLive: (page: number) => boolean): string {
    return this.nvm.cache?.now().key(isLive) ?? '';
  }

  saveVolatile(): VolatileState {
    return saveVolatile(this.cpu, this.io);
  }

  restoreVolatile(state: VolatileState): void {
    restoreVolatile(this.cpu, this.io, state);
  }

  tlbEntry(linearAddress: number): { frame: number; writable: boolean; dirty: boolean } | null {
    const { mmu } = this.cpu;
    const entry = mmu.tlb.entries[linearAddress >>> 12] as number;
    if (mmu.cr0 >= 0 || entry === 0) return null;
    return {
      frame: entry >>> 12,
      writable: (entry & TlbBit.writable) !== 0,
      dirty: (entry & TlbBit.dirty) !== 0,
    };
  }
}
