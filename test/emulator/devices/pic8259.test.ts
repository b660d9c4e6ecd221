import { beforeEach, describe, expect, it } from 'vitest';
import { Pic8259 } from '../../../emulator/devices/pic8259.ts';

let pic: Pic8259;
const initialise = (icw4 = 0x01, icw1 = 0x11): void => {
  for (const [command, vector, cascade] of [
    [0x20, 0x20, 4],
    [0xa0, 0x28, 2],
  ] as const) {
    pic.write(command, icw1);
    pic.write(command + 1, vector);
    pic.write(command + 1, cascade);
    pic.write(command + 1, icw4);
    pic.write(command + 1, 0);
  }
};
const eoi = (): void => pic.write(0x20, 0x20);
const read = (command: 0x20 | 0xa0, ocw3: number): number => {
  pic.write(command, ocw3);
  return pic.read(command);
};
const isr = (command: 0x20 | 0xa0 = 0x20): number => read(command, 0x0b);
const irr = (command: 0x20 | 0xa0 = 0x20): number => read(command, 0x0a);

beforeEach(() => {
  pic = new Pic8259();
});

describe('8259 pair', () => {
  it('delivers nothing before it is initialised, and keeps nothing from before', () => {
    pic.line(0).raise();
    expect(pic.hasInterrupt()).toBe(false);
    initialise();
    expect(pic.hasInterrupt()).toBe(false);
    pic.line(0).lower();
    pic.line(0).raise();
    expect(pic.acknowledge()).toBe(0x20);
  });

  it('gives the vectors of both chips', () => {
    initialise();
    for (const irq of [0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]) {
      pic.line(irq).raise();
      expect(pic.hasInterrupt()).toBe(true);
      expect(pic.acknowledge()).toBe(0x20 + irq);
      expect(pic.hasInterrupt()).toBe(false);
      if (irq >= 8) pic.write(0xa0, 0x20);
      eoi();
      pic.line(irq).lower();
    }
    expect(isr()).toBe(0);
    expect(isr(0xa0)).toBe(0);
  });

  it('serves one interrupt an edge', () => {
    initialise();
    pic.line(4).raise();
    pic.line(4).raise();
    expect(pic.acknowledge()).toBe(0x24);
    eoi();
    expect(pic.hasInterrupt()).toBe(false);
    pic.line(4).lower();
    pic.line(4).raise();
    expect(pic.hasInterrupt()).toBe(true);
  });

  it('forgets a request whose line falls, and answers an acknowledge then with vector 7', () => {
    initialise();
    pic.line(4).raise();
    expect(irr()).toBe(0x10);
    pic.line(4).lower();
    expect(pic.hasInterrupt()).toBe(false);
    expect(pic.acknowledge()).toBe(0x27);
    expect(isr()).toBe(0);
  });

  it('takes the master’s request back with the slave’s', () => {
    initialise();
    pic.line(10).raise();
    pic.write(0xa1, 0xff);
    expect(pic.hasInterrupt()).toBe(false);
    expect(pic.acknowledge()).toBe(0x27);
  });

  it('keeps a lower priority waiting until EOI and lets a higher one in', () => {
    initialise();
    pic.line(4).raise();
    expect(pic.acknowledge()).toBe(0x24);
    pic.line(5).raise();
    expect(pic.hasInterrupt()).toBe(false);
    pic.line(1).raise();
    expect(pic.acknowledge()).toBe(0x21);
    expect(isr()).toBe(0x12);
    eoi();
    expect(isr()).toBe(0x10);
    expect(pic.hasInterrupt()).toBe(false);
    eoi();
    expect(pic.acknowledge()).toBe(0x25);
  });

  it('puts the slave’s inputs between the master’s 1 and 3', () => {
    initialise();
    pic.line(3).raise();
    pic.line(8).raise();
    expect(pic.acknowledge()).toBe(0x28);
    expect(isr()).toBe(0x04);
    expect(isr(0xa0)).toBe(0x01);
  });

  it('serves a second request of the slave after both EOIs', () => {
    initialise();
    pic.line(14).raise();
    pic.line(15).raise();
    expect(pic.acknowledge()).toBe(0x2e);
    expect(pic.hasInterrupt()).toBe(false);
    pic.write(0xa0, 0x20);
    expect(pic.hasInterrupt()).toBe(false);
    eoi();
    expect(pic.acknowledge()).toBe(0x2f);
  });

  it('lets a higher input of the slave in during the slave’s service only in special fully nested mode', () => {
    for (const [icw4, nested] of [
      [0x01, false],
      [0x11, true],
    ] as const) {
      pic.reset();
      initialise(icw4);
      pic.line(14).raise();
      expect(pic.acknowledge()).toBe(0x2e);
      pic.line(9).raise();
      expect(pic.hasInterrupt()).toBe(nested);
      pic.line(9).lower();
      pic.line(14).lower();
    }
  });

  it('masks, and remembers the edge of a masked input', () => {
    initialise();
    pic.write(0x21, 0x10);
    pic.line(4).raise();
    expect(pic.hasInterrupt()).toBe(false);
    expect(pic.read(0x21)).toBe(0x10);
    pic.write(0x21, 0);
    expect(pic.acknowledge()).toBe(0x24);
  });

  it('ends a given level by specific EOI', () => {
    initialise();
    pic.line(5).raise();
    pic.acknowledge();
    pic.line(1).raise();
    pic.acknowledge();
    pic.write(0x20, 0x65);
    expect(isr()).toBe(0x02);
  });

  it('rotates priorities on EOI and by command', () => {
    initialise();
    pic.line(4).raise();
    pic.acknowledge();
    pic.write(0x20, 0xa0);
    pic.line(3).raise();
    pic.line(5).raise();
    expect(pic.acknowledge()).toBe(0x25);
    eoi();
    pic.write(0x20, 0xc0 | 2);
    expect(pic.acknowledge()).toBe(0x23);
  });

  it('keeps nothing in service in automatic EOI mode', () => {
    initialise(0x03);
    pic.line(4).raise();
    pic.line(5).raise();
    expect(pic.acknowledge()).toBe(0x24);
    expect(isr()).toBe(0);
    expect(pic.acknowledge()).toBe(0x25);
  });

  it('serves a level for as long as it is high in level triggered mode', () => {
    initialise(0x01, 0x19);
    pic.line(4).raise();
    expect(pic.acknowledge()).toBe(0x24);
    eoi();
    expect(pic.acknowledge()).toBe(0x24);
    pic.line(4).lower();
    eoi();
    expect(pic.hasInterrupt()).toBe(false);
  });

  it('lets lower levels through in special mask mode', () => {
    initialise();
    pic.line(3).raise();
    pic.acknowledge();
    pic.line(6).raise();
    expect(pic.hasInterrupt()).toBe(false);
    pic.write(0x21, 0x08);
    pic.write(0x20, 0x68);
    expect(pic.acknowledge()).toBe(0x26);
    eoi();
    expect(isr()).toBe(0x08);
  });

  it('acknowledges by polling', () => {
    initialise();
    pic.line(6).raise();
    pic.write(0x20, 0x0c);
    expect(pic.read(0x20)).toBe(0x86);
    expect(isr()).toBe(0x40);
    pic.write(0x20, 0x0c);
    expect(pic.read(0x20)).toBe(0);
  });

  it('comes back from a saved state, and equal states have equal keys', () => {
    initialise();
    pic.line(14).raise();
    const key = pic.key();
    const saved = pic.save();
    pic.acknowledge();
    expect(pic.key()).not.toBe(key);
    pic.restore(saved);
    expect(pic.key()).toBe(key);
    expect(pic.hasInterrupt()).toBe(true);
    expect(pic.acknowledge()).toBe(0x2e);
    pic.reset();
    expect(pic.hasInterrupt()).toBe(false);
  });
});
