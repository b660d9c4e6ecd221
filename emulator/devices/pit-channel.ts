/**
 * One counter of an 8254 in closed form: the count and the level of OUT at any time follow from when counting
 * began; nothing is stepped (Intel 8254 data sheet, 231164). Times are instructions executed; a tick of the
 * input clock is `ticksEvery` of them. A count that is written is loaded at the next tick.
 */

export interface PitChannelState {
  /** 0–5, or −1 before the first control word, when the counter does nothing. */
  mode: number;
  bcd: boolean;
  /** 1: low byte only; 2: high byte only; 3: low then high. */
  access: number;
  /** Ticks to count, 1–65536 (10000 in BCD); 0 while none has been written. */
  count: number;
  /** Time at which the count was (or will be) loaded; NaN while nothing counts. */
  loadedAt: number;
  /** Ticks already counted when GATE stopped the counter; NaN while it is not stopped. */
  stoppedAtTick: number;
  gate: boolean;
  /** A new count that takes over from one that runs, at `nextAt`; 0 for none. */
  nextCount: number;
  nextAt: number;
  /** First byte of a count of two, waiting for the second; −1 for none. */
  lowByte: number;
  latchedCount: number;
  latchedStatus: number;
  /** The next read of a two-byte count gives the high byte. */
  readsHigh: boolean;
}

const initialState = (): PitChannelState => ({
  mode: -1,
  bcd: false,
  access: 3,
  count: 0,
  loadedAt: Number.NaN,
  stoppedAtTick: Number.NaN,
  gate: true,
  nextCount: 0,
  nextAt: Number.POSITIVE_INFINITY,
  lowByte: -1,
  latchedCount: -1,
  latchedStatus: -1,
  readsHigh: false,
});

const NEVER = Number.POSITIVE_INFINITY;

export class PitChannel {
  s: PitChannelState = initialState();
  private readonly ticksEvery: number;

  constructor(ticksEvery: number) {
    this.ticksEvery = ticksEvery;
  }

  reset(): void {
    this.s = initialState();
  }

  /** The control word for this counter: bits 5–4 access, 3–1 mode, 0 BCD. Counting stops. */
  program(control: number): void {
    const mode = (control >>> 1) & 7;
    this.s = {
      ...initialState(),
      gate: this.s.gate,
      mode: mode > 5 ? mode - 4 : mode,
      bcd: (control & 1) !== 0,
      access: (control >>> 4) & 3,
    };
  }

  writeByte(value: number, now: number): void {
    const { s } = this;
    if (s.mode < 0) return; // The data sheet: a counter must be programmed before it can be used.
    if (s.access === 3 && s.lowByte < 0) {
      s.lowByte = value;
      // Mode 0: the first byte stops the counter and takes OUT low.
      if (s.mode === 0) s.loadedAt = Number.NaN;
      return;
    }
    const raw = s.access === 1 ? value : s.access === 2 ? value << 8 : (value << 8) | s.lowByte;
    s.lowByte = -1;
    this.writeCount(raw, now);
  }

  readByte(now: number): number {
    const { s } = this;
    if (s.latchedStatus >= 0) {
      const status = s.latchedStatus;
      s.latchedStatus = -1;
      return status;
    }
    const count = s.latchedCount >= 0 ? s.latchedCount : this.countAt(now);
    if (s.access === 3 && !s.readsHigh) {
      s.readsHigh = true;
      // The second byte must belong to the same count only where it was latched.
      return count & 0xff;
    }
    s.readsHigh = false;
    s.latchedCount = -1;
    return s.access === 1 ? count & 0xff : (count >>> 8) & 0xff;
  }

  latchCount(now: number): void {
    if (this.s.latchedCount < 0) this.s.latchedCount = this.countAt(now);
  }

