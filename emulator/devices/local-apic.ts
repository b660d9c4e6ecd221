import {
  clearBit,
  DeliveryMode,
  deliveryModeName,
  EsrBit,
  hasBit,
  highest,
  Register,
  setBit,
} from './apic-registers.ts';
import type { Device } from './device.ts';
import { LocalApicTimer } from './local-apic-timer.ts';
import type { Clock, InterruptSource, MmioRegion } from './mmio.ts';

const APIC_ADDRESS = 0xfee00000;
const VERSION = 0x0005_0014;
const SPURIOUS_RESET = 0xff;
const LVT_MASKED = 0x10000;
const LVT_EXTINT = 0x700;
const ENABLED = 0x100;
export interface LocalApicOptions {
  readonly now: Clock;
  /** The 8259 pair, wired to LINT0. */
  readonly external: InterruptSource;
  /** An interrupt of level kind has ended: the I/O APIC may send it again. */
  readonly onEndOfInterrupt: (vector: number) => void;
  /** What this machine cannot do (NMI, SMI, INIT to itself): must throw. */
  readonly onUnsupported: (what: string) => never;
  readonly instructionsPerTick?: number;
}

interface LocalApicState {
  id: number;
  tpr: number;
  ldr: number;
  dfr: number;
  svr: number;
  errors: number;
  esr: number;
  icrLow: number;
  icrHigh: number;
  thermal: number;
  performance: number;
  lint0: number;
  lint1: number;
  lvtError: number;
  /** 256 bits each. */
  readonly inService: Uint32Array;
  readonly requested: Uint32Array;
  readonly levels: Uint32Array;
}

const initialState = (): LocalApicState => ({
  id: 0,
  tpr: 0,
  ldr: 0,
  dfr: 0xffffffff,
  svr: SPURIOUS_RESET,
  errors: 0,
  esr: 0,
  icrLow: 0,
  icrHigh: 0,
  thermal: LVT_MASKED,
  performance: LVT_MASKED,
  lint0: LVT_EXTINT,
  lint1: 0x400,
  lvtError: LVT_MASKED,
  inService: new Uint32Array(8),
  requested: new Uint32Array(8),
  levels: new Uint32Array(8),
});

/**
 * The local APIC of the one processor, at FEE00000h (SDM vol. 3 chapter 11): fixed interrupts, priorities,
 * the timer (one-shot and periodic), self-IPIs, errors. It stands between the 8259 pair, on LINT0, and the
 * processor. After reset LINT0 passes the pair through, as firmware leaves it ("virtual wire").
 */
export class LocalApic implements Device, MmioRegion, InterruptSource {
  readonly ports = [];
  readonly firstAddress = APIC_ADDRESS;
  readonly lastAddress = APIC_ADDRESS + 0xfff;
  private readonly options: LocalApicOptions;
  private readonly timer: LocalApicTimer;
  private s = initialState();

  constructor(options: LocalApicOptions) {
    this.options = options;
    this.timer = new LocalApicTimer(options.instructionsPerTick ?? 1);
  }

  hasInterrupt(): boolean {
    return this.pendingVector() >= 0 || (this.passesExternal() && this.options.external.hasInterrupt());
  }

  /** The vector to be served: the APIC's own before the 8259's; the spurious one where nothing is left. */
  acknowledge(): number {
    const vector = this.pendingVector();
    if (vector >= 0) {
      clearBit(this.s.requested, vector);
      setBit(this.s.inService, vector);
      return vector;
    }
    if (this.passesExternal() && this.options.external.hasInterrupt())
      return this.options.external.acknowledge();
    return this.s.svr & 0xff;
  }

  /** A message from the I/O APIC or from itself. Whether the destination means this processor. */
  accepts(destination: number, isLogical: boolean): boolean {
    if (destination === 0xff) return true;
    if (!isLogical) return destination === this.s.id >>> 24;
    const own = this.s.ldr >>> 24;
    const isFlat = this.s.dfr >>> 28 === 15;
    if (isFlat) return (own & destination) !== 0;
    return own >>> 4 === destination >>> 4 && (own & destination & 15) !== 0;
  }

