/**
 * TLA+ values. Booleans, integers and strings are JavaScript's own; everything else is an object of one of the
 * classes here. Values never change after they are made (an enumerated set may sort itself once).
 */
import type { Frame } from './frame.ts';

/** The order in which strings were first met in the modules: TLC sorts strings and model values by it. */
let order = new Map<string, number>();

/** Starts a specification's own order of strings. */
export function useStringOrder(words: Map<string, number>): void {
  order = words;
}

export function stringRank(text: string): number {
  let rank = order.get(text);
  if (rank === undefined) {
    rank = order.size;
    order.set(text, rank);
  }
  return rank;
}

export type Value =
  | boolean
  | number
  | string
  | ModelValue
  | Tuple
  | RecordValue
  | FunctionValue
  | LazyFunction
  | SetValue;

/** Sets: enumerated, intervals, and those kept as their definition until somebody enumerates them. */
export type SetValue =
  | EnumeratedSet
  | Interval
  | InfiniteSet
  | PowerSet
  | FunctionSet
  | RecordSet
  | ProductSet
  | SequenceSet
  | PredicateSet
  | UnionSet
  | CombinedSet;

// Fields are declared and then assigned: the language's own field initialisers cost more than the values.

/** Which interner knows the value, and under which number. */
export abstract class Interned {
  declare owner: object | undefined;
  declare id: number;

  constructor() {
    this.owner = undefined;
    this.id = 0;
  }
}

export class ModelValue extends Interned {
  declare readonly kind: 'model';
  declare readonly name: string;
  /** The letter before `_`, or '' for a model value that is comparable with everything. */
  declare readonly type: string;

  constructor(name: string) {
    super();
    this.kind = 'model';
    this.name = name;
    this.type = name.length > 2 && name[1] === '_' ? (name[0] as string) : '';
  }
}

/** A function whose domain is 1..n. The empty function is the empty tuple. */
export class Tuple extends Interned {
  declare readonly kind: 'tuple';
  declare readonly items: readonly Value[];

  constructor(items: readonly Value[]) {
    super();
    this.kind = 'tuple';
    this.items = items;
  }
}

/** A function whose domain is a non-empty set of strings; names are sorted by rank. */
export class RecordValue extends Interned {
  declare readonly kind: 'record';
  declare readonly names: readonly string[];
  declare readonly values: readonly Value[];

  constructor(names: readonly string[], values: readonly Value[]) {
    super();
    this.kind = 'record';
    this.names = names;
    this.values = values;
  }
}

/** Any other function with a finite domain, sorted. */
export class FunctionValue extends Interned {
  declare readonly kind: 'function';
  declare readonly domain: readonly Value[];
  declare readonly values: readonly Value[];

  constructor(domain: readonly Value[], values: readonly Value[]) {
    super();
    this.kind = 'function';
    this.domain = domain;
    this.values = values;
  }
}

/** A function kept as its definition: recursive, or over a domain that is not enumerated. */
export class LazyFunction extends Interned {
  declare readonly kind: 'lazy function';
  declare readonly domain: Value;
  declare readonly body: (argument: Value) => Value;
  declare finite: Value | undefined;

  constructor(domain: Value, body: (argument: Value) => Value) {
    super();
    this.kind = 'lazy function';
    this.domain = domain;
    this.body = body;
    this.finite = undefined;
  }
}

/** Elements in any order, perhaps twice, until `sorted`. */
export class EnumeratedSet extends Interned {
  declare readonly kind: 'set';
  declare items: readonly Value[];
  declare sorted: boolean;

  constructor(items: readonly Value[], sorted: boolean) {
    super();
    this.kind = 'set';
    this.items = items;
    this.sorted = sorted || items.length < 2;
  }
}

export class Interval extends Interned {
  declare readonly kind: 'interval';
  declare readonly low: number;
  declare readonly high: number;

  constructor(low: number, high: number) {
    super();
    this.kind = 'interval';
    this.low = low;
    this.high = high;
  }
}

export class InfiniteSet extends Interned {
  declare readonly kind: 'infinite';
  declare readonly name: 'Nat' | 'Int' | 'Real' | 'STRING' | 'Any';

  constructor(name: InfiniteSet['name']) {
    super();
    this.kind = 'infinite';
    this.name = name;
  }
}

abstract class DefinedSet extends Interned {
  /** The elements, once somebody has asked for them. */
  declare enumerated: EnumeratedSet | undefined;

  constructor() {
    super();
    this.enumerated = undefined;
  }
}

export class PowerSet extends DefinedSet {
  declare readonly kind: 'power set';
  declare readonly base: Value;

  constructor(base: Value) {
    super();
    this.kind = 'power set';
    this.base = base;
  }
}

