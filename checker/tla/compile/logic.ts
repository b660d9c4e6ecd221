/** Boolean and conditional expressions, and the operators of the language itself. */
import { EvaluationError } from '../errors.ts';
import { compileEnabled } from '../next/enabled.ts';
import type { BuiltinOp, Expr } from '../parse/ast.ts';
import { equal } from '../value/compare.ts';
import type { Evaluator, Frame } from '../value/frame.ts';
import {
  domainOf,
  elementsOf,
  isReducible,
  isSet,
  isSubset,
  member,
  unorderedElements,
} from '../value/sets.ts';
import { show } from '../value/show.ts';
import { CombinedSet, EnumeratedSet, type Interval, PowerSet, UnionSet, type Value } from '../value/value.ts';
import { compileLoops, compilePattern, someCombination } from './binders.ts';
import { type Compiler, placed } from './compiler.ts';
import type { Env } from './env.ts';

type Of<K extends Expr['k']> = Extract<Expr, { k: K }>;

export function compileJunction(c: Compiler, expr: Of<'and' | 'or'>, env: Env): Evaluator {
  const word = expr.k === 'and' ? 'a conjunct' : 'a disjunct';
  const items = expr.items.map((item) => c.boolean(item, env, word));
  const stop = expr.k === 'or';
  const [first, second] = items;
  if (items.length === 2 && first !== undefined && second !== undefined) {
    return stop ? (frame) => first(frame) || second(frame) : (frame) => first(frame) && second(frame);
  }
  const count = items.length;
  return (frame) => {
    for (let i = 0; i < count; i++) {
      if ((items[i] as (frame: Frame) => boolean)(frame) === stop) return stop;
    }
    return !stop;
  };
}

export function compileIf(c: Compiler, expr: Of<'if'>, env: Env): Evaluator {
  const test = c.boolean(expr.test, env, 'the condition of an IF');
  const yes = c.compile(expr.yes, env);
  const no = c.compile(expr.no, env);
  return (frame) => (test(frame) ? yes(frame) : no(frame));
}

export function compileCase(c: Compiler, expr: Of<'case'>, env: Env): Evaluator {
  const arms = expr.arms.map((arm) => ({
    test: c.boolean(arm.test, env, 'the condition of a CASE'),
    value: c.compile(arm.value, env),
  }));
  const other =
    expr.other === undefined
      ? c.refuse('Attempted to evaluate a CASE with no condition true', expr.at)
      : c.compile(expr.other, env);
  return (frame) => {
    for (const arm of arms) if (arm.test(frame)) return arm.value(frame);
    return other(frame);
  };
}

export function compileQuantifier(c: Compiler, expr: Of<'quantifier'>, env: Env): Evaluator {
  const loops = compileLoops(c, expr.bounds, env, env, expr.at);
  const body = c.boolean(expr.body, env, 'the body of a quantifier');
  const run: Evaluator = expr.all
    ? (frame) => !someCombination(loops, frame, (inner) => !body(inner))
    : (frame) => someCombination(loops, frame, body);
  return placed(expr.at, run);
}

export function compileChoose(c: Compiler, expr: Of<'choose'>, env: Env): Evaluator {
  const set = c.compile(expr.set, env);
  const bind = compilePattern(expr.pattern, env.layout, expr.at);
  const body = c.boolean(expr.body, env, 'the body of CHOOSE');
  return placed(expr.at, (frame) => {
    for (const element of elementsOf(set(frame))) {
      bind(frame, element);
      if (body(frame)) return element;
    }
    throw new EvaluationError(
      'Attempted to compute the value of CHOOSE x \\in S: P, but no element of S satisfied P',
    );
  });
}

/** Operators on two values. */
const BINARY: Partial<Record<BuiltinOp, (left: Value, right: Value) => Value>> = {
  '=': equal,
  '/=': (left, right) => !equal(left, right),
  '\\in': member,
  '\\notin': (left, right) => !member(left, right),
  '\\subseteq': isSubset,
  '\\': minus,
  '\\cap': cap,
  '\\cup': cup,
};

