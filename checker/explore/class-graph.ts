/**
 * What an exploration has found: the classes of starts of runs, and where each leads.
 *
 * A *class* is all starts (a crash image at power-on, or a joint) from which everything goes the same way:
 * the same abstract state and promises, and the same contents of every word that anything that follows reads
 * before it is written. A record says what one segment from such a start does. Everything that is reported is
 * worked out from these records, so that it does not matter in which order, by whom and where they were made.
 */
import type { CrashClass } from '../report/model.ts';
import type { EventArg, StateIndex } from './system.ts';

/** Index of a class in its graph. */
export type ClassIndex = number & { readonly __brand: 'ClassIndex' };

export interface RecordedStep {
  /** Entries of the segment's log that had happened. */
  readonly position: number;
  readonly action: string;
  readonly args: readonly EventArg[];
  readonly state: StateIndex;
}

/**
 * Crash points of a segment that follow one another and lead to the same class from the same state; where a
 * failure may leave several images, there are several ranges that begin at one point.
 */
export interface PointRange {
  /** The first of them: so many entries of the segment's log have happened; one more: at rest after its end. */
  readonly position: number;
  readonly crashClass: CrashClass;
  /** The state in which power fails. */
  readonly from: StateIndex;
  /** Which of the images that the failure may leave; absent: memory as the run saw it. */
  readonly choice?: string;
  readonly target: ClassIndex;
}

export type RecordEnd =
  | { readonly kind: 'joint'; readonly target: ClassIndex }
  | { readonly kind: 'settled' }
  | { readonly kind: 'broken' | 'hung' | 'unknown'; readonly why: string; readonly state: StateIndex }
  /** The exploration was cut short here. */
  | { readonly kind: 'unexplored' };

export interface ClassRecord {
  readonly kind: 'power-on' | 'joint';
  readonly startState: StateIndex;
  readonly path: readonly RecordedStep[];
  readonly logLength: number;
  /** In order of their positions; none where no crash is left to happen. */
  readonly ranges: readonly PointRange[];
  /** Crash points by class, as they were walked through. */
  readonly found: ReadonlyMap<CrashClass, number>;
  /** The same number as the memory's own counters give it. */
  readonly expected: number;
  /** Crash images, where a point has several; absent: one a point. */
  readonly images?: ImageCount;
  readonly end: RecordEnd;
}

export interface ImageCount {
  /** Images by the choices that were walked through. */
  readonly found: bigint;
  /** The same number worked out from the log alone. */
  readonly expected: bigint;
}

/** Records by the index of their class; an array is one. Read one each time it is asked for: it may be unpacked. */
export interface ClassRecords extends Iterable<ClassRecord> {
  readonly length: number;
  at(index: number): ClassRecord | undefined;
}

export interface ClassGraph {
  readonly initial: StateIndex;
  readonly root: ClassIndex;
  readonly records: ClassRecords;
}
