/** Takes temporal formulas apart into what a search can check: initial predicates, invariants and steps. */
import { UsageError } from '../../errors.ts';
import type { Compiler } from '../compile/compiler.ts';
import { type Env, Layout } from '../compile/env.ts';
import { stageOf } from '../compile/names.ts';
import { UncoveredError } from '../errors.ts';
import type { Expr } from '../parse/ast.ts';
import type { Program } from '../program.ts';

/** A formula where it stands: in the root module or in an instance. */
export interface Placed {
  readonly name: string;
  readonly expr: Expr;
  readonly env: Env;
}

export type Part =
  | { readonly k: 'initial'; readonly formula: Placed }
  | { readonly k: 'always'; readonly formula: Placed }
  /** `[][A]_v`: the formula is the `[A]_v`. */
  | { readonly k: 'step'; readonly formula: Placed }
  | { readonly k: 'fairness'; readonly formula: Placed };

function isTemporal(c: Compiler, expr: Expr, env: Env): boolean {
  switch (expr.k) {
    case 'op':
      if (['[]', '<>', '~>', '-+->'].includes(expr.op)) return true;
      return expr.args.some((arg) => isTemporal(c, arg, env));
    case 'fairness':
      return true;
    case 'and':
    case 'or':
      return expr.items.some((item) => isTemporal(c, item, env));
    case 'quantifier':
      return isTemporal(c, expr.body, env);
    case 'let':
      return isTemporal(c, expr.body, env);
    case 'if':
      return isTemporal(c, expr.yes, env) || isTemporal(c, expr.no, env);
    case 'name': {
      const reference = c.spec.references.get(expr);
      if (reference === undefined || reference.symbol.k === 'param') return false;
      const { symbol } = stageOf(c, reference, env);
      return symbol.k === 'operator' && symbol.level === 3;
    }
    default:
      return false;
  }
}

function liveness(part: Expr): UncoveredError {
  return new UncoveredError('liveness (fairness, <>, ~>) as a property', part.at);
}

/** @throws UncoveredError for temporal formulas that are not about single steps. */
export function takeApart(c: Compiler, placed: Placed): Part[] {
  const { expr, env, name } = placed;
  switch (expr.k) {
    case 'and':
      return expr.items.flatMap((item) => takeApart(c, { ...placed, expr: item }));
    case 'fairness':
      return [{ k: 'fairness', formula: placed }];
    case 'name': {
      const reference = c.spec.references.get(expr);
      if (reference === undefined || reference.symbol.k === 'param' || !isTemporal(c, expr, env)) break;
      const { stage, symbol } = stageOf(c, reference, env);
      if (symbol.k !== 'operator' || symbol.definition === undefined) break;
      if (expr.args.length > 0 || stage.home.layout !== undefined) {
        throw new UncoveredError('a temporal formula with parameters', expr.at);
      }
      const inner: Env = { home: stage.home, layout: new Layout(undefined, false), primed: false };
      return takeApart(c, { name, expr: symbol.definition.body, env: inner });
    }
    case 'op': {
      if (expr.op !== '[]') break;
      const inner = expr.args[0];
      if (inner === undefined) break;
      if (inner.k === 'box') return [{ k: 'step', formula: { ...placed, expr: inner } }];
      return always(c, { ...placed, expr: inner });
    }
    default:
  }
  if (isTemporal(c, expr, env)) {
    if (everyFair(expr)) return [{ k: 'fairness', formula: placed }];
    throw liveness(expr);
  }
  return [{ k: 'initial', formula: placed }];
}

/** `[]P`: a conjunction falls apart; `[][A]_v` may stand inside too. */
function always(c: Compiler, placed: Placed): Part[] {
  const { expr, env } = placed;
  if (!isTemporal(c, expr, env)) return [{ k: 'always', formula: placed }];
  if (expr.k === 'and') return expr.items.flatMap((item) => always(c, { ...placed, expr: item }));
  throw liveness(expr);
}

/** `\A x \in S : WF_v(A(x))` and the like. */
function everyFair(expr: Expr): boolean {
  if (expr.k === 'fairness') return true;
  if (expr.k === 'quantifier') return expr.all && everyFair(expr.body);
  if (expr.k === 'and') return expr.items.every(everyFair);
  return false;
}

/** Init and Next of a behaviour specification. @throws UsageError if it is not `Init /\ [][Next]_v`. */
export function behaviour(program: Program, name: string): { readonly init: Placed; readonly next: Placed } {
  const parts = takeApart(program.compiler, formulaNamed(program, name));
  const inits = parts.filter((part) => part.k === 'initial');
  const nexts = parts.filter((part) => part.k === 'step');
  const next = nexts[0]?.formula;
  if (
    parts.some((part) => part.k === 'always') ||
    next?.expr.k !== 'box' ||
    nexts.length > 1 ||
    inits.length === 0
  ) {
    throw new UsageError(
      `${name} is not of the form Init /\\ [][Next]_vars`,
      'Name Init and Next in the configuration.',
    );
  }
  const first = (inits[0] as Part).formula;
  const init: Placed =
    inits.length === 1
      ? first
      : {
          ...first,
          expr: { k: 'and', items: inits.map((part) => part.formula.expr), list: false, at: first.expr.at },
        };
  return { init, next: { ...next, expr: next.expr.action } };
}

/** The body of an operator of the root module (also `I!Op`), without parameters. */
export function formulaNamed(program: Program, name: string): Placed {
  const { definition } = program.predicate(name);
  return { name, expr: definition.body, env: program.compiler.rootEnv() };
}
