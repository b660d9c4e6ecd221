/** Equality and order of values, with the errors that TLC gives for values that cannot be compared. */
import { EvaluationError } from '../errors.ts';
import { asFunction, elementsOf, isSet } from './sets.ts';
import { show } from './show.ts';
import {
  type FunctionValue,
  type ModelValue,
  type RecordValue,
  stringRank,
  Tuple,
  type Value,
} from './value.ts';

function isModel(value: Value): value is ModelValue {
  return typeof value === 'object' && value.kind === 'model';
}

function mismatch(a: Value, b: Value): EvaluationError {
  return new EvaluationError(
    `Attempted to check equality of ${show(a)} with ${show(b)}, which is of another kind`,
  );
}

function modelEquals(a: ModelValue, b: Value): boolean {
  if (isModel(b)) {
    if (a.type !== '' && b.type !== '' && a.type !== b.type) {
      throw new EvaluationError(
        `Attempted to check equality of the differently-typed model values ${a.name} and ${b.name}`,
      );
    }
    return a.name === b.name;
  }
  if (a.type === '') return false;
  throw new EvaluationError(
    `Attempted to check equality of the typed model value ${a.name} and the non-model value ${show(b)}`,
  );
}

/**
 * TLA+'s `=`.
 * @throws EvaluationError where TLC cannot tell: values of different kinds, sets that cannot be enumerated.
 */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (typeof a === 'object' && a.kind === 'model') return modelEquals(a, b);
  if (typeof b === 'object' && b.kind === 'model') return modelEquals(b, a);
  if (typeof a !== 'object' || typeof b !== 'object') {
    if (typeof a === typeof b) return false;
    throw mismatch(a, b);
  }
  if (isSet(a)) {
    if (!isSet(b)) throw mismatch(a, b);
    if (a.kind === 'infinite' && b.kind === 'infinite') {
      if (a.name === b.name) return true;
      // TLC knows that Nat is not Int, and compares no others.
      if (isNumbers(a.name) && isNumbers(b.name)) return false;
    }
    if (a.kind === 'interval' && b.kind === 'interval') {
      return (a.low === b.low && a.high === b.high) || (a.low > a.high && b.low > b.high);
    }
    return equalItems(elementsOf(a), elementsOf(b));
  }
  if (isSet(b)) throw mismatch(a, b);
  const error = (): EvaluationError => mismatch(a, b);
  return equalFunctions(asFunction(a, error), asFunction(b, error));
}

function isNumbers(name: string): boolean {
  return name === 'Nat' || name === 'Int';
}

function equalItems(a: readonly Value[], b: readonly Value[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (!equal(a[i] as Value, b[i] as Value)) return false;
  }
  return true;
}

type Finite = Tuple | RecordValue | FunctionValue;

function equalFunctions(a: Finite, b: Finite): boolean {
  if (a.kind === 'tuple' && b.kind === 'tuple') return equalItems(a.items, b.items);
  if (a.kind === 'record') {
    if (b.kind === 'record') return equalRecords(a, b);
    if (b.kind === 'tuple' && b.items.length === 0) return false;
    throw mismatch(a, b);
  }
  const [domainA, valuesA] = pairs(a);
  const [domainB, valuesB] = pairs(b);
  if (domainA.length !== domainB.length) return false;
  for (let i = 0; i < domainA.length; i++) {
    if (!equal(domainA[i] as Value, domainB[i] as Value)) return false;
    if (!equal(valuesA[i] as Value, valuesB[i] as Value)) return false;
  }
  return true;
}

function equalRecords(a: RecordValue, b: RecordValue): boolean {
  if (a.names.length !== b.names.length) return false;
  for (let i = 0; i < a.names.length; i++) {
    if (a.names[i] !== b.names[i]) return false;
    if (!equal(a.values[i] as Value, b.values[i] as Value)) return false;
  }
  return true;
}

/** Domain and values of a finite function, side by side. */
export function pairs(value: Finite): readonly [readonly Value[], readonly Value[]] {
  switch (value.kind) {
    case 'tuple':
      return [value.items.map((_, index) => index + 1), value.items];
    case 'record':
      return [value.names, value.values];
    case 'function':
      return [value.domain, value.values];
  }
}

function incomparable(a: Value, b: Value): EvaluationError {
  return new EvaluationError(`Attempted to compare ${show(a)} with ${show(b)}, which is of another kind`);
}

/**
 * The order in which TLC sorts sets.
 * @throws EvaluationError for values of different kinds.
 */
export function compare(a: Value, b: Value): number {
  if (a === b) return 0;
  if (isModel(a)) return isModel(b) ? stringRank(a.name) - stringRank(b.name) : -1;
  if (isModel(b)) return 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return stringRank(a) - stringRank(b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (typeof a !== 'object' || typeof b !== 'object') throw incomparable(a, b);
  if (isSet(a)) {
    if (!isSet(b)) throw incomparable(a, b);
    return compareItems(elementsOf(a), elementsOf(b));
  }
  if (isSet(b)) throw incomparable(a, b);
  const error = (): EvaluationError => incomparable(a, b);
  return compareFunctions(asFunction(a, error), asFunction(b, error));
}

function compareItems(a: readonly Value[], b: readonly Value[]): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i++) {
    const sign = compare(a[i] as Value, b[i] as Value);
    if (sign !== 0) return sign;
  }
  return 0;
}

function compareFunctions(a: Finite, b: Finite): number {
  if (a instanceof Tuple && b instanceof Tuple) return compareItems(a.items, b.items);
  if (a.kind === 'record' && b.kind !== 'record' && !(b.kind === 'tuple' && b.items.length === 0)) {
    throw incomparable(a, b);
  }
  const [domainA, valuesA] = pairs(a);
  const [domainB, valuesB] = pairs(b);
  if (domainA.length !== domainB.length) return domainA.length - domainB.length;
  for (let i = 0; i < domainA.length; i++) {
    const sign =
      compare(domainA[i] as Value, domainB[i] as Value) || compare(valuesA[i] as Value, valuesB[i] as Value);
    if (sign !== 0) return sign;
  }
  return 0;
}
