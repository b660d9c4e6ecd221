import { invariant } from '../invariant.ts';
import type { Device, InterruptLine } from './device.ts';
import { PitChannel, type PitChannelState } from './pit-channel.ts';

const CONTROL_PORT = 0x43;
const SYSTEM_CONTROL_PORT = 0x61;

export interface PitOptions {
  /** IRQ 0: follows OUT of counter 0. */
  readonly line: InterruptLine;
  /** Instructions in one tick of the input clock. */
  readonly instructionsPerTick?: number;
}

interface PitState {
  readonly channels: readonly PitChannelState[];
  readonly speaker: number;
  readonly refresh: boolean;
  readonly syncedAt: number;
  readonly lineHigh: boolean;
}

/**
 * The 8254 timer at ports 40h–43h, counters 0–2 in all six modes, and the PC's system control port B at 61h
 * (bit 0: gate of counter 2; 1: speaker; 4: refresh toggle, here at each read, so that it hangs on no absolute
 * time; 5: OUT of counter 2). Its clock is instructions executed. Counter 0's OUT drives IRQ 0. After reset no counter is programmed and nothing is pending;
 * reading such a counter gives 0 (the data sheet leaves it undefined).
 */
export class Pit8254 implements Device {
  readonly ports = [
    { first: 0x40, last: CONTROL_PORT },
    { first: SYSTEM_CONTROL_PORT, last: SYSTEM_CONTROL_PORT },
  ];
  readonly widestAccessBytes = 1;
  private readonly channels: readonly [PitChannel, PitChannel, PitChannel];
  private readonly line: InterruptLine;
  private readonly ticksEvery: number;
  /** Bits 0–1 of port 61h. */
  private speaker = 0;
  private refresh = false;
  /** The time up to which OUT of counter 0 has been shown to the interrupt controller. */
  private syncedAt = 0;
  private lineHigh = true;
  private nextChangeAt = Number.POSITIVE_INFINITY;

  constructor(options: PitOptions) {
    this.line = options.line;
    this.ticksEvery = options.instructionsPerTick ?? 1;
    invariant(
      Number.isInteger(this.ticksEvery) && this.ticksEvery > 0,
      'a tick is a whole number of instructions',
    );
    this.channels = [
      new PitChannel(this.ticksEvery),
      new PitChannel(this.ticksEvery),
      new PitChannel(this.ticksEvery),
    ];
    this.reset();
  }

  reset(): void {
    for (const channel of this.channels) channel.reset();
    this.channels[2].setGate(false, 0);
    this.speaker = 0;
    this.refresh = false;
    this.syncedAt = 0;
    // OUT is taken to be high at power-on; the interrupt controller has seen no edge of it.
    this.lineHigh = true;
    this.nextChangeAt = Number.POSITIVE_INFINITY;
  }

  read(port: number, _sizeBytes: 1 | 2 | 4, now: number): number {
    if (port === SYSTEM_CONTROL_PORT) return this.readSystemControl(now);
    const channel = this.channels[port & 3];
    // The control register cannot be read; the data bus floats.
    if (channel === undefined) return 0xff;
    return channel.readByte(now);
  }

  write(port: number, value: number, _sizeBytes: 1 | 2 | 4, now: number): void {
    this.advance(now);
    const channel = this.channels[port & 3];
    if (port === SYSTEM_CONTROL_PORT) {
      this.speaker = value & 3;
      this.channels[2].setGate((value & 1) !== 0, now);
    } else if (channel !== undefined) channel.writeByte(value, now);
    else this.writeControl(value, now);
    this.sync(now);
  }

  nextEventAt(): number {
    return this.nextChangeAt;
  }

  advance(now: number): void {
    if (now <= this.syncedAt) return;
    // More than four changes at once look to the interrupt controller as four do: high once, then the last.
    for (let i = 0; i < 4 && this.nextChangeAt <= now; i += 1) this.sync(this.nextChangeAt);
    this.sync(now);
  }

  key(now: number): string {
    const channels = this.channels.map((channel) => channel.key(now)).join(';');
    return `${channels};${this.speaker};${this.refresh};${this.lineHigh}`;
  }

  save(): PitState {
    const { speaker, refresh, syncedAt, lineHigh } = this;
    const channels = this.channels.map((channel) => ({ ...channel.s }));
    return { channels, speaker, refresh, syncedAt, lineHigh };
  }

  restore(state: unknown): void {
    const { channels, speaker, refresh, syncedAt, lineHigh } = state as PitState;
    this.channels.forEach((channel, index) => {
      const saved = channels[index];
      invariant(saved !== undefined, 'a saved timer has three counters');
      channel.s = { ...saved };
    });
    this.speaker = speaker;
    this.refresh = refresh;
    this.syncedAt = syncedAt;
    // The controller's own state has the line's level; it is restored with it.
    this.lineHigh = lineHigh;
    this.nextChangeAt = this.channels[0].nextChange(syncedAt);
  }

  private readSystemControl(now: number): number {
    this.refresh = !this.refresh;
    return this.speaker | (this.refresh ? 0x10 : 0) | (this.channels[2].out(now) ? 0x20 : 0);
  }

  private writeControl(value: number, now: number): void {
    const select = value >>> 6;
    if (select === 3) {
      this.channels.forEach((channel, index) => {
        if ((value & (2 << index)) === 0) return;
        if ((value & 0x20) === 0) channel.latchCount(now);
        if ((value & 0x10) === 0) channel.latchStatus(now);
      });
      return;
    }
    const channel = this.channels[select];
    if (channel === undefined) return;
    if ((value & 0x30) === 0) channel.latchCount(now);
    else channel.program(value & 0x3f);
  }

  /** Shows the level of counter 0's OUT at `now` to the interrupt controller. */
  private sync(now: number): void {
    this.syncedAt = now;
    this.setLine(this.channels[0].out(now));
    this.nextChangeAt = this.channels[0].nextChange(now);
  }

  private setLine(high: boolean): void {
    if (high === this.lineHigh) return;
    this.lineHigh = high;
    if (high) this.line.raise();
    else this.line.lower();
  }
}