  /** Requests an interrupt of fixed or lowest-priority kind. */
  request(vector: number, isLevel: boolean): void {
    if (vector < 16) {
      this.error(EsrBit.illegalReceived);
      return;
    }
    if ((this.s.svr & ENABLED) === 0) return;
    setBit(this.s.requested, vector);
    if (isLevel) setBit(this.s.levels, vector);
    else clearBit(this.s.levels, vector);
  }

  reset(): void {
    this.s = initialState();
    this.timer.reset();
  }

  read(address: number, sizeBytes: 1 | 2 | 4): number {
    const value = this.readRegister((address - APIC_ADDRESS) & 0xff0);
    // Only aligned doublewords are defined; narrower reads give the bytes of one.
    const shifted = value >>> (8 * (address & 3));
    return sizeBytes === 4 ? value >>> 0 : (shifted & (2 ** (8 * sizeBytes) - 1)) >>> 0;
  }

  write(address: number, value: number, sizeBytes: 1 | 2 | 4): void {
    if (sizeBytes !== 4)
      this.options.onUnsupported(
        `a write of ${sizeBytes} bytes to the local APIC at ${address.toString(16)}h`,
      );
    this.writeRegister((address - APIC_ADDRESS) & 0xff0, value >>> 0);
  }

  nextEventAt(): number {
    return this.timer.nextExpiryAt();
  }

  advance(now: number): void {
    if (!this.timer.expire(now)) return;
    if ((this.timer.lvt & LVT_MASKED) === 0) this.request(this.timer.lvt & 0xff, false);
  }

  key(now: number): string {
    const { inService, requested, levels, ...rest } = this.s;
    return [
      Object.values(rest).join(),
      inService.join(),
      requested.join(),
      levels.join(),
      this.timer.key(now),
    ].join(';');
  }

  save(): unknown {
    return { apic: this.copy(this.s), timer: this.timer.save() };
  }

  restore(state: unknown): void {
    const { apic, timer } = state as { apic: LocalApicState; timer: ReturnType<LocalApicTimer['save']> };
    this.s = this.copy(apic);
    this.timer.restore(timer);
  }

  private copy(s: LocalApicState): LocalApicState {
    return { ...s, inService: s.inService.slice(), requested: s.requested.slice(), levels: s.levels.slice() };
  }

  private passesExternal(): boolean {
    return (this.s.lint0 & (LVT_MASKED | 0x700)) === LVT_EXTINT;
  }

  private priority(): number {
    const served = highest(this.s.inService);
    const servedClass = served < 0 ? 0 : served & 0xf0;
    return this.s.tpr >>> 4 >= servedClass >>> 4 ? this.s.tpr : servedClass;
  }

  /** The vector that is above the processor's priority, or −1. */
  private pendingVector(): number {
    const vector = highest(this.s.requested);
    return vector >= 0 && vector >>> 4 > this.priority() >>> 4 ? vector : -1;
  }

  private error(bit: number): void {
    this.s.errors |= bit;
    if ((this.s.lvtError & LVT_MASKED) === 0 && bit !== EsrBit.illegalReceived)
      this.request(this.s.lvtError & 0xff, false);
  }

  private readRegister(register: number): number {
    const { s } = this;
    const isBank = register >= Register.isr && register < Register.esr;
    if (isBank) {
      const bits = register < Register.tmr ? s.inService : register < Register.irr ? s.levels : s.requested;
      return bits[(register >>> 4) & 7] ?? 0;
    }
    switch (register) {
      case Register.id:
        return s.id;
      case Register.version:
        return VERSION;
      case Register.tpr:
        return s.tpr;
      case Register.apr:
        return 0;
      case Register.ppr:
        return this.priority();
      case Register.ldr:
        return s.ldr;
      case Register.dfr:
        return s.dfr;
      case Register.svr:
        return s.svr;
      case Register.esr:
        return s.esr;
      case Register.icrLow:
        return s.icrLow;
      case Register.icrHigh:
        return s.icrHigh;
      case Register.lvtTimer:
        return this.timer.lvt;
      case Register.lvtThermal:
        return s.thermal;
      case Register.lvtPerformance:
        return s.performance;
      case Register.lvtLint0:
        return s.lint0;
      case Register.lvtLint1:
        return s.lint1;
      case Register.lvtError:
        return s.lvtError;
      case Register.timerInitial:
        return this.timer.initialCount;
      case Register.timerCurrent:
        return this.timer.currentCount(this.options.now());
      case Register.timerDivide:
        return this.timer.divideRegister;
      default:
        this.error(EsrBit.illegalRegister);
        return 0;
    }
  }

