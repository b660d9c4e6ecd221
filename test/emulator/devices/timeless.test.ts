import { expect, it } from 'vitest';
import { IoBus } from '../../../emulator/devices/io-bus.ts';
import { Pic8259 } from '../../../emulator/devices/pic8259.ts';
import { Pit8254 } from '../../../emulator/devices/pit8254.ts';

it('a bus asks timed devices for their next event, and timeless ones never', () => {
  const pic = new Pic8259();
  pic.nextEventAt = () => {
    throw new Error('asked');
  };
  const bus = new IoBus([pic, new Pit8254({ line: pic.line(0) })]);
  expect(bus.nextEventAt()).toBe(Number.POSITIVE_INFINITY);
  for (const [port, value] of [
    [0x43, 0x34],
    [0x40, 10],
    [0x40, 0],
  ] as const)
    bus.write(port, value, 1, 0);
  expect(bus.nextEventAt()).toBe(10);
  bus.advance(10);
  expect(bus.nextEventAt()).toBe(11);
});
