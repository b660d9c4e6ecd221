import { beforeEach, describe, expect, it } from 'vitest';
import { Uart16550 } from '../../../emulator/devices/uart16550.ts';

let sent: number[];
let level: boolean;
let edges: number;
let now: number;
let uart: Uart16550;
const write = (register: number, value: number): void => uart.write(0x3f8 + register, value, 1, now);
const read = (register: number): number => uart.read(0x3f8 + register, 1, now);
const go = (time: number): void => {
  while (uart.nextEventAt() <= time) uart.advance(uart.nextEventAt());
  now = time;
};
const THR = 0;
const IER = 1;
const IIR = 2;
const FCR = 2;
const LCR = 3;
const MCR = 4;
const LSR = 5;
const MSR = 6;

beforeEach(() => {
  sent = [];
  level = false;
  edges = 0;
  now = 0;
  uart = new Uart16550({
    serialByteInstructions: 64,
    onEffect: (value) => sent.push(value),
    line: {
      raise: () => {
        if (!level) edges += 1;
        level = true;
      },
      lower: () => {
        level = false;
      },
    },
  });
});

describe('16550, transmitter', () => {
  it('shows the world a byte when it is written, and is empty again at once while the wire was free', () => {
    expect(read(LSR)).toBe(0x60);
    write(THR, 0x41);
    expect(sent).toEqual([0x41]);
    expect(read(LSR)).toBe(0x20);
    write(THR, 0x42);
    expect(read(LSR)).toBe(0x00);
    go(63);
    expect(read(LSR)).toBe(0x00);
    go(64);
    expect(read(LSR)).toBe(0x20);
    go(128);
    expect(read(LSR)).toBe(0x60);
    expect(uart.nextEventAt()).toBe(Number.POSITIVE_INFINITY);
  });

  it('loses a byte written while it is full', () => {
    for (const byte of [1, 2, 3]) write(THR, byte);
    expect(sent).toEqual([1, 2]);
  });

  it('interrupts when the holding register empties; reading IIR or writing THR takes the cause away', () => {
    write(MCR, 8);
    write(IER, 2);
    expect(level).toBe(true);
    expect(read(IIR)).toBe(2);
    expect(level).toBe(false);
    expect(read(IIR)).toBe(1);
    write(THR, 1);
    expect([level, edges]).toEqual([true, 2]);
    expect(read(IIR)).toBe(2);
    write(THR, 2);
    expect(level).toBe(false);
    go(63);
    expect(level).toBe(false);
    go(64);
    expect([level, edges]).toEqual([true, 3]);
    write(THR, 3);
    expect(level).toBe(false);
    go(128);
    expect([level, edges]).toEqual([true, 4]);
  });

  it('interrupts anew for each byte that passes straight through, so that an edge is there to see', () => {
    write(MCR, 8);
    write(IER, 2);
    read(IIR);
    write(THR, 1);
    expect(edges).toBe(2);
    go(64);
    write(THR, 2);
    expect(edges).toBe(3);
  });

  it('raises the interrupt on enabling it while the register is empty, and only on enabling', () => {
    write(MCR, 8);
    write(IER, 2);
    read(IIR);
    write(IER, 2);
    expect(level).toBe(false);
    write(IER, 0);
    write(IER, 2);
    expect(level).toBe(true);
  });

  it('keeps its line down without OUT2 and without IER', () => {
    write(IER, 2);
    expect(level).toBe(false);
    expect(read(IIR)).toBe(2);
    write(MCR, 8);
    write(THR, 1);
    expect(level).toBe(true);
    write(IER, 0);
    expect(level).toBe(false);
  });

  it('queues sixteen bytes with the FIFO on', () => {
    write(FCR, 1);
    expect(read(IIR)).toBe(0xc1);
    for (let i = 0; i < 20; i += 1) write(THR, i);
    expect(sent).toEqual(Array.from({ length: 17 }, (_, i) => i));
    go(64 * 15 + 63);
    expect(read(LSR) & 0x20).toBe(0);
    go(64 * 16);
    expect(read(LSR)).toBe(0x20);
    go(64 * 17);
    expect(read(LSR)).toBe(0x60);
  });

  it('reaches the divisor only through DLAB', () => {
    write(LCR, 0x83);
    write(0, 0x34);
    write(1, 0x12);
    expect([read(0), read(1)]).toEqual([0x34, 0x12]);
    write(LCR, 3);
    expect(sent).toEqual([]);
    expect(read(IER)).toBe(0);
    write(7, 0xa5);
    expect(read(7)).toBe(0xa5);
  });
});

describe('16550, receiver', () => {
  it('gives the byte, tells it by LSR and by interrupt', () => {
    write(MCR, 8);
    write(IER, 1);
    uart.receive(0x55, now);
    expect(level).toBe(true);
    expect(read(IIR)).toBe(4);
    expect(read(LSR)).toBe(0x61);
    expect(read(0)).toBe(0x55);
    expect(level).toBe(false);
    expect(read(LSR)).toBe(0x60);
  });

  it('tells an overrun once and keeps the later byte', () => {
    write(MCR, 8);
    write(IER, 5);
    uart.receive(1, now);
    uart.receive(2, now);
    expect(read(IIR)).toBe(6);
    expect(read(LSR)).toBe(0x63);
    expect(read(IIR)).toBe(4);
    expect(read(0)).toBe(2);
  });

  it('interrupts at the FIFO’s trigger level, or after the time of four characters', () => {
    write(MCR, 8);
    write(IER, 1);
    write(FCR, 0x41);
    for (let i = 0; i < 3; i += 1) uart.receive(i, now);
    expect(level).toBe(false);
    go(255);
    expect(level).toBe(false);
    go(256);
    expect(read(IIR)).toBe(0xcc);
    expect(read(0)).toBe(0);
    expect(level).toBe(false);
    uart.receive(3, now);
    uart.receive(4, now);
    expect(read(IIR)).toBe(0xc4);
  });

  it('loops back without an effect on the world', () => {
    write(MCR, 0x18);
    write(THR, 0x77);
    expect(sent).toEqual([]);
    go(64);
    expect(read(0)).toBe(0x77);
    expect(read(MSR) & 0xf0).toBe(0x80);
    expect(level).toBe(false);
  });
});

describe('16550, state', () => {
  it('comes back from a saved state; keys are relative to now', () => {
    write(MCR, 8);
    write(IER, 2);
    write(THR, 1);
    write(THR, 2);
    go(10);
    const key = uart.key(10);
    const saved = uart.save();
    go(64);
    expect(uart.key(now)).not.toBe(key);
    uart.restore(saved);
    expect(uart.key(10)).toBe(key);
    expect(uart.nextEventAt()).toBe(64);
    uart.reset();
    expect(level).toBe(false);
    now = 0;
    for (const [register, value] of [
      [MCR, 8],
      [IER, 2],
    ] as const)
      write(register, value);
    now = 1000;
    write(THR, 1);
    write(THR, 2);
    expect(uart.key(1010)).toBe(key);
  });
});
