import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Pit8254 } from '../../../emulator/devices/pit8254.ts';

let edges: number[];
let level: boolean;
let now: number;
let pit: Pit8254;

const make = (instructionsPerTick = 1): void => {
  edges = [];
  level = true;
  now = 0;
  pit = new Pit8254({
    instructionsPerTick,
    line: {
      raise: () => {
        if (!level) edges.push(now);
        level = true;
      },
      lower: () => {
        level = false;
      },
    },
  });
};
const write = (port: number, value: number): void => pit.write(port, value, 1, now);
const read = (port: number): number => pit.read(port, 1, now);
const start = (channel: number, mode: number, count: number): void => {
  write(0x43, (channel << 6) | 0x30 | (mode << 1));
  write(0x40 + channel, count & 0xff);
  write(0x40 + channel, (count >>> 8) & 0xff);
};
/** Goes to `time`, event by event, as the machine does. */
const runTo = (time: number): void => {
  while (pit.nextEventAt() <= time) {
    now = pit.nextEventAt();
    pit.advance(now);
  }
  now = time;
};
const readCount = (channel: number): number => {
  write(0x43, channel << 6);
  return read(0x40 + channel) | (read(0x40 + channel) << 8);
};

beforeEach(() => make());

describe('8254', () => {
  it('has nothing pending after reset', () => {
    expect(pit.nextEventAt()).toBe(Number.POSITIVE_INFINITY);
    start(0, 2, 10);
    pit.reset();
    expect(pit.nextEventAt()).toBe(Number.POSITIVE_INFINITY);
    runTo(100);
    expect(edges).toEqual([]);
  });

  it('mode 0 interrupts once, count + 1 ticks after the write', () => {
    now = 100;
    start(0, 0, 10);
    runTo(1000);
    expect(edges).toEqual([111]);
    write(0x40, 4);
    write(0x40, 0);
    runTo(2000);
    expect(edges).toEqual([111, 1005]);
  });

  it('mode 2 interrupts every count ticks', () => {
    start(0, 2, 10);
    runTo(45);
    expect(edges).toEqual([11, 21, 31, 41]);
  });

  it('mode 3 divides evenly, and gives the odd tick to the high half', () => {
    start(0, 3, 7);
    runTo(30);
    expect(edges).toEqual([8, 15, 22, 29]);
    expect(level).toBe(true);
    runTo(33);
    expect(level).toBe(false);
  });

  it('mode 4 strobes once: the line falls at the end of the count and rises a tick later', () => {
    start(0, 4, 5);
    runTo(6);
    expect(level).toBe(false);
    runTo(500);
    expect(edges).toEqual([7]);
  });

  it('modes 1 and 5 wait for a trigger, which counter 0 never gets', () => {
    for (const mode of [1, 5]) {
      make();
      start(0, mode, 5);
      runTo(1000);
      expect(edges).toEqual([]);
    }
  });

  it('counts instructions by the tick', () => {
    make(12);
    start(0, 2, 10);
    runTo(300);
    expect(edges).toEqual([132, 252]);
    expect(readCount(0)).toBe(10 - 4);
  });

  it('takes a new count over at the end of the period (mode 2) or half period (mode 3)', () => {
    start(0, 2, 10);
    runTo(15);
    write(0x40, 4);
    write(0x40, 0);
    runTo(30);
    expect(edges).toEqual([11, 21, 25, 29]);
    make();
    start(0, 3, 10);
    runTo(3);
    write(0x40, 4);
    write(0x40, 0);
    // High till 6, then the low half of the new count.
    runTo(16);
    expect(edges).toEqual([8, 12, 16]);
  });

  it('latches a count of two bytes while it goes on counting', () => {
    start(0, 2, 0x1234);
    now = 1;
    write(0x43, 0);
    now = 50;
    expect(read(0x40)).toBe(0x34);
    now = 90;
    expect(read(0x40)).toBe(0x12);
    expect(readCount(0)).toBe(0x1234 - 89);
  });

  it('reads status and count back', () => {
    start(0, 2, 10);
    write(0x43, 0xc2);
    expect(read(0x40)).toBe(0x80 | 0x40 | 0x34);
    expect(read(0x40) | (read(0x40) << 8)).toBe(0);
    runTo(5);
    write(0x43, 0xe2);
    expect(read(0x40)).toBe(0x80 | 0x34);
    runTo(10);
    write(0x43, 0xe2);
    expect(read(0x40)).toBe(0x34);
  });

  it('counts in BCD', () => {
    write(0x43, 0x31);
    write(0x40, 0x00);
    write(0x40, 0x10);
    runTo(2);
    expect(readCount(0)).toBe(0x0999);
    runTo(2000);
    expect(edges).toEqual([1001]);
  });

  it('gates counter 2 through port 61h and shows its output there', () => {
    start(2, 0, 10);
    runTo(100);
    expect(read(0x61) & 0x20).toBe(0);
    write(0x61, 1);
    runTo(105);
    write(0x61, 0);
    runTo(200);
    expect(readCount(2)).toBe(10 - 4);
    expect(read(0x61) & 0x20).toBe(0);
    write(0x61, 1);
    runTo(206);
    expect(read(0x61) & 0x21).toBe(0x21);
    expect(edges).toEqual([]);
  });

  it('starts a one-shot of counter 2 at the rise of its gate', () => {
    start(2, 1, 10);
    expect(read(0x61) & 0x20).toBe(0x20);
    now = 50;
    write(0x61, 1);
    now = 55;
    expect(read(0x61) & 0x20).toBe(0);
    now = 61;
    expect(read(0x61) & 0x20).toBe(0x20);
  });

  it('has the same key at the same phase, and another at another', () => {
    start(0, 2, 10);
    runTo(13);
    const key = pit.key(now);
    runTo(14);
    expect(pit.key(now)).not.toBe(key);
    runTo(33);
    expect(pit.key(now)).toBe(key);
  });

  it('goes on from a saved state', () => {
    start(0, 3, 9);
    runTo(20);
    const saved = pit.save();
    const before = edges.length;
    const levelThen = level;
    runTo(60);
    const first = edges.slice(before);
    pit.restore(saved);
    now = 20;
    edges = [];
    level = levelThen;
    runTo(60);
    expect(edges).toEqual(first);
  });
});

