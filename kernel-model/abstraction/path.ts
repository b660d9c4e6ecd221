/** The path of one run: abstract states and labelled steps, each at its place in the store log. */
import type { KernelPhase } from '../probe.ts';
import type { StateId } from './abstract-state.ts';

/** What the last commit made durable: the hashes of the important pages. */
export interface CommittedPages {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

export type EventArg = string | number | readonly string[];

/** One step: from the state before it to `state`, once `position` entries of the store log have happened. */
export interface PathStep {
  readonly position: number;
  readonly action: string;
  readonly args: readonly EventArg[];
  readonly state: StateId;
  /** What is promised from this step on. */
  readonly committed: CommittedPages;
  /**
   * The entry of the store log that makes this commit durable. Where a failure has taken that store, the step
   * has not been; it must be durable by the next kernel exit or device effect.
   */
  readonly commitEntry?: number;
}

/** From `position` on, the run is in this phase. */
export interface PhaseMark {
  readonly position: number;
  readonly phase: KernelPhase;
}
