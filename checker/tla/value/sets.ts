/** Enumerating sets, membership, and functions as finite functions. */
import { EvaluationError } from '../errors.ts';
import { compare, equal } from './compare.ts';
import { show } from './show.ts';
import {
  type CombinedSet,
  EnumeratedSet,
  type FunctionSet,
  type FunctionValue,
  type Interval,
  type LazyFunction,
  makeFunction,
  makeRecord,
  type RecordSet,
  type RecordValue,
  type SetValue,
  Tuple,
  type Value,
} from './value.ts';

/** Above this, enumerating would only exhaust the memory; TLC has the same limit (`-maxSetSize`). */
export const SET_SIZE_MAX = 1_000_000;

export function isSet(value: Value): value is SetValue {
  if (typeof value !== 'object') return false;
  switch (value.kind) {
    case 'model':
    case 'tuple':
    case 'record':
    case 'function':
    case 'lazy function':
      return false;
    default:
      return true;
  }
}

/** An enumerated set or an interval: TLC computes with these at once and keeps the others as definitions. */
export function isReducible(value: Value): value is EnumeratedSet | Interval {
  return typeof value === 'object' && (value.kind === 'set' || value.kind === 'interval');
}

export function sortUnique(items: readonly Value[]): Value[] {
  const sorted = [...items].sort(compare);
  let kept = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (i > 0 && compare(sorted[kept - 1] as Value, sorted[i] as Value) === 0) continue;
    sorted[kept++] = sorted[i] as Value;
  }
  sorted.length = kept;
  return sorted;
}

function tooLarge(set: Value): EvaluationError {
  return new EvaluationError(`The set ${show(set)} has more than ${SET_SIZE_MAX} elements`);
}

function intervalItems(set: Interval): number[] {
  if (set.high - set.low + 1 > SET_SIZE_MAX) throw tooLarge(set);
  const items: number[] = [];
  for (let i = set.low; i <= set.high; i++) items.push(i);
  return items;
}

/**
 * The elements in canonical order, each once.
 * @throws EvaluationError if the value is no set or cannot be enumerated.
 */
export function elementsOf(set: Value): readonly Value[] {
  if (typeof set === 'object') {
    if (set.kind === 'set') {
      if (!set.sorted) {
        set.items = sortUnique(set.items);
        set.sorted = true;
      }
      return set.items;
    }
    if (set.kind === 'interval') return intervalItems(set);
  }
  if (!isSet(set)) throw new EvaluationError(`${show(set)} is not a set and cannot be enumerated`);
  if (!isDefined(set)) {
    throw new EvaluationError(`Attempted to enumerate ${show(set)}, which is not enumerable`);
  }
  if (set.enumerated === undefined) set.enumerated = new EnumeratedSet(sortUnique(unsorted(set)), true);
  return set.enumerated.items;
}

/** The elements in any order, perhaps twice: enough to make another set of them. */
export function unorderedElements(set: Value): readonly Value[] {
  if (typeof set === 'object' && set.kind === 'set') return set.items;
  return elementsOf(set);
}

type Defined = Extract<SetValue, { enumerated: EnumeratedSet | undefined }>;

function isDefined(set: SetValue): set is Defined {
  return 'enumerated' in set;
}

function unsorted(set: Defined): Value[] {
  switch (set.kind) {
    case 'power set':
      return subsets(elementsOf(set.base), set);
    case 'function set':
      return functions(set);
    case 'record set':
      return records(set);
    case 'product':
      return combinations(set.sets.map(elementsOf), set).map((items) => new Tuple(items));
    case 'filter':
      return elementsOf(set.base).filter(set.test);
    case 'union':
      return elementsOf(set.base).flatMap((element) => elementsOf(element));
    case 'combined':
      return combined(set);
  }
}

function combined(set: CombinedSet): Value[] {
  const left = elementsOf(set.left);
  switch (set.op) {
    case 'cup':
      return [...left, ...elementsOf(set.right)];
    case 'cap':
      return left.filter((element) => member(element, set.right));
    case 'minus':
      return left.filter((element) => !member(element, set.right));
  }
}

