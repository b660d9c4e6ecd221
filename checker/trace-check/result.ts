import type { Verdict } from '../report/model.ts';

/** A step on the way to a finding. */
export interface PathStep {
  readonly action: string;
  readonly args: readonly unknown[];
  readonly state: Readonly<Record<string, unknown>>;
  /** The line of the trace file where the step was first seen. */
  readonly line: number;
  readonly event?: string;
}

/** One root cause in a trace, with the shortest way to it. */
export interface TraceFinding {
  /**
   * What does not hold: the operator of an action, an invariant, a property, the initial predicate, or
   * '(unnoticed)' for a step that the mapping says the spec must not notice.
   */
  readonly name: string;
  readonly kind: 'action' | 'property' | 'refinement' | 'invariant' | 'initial' | 'unnoticed';
  /** The conjunct that is false, as the spec words it; absent for 'unnoticed'. */
  readonly conjunct?: { readonly text: string; readonly module: string; readonly line: number };
  /** The variables in which the step and the spec disagree, where they are known. */
  readonly differing: readonly string[];
  /** The first state of a run, and the steps from there up to and with the one that leaves the spec. */
  readonly initial: Readonly<Record<string, unknown>>;
  readonly path: readonly PathStep[];
  /** How many distinct steps or states share this root. */
  readonly count: number;
}

/** What the check of somebody's trace against somebody's spec found. */
export interface TraceCheckResult {
  readonly format: 'fukugen-trace-check/1';
  readonly verdict: Verdict;
  readonly file: string;
  readonly module: string;
  readonly runs: number;
  /** Distinct ones. */
  readonly states: number;
  readonly steps: number;
  readonly findings: readonly TraceFinding[];
  /** What would make a green mean nothing. */
  readonly vacuous: readonly string[];
  /** What could not be evaluated. */
  readonly undecided: readonly string[];
  /** On how many distinct steps each action held. */
  readonly actions: Readonly<Record<string, number>>;
  readonly engines: readonly string[];
  readonly provenance: Readonly<Record<string, string>>;
}
