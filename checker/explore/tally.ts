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
  /** Points enumerated so far, as progress shows them. */
  found = 0;
  /** Runs that came back to a joint whose whole future had been explored. */
  rejoined = 0;
  segmentsRun = 0;

  run(crashClass: CrashClass): void {
    const count = this.count(crashClass);
    count.found += 1;
    count.run += 1;
  }

  equal(crashClass: CrashClass, reason: EqualReason): void {
    const count = this.count(crashClass);
    count.found += 1;
    count.equal += 1;
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1);
  }

  private count(crashClass: CrashClass): Count {
    let count = this.classes.get(crashClass);
    if (count === undefined) {
      count = { found: 0, run: 0, equal: 0 };
      this.classes.set(crashClass, count);
    }
    return count;
  }
}

export function classOf(phase: Phase, isAtEffect: boolean): CrashClass {
  return isAtEffect ? 'device' : phase;
}
