/** What a configuration asks of a model, as things to evaluate. */
import { UsageError } from '../../errors.ts';
import type { Compiler } from '../compile/compiler.ts';
import type { Config } from '../config/config.ts';
import { EvaluationError } from '../errors.ts';
import type { Predicate, Program } from '../program.ts';
import type { Evaluator } from '../value/frame.ts';
import { behaviour, formulaNamed, type Placed, takeApart } from './formulas.ts';

/** A check with the words for its violation. */
export interface Check {
  readonly name: string;
  readonly kind: 'invariant' | 'action property' | 'refinement' | 'initial property';
  readonly test: () => boolean;
  readonly predicate: Predicate;
}

export function isTrue(evaluator: Evaluator): boolean {
  const value = evaluator([undefined]);
  if (typeof value === 'boolean') return value;
  throw new EvaluationError('A constraint is not a boolean');
}

export function initAndNext(program: Program, config: Config): { init: Placed; next: Placed } {
  if (config.specification !== undefined) {
    if (config.init !== undefined || config.next !== undefined) {
      throw new UsageError('A configuration names SPECIFICATION, or INIT and NEXT, not both');
    }
    return behaviour(program, config.specification);
  }
  if (config.init === undefined || config.next === undefined) {
    throw new UsageError(
      'The configuration names no SPECIFICATION, and not both INIT and NEXT',
      'Name them.',
    );
  }
  return { init: formulaNamed(program, config.init), next: formulaNamed(program, config.next) };
}

function checkOf(c: Compiler, kind: Check['kind'], formula: Placed): Check {
  const test = c.boolean(formula.expr, formula.env, `the property ${formula.name}`);
  const { at } = formula.expr;
  const definition = {
    k: 'definition',
    name: formula.name,
    params: [],
    body: formula.expr,
    local: true,
    at,
  } as const;
  const compiled = { layout: formula.env.layout, body: test };
  return {
    name: formula.name,
    kind,
    test: () => test([undefined]),
    predicate: { name: formula.name, definition, compiled, home: formula.env.home },
  };
}

export function collectChecks(program: Program, config: Config): Check[] {
  const c = program.compiler;
  const checks = config.invariants.map((name) => checkOf(c, 'invariant', formulaNamed(program, name)));
  for (const name of config.properties) {
    const parts = takeApart(c, formulaNamed(program, name));
    const refines = parts.some((part) => part.k === 'initial') && parts.some((part) => part.k === 'step');
    for (const part of parts) {
      if (part.k === 'fairness') {
        throw new UsageError(
          `The property ${name} demands fairness, which the embedded engine does not check`,
          'Liveness is checked by TLC (fukugen tlc install).',
        );
      }
      const stepKind = refines ? 'refinement' : 'action property';
      const kind = part.k === 'always' ? 'invariant' : part.k === 'step' ? stepKind : 'initial property';
      checks.push(checkOf(c, kind, part.formula));
    }
  }
  return checks;
}
