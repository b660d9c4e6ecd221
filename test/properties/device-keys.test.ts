import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { A20Gate } from '../../emulator/devices/a20-gate.ts';
import { AtaDisk } from '../../emulator/devices/ata-disk.ts';
import { BlockMedium } from '../../emulator/devices/block-medium.ts';
import type { Device } from '../../emulator/devices/device.ts';
import { I8042 } from '../../emulator/devices/i8042.ts';
import { Pit8254 } from '../../emulator/devices/pit8254.ts';
import { Uart16550 } from '../../emulator/devices/uart16550.ts';
import { TestLine } from '../emulator/devices/test-line.ts';

interface Access {
  readonly wait: number;
  readonly port: number;
  /** −1 reads. */
  readonly value: number;
}

/** A device and the ports that are tried on it. */
interface Subject {
  readonly make: (line: TestLine) => Device;
  readonly ports: readonly number[];
}
const SUBJECTS: Readonly<Record<string, Subject>> = {
  '8254': { make: (line) => new Pit8254({ line }), ports: [0x40, 0x42, 0x43, 0x61] },
  '16550': {
    make: (line) => new Uart16550({ line, onEffect: () => {}, serialByteInstructions: 40 }),
    ports: [0x3f8, 0x3f9, 0x3fa, 0x3fb, 0x3fc, 0x3fd, 0x3fe],
  },
  '8042': {
    make: (line) => new I8042({ line, a20: new A20Gate(() => {}), byteInstructions: 30 }),
    ports: [0x60],
  },
  disk: {
    make: (line) =>
      new AtaDisk({
        line,
        medium: new BlockMedium(new Uint8Array(8192)),
        onEffect: () => {},
        blockInstructions: 25,
      }),
    ports: [0x1f0, 0x1f2, 0x1f3, 0x1f6, 0x1f7, 0x3f6],
  },
};

/** All that can be seen of a device: what is read, when its line changes, and its key at the end. */
function observe(device: Device, line: TestLine, accesses: readonly Access[], start: number): string {
  const seen: string[] = [];
  let now = start;
  const runTo = (time: number): void => {
    while (device.nextEventAt() <= time) {
      const at = device.nextEventAt();
      const before = line.edges;
      device.advance(at);
      if (line.edges !== before) seen.push(`edge at ${at - start}`);
    }
    now = time;
  };
  for (const { wait, port, value } of accesses) {
    runTo(now + wait);
    if (value < 0) seen.push(`${port}=${device.read(port, 1, now)}`);
    else device.write(port, value, 1, now);
    seen.push(`${line.level}`);
  }
  seen.push(device.key(now));
  runTo(now + 300);
  seen.push(device.key(now));
  return seen.join(' ');
}

describe('a device', () => {
  for (const [name, { make, ports }] of Object.entries(SUBJECTS)) {
    const access = fc.record({
      wait: fc.integer({ min: 1, max: 120 }),
      port: fc.constantFrom(...ports),
      value: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 255 })),
    });
    const accesses = fc.array(access, { minLength: 1, maxLength: 25 });

    it(`${name}: does the same at any time, with the same key`, () => {
      fc.assert(
        fc.property(accesses, fc.integer({ min: 1, max: 1_000_000 }), (script, shift) => {
          const [a, b] = [new TestLine(), new TestLine()];
          expect(observe(make(b), b, script, shift)).toBe(observe(make(a), a, script, 0));
        }),
        { numRuns: 200, seed: 1 },
      );
    });

    it(`${name}: goes on from a saved state as it would have gone on`, () => {
      fc.assert(
        fc.property(accesses, accesses, (before, after) => {
          const line = new TestLine();
          const device = make(line);
          observe(device, line, before, 0);
          const saved = device.save();
          const level = line.level;
          const first = observe(device, line, after, 1_000_000);
          device.restore(saved);
          line.level = level;
          expect(observe(device, line, after, 1_000_000)).toBe(first);
        }),
        { numRuns: 200, seed: 2 },
      );
    });
  }
});
