import { condition, getCf } from '../flags.ts';

/** What compiled code asks of flags that it knows nothing of at compile time. */

const flagState = { lazy: 0, flagLeft: 0, flagRight: 0, flagResult: 0, flagSign: 0, flags: 0 };

function put(
  lazy: number,
  left: number,
  right: number,
  result: number,
  sign: number,
  flags: number,
): typeof flagState {
  flagState.lazy = lazy;
  flagState.flagLeft = left;
  flagState.flagRight = right;
  flagState.flagResult = result;
  flagState.flagSign = sign;
  flagState.flags = flags;
  return flagState;
}

/** CF of flags in locals. */
export const carryOfLocals = (
  lazy: number,
  left: number,
  right: number,
  result: number,
  sign: number,
  flags: number,
): number => getCf(put(lazy, left, right, result, sign, flags));

/** A condition on flags in locals. */
export const conditionOfLocals = (
  code: number,
  lazy: number,
  left: number,
  right: number,
  result: number,
  sign: number,
  flags: number,
): boolean => condition(put(lazy, left, right, result, sign, flags), code);
