/** Run-time frames: one per call of an operator, with the values of its parameters and bound names. */
import type { OperatorValue, Value } from './value.ts';

/** An expression that is evaluated when it is first needed (call by need, as TLC does). */
export class Thunk {
  readonly plain: Evaluator;
  /** Makes the same expression's evaluator with every variable primed. */
  readonly primed: () => Evaluator;
  readonly frame: Frame;
  /** Its value may be kept: it does not change while the next state is being built. */
  readonly keep: boolean;
  value: Value | undefined;

  constructor(plain: Evaluator, primed: () => Evaluator, frame: Frame, keep: boolean) {
    this.plain = plain;
    this.primed = primed;
    this.frame = frame;
    this.keep = keep;
    this.value = undefined;
  }

  force(): Value {
    if (this.value !== undefined) return this.value;
    const value = this.plain(this.frame);
    if (this.keep) this.value = value;
    return value;
  }
}

export type Slot = Value | Thunk | OperatorValue | Frame | undefined;

/** Slot 0 is the enclosing frame, the others belong to the operator's own names. */
export type Frame = Slot[];

export type Evaluator = (frame: Frame) => Value;

/**
 * A copy that later changes of bound names do not reach. Values that outlive the evaluation of the expression
 * that made them (lazy sets and functions) hold one.
 */
export function snapshot(frame: Frame): Frame {
  return frame.map((slot) => {
    if (Array.isArray(slot)) return snapshot(slot);
    if (slot instanceof Thunk && slot.value === undefined) {
      return new Thunk(slot.plain, slot.primed, snapshot(slot.frame), slot.keep);
    }
    return slot;
  });
}