  private writeRegister(register: number, value: number): void {
    const { s } = this;
    // While the APIC is disabled by software, every LVT entry stays masked.
    const masked = (lvt: number): number => ((s.svr & ENABLED) === 0 ? lvt | LVT_MASKED : lvt);
    switch (register) {
      case Register.id:
        s.id = value & 0x0f000000;
        return;
      case Register.tpr:
        s.tpr = value & 0xff;
        return;
      case Register.eoi:
        this.endOfInterrupt();
        return;
      case Register.ldr:
        s.ldr = value & 0xff000000;
        return;
      case Register.dfr:
        s.dfr = (value | 0x0fffffff) >>> 0;
        return;
      case Register.svr:
        this.writeSpurious(value);
        return;
      case Register.esr:
        s.esr = s.errors;
        s.errors = 0;
        return;
      case Register.icrLow:
        s.icrLow = value & 0xccfff;
        this.sendInterrupt();
        return;
      case Register.icrHigh:
        s.icrHigh = value & 0xff000000;
        return;
      case Register.lvtTimer:
        this.timer.lvt = masked(value & 0x300ff);
        return;
      case Register.lvtThermal:
        s.thermal = masked(value & 0x107ff);
        return;
      case Register.lvtPerformance:
        s.performance = masked(value & 0x107ff);
        return;
      case Register.lvtLint0:
        s.lint0 = masked(value & 0x1a7ff);
        return;
      case Register.lvtLint1:
        s.lint1 = masked(value & 0x1a7ff);
        return;
      case Register.lvtError:
        s.lvtError = masked(value & 0x100ff);
        return;
      case Register.timerInitial:
        this.timer.start(value, this.options.now());
        return;
      case Register.timerDivide:
        this.timer.setDivide(value, this.options.now());
        return;
      default:
        this.error(EsrBit.illegalRegister);
    }
  }

  private writeSpurious(value: number): void {
    const { s } = this;
    s.svr = value & 0x3ff;
    if ((value & ENABLED) !== 0) return;
    for (const name of ['thermal', 'performance', 'lint0', 'lint1', 'lvtError'] as const)
      s[name] |= LVT_MASKED;
    this.timer.lvt |= LVT_MASKED;
  }

  private endOfInterrupt(): void {
    const vector = highest(this.s.inService);
    if (vector < 0) return;
    clearBit(this.s.inService, vector);
    if (hasBit(this.s.levels, vector)) this.options.onEndOfInterrupt(vector);
  }

  /** Writing the ICR sends an interrupt; with one processor, all that arrives is what it sends to itself. */
  private sendInterrupt(): void {
    const { icrLow, icrHigh } = this.s;
    const shorthand = (icrLow >>> 18) & 3;
    const toSelf = shorthand === 0 ? this.accepts(icrHigh >>> 24, (icrLow & 0x800) !== 0) : shorthand < 3;
    if (!toSelf) return;
    const mode = (icrLow >>> 8) & 7;
    if (mode === DeliveryMode.fixed || mode === DeliveryMode.lowestPriority) {
      if ((icrLow & 0xff) < 16) this.error(EsrBit.illegalSent);
      this.request(icrLow & 0xff, false);
      return;
    }
    // INIT level de-assert does nothing to processors of this kind, and a running one ignores start-up.
    const isDeassert = mode === DeliveryMode.init && (icrLow & 0xc000) === 0x8000;
    if (isDeassert || mode === DeliveryMode.startUp) return;
    this.options.onUnsupported(`${deliveryModeName(mode)} sent by the processor to itself`);
  }
}
