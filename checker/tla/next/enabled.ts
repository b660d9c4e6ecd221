/** ENABLED A: whether A has a successor. */
import type { Compiler } from '../compile/compiler.ts';
import type { Env } from '../compile/env.ts';
import { READ_CURRENT, READ_NEXT } from '../compile/machine.ts';
import type { Expr } from '../parse/ast.ts';
import type { Evaluator } from '../value/frame.ts';
import { ActionCompiler } from './action.ts';

/** Stops the enumeration at the first successor. */
class Found extends Error {}

export function compileEnabled(c: Compiler, expr: Expr, env: Env): Evaluator {
  const actions = new ActionCompiler(c);
  const found = new Found();
  actions.found = () => {
    throw found;
  };
  const { machine } = c;
  const step = actions.step(expr, { ...env, primed: false }, undefined);
  return (frame) => {
    const { current, next, action } = machine;
    if (env.primed) machine.useCurrent(next);
    machine.next = new Array(next.length > 0 ? next.length : c.variables.length).fill(undefined);
    const before = machine.touched;
    try {
      step.run(frame.slice(), undefined);
      return false;
    } catch (error) {
      if (error === found) return true;
      throw error;
    } finally {
      machine.next = next;
      machine.action = action;
      if (env.primed) machine.useCurrent(current);
      machine.touched = before | (env.primed ? READ_NEXT | READ_CURRENT : READ_CURRENT);
    }
  };
}
