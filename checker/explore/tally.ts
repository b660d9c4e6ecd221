/** Counts crash points by class, twice: as the explorer enumerates them, and as the memory counted its stores. */
import type { CrashClass } from '../report/model.ts';
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