  /** Status byte of the read-back command: OUT, null count, access, mode, BCD. */
  latchStatus(now: number): void {
    const { s } = this;
    if (s.latchedStatus >= 0) return;
    const isNull = s.nextCount > 0 || !(this.tick(now) >= 0);
    s.latchedStatus =
      (this.out(now) ? 0x80 : 0) |
      (isNull ? 0x40 : 0) |
      (s.access << 4) |
      (Math.max(s.mode, 0) << 1) |
      (s.bcd ? 1 : 0);
  }

  setGate(gate: boolean, now: number): void {
    const { s } = this;
    if (gate === s.gate) return;
    this.settle(now);
    if (s.mode === 0 || s.mode === 4) {
      if (!gate) s.stoppedAtTick = this.tick(now);
      else {
        if (!Number.isNaN(s.stoppedAtTick)) s.loadedAt = now - s.stoppedAtTick * this.ticksEvery;
        s.stoppedAtTick = Number.NaN;
      }
    } else if (gate && s.count > 0) {
      // Modes 1 and 5 are triggered by the rising edge; 2 and 3 start anew.
      if (s.nextCount > 0) s.count = s.nextCount;
      s.nextCount = 0;
      s.nextAt = NEVER;
      s.loadedAt = now + this.ticksEvery;
    } else if (s.mode === 2 || s.mode === 3) s.loadedAt = Number.NaN;
    s.gate = gate;
  }

  /** The level of OUT. */
  out(now: number): boolean {
    this.settle(now);
    const { s } = this;
    const tick = this.tick(now);
    switch (s.mode) {
      case 0:
        return tick >= s.count;
      case 1:
        return !(tick >= 0 && tick < s.count);
      case 2:
        return !(tick >= 0 && s.count > 1 && tick % s.count === s.count - 1);
      case 3:
        return !(tick >= 0 && tick % s.count >= highTicks(s.count));
      case 4:
      case 5:
        return !(tick === s.count);
      default: // Not programmed: high, so that the first control word of a periodic mode is no edge.
        return true;
    }
  }

  /** The next time after `time` at which OUT may change, as far as nothing is written till then. */
  nextChange(time: number): number {
    this.settle(time);
    const { s } = this;
    const tick = this.tick(time);
    if (Number.isNaN(tick) || !Number.isNaN(s.stoppedAtTick)) return NEVER;
    const changes = this.nextChangeTick(tick);
    const at = changes === NEVER ? NEVER : s.loadedAt + changes * this.ticksEvery;
    return Math.min(at, s.nextAt);
  }

  /** State with times relative to `now`, whole periods left out. */
  key(now: number): string {
    this.settle(now);
    const { s } = this;
    let phase = Number.isNaN(s.stoppedAtTick) ? now - s.loadedAt : Number.NaN;
    const period = s.mode === 2 || s.mode === 3 ? s.count : this.modulus();
    const settledTick = s.mode === 2 || s.mode === 3 ? 0 : s.count + 2;
    const settledPhase = settledTick * this.ticksEvery;
    if (phase > settledPhase) phase = settledPhase + ((phase - settledPhase) % (period * this.ticksEvery));
    const next = s.nextCount > 0 ? s.nextAt - now : 0;
    const stopped = Number.isNaN(s.stoppedAtTick) ? '' : s.stoppedAtTick;
    const flags = (s.bcd ? 1 : 0) | (s.gate ? 2 : 0) | (s.readsHigh ? 4 : 0);
    return [
      s.mode,
      s.access,
      flags,
      s.count,
      phase,
      stopped,
      s.nextCount,
      next,
      s.lowByte,
      s.latchedCount,
      s.latchedStatus,
    ].join();
  }

  /** Ticks since the count was loaded; −1 just before, NaN while nothing counts. */
  private tick(now: number): number {
    const { s } = this;
    if (!Number.isNaN(s.stoppedAtTick)) return s.stoppedAtTick;
    return Math.floor((now - s.loadedAt) / this.ticksEvery);
  }

