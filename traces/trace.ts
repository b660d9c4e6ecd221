import type { TraceState, TraceValue } from './value.ts';

/** A step of a recorded run: the action that the traced system says it took, and the state after it. */
export interface RecordedStep {
  /** Absent where the trace does not say which action it was (plain ITF). */
  readonly action?: string;
  readonly args: readonly TraceValue[];
  readonly state: TraceState;
  /** Where the step comes from, in the traced system's words. */
  readonly event?: string;
  /** The line of the trace file, counted from 1; for ITF the state's place in the list. */
  readonly line: number;
}

export interface RecordedRun {
  readonly initial: TraceState;
  readonly steps: readonly RecordedStep[];
  readonly line: number;
}

/** A trace file as it is read: NDJSON and ITF come to the same. */
export interface RecordedTrace {
  readonly file: string;
  readonly variables: readonly string[];
  readonly provenance: Readonly<Record<string, string>>;
  readonly runs: readonly RecordedRun[];
}
