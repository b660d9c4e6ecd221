import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { CmosRtc } from '../../../emulator/devices/cmos-rtc.ts';
import { decodeField, encodeField, fieldsOf, secondsOf } from '../../../emulator/devices/rtc-time.ts';
import { TestLine } from './test-line.ts';

let line: TestLine;
let rtc: CmosRtc;
let now: number;
const read = (index: number): number => {
  rtc.write(0x70, index, 1, now);
  return rtc.read(0x71, 1, now);
};
const write = (index: number, value: number): void => {
  rtc.write(0x70, index, 1, now);
  rtc.write(0x71, value, 1, now);
};
const runTo = (time: number): void => {
  while (rtc.nextEventAt() <= time) {
    now = rtc.nextEventAt();
    rtc.advance(now);
  }
  now = time;
};
const clock = (): number[] => [0x32, 0x09, 0x08, 0x07, 0x04, 0x02, 0x00].map(read);

beforeEach(() => {
  line = new TestLine();
  now = 0;
  rtc = new CmosRtc({
    line,
    startSeconds: Date.UTC(1999, 11, 31, 23, 59, 58) / 1000,
    instructionsPerSecond: 32_768,
    memoryBytes: 64 * 2 ** 20,
  });
});

describe('CMOS clock', () => {
  it('runs by instructions, in BCD, over the turn of the century', () => {
    expect(clock()).toEqual([0x19, 0x99, 0x12, 0x31, 0x23, 0x59, 0x58]);
    now = 2 * 32_768;
    expect(clock()).toEqual([0x20, 0x00, 0x01, 0x01, 0x00, 0x00, 0x00]);
  });

  it('shows binary and twelve hours when register B says so', () => {
    write(0x0b, 0x04);
    now = 32_768;
    expect(clock()).toEqual([19, 99, 12, 31, 0x80 | 11, 59, 59]);
    now = 2 * 32_768;
    expect(read(0x04)).toBe(12);
  });

  it('can be set, and stands still while SET is on', () => {
    write(0x0b, 0x82);
    for (const [index, value] of [
      [0x00, 0x30],
      [0x02, 0x45],
      [0x04, 0x12],
      [0x07, 0x28],
      [0x08, 0x02],
      [0x09, 0x24],
      [0x32, 0x20],
    ] as const)
      write(index, value);
    now = 5 * 32_768;
    expect(read(0x00)).toBe(0x30);
    write(0x0b, 0x02);
    now = 6 * 32_768 + 24 * 3600 * 32_768;
    expect(clock()).toEqual([0x20, 0x24, 0x02, 0x29, 0x12, 0x45, 0x31]);
  });

  it('says UIP just before the second changes', () => {
    expect(read(0x0a) & 0x80).toBe(0);
    now = 32_767;
    expect(read(0x0a) & 0x80).toBe(0x80);
  });

  it('interrupts at every update, till register C is read', () => {
    write(0x0b, 0x12);
    runTo(32_768);
    expect(line.level).toBe(true);
    // The periodic flag is set too, interrupt or not.
    expect(read(0x0c)).toBe(0xd0);
    expect(line.level).toBe(false);
    expect(read(0x0c)).toBe(0);
    runTo(3 * 32_768);
    expect(line.edges).toBe(2);
  });

  it('interrupts periodically at the rate of register A', () => {
    write(0x0a, 0x2a);
    write(0x0b, 0x42);
    const seen: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      runTo(rtc.nextEventAt());
      expect(read(0x0c)).toBe(0xc0);
      seen.push(now);
    }
    expect(seen).toEqual([512, 1024, 1536, 2048]);
  });

  it('interrupts at the alarm, where FFh matches anything', () => {
    write(0x01, 0x01);
    write(0x03, 0xff);
    write(0x05, 0xff);
    write(0x0b, 0x22);
    runTo(3 * 32_768 - 1);
    expect(line.level).toBe(false);
    runTo(3 * 32_768);
    expect(line.level).toBe(true);
    expect(read(0x0c)).toBe(0xf0);
  });

  it('has the memory sizes, a checksum, and is kept over a reset', () => {
    const word = (at: number): number => read(at) | (read(at + 1) << 8);
    expect([word(0x15), word(0x17), word(0x30), word(0x34)]).toEqual([640, 64_512, 64_512, 48 * 16]);
    const sum = Array.from({ length: 0x1e }, (_, i) => read(0x10 + i)).reduce((a, b) => a + b, 0);
    expect((read(0x2e) << 8) | read(0x2f)).toBe(sum);
    write(0x40, 0x5a);
    now = 5 * 32_768;
    const before = clock();
    rtc.reset();
    now = 0;
    expect(read(0x40)).toBe(0x5a);
    expect(clock()).toEqual(before);
  });

  it('goes on from a saved state', () => {
    write(0x0a, 0x26);
    write(0x0b, 0x42);
    runTo(100);
    const saved = rtc.save();
    const key = rtc.key(100);
    runTo(5000);
    expect(rtc.key(now)).not.toBe(key);
    rtc.restore(saved);
    expect(rtc.key(100)).toBe(key);
  });

  it('codes every field so that it is read back, and every second of two centuries', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 6_000_000_000 }),
        fc.boolean(),
        fc.boolean(),
        (seconds, isBinary, is24Hours) => {
          const fields = fieldsOf(seconds);
          expect(secondsOf(fields)).toBe(seconds);
          const { hour, minute } = fields;
          const format = { isBinary, is24Hours };
          expect(decodeField('hour', encodeField('hour', hour, format), format)).toBe(hour);
          expect(decodeField('minute', encodeField('minute', minute, format), format)).toBe(minute);
        },
      ),
      { seed: 146818 },
    );
  });
});
