/** Bound names: how the elements of sets get into a frame's slots. */
import { EvaluationError } from '../errors.ts';
import type { At, Bound, Pattern } from '../parse/ast.ts';
import type { Evaluator, Frame } from '../value/frame.ts';
import { asFunction, elementsOf } from '../value/sets.ts';
import { show } from '../value/show.ts';
import type { Value } from '../value/value.ts';
import type { Compiler } from './compiler.ts';
import type { Env, Layout } from './env.ts';

/** Puts an element into the slots of a pattern. */
export type Binder = (frame: Frame, element: Value) => void;

export function compilePattern(pattern: Pattern, layout: Layout, at: At): Binder {
  const slots = pattern.params.map((param) => layout.add(param, false));
  if (!pattern.tuple) {
    const slot = slots[0] as number;
    return (frame, element) => {
      frame[slot] = element;
    };
  }
  return (frame, element) => {
    const error = (): EvaluationError =>
      new EvaluationError(`${show(element)} is no tuple of ${slots.length} elements`, at);
    const fn = asFunction(element, error);
    if (fn.kind !== 'tuple' || fn.items.length !== slots.length) throw error();
    for (let i = 0; i < slots.length; i++) frame[slots[i] as number] = fn.items[i];
  };
}

/** One loop: the set, and where its elements go. */
export interface Loop {
  readonly set: Evaluator;
  readonly bind: Binder;
}

/** One loop per bound name; the sets must be compiled before the names are visible. */
export function compileLoops(c: Compiler, bounds: readonly Bound[], env: Env, inner: Env, at: At): Loop[] {
  const sets = bounds.map((bound) => c.compile(bound.set, env));
  return bounds.flatMap((bound, i) =>
    bound.patterns.map((pattern) => ({
      set: sets[i] as Evaluator,
      bind: compilePattern(pattern, inner.layout, at),
    })),
  );
}

/**
 * Runs `visit` for every combination until it gives true; says whether it did. All sets are evaluated first,
 * as TLC does: a set that cannot be enumerated is an error even if another is empty.
 */
export function someCombination(
  loops: readonly Loop[],
  frame: Frame,
  visit: (frame: Frame) => boolean,
): boolean {
  if (loops.length === 1) {
    const loop = loops[0] as Loop;
    const items = elementsOf(loop.set(frame));
    for (let i = 0; i < items.length; i++) {
      loop.bind(frame, items[i] as Value);
      if (visit(frame)) return true;
    }
    return false;
  }
  const lists = loops.map((loop) => elementsOf(loop.set(frame)));
  return descend(loops, lists, 0, frame, visit);
}

function descend(
  loops: readonly Loop[],
  lists: readonly (readonly Value[])[],
  depth: number,
  frame: Frame,
  visit: (frame: Frame) => boolean,
): boolean {
  const loop = loops[depth];
  const items = lists[depth];
  if (loop === undefined || items === undefined) return visit(frame);
  for (let i = 0; i < items.length; i++) {
    loop.bind(frame, items[i] as Value);
    if (descend(loops, lists, depth + 1, frame, visit)) return true;
  }
  return false;
}