/** The data sheet's counter, clocked tick by tick: what the closed form must agree with. */
class SteppedCounter {
  out = true;
  private reload = 0;
  private element = 0;
  private fresh = false;
  private readonly mode: 0 | 2 | 3 | 4;
  constructor(mode: 0 | 2 | 3 | 4) {
    this.mode = mode;
    if (mode === 0) this.out = false;
  }

  write(count: number): void {
    this.reload = count;
    if (this.mode === 0) this.out = false;
    if (this.mode === 0 || this.mode === 4 || !this.running) this.fresh = true;
    this.running = true;
  }
  private running = false;

  tick(): void {
    if (!this.running) return;
    if (this.fresh) {
      this.fresh = false;
      this.strobed = false;
      if (this.mode === 4) this.out = true;
      this.element = this.mode === 3 ? this.halfTicks(true) : this.reload;
      return;
    }
    this.element -= 1;
    if (this.mode === 0) {
      if (this.element === 0) this.out = true;
    } else if (this.mode === 4) {
      this.out = !(this.element === 0 && !this.strobed);
      if (this.element === 0) this.strobed = true;
    } else if (this.mode === 2) {
      if (this.element === 1) this.out = false;
      if (this.element === 0) {
        this.out = true;
        this.element = this.reload;
      }
    } else if (this.element === 0) {
      this.out = !this.out;
      this.element = this.halfTicks(this.out);
    }
  }
  private strobed = false;

  private halfTicks(high: boolean): number {
    return high ? (this.reload + 1) >>> 1 : this.reload >>> 1;
  }
}

describe('8254 against a counter that is clocked tick by tick', () => {
  const script = fc.record({
    mode: fc.constantFrom<(0 | 2 | 3 | 4)[]>(0, 2, 3, 4),
    ticksEvery: fc.integer({ min: 1, max: 3 }),
    writes: fc.array(
      fc.record({ wait: fc.integer({ min: 0, max: 40 }), count: fc.integer({ min: 2, max: 30 }) }),
      { minLength: 1, maxLength: 5 },
    ),
  });

  it('has the same OUT at every tick, whenever counts are written', () => {
    fc.assert(
      fc.property(script, ({ mode, ticksEvery, writes }) => {
        make(ticksEvery);
        write(0x43, 0x10 | (mode << 1));
        const reference = new SteppedCounter(mode);
        for (const { wait, count } of [...writes, { wait: 100, count: 2 }]) {
          for (let i = 0; i < wait; i += 1) {
            expect(level, `mode ${mode} at tick ${now / ticksEvery}`).toBe(reference.out);
            runTo(now + ticksEvery);
            reference.tick();
          }
          write(0x40, count);
          reference.write(count);
        }
      }),
      { numRuns: 300, seed: 8254 },
    );
  });
});