function subsets(items: readonly Value[], set: Value): Value[] {
  if (items.length > 19) throw tooLarge(set);
  const all: Value[] = [];
  const total = 2 ** items.length;
  for (let mask = 0; mask < total; mask++) {
    all.push(
      new EnumeratedSet(
        items.filter((_, index) => (mask & (1 << index)) !== 0),
        true,
      ),
    );
  }
  return all;
}

/** One element of each list, in every way; the last changes fastest. */
function combinations(lists: readonly (readonly Value[])[], set: Value): Value[][] {
  if (lists.reduce((count, list) => count * list.length, 1) > SET_SIZE_MAX) throw tooLarge(set);
  let all: Value[][] = [[]];
  for (const list of lists) {
    const longer: Value[][] = [];
    for (const start of all) for (const item of list) longer.push([...start, item]);
    all = longer;
  }
  return all;
}

function functions(set: FunctionSet): Value[] {
  const domain = elementsOf(set.domain);
  const range = elementsOf(set.range);
  return combinations(
    domain.map(() => range),
    set,
  ).map((values) => makeFunction(domain, values));
}

function records(set: RecordSet): Value[] {
  return combinations(set.sets.map(elementsOf), set).map((values) => makeRecord(set.names, values));
}

/**
 * TLA+'s `\in`.
 * @throws EvaluationError where TLC cannot tell.
 */
export function member(element: Value, set: Value): boolean {
  if (typeof set !== 'object') throw notASet(element, set);
  switch (set.kind) {
    case 'set':
      return memberOfItems(element, set);
    case 'interval':
      if (typeof element === 'number') return element >= set.low && element <= set.high;
      if (set.low > set.high || isUntyped(element)) return false;
      throw new EvaluationError(`Attempted to check if ${show(element)} is in the interval ${show(set)}`);
    case 'infinite':
      return memberOfInfinite(element, set.name, set);
    case 'model':
    case 'tuple':
    case 'record':
    case 'function':
    case 'lazy function':
      throw notASet(element, set);
    case 'filter':
      return member(element, set.base) && set.test(element);
    case 'union':
      return elementsOf(set.base).some((part) => member(element, part));
    case 'combined':
      if (set.op === 'cup') return member(element, set.left) || member(element, set.right);
      return member(element, set.left) && member(element, set.right) === (set.op === 'cap');
    case 'power set':
      if (!isSet(element)) throw wrongElement(element, set);
      return elementsOf(element).every((part) => member(part, set.base));
    case 'sequences':
    case 'product':
    case 'function set':
    case 'record set':
      return isUntyped(element) ? false : memberOfFunctions(element, set);
  }
}

function notASet(element: Value, set: Value): EvaluationError {
  return new EvaluationError(
    `Attempted to check if ${show(element)} is an element of ${show(set)}, which is no set`,
  );
}

function wrongElement(element: Value, set: Value): EvaluationError {
  return new EvaluationError(`Attempted to check if ${show(element)} is an element of ${show(set)}`);
}

function isUntyped(value: Value): boolean {
  return typeof value === 'object' && value.kind === 'model' && value.type === '';
}

function memberOfItems(element: Value, set: EnumeratedSet): boolean {
  const items = set.items;
  if (!set.sorted || items.length < 6) {
    for (let i = 0; i < items.length; i++) if (equal(items[i] as Value, element)) return true;
    return false;
  }
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const sign = compare(element, items[middle] as Value);
    if (sign === 0) return true;
    if (sign < 0) high = middle;
    else low = middle + 1;
  }
  return false;
}

function memberOfInfinite(element: Value, name: string, set: Value): boolean {
  if (name === 'Any') return true;
  if (isUntyped(element)) return false;
  if (name === 'STRING') {
    if (typeof element === 'string') return true;
  } else if (typeof element === 'number') {
    return name !== 'Nat' || element >= 0;
  }
  throw wrongElement(element, set);
}

