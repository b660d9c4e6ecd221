import { DeliveryMode, deliveryModeName } from './apic-registers.ts';
import type { Device, InterruptLine } from './device.ts';
import type { MmioRegion } from './mmio.ts';

const IO_APIC_ADDRESS = 0xfec00000;
const INPUTS_COUNT = 24;
const VERSION = 0x11 | ((INPUTS_COUNT - 1) << 16);
const Entry = { logical: 0x800, remoteIrr: 0x4000, level: 0x8000, masked: 0x10000 } as const;
/** Bits of an entry's low word that can be written: all but delivery status and remote IRR. */
const WRITABLE = 0x1afff;

/** The local APIC as the I/O APIC sees it. */
export interface ApicBus {
  accepts(destination: number, isLogical: boolean): boolean;
  request(vector: number, isLevel: boolean): void;
}

export interface IoApicOptions {
  readonly bus: ApicBus;
  /** A delivery mode that this machine cannot do: must throw. */
  readonly onUnsupported: (what: string) => never;
}

interface IoApicState {
  select: number;
  id: number;
  lines: number;
  readonly low: Uint32Array;
  readonly high: Uint32Array;
}

const initialState = (): IoApicState => ({
  select: 0,
  id: 0,
  lines: 0,
  low: new Uint32Array(INPUTS_COUNT).fill(Entry.masked),
  high: new Uint32Array(INPUTS_COUNT),
});

/**
 * One I/O APIC with 24 inputs at FEC00000h (Intel 82093AA data sheet, 290566). An edge on a masked input is
 * lost, as the data sheet says. Polarity is kept but counts for nothing: lines here are asserted or not.
 * ExtINT entries are ignored, since the 8259 pair is wired to LINT0 and not to an input.
 */
export class IoApic implements Device, MmioRegion {
  readonly ports = [];
  readonly isTimeless = true;
  readonly firstAddress = IO_APIC_ADDRESS;
  readonly lastAddress = IO_APIC_ADDRESS + 0xfff;
  private readonly options: IoApicOptions;
  private s = initialState();

  constructor(options: IoApicOptions) {
    this.options = options;
  }

  line(input: number): InterruptLine {
    return { raise: () => this.setLine(input, true), lower: () => this.setLine(input, false) };
  }

  /** The processor has ended a level interrupt with this vector: a line that is still up sends again. */
  endOfInterrupt(vector: number): void {
    for (let input = 0; input < INPUTS_COUNT; input += 1) {
      const low = this.s.low[input] ?? 0;
      if ((low & 0xff) !== vector || (low & Entry.remoteIrr) === 0) continue;
      this.s.low[input] = low & ~Entry.remoteIrr;
      this.sendLevel(input);
    }
  }

  reset(): void {
    this.s = initialState();
  }

  read(address: number): number {
    const offset = address & 0xff;
    if (offset === 0) return this.s.select;
    return offset === 0x10 ? this.readRegister() : 0;
  }

  write(address: number, value: number): void {
    const offset = address & 0xff;
    if (offset === 0) this.s.select = value & 0xff;
    else if (offset === 0x10) this.writeRegister(value >>> 0);
  }

  nextEventAt(): number {
    return Number.POSITIVE_INFINITY;
  }

  advance(): void {}

  key(): string {
    const { select, id, lines, low, high } = this.s;
    return `${select};${id};${lines};${low.join()};${high.join()}`;
  }

  save(): IoApicState {
    return { ...this.s, low: this.s.low.slice(), high: this.s.high.slice() };
  }

  restore(state: unknown): void {
    const saved = state as IoApicState;
    this.s = { ...saved, low: saved.low.slice(), high: saved.high.slice() };
  }

  private readRegister(): number {
    const { s } = this;
    if (s.select === 0 || s.select === 2) return s.id;
    if (s.select === 1) return VERSION;
    const input = (s.select - 0x10) >>> 1;
    if (s.select < 0x10 || input >= INPUTS_COUNT) return 0xffffffff;
    return ((s.select & 1) === 0 ? s.low[input] : s.high[input]) ?? 0;
  }

  private writeRegister(value: number): void {
    const { s } = this;
    if (s.select === 0) s.id = value & 0x0f000000;
    const input = (s.select - 0x10) >>> 1;
    if (s.select < 0x10 || input >= INPUTS_COUNT) return;
    if ((s.select & 1) !== 0) {
      s.high[input] = value;
      return;
    }
    const kept = (s.low[input] ?? 0) & Entry.remoteIrr;
    s.low[input] = (value & WRITABLE) | ((value & Entry.level) !== 0 ? kept : 0);
    this.sendLevel(input);
  }

  private setLine(input: number, high: boolean): void {
    const { s } = this;
    const bit = 1 << input;
    const rises = high && (s.lines & bit) === 0;
    s.lines = high ? s.lines | bit : s.lines & ~bit;
    if (!rises) return;
    const low = s.low[input] ?? 0;
    if ((low & Entry.level) !== 0) this.sendLevel(input);
    else if ((low & Entry.masked) === 0) this.send(input);
  }

  private sendLevel(input: number): void {
    const { s } = this;
    const low = s.low[input] ?? 0;
    const isUp = (s.lines & (1 << input)) !== 0;
    if (!isUp || (low & (Entry.level | Entry.masked | Entry.remoteIrr)) !== Entry.level) return;
    s.low[input] = low | Entry.remoteIrr;
    this.send(input);
  }

  private send(input: number): void {
    const low = this.s.low[input] ?? 0;
    const mode = (low >>> 8) & 7;
    if (mode === DeliveryMode.extInt) return;
    if (!this.options.bus.accepts((this.s.high[input] ?? 0) >>> 24, (low & Entry.logical) !== 0)) return;
    if (mode === DeliveryMode.fixed || mode === DeliveryMode.lowestPriority)
      this.options.bus.request(low & 0xff, (low & Entry.level) !== 0);
    else this.options.onUnsupported(`${deliveryModeName(mode)} from input ${input} of the I/O APIC`);
  }
}