function needSets(op: string, left: Value, right: Value): void {
  const wrong = isSet(left) ? (isSet(right) ? undefined : right) : left;
  if (wrong !== undefined)
    throw new EvaluationError(`An operand of ${op} should be a set, but is ${show(wrong)}`);
}

function minus(left: Value, right: Value): Value {
  needSets('\\', left, right);
  if (!isReducible(left)) return new CombinedSet('minus', left, right);
  return filtered(left, (element) => !member(element, right));
}

function filtered(set: EnumeratedSet | Interval, test: (element: Value) => boolean): Value {
  return new EnumeratedSet(elementsOf(set).filter(test), true);
}

function cap(left: Value, right: Value): Value {
  needSets('\\cap', left, right);
  if (isReducible(left)) return filtered(left, (element) => member(element, right));
  if (isReducible(right)) return filtered(right, (element) => member(element, left));
  return new CombinedSet('cap', left, right);
}

function cup(left: Value, right: Value): Value {
  needSets('\\cup', left, right);
  if (!isReducible(left) || !isReducible(right)) return new CombinedSet('cup', left, right);
  const [a, b] = [unorderedElements(left), unorderedElements(right)];
  if (a.length === 0) return right;
  if (b.length === 0) return left;
  return new EnumeratedSet([...a, ...b], false);
}

function union(set: Value): Value {
  if (!isSet(set)) throw new EvaluationError(`The operand of UNION should be a set, but is ${show(set)}`);
  if (!isReducible(set)) return new UnionSet(set);
  const parts = elementsOf(set);
  for (const part of parts) {
    if (!isSet(part))
      throw new EvaluationError(`An element of the operand of UNION should be a set, but is ${show(part)}`);
  }
  if (!parts.every(isReducible)) return new UnionSet(set);
  return new EnumeratedSet(parts.flatMap(unorderedElements), false);
}

function unary(op: BuiltinOp): ((value: Value) => Value) | undefined {
  switch (op) {
    case 'SUBSET':
      return (value) => new PowerSet(value);
    case 'UNION':
      return union;
    case 'DOMAIN':
      return domainOf;
    default:
      return undefined;
  }
}

export function compileOperator(c: Compiler, expr: Of<'op'>, env: Env): Evaluator {
  const [first, second] = expr.args;
  if (first === undefined) return c.refuse(`${expr.op} without operand`, expr.at);
  const binary = BINARY[expr.op];
  if (binary !== undefined && second !== undefined) {
    const left = c.compile(first, env);
    const right = c.compile(second, env);
    return placed(expr.at, (frame) => binary(left(frame), right(frame)));
  }
  const one = unary(expr.op);
  if (one !== undefined) {
    const operand = c.compile(first, env);
    return placed(expr.at, (frame) => one(operand(frame)));
  }
  switch (expr.op) {
    case '\\lnot': {
      const operand = c.boolean(first, env, 'the operand of ~');
      return (frame) => !operand(frame);
    }
    case '=>':
    case '\\equiv':
      if (second === undefined) return c.refuse(`${expr.op} without operand`, expr.at);
      return compileImplication(c, expr.op, first, second, env);
    case "'":
      return c.compile(first, { ...env, primed: true });
    case 'UNCHANGED': {
      const before = c.compile(first, env);
      const after = c.compile(first, { ...env, primed: true });
      return placed(expr.at, (frame) => equal(before(frame), after(frame)));
    }
    case 'ENABLED':
      return compileEnabled(c, first, env);
    default:
      return c.refuse(`${expr.op} is not a formula about one step`, expr.at);
  }
}

function compileImplication(
  c: Compiler,
  op: '=>' | '\\equiv',
  first: Expr,
  second: Expr,
  env: Env,
): Evaluator {
  const left = c.boolean(first, env, `an operand of ${op}`);
  const right = c.boolean(second, env, `an operand of ${op}`);
  if (op === '=>') return (frame) => !left(frame) || right(frame);
  return (frame) => {
    const a = left(frame);
    return a === right(frame);
  };
}
