/** The local APIC's timer (SDM vol. 3 §11.5.4), in closed form: one-shot and periodic. */

const PERIODIC = 0x20000;

interface TimerState {
  lvt: number;
  initialCount: number;
  divideRegister: number;
  /** When the count was loaded; NaN while the timer is stopped. */
  loadedAt: number;
  /** Expiries since then that have been given. */
  expiries: number;
}

const initialState = (): TimerState => ({
  lvt: 0x10000,
  initialCount: 0,
  divideRegister: 0,
  loadedAt: Number.NaN,
  expiries: 0,
});

export class LocalApicTimer {
  private readonly instructionsPerTick: number;
  private s = initialState();

  constructor(instructionsPerTick: number) {
    this.instructionsPerTick = instructionsPerTick;
  }

  /** The LVT entry: vector, mask and mode. */
  get lvt(): number {
    return this.s.lvt;
  }
  set lvt(value: number) {
    this.s.lvt = value;
  }
  get initialCount(): number {
    return this.s.initialCount;
  }
  get divideRegister(): number {
    return this.s.divideRegister;
  }

  reset(): void {
    this.s = initialState();
  }

  /** Writing the initial count starts the timer; 0 stops it. */
  start(count: number, now: number): void {
    this.s.initialCount = count;
    this.s.expiries = 0;
    this.s.loadedAt = count === 0 ? Number.NaN : now;
  }

  /** A new divisor; what is left of the count runs on with it. */
  setDivide(value: number, now: number): void {
    const { s } = this;
    const left = this.currentCount(now);
    s.divideRegister = value & 0xb;
    if (Number.isNaN(s.loadedAt) || left === 0) return;
    s.loadedAt = now - (s.initialCount - left) * this.countInstructions();
    s.expiries = 0;
  }

  currentCount(now: number): number {
    const { s } = this;
    if (Number.isNaN(s.loadedAt)) return 0;
    const counted = Math.floor((now - s.loadedAt) / this.countInstructions());
    if (this.isPeriodic()) return s.initialCount - (counted % s.initialCount);
    return Math.max(0, s.initialCount - counted);
  }

  nextExpiryAt(): number {
    const { s } = this;
    if (Number.isNaN(s.loadedAt)) return Number.POSITIVE_INFINITY;
    return s.loadedAt + (s.expiries + 1) * s.initialCount * this.countInstructions();
  }

  /** Does what is due up to `now`; whether the timer expired. */
  expire(now: number): boolean {
    if (this.nextExpiryAt() > now) return false;
    const { s } = this;
    if (this.isPeriodic())
      s.expiries = Math.floor((now - s.loadedAt) / (s.initialCount * this.countInstructions()));
    else s.loadedAt = Number.NaN;
    return true;
  }

  key(now: number): string {
    const { lvt, initialCount, divideRegister } = this.s;
    const left = this.nextExpiryAt() - now;
    return `${lvt},${initialCount},${divideRegister},${left}`;
  }

  save(): TimerState {
    return { ...this.s };
  }

  restore(state: TimerState): void {
    this.s = { ...state };
  }

  private isPeriodic(): boolean {
    return (this.s.lvt & PERIODIC) !== 0;
  }

  /** Instructions in one count: the divisor is coded in bits 0, 1 and 3; 111 is one. */
  private countInstructions(): number {
    const { divideRegister } = this.s;
    const code = (divideRegister & 3) | ((divideRegister & 8) >>> 1);
    return this.instructionsPerTick * (code === 7 ? 1 : 2 ** (code + 1));
  }
}
