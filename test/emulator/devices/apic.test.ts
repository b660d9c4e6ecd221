import { beforeEach, describe, expect, it } from 'vitest';
import { IoApic } from '../../../emulator/devices/io-apic.ts';
import { LocalApic } from '../../../emulator/devices/local-apic.ts';

const BASE = 0xfee00000;
let now: number;
let externalVector: number;
let ioApic: IoApic;
let apic: LocalApic;
const unsupported = (what: string): never => {
  throw new Error(what);
};
const write = (register: number, value: number): void => apic.write(BASE + register, value, 4);
const read = (register: number): number => apic.read(BASE + register, 4);
const enable = (): void => write(0xf0, 0x1ff);
const redirect = (input: number, low: number, destination = 0): void => {
  ioApic.write(0xfec00000, 0x10 + 2 * input);
  ioApic.write(0xfec00010, low);
  ioApic.write(0xfec00000, 0x11 + 2 * input);
  ioApic.write(0xfec00010, destination * 2 ** 24);
};
const entry = (input: number): number => {
  ioApic.write(0xfec00000, 0x10 + 2 * input);
  return ioApic.read(0xfec00010);
};
const runTo = (time: number): number => {
  let expiries = 0;
  while (apic.nextEventAt() <= time) {
    now = apic.nextEventAt();
    apic.advance(now);
    expiries += 1;
  }
  now = time;
  return expiries;
};

beforeEach(() => {
  now = 0;
  externalVector = -1;
  apic = new LocalApic({
    now: () => now,
    external: { hasInterrupt: () => externalVector >= 0, acknowledge: () => externalVector },
    onEndOfInterrupt: (vector) => ioApic.endOfInterrupt(vector),
    onUnsupported: unsupported,
  });
  ioApic = new IoApic({ bus: apic, onUnsupported: unsupported });
});

