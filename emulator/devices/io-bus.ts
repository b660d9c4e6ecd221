import { invariant } from '../invariant.ts';
import type { Device } from './device.ts';

const PORTS_COUNT = 0x10000;
/** `IoBus.read`'s answer for a port that no device has. No device can give it: values are never negative. */
export const UNANSWERED = -1;

/**
 * The I/O ports: each belongs to one device or to none. An access wider than its device takes is split into
 * bytes, lowest port first. A port with no device is told to the caller, who decides what to make of it.
 */
export class IoBus {
  readonly devices: readonly Device[];
  /** Those that may have something to do of themselves. */
  private readonly timed: readonly Device[];
  /** Device number + 1 for each port; 0 for none. */
  private readonly owner = new Uint8Array(PORTS_COUNT);

  constructor(devices: readonly Device[]) {
    invariant(devices.length < 255, 'at most 254 devices');
    this.devices = devices;
    this.timed = devices.filter((device) => device.isTimeless !== true);
    devices.forEach((device, index) => {
      for (const { first, last } of device.ports) {
        for (let port = first; port <= last; port += 1) {
          invariant(this.owner[port] === 0, `port ${port.toString(16)}h belongs to two devices`);
          this.owner[port] = index + 1;
        }
      }
    });
  }

  /** The value at the port, unsigned, or `UNANSWERED` where any byte of the access belongs to no device. */
  read(port: number, sizeBytes: 1 | 2 | 4, now: number): number {
    const device = this.ownerOf(port);
    if (device === undefined) return UNANSWERED;
    if (sizeBytes <= (device.widestAccessBytes ?? 4)) return device.read(port, sizeBytes, now) >>> 0;
    if (!this.answersAll(port, sizeBytes)) return UNANSWERED;
    let value = 0;
    for (let i = 0; i < sizeBytes; i += 1) value |= this.read(port + i, 1, now) << (8 * i);
    return value >>> 0;
  }

  /** Whether the write reached a device; where any byte of it belongs to none, nothing at all is written. */
  write(port: number, value: number, sizeBytes: 1 | 2 | 4, now: number): boolean {
    const device = this.ownerOf(port);
    if (device === undefined) return false;
    if (sizeBytes <= (device.widestAccessBytes ?? 4)) {
      device.write(port, value, sizeBytes, now);
      return true;
    }
    if (!this.answersAll(port, sizeBytes)) return false;
    for (let i = 0; i < sizeBytes; i += 1) this.write(port + i, (value >>> (8 * i)) & 0xff, 1, now);
    return true;
  }

  /** The earliest time at which a device has something to do of itself; Infinity for never. */
  nextEventAt(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const device of this.timed) {
      const at = device.nextEventAt();
      if (at < earliest) earliest = at;
    }
    return earliest;
  }

  /** Does everything that is due up to and including `now`, in the order of the devices' own times. */
  advance(now: number): void {
    for (;;) {
      let due: Device | undefined;
      let earliest = Number.POSITIVE_INFINITY;
      for (const device of this.timed) {
        const at = device.nextEventAt();
        if (at < earliest) {
          earliest = at;
          due = device;
        }
      }
      if (due === undefined || earliest > now) return;
      due.advance(now);
      invariant(due.nextEventAt() > now, 'a device that was advanced has nothing left to do');
    }
  }

  reset(): void {
    for (const device of this.devices) device.reset();
  }

  /** All devices' keys: equal strings mean equal futures (times are relative to `now`). */
  key(now: number): string {
    return this.devices.map((device) => device.key(now)).join('|');
  }

  save(): unknown {
    return this.devices.map((device) => device.save());
  }

  restore(state: unknown): void {
    const states = state as readonly unknown[];
    invariant(states.length === this.devices.length, 'saved devices are the devices of this bus');
    this.devices.forEach((device, index) => {
      device.restore(states[index]);
    });
  }

  private ownerOf(port: number): Device | undefined {
    const index = this.owner[port & (PORTS_COUNT - 1)] ?? 0;
    return index === 0 ? undefined : this.devices[index - 1];
  }

  private answersAll(port: number, sizeBytes: number): boolean {
    for (let i = 0; i < sizeBytes; i += 1) if (this.ownerOf(port + i) === undefined) return false;
    return true;
  }
}
