/** Operators of the standard modules, computed by the engine itself. */
import type { OperatorValue, Value } from '../value/value.ts';

export type Argument = Value | OperatorValue;

export interface StandardOperator {
  readonly name: string;
  /** For each parameter: 0 for a value, n for an operator of n arguments. */
  readonly arities: readonly number[];
  /** Undefined: known, but refused where it is used. */
  readonly compute: ((...args: Argument[]) => Value) | undefined;
}
