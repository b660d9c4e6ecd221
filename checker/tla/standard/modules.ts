/** The standard modules that the engine knows, by name. */
import { EvaluationError } from '../errors.ts';
import { compare, equal, pairs } from '../value/compare.ts';
import { asFunction, elementsOf, isSet, sizeOf } from '../value/sets.ts';
import { show, showSorted } from '../value/show.ts';
import { EnumeratedSet, InfiniteSet, makeFunction, Tuple, type Value } from '../value/value.ts';
import { INTEGERS, NATURALS } from './numbers.ts';
import type { Argument, StandardOperator } from './operator.ts';
import { operatorOf, plain, SEQUENCES, sequenceItems } from './sequences.ts';

/** Where Print and PrintT write: nowhere unless somebody listens. */
export const output: { print: ((line: string) => void) | undefined } = { print: undefined };

function isFiniteSet(argument: Argument | undefined): boolean {
  const value = plain(argument);
  if (!isSet(value))
    throw new EvaluationError(`The argument of IsFiniteSet should be a set, but is ${show(value)}`);
  return finite(value);
}

function finite(value: Value): boolean {
  if (!isSet(value)) return false;
  switch (value.kind) {
    case 'infinite':
    case 'sequences':
      return false;
    case 'power set':
      return finite(value.base);
    case 'function set':
      return finite(value.domain) && finite(value.range);
    case 'record set':
    case 'product':
      return value.sets.every(finite);
    case 'filter':
      return finite(value.base);
    case 'union':
      return elementsOf(value.base).every(finite);
    case 'combined':
      if (value.op === 'cup') return finite(value.left) && finite(value.right);
      return value.op === 'minus' ? finite(value.left) : finite(value.left) || finite(value.right);
    default:
      return true;
  }
}

function cardinality(argument: Argument | undefined): number {
  const value = plain(argument);
  if (!isSet(value) || !finite(value)) {
    throw new EvaluationError(`The argument of Cardinality should be a finite set, but is ${show(value)}`);
  }
  return sizeOf(value);
}

/** `f @@ g`: f where both are defined. */
export function override(left: Value, right: Value): Value {
  const error = (value: Value): EvaluationError =>
    new EvaluationError(`An argument of @@ should be a function, but is ${show(value)}`);
  const [domainLeft, valuesLeft] = pairs(asFunction(left, () => error(left)));
  const [domainRight, valuesRight] = pairs(asFunction(right, () => error(right)));
  const entries = domainLeft.map((key, i): [Value, Value] => [key, valuesLeft[i] as Value]);
  domainRight.forEach((key, i) => {
    if (!domainLeft.some((known) => equal(known, key))) entries.push([key, valuesRight[i] as Value]);
  });
  return fromEntries(entries);
}

function fromEntries(entries: [Value, Value][]): Value {
  entries.sort((a, b) => compare(a[0], b[0]));
  return makeFunction(
    entries.map(([key]) => key),
    entries.map(([, value]) => value),
  );
}

function permutations(argument: Argument | undefined): Value {
  const items = elementsOf(plain(argument));
  if (items.length > 9) throw new EvaluationError(`Permutations of ${items.length} elements are too many`);
  const orders = items.reduce<Value[][]>(
    (lists) =>
      lists.flatMap((list) => items.filter((item) => !list.includes(item)).map((item) => [...list, item])),
    [[]],
  );
  return new EnumeratedSet(
    orders.map((order) => makeFunction(items, order)),
    false,
  );
}

function sortSequence(sequence: Argument | undefined, order: Argument | undefined): Value {
  const operator = operatorOf(order);
  const sorted: Value[] = [];
  for (const item of sequenceItems('SortSeq', sequence)) {
    let place = sorted.length;
    while (place > 0) {
      const before = operator.call([item, sorted[place - 1] as Value], false);
      if (typeof before !== 'boolean')
        throw new EvaluationError('The order of SortSeq should give a boolean');
      if (!before) break;
      place--;
    }
    sorted.splice(place, 0, item);
  }
  return new Tuple(sorted);
}

function print(...args: Value[]): void {
  output.print?.(args.map(showSorted).join('  '));
}

function assert(test: Argument | undefined, message: Argument | undefined): Value {
  if (test === true) return true;
  if (test !== false) throw new EvaluationError(`The first argument of Assert should be a boolean`);
  throw new EvaluationError(
    `The first argument of Assert evaluated to FALSE; the second argument was: ${show(plain(message))}`,
  );
}

const refused = (name: string, ...arities: number[]): StandardOperator => ({
  name,
  arities,
  compute: undefined,
});

const TLC_MODULE: readonly StandardOperator[] = [
  { name: ':>', arities: [0, 0], compute: (key, value) => makeFunction([plain(key)], [plain(value)]) },
  { name: '@@', arities: [0, 0], compute: (left, right) => override(plain(left), plain(right)) },
  { name: 'Assert', arities: [0, 0], compute: assert },
  {
    name: 'Print',
    arities: [0, 0],
    compute: (message, value) => {
      print(plain(message), plain(value));
      return plain(value);
    },
  },
  {
    name: 'PrintT',
    arities: [0],
    compute: (message) => {
      print(plain(message));
      return true;
    },
  },
  { name: 'Permutations', arities: [0], compute: permutations },
  { name: 'SortSeq', arities: [0, 2], compute: sortSequence },
  { name: 'ToString', arities: [0], compute: (value) => show(plain(value)) },
  {
    name: 'TLCEval',
    arities: [0],
    compute: (argument) => {
      const value = plain(argument);
      if (isSet(value) && finite(value)) return new EnumeratedSet(elementsOf(value), true);
      return value;
    },
  },
  { name: 'Any', arities: [], compute: () => new InfiniteSet('Any') },
  refused('JavaTime'),
  refused('TLCGet', 0),
  refused('TLCSet', 0, 0),
  refused('RandomElement', 0),
];

const FINITE_SETS: readonly StandardOperator[] = [
  { name: 'IsFiniteSet', arities: [0], compute: isFiniteSet },
  { name: 'Cardinality', arities: [0], compute: cardinality },
];

/** Operators by module; `Integers` brings `Naturals` with it. */
export const STANDARD_MODULES: ReadonlyMap<string, readonly StandardOperator[]> = new Map([
  ['Naturals', NATURALS],
  ['Integers', [...NATURALS, ...INTEGERS]],
  ['Sequences', SEQUENCES],
  ['FiniteSets', FINITE_SETS],
  ['TLC', TLC_MODULE],
]);
