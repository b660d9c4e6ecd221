import type { Device, InterruptLine } from './device.ts';
import {
  CLOCK_REGISTERS,
  type ClockFields,
  decodeField,
  encodeField,
  fieldsOf,
  secondsOf,
} from './rtc-time.ts';

const CMOS_BYTES = 128;
const Register = { a: 0x0a, b: 0x0b, c: 0x0c, d: 0x0d } as const;
const ALARM_REGISTERS = { second: 0x01, minute: 0x03, hour: 0x05 } as const;
const B = {
  hours24: 2,
  binary: 4,
  updateInterrupt: 0x10,
  alarmInterrupt: 0x20,
  periodic: 0x40,
  set: 0x80,
} as const;
const C = { update: 0x10, alarm: 0x20, periodic: 0x40, interrupt: 0x80 } as const;
const UPDATE_IN_PROGRESS = 0x80;
/** The time registers change within 2 ms after UIP is seen set (data sheet: 244 µs and 1984 µs). */
const UPDATE_FRACTION = 0.002;
const ALARM_ANY = 0xc0;

export interface CmosOptions {
  readonly line: InterruptLine;
  /** What the clock says at reset, in seconds since 1970. Never the host's time: runs must repeat. */
  readonly startSeconds?: number;
  /** Instructions in one second; by default the 8254's clock at one tick an instruction. */
  readonly instructionsPerSecond?: number;
  readonly memoryBytes?: number;
  readonly hasDisk?: boolean;
}

interface CmosState {
  index: number;
  bytes: Uint8Array;
  /** Seconds that the clock showed at time 0. */
  base: number;
  /** Last whole second whose update has been done. */
  updates: number;
  /** Periodic interrupts that have been given since the rate was set, and when it was. */
  periods: number;
  periodsFrom: number;
  lineHigh: boolean;
}

const isClockRegister = (index: number): index is (typeof CLOCK_REGISTERS)[keyof ClockFields] =>
  Object.values(CLOCK_REGISTERS).some((register) => register === index);
const fieldNames = Object.keys(CLOCK_REGISTERS) as (keyof ClockFields)[];

/**
 * The battery-backed clock and memory at ports 70h and 71h (Motorola MC146818), IRQ 8. Its time goes by
 * instructions executed from a fixed start. The memory tells firmware's findings: memory sizes, no floppy,
 * a disk. Being on battery, memory and time survive a reset, in which time stands still.
 */
export class CmosRtc implements Device {
  readonly ports = [{ first: 0x70, last: 0x71 }];
  readonly widestAccessBytes = 1;
  private readonly line: InterruptLine;
  private readonly perSecond: number;
  private s: CmosState;
  private now = 0;

  constructor(options: CmosOptions) {
    this.line = options.line;
    this.perSecond = options.instructionsPerSecond ?? 1_193_182;
    const bytes = firmwareMemory(options.memoryBytes ?? 2 ** 20, options.hasDisk ?? false);
    this.s = {
      index: 0,
      bytes,
      base: options.startSeconds ?? 946_684_800,
      updates: 0,
      periods: 0,
      periodsFrom: 0,
      lineHigh: false,
    };
    this.showTime(0);
  }

  reset(): void {
    const { s } = this;
    s.base += Math.floor(this.now / this.perSecond);
    s.updates = 0;
    s.periods = 0;
    s.periodsFrom = 0;
    s.index = 0;
    this.now = 0;
    // RESET clears the interrupt enables and flags (data sheet, "RESET"); time and memory stay.
    s.bytes[Register.b] = (s.bytes[Register.b] ?? 0) & ~(B.periodic | B.alarmInterrupt | B.updateInterrupt);
    s.bytes[Register.c] = 0;
    this.setLine(false);
  }

