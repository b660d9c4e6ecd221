/** Sets, functions, records and tuples. */
import { EvaluationError } from '../errors.ts';
import type { Expr } from '../parse/ast.ts';
import { compare, equal } from '../value/compare.ts';
import { type Evaluator, type Frame, snapshot } from '../value/frame.ts';
import { asFunction, callLazy, elementsOf, isReducible, isSet } from '../value/sets.ts';
import { show } from '../value/show.ts';
import {
  EnumeratedSet,
  FunctionSet,
  FunctionValue,
  LazyFunction,
  makeFunction,
  PredicateSet,
  ProductSet,
  RecordSet,
  RecordValue,
  stringRank,
  Tuple,
  type Value,
} from '../value/value.ts';
import { compileLoops, compilePattern, someCombination } from './binders.ts';
import { type Compiler, placed } from './compiler.ts';
import { type Env, Layout } from './env.ts';
import { READ_CURRENT, READ_NEXT } from './machine.ts';

type Of<K extends Expr['k']> = Extract<Expr, { k: K }>;

function compileAll(c: Compiler, items: readonly Expr[], env: Env): (frame: Frame) => Value[] {
  const parts = items.map((item) => c.compile(item, env));
  const count = parts.length;
  return (frame) => {
    const values: Value[] = new Array(count);
    for (let i = 0; i < count; i++) values[i] = (parts[i] as Evaluator)(frame);
    return values;
  };
}

export function compileSetOrFunction(c: Compiler, expr: Expr, env: Env): Evaluator {
  switch (expr.k) {
    case 'set': {
      const items = compileAll(c, expr.items, env);
      return (frame) => new EnumeratedSet(items(frame), false);
    }
    case 'tuple': {
      const items = compileAll(c, expr.items, env);
      return (frame) => new Tuple(items(frame));
    }
    case 'product': {
      const items = compileAll(c, expr.items, env);
      return (frame) => new ProductSet(items(frame));
    }
    case 'record':
    case 'record set':
      return compileRecord(c, expr, env);
    case 'filter':
      return compileFilter(c, expr, env);
    case 'map':
      return compileMap(c, expr, env);
    case 'function':
      return compileFunction(c, expr, env);
    case 'recursive function':
      return compileLazyFunction(c, expr, env);
    case 'function set': {
      const domain = c.compile(expr.domain, env);
      const range = c.compile(expr.range, env);
      return (frame) => new FunctionSet(domain(frame), range(frame));
    }
    case 'except':
      return compileExcept(c, expr, env);
    case 'apply':
      return compileApply(c, expr, env);
    case 'field':
      return compileField(c, expr, env);
    default:
      return c.refuse(`${expr.k} has no value`, expr.at);
  }
}

/** Whether a lazy value is the same in every state. */
function isFixed(c: Compiler, expr: Expr, env: Env): boolean {
  return (c.spec.levels.get(expr) ?? 1) === 0 && env.home.substitutions === undefined;
}

/**
 * A copy of the frame for a lazy value. What such a value will read is not known yet, so unless it is fixed
 * nobody may keep it beyond the state.
 */
function lasting(c: Compiler, frame: Frame, fixed: boolean): Frame {
  const copy = snapshot(frame);
  if (!fixed || copy.pending) c.machine.touched |= READ_CURRENT | READ_NEXT;
  return copy.frame;
}

function compileRecord(c: Compiler, expr: Of<'record' | 'record set'>, env: Env): Evaluator {
  const names = expr.fields.map((field) => field.name);
  const order = names
    .map((_, i) => i)
    .sort((a, b) => stringRank(names[a] as string) - stringRank(names[b] as string));
  const sorted = order.map((i) => names[i] as string);
  const values = compileAll(
    c,
    expr.fields.map((field) => field.value),
    env,
  );
  const arrange = (frame: Frame): Value[] => {
    const given = values(frame);
    return order.map((i) => given[i] as Value);
  };
  if (expr.k === 'record') return (frame) => new RecordValue(sorted, arrange(frame));
  return (frame) => new RecordSet(sorted, arrange(frame));
}

function compileFilter(c: Compiler, expr: Of<'filter'>, env: Env): Evaluator {
  const set = c.compile(expr.set, env);
  const bind = compilePattern(expr.pattern, env.layout, expr.at);
  const test = c.boolean(expr.body, env, 'the condition of a set');
  const fixed = isFixed(c, expr, env);
  return placed(expr.at, (frame) => {
    const base = set(frame);
    if (isReducible(base)) {
      const kept: Value[] = [];
      for (const element of elementsOf(base)) {
        bind(frame, element);
        if (test(frame)) kept.push(element);
      }
      return new EnumeratedSet(kept, true);
    }
    if (!isSet(base))
      throw new EvaluationError(`${show(base)} is not a set, so nothing can be selected from it`);
    const own = lasting(c, frame, fixed);
    return new PredicateSet(base, (element) => {
      bind(own, element);
      return test(own);
    });
  });
}

