/** LET, and expressions that are evaluated when they are first needed. */
import type { Expr } from '../parse/ast.ts';
import { type Evaluator, type Frame, type Slot, Thunk } from '../value/frame.ts';
import type { Value } from '../value/value.ts';
import type { Compiler } from './compiler.ts';
import type { Env } from './env.ts';
import { READ_NEXT } from './machine.ts';
import { makeInstanceHome } from './names.ts';

/** A thunk of the expression, made anew in every frame. */
export function compileThunk(c: Compiler, expr: Expr, env: Env): (frame: Frame) => Slot {
  const plain = kept(c, c.compile(expr, env));
  let primed: Evaluator | undefined;
  const primedLater = (): Evaluator => {
    primed ??= c.compile(expr, { ...env, primed: true });
    return primed;
  };
  return (frame) => new Thunk(plain, primedLater, frame);
}

/** Evaluates, and says through `Thunk.settle` whether the value may be kept: not if the next state was read. */
function kept(c: Compiler, inner: Evaluator): (frame: Frame, thunk: Thunk) => Value {
  const machine = c.machine;
  return (frame, thunk) => {
    const before = machine.touched;
    machine.touched = 0;
    const value = inner(frame);
    const touches = machine.touched;
    machine.touched = touches | before;
    if ((touches & READ_NEXT) === 0) thunk.keep(value, touches, machine);
    return value;
  };
}
/** LET: definitions without parameters become thunks, the others operators that stand in this frame. */
export function compileLet(c: Compiler, expr: Extract<Expr, { k: 'let' }>, env: Env): Evaluator {
  const prepare = prepareLet(c, expr, env);
  const body = c.compile(expr.body, env);
  if (prepare === undefined) return body;
  return (frame) => {
    prepare(frame);
    return body(frame);
  };
}

/** Declares the units of a LET in its layout; gives what has to be done to a frame before the body runs. */
export function prepareLet(
  c: Compiler,
  expr: Extract<Expr, { k: 'let' }>,
  env: Env,
): ((frame: Frame) => void) | undefined {
  const thunks: { slot: number; make: (frame: Frame) => Slot }[] = [];
  const pending: (() => void)[] = [];
  for (const unit of expr.units) {
    if (unit.k === 'instance') {
      const symbol = c.spec.declarations.get(unit);
      if (symbol?.k === 'instance') {
        env.layout.instances.set(symbol, makeInstanceHome(symbol, env.home, env.layout));
      }
    } else if (unit.k === 'definition') {
      if (unit.params.length > 0) env.layout.operators.set(unit, [undefined, undefined]);
      else {
        const slot = env.layout.add(unit, true);
        pending.push(() => thunks.push({ slot, make: compileThunk(c, unit.body, env) }));
      }
    }
  }
  for (const make of pending) make();
  if (thunks.length === 0) return undefined;
  return (frame) => {
    for (const { slot, make } of thunks) frame[slot] = make(frame);
  };
}
