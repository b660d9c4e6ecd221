/** When a step is no step of the abstract spec: what its instance's variables stand for has not changed. */
import { type Env, Layout } from '../compile/env.ts';
import { stageOf } from '../compile/names.ts';
import { type Expr, textAt } from '../parse/ast.ts';
import type { Predicate, Program } from '../program.ts';
import { equal } from '../value/compare.ts';
import type { Evaluator } from '../value/frame.ts';

interface Seen {
  /** The expression in the words of the module that has the instance. */
  readonly text: string;
  readonly before: Evaluator;
  readonly after: Evaluator;
}

/**
 * A test of whether a step leaves unchanged every variable of the instance that the operator belongs to; of the
 * module itself if it belongs to none.
 */
export function stuttering(program: Program, predicate: Predicate): () => boolean {
  const seen = instanceVariables(program, predicate.definition.body, program.compiler.rootEnv());
  if (seen === undefined) {
    const { machine } = program;
    return () => machine.next.every((value, i) => equal(machine.current[i] ?? false, value ?? false));
  }
  return () => seen.every(({ before, after }) => equal(before([undefined]), after([undefined])));
}

/** The same variables as text for another module: what `[A]_v` has to name. */
export function stutterText(program: Program, predicate: Predicate): string[] {
  const seen = instanceVariables(program, predicate.definition.body, program.compiler.rootEnv());
  return (seen ?? program.compiler.variables.map((variable) => ({ text: variable.name }))).map(
    ({ text }) => text,
  );
}

function isPlainName(expr: Expr): expr is Extract<Expr, { k: 'name' }> {
  return expr.k === 'name' && expr.path.length === 0 && expr.args.length === 0;
}

/** Follows operators without parameters until one belongs to an instance. */
function instanceVariables(program: Program, expr: Expr, env: Env): readonly Seen[] | undefined {
  const c = program.compiler;
  if (expr.k !== 'name') return undefined;
  const reference = c.spec.references.get(expr);
  if (reference === undefined || reference.symbol.k === 'param') return undefined;
  const { stage, symbol } = stageOf(c, reference, env);
  const { substitutions, outside } = stage.home;
  if (substitutions === undefined || outside === undefined) {
    if (symbol.k !== 'operator' || symbol.definition === undefined) return undefined;
    return instanceVariables(program, symbol.definition.body, env);
  }
  return [...substitutions]
    .filter(([replaced]) => replaced.k === 'variable')
    .map(([, value]) => ({
      text: isPlainName(value) ? value.name : textAt(value.at),
      before: c.compile(value, { ...outside, layout: new Layout(undefined, false), primed: false }),
      after: c.compile(value, { ...outside, layout: new Layout(undefined, true), primed: true }),
    }));
}
