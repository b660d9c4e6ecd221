/**
 * A device on the I/O ports. Time is the count of instructions executed since reset; a device never reads a
 * clock. Whatever a device holds is volatile: `reset` is what a power failure does to it.
 */
export interface Device {
  /** The ports it answers, inclusive. */
  readonly ports: readonly { readonly first: number; readonly last: number }[];
  /**
   * The widest access that reaches the device whole; wider ones are split into bytes at neighbouring ports,
   * lowest first, as the ISA bus does. Absent: the device takes every width.
   */
  readonly widestAccessBytes?: 1 | 2 | 4;
  /** It never does anything of itself: its `nextEventAt` is always Infinity and need not be asked. */
  readonly isTimeless?: true;
  reset(): void;
  read(port: number, sizeBytes: 1 | 2 | 4, now: number): number;
  write(port: number, value: number, sizeBytes: 1 | 2 | 4, now: number): void;
  /** The time at which the device next has something to do of itself; Infinity for never. */
  nextEventAt(): number;
  /** Does everything that is due up to and including `now`. */
  advance(now: number): void;
  /**
   * All state that can still change what the device does, times relative to `now`: equal strings mean equal
   * futures.
   */
  key(now: number): string;
  save(): unknown;
  restore(state: unknown): void;
}

/** One interrupt request line of a device. */
export interface InterruptLine {
  raise(): void;
  lower(): void;
}