  read(port: number, _sizeBytes: 1 | 2 | 4, now: number): number {
    this.advance(now);
    const { s } = this;
    if (port === 0x70) return 0xff; // The index cannot be read back.
    const value = s.bytes[s.index] ?? 0;
    if (s.index === Register.a) return value | (this.isUpdating(now) ? UPDATE_IN_PROGRESS : 0);
    if (s.index === Register.c) {
      s.bytes[Register.c] = 0;
      this.setLine(false);
    }
    return value;
  }

  write(port: number, value: number, _sizeBytes: 1 | 2 | 4, now: number): void {
    this.advance(now);
    const { s } = this;
    if (port === 0x70) {
      s.index = value & 0x7f;
      return;
    }
    if (s.index === Register.c || s.index === Register.d) return; // read only
    if (s.index === Register.a) {
      s.bytes[Register.a] = value & 0x7f;
      s.periods = 0;
      s.periodsFrom = now;
      return;
    }
    const before = s.bytes[s.index] ?? 0;
    s.bytes[s.index] = value;
    if (s.index === Register.b) {
      if ((before & ~value & B.set) !== 0) this.takeTime(now);
      // The time stays when its format changes, as on chipsets of today; the MC146818 keeps the digits.
      else if ((value & B.set) === 0) this.showTime(now);
      this.update();
    } else if (isClockRegister(s.index)) this.takeTime(now);
  }

  nextEventAt(): number {
    const { s } = this;
    const enabled = s.bytes[Register.b] ?? 0;
    const wantsSeconds = (enabled & (B.updateInterrupt | B.alarmInterrupt)) !== 0 && (enabled & B.set) === 0;
    const second = wantsSeconds ? Math.ceil((s.updates + 1) * this.perSecond) : Number.POSITIVE_INFINITY;
    const period = (enabled & B.periodic) !== 0 ? this.periodAt(s.periods + 1) : Number.POSITIVE_INFINITY;
    return Math.min(second, period);
  }

  advance(now: number): void {
    this.now = Math.max(this.now, now);
    const { s } = this;
    const seconds = Math.floor(now / this.perSecond);
    if (seconds > s.updates) {
      const isSet = ((s.bytes[Register.b] ?? 0) & B.set) !== 0;
      if (!isSet) {
        this.showTime(now);
        const alarms = this.alarmsWithin(s.updates, seconds) ? C.alarm : 0;
        s.bytes[Register.c] = (s.bytes[Register.c] ?? 0) | C.update | alarms;
      }
      s.updates = seconds;
    }
    const length = this.periodInstructions();
    if (length !== undefined && this.periodAt(s.periods + 1) <= now) {
      s.periods = Math.floor((now - s.periodsFrom) / length);
      s.bytes[Register.c] = (s.bytes[Register.c] ?? 0) | C.periodic;
    }
    this.update();
  }

  key(now: number): string {
    const { s } = this;
    const length = this.periodInstructions();
    const phase = length === undefined ? '' : (now - s.periodsFrom) % length;
    return `${s.index};${s.lineHigh};${now % this.perSecond};${phase};${s.base + Math.floor(now / this.perSecond)};${s.bytes.join()}`;
  }

  save(): CmosState & { readonly now: number } {
    return { ...this.s, bytes: this.s.bytes.slice(), now: this.now };
  }

  restore(state: unknown): void {
    const { now, ...saved } = state as ReturnType<CmosRtc['save']>;
    this.s = { ...saved, bytes: saved.bytes.slice() };
    this.now = now;
  }

  private format(): { readonly isBinary: boolean; readonly is24Hours: boolean } {
    const b = this.s.bytes[Register.b] ?? 0;
    return { isBinary: (b & B.binary) !== 0, is24Hours: (b & B.hours24) !== 0 };
  }

  private isUpdating(now: number): boolean {
    const isSet = ((this.s.bytes[Register.b] ?? 0) & B.set) !== 0;
    return !isSet && now % this.perSecond >= this.perSecond * (1 - UPDATE_FRACTION);
  }