describe('local APIC', () => {
  it('passes the 8259 pair through after reset, and not while LINT0 is masked', () => {
    externalVector = 0x20;
    expect(apic.hasInterrupt()).toBe(true);
    expect(apic.acknowledge()).toBe(0x20);
    enable();
    write(0x350, 0x10700);
    expect(apic.hasInterrupt()).toBe(false);
    expect(apic.acknowledge()).toBe(0xff);
  });

  it('takes nothing of its own while it is disabled', () => {
    apic.request(0x40, false);
    expect(apic.hasInterrupt()).toBe(false);
    expect(read(0x320)).toBe(0x10000);
    write(0x320, 0x40);
    expect(read(0x320)).toBe(0x10040);
  });

  it('serves by priority, and lower ones after EOI', () => {
    enable();
    apic.request(0x41, false);
    apic.request(0x52, false);
    apic.request(0x55, false);
    expect(read(0x220)).toBe((1 << 1) | (1 << 18) | (1 << 21));
    expect(apic.acknowledge()).toBe(0x55);
    expect(apic.hasInterrupt()).toBe(false);
    expect(read(0xa0)).toBe(0x50);
    apic.request(0x60, false);
    expect(apic.acknowledge()).toBe(0x60);
    expect(read(0x130)).toBe(1);
    write(0xb0, 0);
    write(0xb0, 0);
    expect(apic.acknowledge()).toBe(0x52);
    write(0xb0, 0);
    expect(apic.acknowledge()).toBe(0x41);
  });

  it('holds back what is not above the task priority', () => {
    enable();
    write(0x80, 0x40);
    apic.request(0x4f, false);
    expect(apic.hasInterrupt()).toBe(false);
    write(0x80, 0x3f);
    expect(apic.hasInterrupt()).toBe(true);
  });

  it('sends an interrupt to itself, to its number and to all, and to nobody else', () => {
    enable();
    write(0x300, 0x40040);
    expect(apic.acknowledge()).toBe(0x40);
    write(0xb0, 0);
    write(0x300, 0x41);
    expect(apic.acknowledge()).toBe(0x41);
    write(0xb0, 0);
    write(0x300, 0xc0042);
    write(0x310, 0x05000000);
    write(0x300, 0x43);
    expect(apic.hasInterrupt()).toBe(false);
    expect(() => write(0x300, 0x40400)).toThrow('nmi sent by the processor to itself');
  });

  it('tells errors through the ESR', () => {
    enable();
    write(0x300, 0x40005);
    expect(read(0x280)).toBe(0);
    write(0x280, 0);
    expect(read(0x280)).toBe(0x60);
    write(0x280, 0);
    expect(read(0x280)).toBe(0);
    read(0x40);
    write(0x280, 0);
    expect(read(0x280)).toBe(0x80);
  });

  it('expires once in one-shot mode', () => {
    enable();
    write(0x320, 0x30);
    write(0x3e0, 0xb);
    write(0x380, 1000);
    now = 400;
    expect(read(0x390)).toBe(600);
    expect(runTo(999)).toBe(0);
    expect(runTo(5000)).toBe(1);
    expect(apic.acknowledge()).toBe(0x30);
    expect(read(0x390)).toBe(0);
  });

  it('expires again and again in periodic mode, at the divided rate', () => {
    enable();
    write(0x320, 0x20030);
    write(0x3e0, 0x3);
    write(0x380, 10);
    expect(apic.nextEventAt()).toBe(160);
    expect(runTo(500)).toBe(3);
    expect(read(0x390)).toBe(10 - 1);
    write(0x380, 0);
    expect(apic.nextEventAt()).toBe(Number.POSITIVE_INFINITY);
  });

  it('goes on counting in masked mode without a request', () => {
    enable();
    write(0x3e0, 0xb);
    write(0x380, 100);
    expect(runTo(200)).toBe(1);
    expect(apic.hasInterrupt()).toBe(false);
  });

  it('goes on from a saved state', () => {
    enable();
    write(0x320, 0x20030);
    write(0x380, 100);
    runTo(50);
    const saved = apic.save();
    const key = apic.key(50);
    runTo(1000);
    expect(apic.key(now)).not.toBe(key);
    apic.restore(saved);
    expect(apic.key(50)).toBe(key);
    expect(apic.nextEventAt()).toBe(200);
    apic.reset();
    expect(apic.nextEventAt()).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('I/O APIC', () => {
  beforeEach(enable);

  it('has 24 masked entries after reset', () => {
    ioApic.write(0xfec00000, 1);
    expect(ioApic.read(0xfec00010)).toBe(0x170011);
    for (let input = 0; input < 24; input += 1) expect(entry(input)).toBe(0x10000);
  });

  it('sends an edge once, and loses one that comes while masked', () => {
    ioApic.line(4).raise();
    redirect(4, 0x44);
    expect(apic.hasInterrupt()).toBe(false);
    ioApic.line(4).lower();
    ioApic.line(4).raise();
    expect(apic.acknowledge()).toBe(0x44);
    write(0xb0, 0);
    expect(apic.hasInterrupt()).toBe(false);
  });

  it('sends a level again after EOI while the line is up', () => {
    redirect(10, 0x8050);
    ioApic.line(10).raise();
    expect(entry(10)).toBe(0xc050);
    expect(apic.acknowledge()).toBe(0x50);
    expect(read(0x1a0)).toBe(1 << 16);
    write(0xb0, 0);
    expect(apic.acknowledge()).toBe(0x50);
    ioApic.line(10).lower();
    write(0xb0, 0);
    expect(apic.hasInterrupt()).toBe(false);
    expect(entry(10)).toBe(0x8050);
  });

  it('sends a level that came while masked when it is unmasked', () => {
    redirect(10, 0x18050);
    ioApic.line(10).raise();
    expect(apic.hasInterrupt()).toBe(false);
    redirect(10, 0x8050);
    expect(apic.hasInterrupt()).toBe(true);
  });

  it('sends to the processor meant, physically and logically', () => {
    redirect(1, 0x31, 3);
    ioApic.line(1).raise();
    expect(apic.hasInterrupt()).toBe(false);
    write(0xd0, 0x02000000);
    redirect(2, 0x832, 2);
    ioApic.line(2).raise();
    expect(apic.acknowledge()).toBe(0x32);
    redirect(3, 0x833, 4);
    ioApic.line(3).raise();
    expect(apic.hasInterrupt()).toBe(false);
  });

  it('refuses what it cannot do by name', () => {
    redirect(5, 0x400);
    expect(() => ioApic.line(5).raise()).toThrow('nmi from input 5');
  });
});
