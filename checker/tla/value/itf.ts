/** Values to and from the Informal Trace Format. */
import { UsageError } from '../../errors.ts';
import type { ItfValue } from '../api.ts';
import { EvaluationError } from '../errors.ts';
import { compare } from './compare.ts';
import { asFunction, elementsOf, isSet } from './sets.ts';
import { EnumeratedSet, ModelValue, makeFunction, makeRecord, Tuple, type Value } from './value.ts';

const models = new Map<string, ModelValue>();

/** The model value of that name: the same object each time. */
export function modelValue(name: string): ModelValue {
  let value = models.get(name);
  if (value === undefined) {
    value = new ModelValue(name);
    models.set(name, value);
  }
  return value;
}

function bad(what: string): UsageError {
  return new UsageError(
    `This is no TLA+ value in the Informal Trace Format: ${what}`,
    'See apalache.informal.systems for ITF.',
  );
}

function integer(value: number): number {
  if (!Number.isInteger(value)) throw bad(`${value} is not an integer`);
  if (value > 2147483647 || value < -2147483648) throw bad(`${value} does not fit 32 bits`);
  return value + 0;
}

function isList(value: ItfValue): value is readonly ItfValue[] {
  return Array.isArray(value);
}

/** @throws UsageError for what is no ITF value. */
export function fromItf(value: ItfValue): Value {
  if (typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return integer(value);
  if (isList(value)) return new Tuple(value.map(fromItf));
  if (typeof value !== 'object' || value === null) throw bad(String(value));
  if ('#set' in value) return new EnumeratedSet((value['#set'] as readonly ItfValue[]).map(fromItf), false);
  if ('#tup' in value) return new Tuple((value['#tup'] as readonly ItfValue[]).map(fromItf));
  if ('#map' in value) return fromPairs(value['#map'] as readonly (readonly [ItfValue, ItfValue])[]);
  if ('#model' in value) return modelValue(String(value['#model']));
  if ('#bigint' in value) return integer(Number(value['#bigint']));
  const fields = Object.entries(value).filter(([name]) => name !== '#meta');
  const marked = fields.find(([name]) => name.startsWith('#'));
  if (marked !== undefined) throw bad(`it is marked ${marked[0]}`);
  return makeRecord(
    fields.map(([name]) => name),
    fields.map(([, field]) => fromItf(field)),
  );
}

function fromPairs(pairs: readonly (readonly [ItfValue, ItfValue])[]): Value {
  const entries = pairs.map(([key, value]): [Value, Value] => [fromItf(key), fromItf(value)]);
  entries.sort((a, b) => compare(a[0], b[0]));
  for (let i = 1; i < entries.length; i++) {
    const [before, after] = [entries[i - 1], entries[i]];
    if (before !== undefined && after !== undefined && compare(before[0], after[0]) === 0) {
      throw bad('a #map gives one argument two values');
    }
  }
  return makeFunction(
    entries.map(([key]) => key),
    entries.map(([, value]) => value),
  );
}

export function toItf(value: Value): ItfValue {
  if (typeof value !== 'object') return value;
  if (value.kind === 'model') return { '#model': value.name };
  if (isSet(value)) return { '#set': elementsOf(value).map(toItf) };
  const fn = asFunction(value, () => new EvaluationError('This value cannot be written'));
  switch (fn.kind) {
    case 'tuple':
      return fn.items.map(toItf);
    case 'record':
      if (fn.names.some((name) => name.startsWith('#'))) {
        return { '#map': fn.names.map((name, i) => [name, toItf(fn.values[i] as Value)] as const) };
      }
      return Object.fromEntries(fn.names.map((name, i) => [name, toItf(fn.values[i] as Value)]));
    case 'function':
      return { '#map': fn.domain.map((key, i) => [toItf(key), toItf(fn.values[i] as Value)] as const) };
  }
}