export class FunctionSet extends DefinedSet {
  declare readonly kind: 'function set';
  declare readonly domain: Value;
  declare readonly range: Value;

  constructor(domain: Value, range: Value) {
    super();
    this.kind = 'function set';
    this.domain = domain;
    this.range = range;
  }
}

export class RecordSet extends DefinedSet {
  declare readonly kind: 'record set';
  declare readonly names: readonly string[];
  declare readonly sets: readonly Value[];

  constructor(names: readonly string[], sets: readonly Value[]) {
    super();
    this.kind = 'record set';
    this.names = names;
    this.sets = sets;
  }
}

export class ProductSet extends DefinedSet {
  declare readonly kind: 'product';
  declare readonly sets: readonly Value[];

  constructor(sets: readonly Value[]) {
    super();
    this.kind = 'product';
    this.sets = sets;
  }
}

export class SequenceSet extends Interned {
  declare readonly kind: 'sequences';
  declare readonly base: Value;

  constructor(base: Value) {
    super();
    this.kind = 'sequences';
    this.base = base;
  }
}

/** {x \in S : P} where S is itself not enumerated. */
export class PredicateSet extends DefinedSet {
  declare readonly kind: 'filter';
  declare readonly base: Value;
  declare readonly test: (element: Value) => boolean;

  constructor(base: Value, test: (element: Value) => boolean) {
    super();
    this.kind = 'filter';
    this.base = base;
    this.test = test;
  }
}

export class UnionSet extends DefinedSet {
  declare readonly kind: 'union';
  declare readonly base: Value;

  constructor(base: Value) {
    super();
    this.kind = 'union';
    this.base = base;
  }
}

export class CombinedSet extends DefinedSet {
  declare readonly kind: 'combined';
  declare readonly op: 'cup' | 'cap' | 'minus';
  declare readonly left: Value;
  declare readonly right: Value;

  constructor(op: CombinedSet['op'], left: Value, right: Value) {
    super();
    this.kind = 'combined';
    this.op = op;
    this.left = left;
    this.right = right;
  }
}

/** An operator given as an argument. Not a value of TLA+, but bound to a parameter like one. */
export class OperatorValue {
  declare readonly kind: 'operator';
  declare readonly name: string;
  readonly call: (args: readonly Value[], primed: boolean) => Value;
  declare readonly frame: Frame | undefined;

  constructor(
    name: string,
    call: (args: readonly Value[], primed: boolean) => Value,
    frame: Frame | undefined,
  ) {
    this.kind = 'operator';
    this.name = name;
    this.call = call;
    this.frame = frame;
  }
}

export const EMPTY_SET = new EnumeratedSet([], true);
export const EMPTY_TUPLE = new Tuple([]);
export const BOOLEANS = new EnumeratedSet([false, true], true);

/** Sorts field names and values by rank. */
export function makeRecord(names: readonly string[], values: readonly Value[]): Value {
  if (names.length === 0) return EMPTY_TUPLE;
  let sorted = true;
  for (let i = 1; i < names.length; i++) {
    if (stringRank(names[i - 1] as string) >= stringRank(names[i] as string)) sorted = false;
  }
  if (sorted) return new RecordValue(names, values);
  const indexes = names.map((_, index) => index);
  indexes.sort((a, b) => stringRank(names[a] as string) - stringRank(names[b] as string));
  const kept = indexes.filter((index, i) => i === 0 || names[index] !== names[indexes[i - 1] as number]);
  return new RecordValue(
    kept.map((index) => names[index] as string),
    kept.map((index) => values[index] as Value),
  );
}

/** A function with a sorted domain, in its normal form: tuple, record or function. */
export function makeFunction(domain: readonly Value[], values: readonly Value[]): Value {
  const size = domain.length;
  if (size === 0) return EMPTY_TUPLE;
  const first = domain[0] as Value;
  if (first === 1) {
    let tuple = true;
    for (let i = 1; i < size && tuple; i++) tuple = domain[i] === i + 1;
    if (tuple) return new Tuple(values);
  } else if (typeof first === 'string') {
    if (domain.every((element) => typeof element === 'string')) {
      return makeRecord(domain as readonly string[], values);
    }
  }
  return new FunctionValue(domain, values);
}

/** What a value is, in the words of error messages. */
export function kindName(value: Value): string {
  if (typeof value === 'boolean') return 'a boolean';
  if (typeof value === 'number') return 'an integer';
  if (typeof value === 'string') return 'a string';
  switch (value.kind) {
    case 'model':
      return 'a model value';
    case 'tuple':
      return 'a tuple';
    case 'record':
      return 'a record';
    case 'function':
    case 'lazy function':
      return 'a function';
    default:
      return 'a set';
  }
}