  /** The value in the counting element, in the counter's own number system. */
  private countAt(now: number): number {
    this.settle(now);
    const { s } = this;
    const tick = this.tick(now);
    if (Number.isNaN(tick) || tick < 0) return 0;
    const modulus = this.modulus();
    let value: number;
    if (s.mode === 2) value = s.count - (tick % s.count);
    else if (s.mode === 3) {
      const phase = tick % s.count;
      const high = highTicks(s.count);
      value = (s.count & ~1) - 2 * (phase < high ? phase : phase - high);
    } else value = (((s.count - tick) % modulus) + modulus) % modulus;
    value %= modulus;
    return s.bcd ? toBcd(value) : value;
  }

  private modulus(): number {
    return this.s.bcd ? 10000 : 0x10000;
  }

  private writeCount(raw: number, now: number): void {
    this.settle(now);
    const { s } = this;
    const value = s.bcd ? fromBcd(raw) : raw;
    const count = value === 0 ? this.modulus() : value;
    const counts = !Number.isNaN(s.loadedAt);
    if ((s.mode === 2 || s.mode === 3) && counts) {
      // A new count of a periodic mode takes over at the end of the period, in mode 3 of the half period.
      s.nextCount = count;
      s.nextAt = this.endOfPhase(now);
      return;
    }
    if (s.mode === 4 && counts && s.gate) {
      // Until the new count is loaded, the old one goes on, its strobe included.
      s.nextCount = count;
      s.nextAt = now + this.ticksEvery;
      return;
    }
    s.count = count;
    if (s.mode === 1 || s.mode === 5) return; // It waits for the trigger.
    if (s.gate) s.loadedAt = now + this.ticksEvery;
    else if (s.mode === 0 || s.mode === 4) {
      s.loadedAt = now;
      s.stoppedAtTick = -1;
    }
  }

  private endOfPhase(now: number): number {
    const { s } = this;
    const tick = this.tick(now);
    if (tick < 0) return s.loadedAt;
    const phase = tick % s.count;
    const high = highTicks(s.count);
    const end = s.mode === 3 && phase < high ? high : s.count;
    return s.loadedAt + (tick - phase + end) * this.ticksEvery;
  }

  /** Lets a new count take over, where its time has come. */
  private settle(now: number): void {
    const { s } = this;
    if (s.nextCount === 0 || now < s.nextAt) return;
    const isLow =
      s.mode === 3 && Math.round((s.nextAt - s.loadedAt) / this.ticksEvery) % s.count === highTicks(s.count);
    s.count = s.nextCount;
    // A count that takes over in the middle of a square wave begins with its low half.
    s.loadedAt = isLow ? s.nextAt - highTicks(s.count) * this.ticksEvery : s.nextAt;
    s.nextCount = 0;
    s.nextAt = NEVER;
  }

  private nextChangeTick(tick: number): number {
    const { mode, count } = this.s;
    const firstAfter = (...ticks: readonly number[]): number => ticks.find((t) => t > tick) ?? NEVER;
    if (count === 0) return NEVER;
    switch (mode) {
      case 0:
        return firstAfter(count);
      case 1:
        return firstAfter(0, count);
      case 2: {
        if (count === 1) return NEVER;
        const start = tick < 0 ? 0 : tick - (tick % count);
        return firstAfter(start + count - 1, start + count);
      }
      case 3: {
        if (count === 1) return NEVER;
        const start = tick < 0 ? 0 : tick - (tick % count);
        return firstAfter(start + highTicks(count), start + count);
      }
      case 4:
      case 5:
        return firstAfter(count, count + 1);
      default:
        return NEVER;
    }
  }
}

/** Mode 3: OUT is high for this many of `count` ticks. */
const highTicks = (count: number): number => (count + 1) >>> 1;

const toBcd = (value: number): number =>
  (value % 10) |
  ((Math.floor(value / 10) % 10) << 4) |
  ((Math.floor(value / 100) % 10) << 8) |
  ((Math.floor(value / 1000) % 10) << 12);

const fromBcd = (raw: number): number =>
  (raw & 15) + 10 * ((raw >>> 4) & 15) + 100 * ((raw >>> 8) & 15) + 1000 * ((raw >>> 12) & 15);