type OfFunctions = Extract<SetValue, { kind: 'sequences' | 'product' | 'function set' | 'record set' }>;

function memberOfFunctions(element: Value, set: OfFunctions): boolean {
  const error = (): EvaluationError => wrongElement(element, set);
  if (isSet(element)) throw error();
  const fn = asFunction(element, error);
  switch (set.kind) {
    case 'function set': {
      if (!equal(set.domain, domainOf(fn))) return false;
      const values = fn.kind === 'tuple' ? fn.items : fn.values;
      return values.every((value) => member(value, set.range));
    }
    case 'record set':
      if (fn.kind === 'tuple' && fn.items.length === 0) return set.names.length === 0;
      if (fn.kind !== 'record') throw error();
      if (fn.names.length !== set.names.length) return false;
      return fn.names.every(
        (name, i) => name === set.names[i] && member(fn.values[i] as Value, set.sets[i] as Value),
      );
    case 'sequences':
    case 'product':
      if (fn.kind === 'record') throw error();
      if (fn.kind === 'function') {
        if (set.kind === 'sequences' || !fn.domain.every((part) => typeof part === 'number')) throw error();
        return false;
      }
      if (set.kind === 'sequences') return fn.items.every((item) => member(item, set.base));
      return (
        fn.items.length === set.sets.length && fn.items.every((item, i) => member(item, set.sets[i] as Value))
      );
  }
}

/** The value as a finite function, or the error given. */
export function asFunction(value: Value, error: () => EvaluationError): Tuple | RecordValue | FunctionValue {
  if (typeof value !== 'object') throw error();
  switch (value.kind) {
    case 'tuple':
    case 'record':
    case 'function':
      return value;
    case 'lazy function':
      return finiteFunction(value);
    default:
      throw error();
  }
}

function finiteFunction(fn: LazyFunction): Tuple | RecordValue | FunctionValue {
  if (fn.finite === undefined) {
    const domain = elementsOf(fn.domain);
    fn.finite = makeFunction(
      domain,
      domain.map((argument) => callLazy(fn, argument)),
    );
  }
  return fn.finite as Tuple | RecordValue | FunctionValue;
}

export function callLazy(fn: LazyFunction, argument: Value): Value {
  if (!member(argument, fn.domain)) {
    throw new EvaluationError(
      `Attempted to apply a function to the argument ${show(argument)}, which is not in its domain ${show(fn.domain)}`,
    );
  }
  return fn.body(argument);
}

/** TLA+'s DOMAIN. */
export function domainOf(value: Value): Value {
  if (typeof value === 'object') {
    switch (value.kind) {
      case 'tuple':
        return tupleDomain(value.items.length);
      case 'record':
        return new EnumeratedSet(value.names, true);
      case 'function':
        return new EnumeratedSet(value.domain, true);
      case 'lazy function':
        return value.domain;
      default:
    }
  }
  throw new EvaluationError(`Attempted to apply the operator DOMAIN to ${show(value)}, which is no function`);
}

const tupleDomains: EnumeratedSet[] = [];

/** 1..length, made once. */
function tupleDomain(length: number): Value {
  let domain = tupleDomains[length];
  if (domain === undefined) {
    domain = new EnumeratedSet(
      Array.from({ length }, (_, i) => i + 1),
      true,
    );
    if (length < 1024) tupleDomains[length] = domain;
  }
  return domain;
}

/** How many elements a set has. @throws EvaluationError as elementsOf. */
export function sizeOf(set: Value): number {
  if (typeof set === 'object' && set.kind === 'interval') return Math.max(0, set.high - set.low + 1);
  return elementsOf(set).length;
}

export function isSubset(left: Value, right: Value): boolean {
  if (!isSet(left)) {
    throw new EvaluationError(
      `Attempted to evaluate S \\subseteq T, but S was ${show(left)}, which is no set`,
    );
  }
  return elementsOf(left).every((element) => member(element, right));
}
