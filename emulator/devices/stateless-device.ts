import type { Device } from './device.ts';

/** What a device does that has no state of its own and no time: everything but its ports. */
export abstract class StatelessDevice implements Device {
  abstract readonly ports: readonly { readonly first: number; readonly last: number }[];
  readonly widestAccessBytes = 1;
  readonly isTimeless = true;
  abstract read(port: number, sizeBytes: 1 | 2 | 4, now: number): number;
  abstract write(port: number, value: number, sizeBytes: 1 | 2 | 4, now: number): void;
  reset(): void {}
  nextEventAt(): number {
    return Number.POSITIVE_INFINITY;
  }
  advance(): void {}
  key(): string {
    return '';
  }
  save(): unknown {
    return null;
  }
  restore(): void {}
}
