/** Run-time frames: one per call of an operator, with the values of its parameters and bound names. */
import type { OperatorValue, Value } from './value.ts';

/** Who notices which states an evaluation reads. */
export interface Reads {
  touched: number;
}

/** An expression that is evaluated when it is first needed (call by need, as TLC does). */
export class Thunk {
  declare private readonly evaluate: (frame: Frame, thunk: Thunk) => Value;
  /** Makes the same expression's evaluator with every variable primed. */
  declare readonly primed: () => Evaluator;
  declare readonly frame: Frame;
  declare private value: Value | undefined;
  declare private touches: number;
  declare private reads: Reads | undefined;

  constructor(evaluate: (frame: Frame, thunk: Thunk) => Value, primed: () => Evaluator, frame: Frame) {
    this.evaluate = evaluate;
    this.primed = primed;
    this.frame = frame;
    this.value = undefined;
    this.touches = 0;
    this.reads = undefined;
  }

  /** Remembers the value, and that whoever uses it has read what it read. */
  keep(value: Value, touches: number, reads: Reads): void {
    this.value = value;
    this.touches = touches;
    this.reads = reads;
  }

  force(): Value {
    if (this.value === undefined) return this.evaluate(this.frame, this);
    if (this.reads !== undefined) this.reads.touched |= this.touches;
    return this.value;
  }

  get pending(): boolean {
    return this.value === undefined;
  }

  /** The same thunk over another frame. */
  over(frame: Frame): Thunk {
    return new Thunk(this.evaluate, this.primed, frame);
  }
}

export type Slot = Value | Thunk | OperatorValue | Frame | undefined;

/** Slot 0 is the enclosing frame, the others belong to the operator's own names. */
export type Frame = Slot[];

export type Evaluator = (frame: Frame) => Value;

/**
 * A copy that later changes of bound names do not reach, for values that outlive the evaluation of the
 * expression that made them (lazy sets and functions). `pending` says that it holds unevaluated thunks.
 */
export function snapshot(frame: Frame): { readonly frame: Frame; readonly pending: boolean } {
  const copies = new Map<Frame, Frame>();
  let pending = false;
  const copyOf = (original: Frame): Frame => {
    const known = copies.get(original);
    if (known !== undefined) return known;
    const copy: Frame = [];
    copies.set(original, copy);
    for (const slot of original) {
      if (Array.isArray(slot)) copy.push(copyOf(slot));
      else if (slot instanceof Thunk) {
        pending ||= slot.pending;
        copy.push(slot.pending ? slot.over(copyOf(slot.frame)) : slot);
      } else copy.push(slot);
    }
    return copy;
  };
  return { frame: copyOf(frame), pending };
}
