import { describe, expect, it } from 'vitest';
import type { Device } from '../../../emulator/devices/device.ts';
import { IoBus, UNANSWERED } from '../../../emulator/devices/io-bus.ts';
import { EffectLedger } from '../../../emulator/devices/ledger.ts';
import { InternalFault } from '../../../emulator/invariant.ts';
import { Nvm, PowerFailure } from '../../../emulator/nvm/nvm.ts';

/** Four bytes of registers, and an event at a time that is set from outside. */
class Registers implements Device {
  readonly ports;
  readonly widestAccessBytes;
  readonly bytes = new Map<number, number>();
  eventAt = Number.POSITIVE_INFINITY;
  readonly advancedTo: number[] = [];
  constructor(first: number, last: number, widestAccessBytes: 1 | 4) {
    this.ports = [{ first, last }];
    this.widestAccessBytes = widestAccessBytes;
  }
  reset(): void {
    this.bytes.clear();
  }
  read(port: number): number {
    return this.bytes.get(port) ?? 0;
  }
  write(port: number, value: number): void {
    this.bytes.set(port, value);
  }
  nextEventAt(): number {
    return this.eventAt;
  }
  advance(now: number): void {
    this.advancedTo.push(now);
    this.eventAt = Number.POSITIVE_INFINITY;
  }
  key(now: number): string {
    return `${[...this.bytes.values()].join()};${this.eventAt - now}`;
  }
  save(): unknown {
    return new Map(this.bytes);
  }
  restore(state: unknown): void {
    this.bytes.clear();
    for (const [port, value] of state as Map<number, number>) this.bytes.set(port, value);
  }
}

describe('I/O bus', () => {
  it('tells a port that nobody answers, for the whole access and for a part of it', () => {
    const device = new Registers(0x10, 0x12, 1);
    const bus = new IoBus([device]);
    expect(bus.read(0x13, 1, 0)).toBe(UNANSWERED);
    expect(bus.write(0x13, 1, 1, 0)).toBe(false);
    expect(bus.read(0x12, 2, 0)).toBe(UNANSWERED);
    expect(bus.write(0x12, 0x1234, 2, 0)).toBe(false);
    expect(device.bytes.size).toBe(0);
  });

  it('splits a wide access to a byte device and passes it whole to a wide one', () => {
    const narrow = new Registers(0x10, 0x13, 1);
    const wide = new Registers(0x20, 0x23, 4);
    const bus = new IoBus([narrow, wide]);
    bus.write(0x10, 0xdeadbeef, 4, 0);
    expect([...narrow.bytes]).toEqual([
      [0x10, 0xef],
      [0x11, 0xbe],
      [0x12, 0xad],
      [0x13, 0xde],
    ]);
    expect(bus.read(0x10, 4, 0)).toBe(0xdeadbeef);
    bus.write(0x20, 0xdeadbeef, 4, 0);
    expect([...wide.bytes]).toEqual([[0x20, 0xdeadbeef]]);
  });

  it('advances the devices whose time has come, earliest first', () => {
    const a = new Registers(0x10, 0x10, 1);
    const b = new Registers(0x20, 0x20, 1);
    const bus = new IoBus([a, b]);
    a.eventAt = 50;
    b.eventAt = 20;
    expect(bus.nextEventAt()).toBe(20);
    bus.advance(30);
    expect([a.advancedTo, b.advancedTo]).toEqual([[], [30]]);
    expect(bus.nextEventAt()).toBe(50);
  });

  it('saves, restores and resets all devices', () => {
    const bus = new IoBus([new Registers(0x10, 0x10, 1), new Registers(0x20, 0x20, 1)]);
    bus.write(0x20, 7, 1, 0);
    const saved = bus.save();
    const key = bus.key(0);
    bus.reset();
    expect(bus.read(0x20, 1, 0)).toBe(0);
    expect(bus.key(0)).not.toBe(key);
    bus.restore(saved);
    expect(bus.key(0)).toBe(key);
  });

  it('refuses two devices at one port', () => {
    expect(() => new IoBus([new Registers(0x10, 0x14, 1), new Registers(0x14, 0x14, 1)])).toThrow(
      InternalFault,
    );
  });
});

describe('ledger', () => {
  it('holds an effect only if power lasted for it, and memory’s log knows its place', () => {
    const nvm = new Nvm(4096);
    const ledger = new EffectLedger();
    const send = ledger.recorder('serial', nvm);
    nvm.powerFailsAtLogLength = 2;
    send(0x41);
    send(0x42);
    expect(nvm.log.entry(1)).toEqual({ kind: 'effect', ledgerIndex: 1 });
    expect(() => send(0x43)).toThrow(PowerFailure);
    expect(nvm.log.length).toBe(2);
    expect(ledger.entries).toEqual([
      { device: 'serial', value: 0x41 },
      { device: 'serial', value: 0x42 },
    ]);
    ledger.truncate(1);
    expect(ledger.length).toBe(1);
    ledger.truncate(5);
    expect(ledger.length).toBe(1);
  });
});
