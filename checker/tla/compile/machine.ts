/** What compiled expressions read: the current and the next state. */
import { EvaluationError } from '../errors.ts';
import type { Value } from '../value/value.ts';

/** Bits of `touched`. */
export const READ_CURRENT = 1;
export const READ_NEXT = 2;

export class Machine {
  /** The state that unprimed variables mean. */
  current: readonly (Value | undefined)[] = [];
  /** The state that primed variables mean; undefined where it is not yet known. */
  next: (Value | undefined)[] = [];
  /** Which states were read since somebody cleared this. */
  touched = 0;
  /** Changes whenever `current` does: results that depend on it alone may be kept until then. */
  version = 1;
  /** The name of the action that is giving successors, for counterexamples. */
  action = '';

  useCurrent(state: readonly (Value | undefined)[]): void {
    this.current = state;
    this.version++;
  }
}

export function undefinedVariable(name: string): EvaluationError {
  return new EvaluationError(`The variable ${name} has no value here: nothing has assigned it yet`);
}
