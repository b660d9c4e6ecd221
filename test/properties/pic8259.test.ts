import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pic8259 } from '../../emulator/devices/pic8259.ts';

/**
 * The pair in fully nested mode, modelled as a list: IRQs in order of priority, each with its level, its
 * request and whether it is in service. Written for plainness, with nothing of the device's own way.
 */
class PlainPair {
  private readonly order = [0, 1, 8, 9, 10, 11, 12, 13, 14, 15, 3, 4, 5, 6, 7];
  private readonly high = new Set<number>();
  private readonly asked = new Set<number>();
  private readonly masked = new Set<number>();
  private served: number[] = [];

  set(irq: number, level: boolean): void {
    if (level && !this.high.has(irq)) this.asked.add(irq);
    if (!level) this.asked.delete(irq);
    if (level) this.high.add(irq);
    else this.high.delete(irq);
  }

  mask(irq: number, isMasked: boolean): void {
    if (isMasked) this.masked.add(irq);
    else this.masked.delete(irq);
  }

  next(): number | undefined {
    const rank = (irq: number): number => this.order.indexOf(irq);
    // While any of the slave's is served the master takes nothing from it: all eight count as one.
    const level = (irq: number): number => (irq >= 8 ? rank(8) : rank(irq));
    return this.order.find(
      (irq) =>
        this.asked.has(irq) &&
        !this.masked.has(irq) &&
        this.served.every((other) => level(irq) < level(other)),
    );
  }

  take(): number | undefined {
    const irq = this.next();
    if (irq === undefined) return undefined;
    this.asked.delete(irq);
    this.served.push(irq);
    return irq;
  }

  /** Ends the highest that is served, which is the last taken. */
  end(): number | undefined {
    return this.served.pop();
  }
}

const irq = fc.constantFrom(0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
const step = fc.oneof(
  fc.record({ kind: fc.constant('line' as const), irq, level: fc.boolean() }),
  fc.record({ kind: fc.constant('mask' as const), irq, level: fc.boolean() }),
  fc.record({ kind: fc.constant('take' as const) }),
  fc.record({ kind: fc.constant('end' as const) }),
  fc.record({ kind: fc.constant('restore' as const) }),
);

function initialised(): Pic8259 {
  const pic = new Pic8259();
  for (const [port, value] of [
    [0x20, 0x11],
    [0x21, 0x20],
    [0x21, 4],
    [0x21, 1],
    [0xa0, 0x11],
    [0xa1, 0x28],
    [0xa1, 2],
    [0xa1, 1],
  ] as const)
    pic.write(port, value);
  return pic;
}

describe('8259 pair', () => {
  it('offers what a plain model of fully nested mode offers, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let pic = initialised();
        const plain = new PlainPair();
        for (const s of steps) {
          if (s.kind === 'line') {
            plain.set(s.irq, s.level);
            if (s.level) pic.line(s.irq).raise();
            else pic.line(s.irq).lower();
          } else if (s.kind === 'mask') {
            plain.mask(s.irq, s.level);
            const port = s.irq < 8 ? 0x21 : 0xa1;
            const bit = 1 << (s.irq & 7);
            pic.write(port, s.level ? pic.read(port) | bit : pic.read(port) & ~bit);
          } else if (s.kind === 'take') {
            const vector = plain.take();
            expect(pic.acknowledge()).toBe(vector === undefined ? 0x27 : 0x20 + vector);
          } else if (s.kind === 'end') {
            const ended = plain.end();
            if (ended !== undefined && ended >= 8) pic.write(0xa0, 0x20);
            pic.write(0x20, 0x20);
          } else {
            const copy = initialised();
            copy.restore(pic.save());
            expect(copy.key()).toBe(pic.key());
            pic = copy;
          }
          expect(pic.hasInterrupt()).toBe(plain.next() !== undefined);
        }
      }),
      { numRuns: 1000, seed: 8259 },
    );
  });
});