  private showTime(now: number): void {
    const fields = fieldsOf(this.s.base + Math.floor(now / this.perSecond));
    for (const name of fieldNames) {
      this.s.bytes[CLOCK_REGISTERS[name]] = encodeField(name, fields[name], this.format());
    }
  }

  /** Lets the clock run on from what its registers say. */
  private takeTime(now: number): void {
    const field = (name: keyof ClockFields): number =>
      decodeField(name, this.s.bytes[CLOCK_REGISTERS[name]] ?? 0, this.format());
    const seconds = secondsOf({
      second: field('second'),
      minute: field('minute'),
      hour: field('hour'),
      weekday: field('weekday'),
      day: field('day'),
      month: field('month'),
      year: field('year'),
      century: field('century'),
    });
    this.s.base = seconds - Math.floor(now / this.perSecond);
  }

  private alarmsWithin(before: number, last: number): boolean {
    for (let second = Math.max(before + 1, last - 86_400); second <= last; second += 1) {
      const fields = fieldsOf(this.s.base + second);
      const matches = (['second', 'minute', 'hour'] as const).every((name) => {
        const raw = this.s.bytes[ALARM_REGISTERS[name]] ?? 0;
        return (raw & ALARM_ANY) === ALARM_ANY || decodeField(name, raw, this.format()) === fields[name];
      });
      if (matches) return true;
    }
    return false;
  }

  /** Length of the periodic interrupt's period; undefined while register A's rate is 0. */
  private periodInstructions(): number | undefined {
    const rate = (this.s.bytes[Register.a] ?? 0) & 15;
    if (rate === 0) return undefined;
    // Rates 1 and 2 are those of 8 and 9.
    const shift = rate < 3 ? rate + 7 : rate;
    return (this.perSecond * 2 ** (shift - 1)) / 32_768;
  }

  private periodAt(count: number): number {
    const length = this.periodInstructions();
    return length === undefined ? Number.POSITIVE_INFINITY : Math.ceil(this.s.periodsFrom + count * length);
  }

  private update(): void {
    const { bytes } = this.s;
    const flags = bytes[Register.c] ?? 0;
    const enabled = bytes[Register.b] ?? 0;
    const high = (flags & enabled & (C.update | C.alarm | C.periodic)) !== 0;
    bytes[Register.c] = high ? flags | C.interrupt : flags;
    this.setLine(high);
  }

  private setLine(high: boolean): void {
    if (high === this.s.lineHigh) return;
    this.s.lineHigh = high;
    if (high) this.line.raise();
    else this.line.lower();
  }
}

/** What PC firmware writes into CMOS memory at its first start. */
function firmwareMemory(memoryBytes: number, hasDisk: boolean): Uint8Array {
  const bytes = new Uint8Array(CMOS_BYTES);
  const put16 = (at: number, value: number): void => {
    bytes[at] = value & 0xff;
    bytes[at + 1] = value >>> 8;
  };
  const extendedKib = Math.min(0xffff, Math.max(0, memoryBytes / 1024 - 1024));
  const above16Mib = Math.min(0xffff, Math.max(0, (memoryBytes - 2 ** 24) / 65_536));
  bytes[Register.a] = 0x26;
  bytes[Register.b] = B.hours24;
  bytes[Register.d] = 0x80;
  bytes[0x12] = hasDisk ? 0xf0 : 0;
  bytes[0x14] = 0x04; // equipment: keyboard; EGA or VGA
  put16(0x15, 640);
  put16(0x17, extendedKib);
  bytes[0x19] = hasDisk ? 47 : 0;
  let sum = 0;
  for (let at = 0x10; at <= 0x2d; at += 1) sum += bytes[at] ?? 0;
  bytes[0x2e] = sum >>> 8;
  bytes[0x2f] = sum & 0xff;
  put16(0x30, extendedKib);
  put16(0x34, above16Mib);
  // Boot order, as Bochs and QEMU tell it to their firmware: the disk first.
  bytes[0x3d] = hasDisk ? 0x02 : 0;
  return bytes;
}