function compileMap(c: Compiler, expr: Of<'map'>, env: Env): Evaluator {
  const loops = compileLoops(c, expr.bounds, env, env, expr.at);
  const body = c.compile(expr.body, env);
  return placed(expr.at, (frame) => {
    const values: Value[] = [];
    someCombination(loops, frame, (inner) => {
      values.push(body(inner));
      return false;
    });
    return new EnumeratedSet(values, false);
  });
}

/** [x \in S |-> e] over sets that are enumerated at once; otherwise lazily, as TLC does. */
function compileFunction(c: Compiler, expr: Of<'function'>, env: Env): Evaluator {
  const lazy = compileLazyFunction(c, expr, env);
  const patterns = expr.bounds.flatMap((bound) => bound.patterns);
  const only = expr.bounds.length === 1 && patterns.length === 1 ? expr.bounds[0] : undefined;
  const pattern = patterns[0];
  if (only === undefined || pattern === undefined) {
    const sets = expr.bounds.map((bound) => c.compile(bound.set, env));
    return placed(expr.at, (frame) => {
      const fn = lazy(frame);
      const finite = sets.every((set) => isReducible(set(frame)));
      return finite ? asFunction(fn, () => new EvaluationError('a function that is none')) : fn;
    });
  }
  const set = c.compile(only.set, env);
  const bind = compilePattern(pattern, env.layout, expr.at);
  const body = c.compile(expr.body, env);
  return placed(expr.at, (frame) => {
    const domain = set(frame);
    if (!isReducible(domain)) return lazy(frame);
    const keys = elementsOf(domain);
    const values: Value[] = new Array(keys.length);
    for (let i = 0; i < keys.length; i++) {
      bind(frame, keys[i] as Value);
      values[i] = body(frame);
    }
    return makeFunction(keys, values);
  });
}

function compileLazyFunction(c: Compiler, expr: Of<'function' | 'recursive function'>, env: Env): Evaluator {
  const sets = expr.bounds.map((bound) => c.compile(bound.set, env));
  const layout = new Layout(env.layout, env.primed);
  const self = expr.k === 'recursive function' ? layout.add(expr.self, false) : undefined;
  const binders = expr.bounds.flatMap((bound) =>
    bound.patterns.map((pattern) => compilePattern(pattern, layout, expr.at)),
  );
  const body = c.compile(expr.body, { ...env, layout });
  const machine = c.machine;
  const fixed = isFixed(c, expr, env);
  return placed(expr.at, (frame) => {
    const parts = expr.bounds.flatMap((bound, i) => {
      const set = (sets[i] as Evaluator)(frame);
      return bound.patterns.map(() => set);
    });
    const domain = parts.length === 1 ? (parts[0] as Value) : new ProductSet(parts);
    const own = lasting(c, frame, fixed);
    const memo = new Map<Value, Value>();
    const fn: LazyFunction = new LazyFunction(domain, (argument) => {
      const known = memo.get(argument);
      if (known !== undefined) return known;
      const inner: Frame = [own];
      if (self !== undefined) inner[self] = fn;
      if (binders.length === 1) binders[0]?.(inner, argument);
      else {
        const items = asFunction(
          argument,
          () => new EvaluationError('The arguments of a function do not match'),
        );
        if (items.kind !== 'tuple') throw new EvaluationError('The arguments of a function do not match');
        for (let i = 0; i < binders.length; i++) binders[i]?.(inner, items.items[i] as Value);
      }
      const before = machine.touched;
      machine.touched = 0;
      const value = body(inner);
      if (typeof argument !== 'object' && machine.touched === 0) {
        memo.set(argument, value);
      }
      machine.touched |= before;
      return value;
    });
    return fn;
  });
}

/** f[x]: @throws EvaluationError outside of the domain, as TLC. */
export function applyFunction(fn: Value, argument: Value): Value {
  if (typeof fn === 'object') {
    switch (fn.kind) {
      case 'tuple':
        if (typeof argument !== 'number') {
          throw new EvaluationError(
            `Attempted to access ${show(fn)} at ${show(argument)}, which is not an integer`,
          );
        }
        if (argument < 1 || argument > fn.items.length) {
          throw new EvaluationError(
            `Attempted to access index ${argument} of the tuple ${show(fn)}, which is out of bounds`,
          );
        }
        return fn.items[argument - 1] as Value;
      case 'record': {
        if (typeof argument !== 'string') {
          throw new EvaluationError(
            `Attempted to access the record ${show(fn)} at ${show(argument)}, which is not a string`,
          );
        }
        const place = fn.names.indexOf(argument);
        if (place < 0)
          throw new EvaluationError(`Attempted to access the nonexistent field ${argument} of ${show(fn)}`);
        return fn.values[place] as Value;
      }
      case 'function': {
        const place = indexIn(fn, argument);
        if (place < 0) {
          throw new EvaluationError(
            `Attempted to apply ${show(fn)} to ${show(argument)}, which is not in its domain`,
          );
        }
        return fn.values[place] as Value;
      }
      case 'lazy function':
        return callLazy(fn, argument);
      default:
    }
  }
  throw new EvaluationError(`${show(fn)} was applied as a function, but is none`);
}

