/** Counts crash points by class, twice: as the explorer enumerates them, and as the memory counted its stores. */

import type { CrashClass } from '../report/model.ts';
import type { ImageCount } from './class-graph.ts';
import type { Phase } from './system.ts';

/** Why a point need not be run. */
export type EqualReason =
  /** The store before it changed a word that nothing that follows reads before writing it. */
  | 'unread-store'
  /** Every word that decides its whole future equals that of a point that was run. */
  | 'same-reads';

interface Count {
  found: number;
  run: number;
  equal: number;
}

export class Tally {
  readonly classes = new Map<CrashClass, Count>();
  readonly reasons = new Map<EqualReason, number>();
  /** From the memory's own counters: stores and effects of explored segments, and one for each power-on. */
  expected = 0;
  /** Runs that came back to a joint whose whole future had been explored. */
  rejoined = 0;
  segmentsRun = 0;

  /** Crash images, where points have several: counted as they are enumerated, and from the log alone. */
  readonly images = { found: 0n, run: 0n, expected: 0n };

  findImages(count: ImageCount): void {
    this.images.found += count.found;
    this.images.expected += count.expected;
  }

  /** One of the images found is run itself. */
  runImage(): void {
    this.images.run += 1n;
  }

  /** So many points of a class; all but those that `run` is told of are equal to others. */
  find(crashClass: CrashClass, count: number): void {
    const known = this.classes.get(crashClass) ?? { found: 0, run: 0, equal: 0 };
    known.found += count;
    known.equal += count;
    this.classes.set(crashClass, known);
  }

  /** One of the points found is run itself. */
  run(crashClass: CrashClass): void {
    const known = this.classes.get(crashClass);
    if (known === undefined) throw new RangeError(`no crash point of class ${crashClass} was found`);
    known.run += 1;
    known.equal -= 1;
  }

  equalFor(reason: EqualReason, count: number): void {
    if (count > 0) this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + count);
  }
}

export function classOf(phase: Phase, isAtEffect: boolean): CrashClass {
  return isAtEffect ? 'device' : phase;
}