function indexIn(fn: FunctionValue, argument: Value): number {
  const domain = fn.domain;
  if (domain.length < 9) {
    for (let i = 0; i < domain.length; i++) if (equal(domain[i] as Value, argument)) return i;
    return -1;
  }
  let low = 0;
  let high = domain.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const sign = compare(argument, domain[middle] as Value);
    if (sign === 0) return middle;
    if (sign < 0) high = middle;
    else low = middle + 1;
  }
  return -1;
}

function compileIndex(c: Compiler, args: readonly Expr[], env: Env): Evaluator {
  const only = args[0];
  if (args.length === 1 && only !== undefined) return c.compile(only, env);
  const items = compileAll(c, args, env);
  return (frame) => new Tuple(items(frame));
}

function compileApply(c: Compiler, expr: Of<'apply'>, env: Env): Evaluator {
  const fn = c.compile(expr.fn, env);
  const index = compileIndex(c, expr.args, env);
  return placed(expr.at, (frame) => applyFunction(fn(frame), index(frame)));
}

function compileField(c: Compiler, expr: Of<'field'>, env: Env): Evaluator {
  const record = c.compile(expr.record, env);
  const name = expr.name;
  return placed(expr.at, (frame) => {
    const value = record(frame);
    if (typeof value === 'object' && value.kind === 'record') {
      const place = value.names.indexOf(name);
      if (place >= 0) return value.values[place] as Value;
    }
    if (typeof value !== 'object' || isSet(value)) {
      throw new EvaluationError(`Attempted to select field ${name} from ${show(value)}, which is no record`);
    }
    return applyFunction(value, name);
  });
}

type Step = { readonly field: string } | { readonly index: Evaluator };

/** [f EXCEPT !…]: a path that the function does not have leaves it as it is, as TLC does (with a warning). */
function compileExcept(c: Compiler, expr: Of<'except'>, env: Env): Evaluator {
  const base = c.compile(expr.base, env);
  const slot = env.layout.spare();
  const inner: Env = { ...env, old: { layout: env.layout, slot } };
  const updates = expr.updates.map((update) => ({
    path: update.path.map(
      (selector): Step =>
        selector.k === 'field' ? { field: selector.name } : { index: compileIndex(c, selector.args, env) },
    ),
    value: c.compile(update.value, inner),
  }));
  return placed(expr.at, (frame) => {
    let result = base(frame);
    for (const update of updates) {
      const path = update.path.map((step) => ('field' in step ? step.field : step.index(frame)));
      result = replaceAt(result, path, 0, (old) => {
        const saved = frame[slot];
        frame[slot] = old;
        const value = update.value(frame);
        frame[slot] = saved;
        return value;
      });
    }
    return result;
  });
}

function replaceAt(
  value: Value,
  path: readonly Value[],
  depth: number,
  change: (old: Value) => Value,
): Value {
  if (depth === path.length) return change(value);
  const key = path[depth] as Value;
  const fn = asFunction(
    value,
    () => new EvaluationError(`Attempted to apply EXCEPT to ${show(value)}, which is no function`),
  );
  const place = placeOf(fn, key);
  if (place < 0) return fn;
  const values = fn.kind === 'tuple' ? fn.items : fn.values;
  const changed = replaceAt(values[place] as Value, path, depth + 1, change);
  const copy = values.slice();
  copy[place] = changed;
  switch (fn.kind) {
    case 'tuple':
      return new Tuple(copy);
    case 'record':
      return new RecordValue(fn.names, copy);
    case 'function':
      return new FunctionValue(fn.domain, copy);
  }
}

function placeOf(fn: Tuple | RecordValue | FunctionValue, key: Value): number {
  switch (fn.kind) {
    case 'tuple':
      if (typeof key !== 'number')
        throw new EvaluationError(`Attempted to access ${show(fn)} at ${show(key)}, which is not an integer`);
      return key >= 1 && key <= fn.items.length ? key - 1 : -1;
    case 'record':
      if (typeof key !== 'string')
        throw new EvaluationError(`Attempted to access ${show(fn)} at ${show(key)}, which is not a string`);
      return fn.names.indexOf(key);
    case 'function':
      return indexIn(fn, key);
  }
}
