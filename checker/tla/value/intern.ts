/** Gives equal values one object and one number, so that states are short rows of numbers. */

import { EvaluationError } from '../errors.ts';
import { asFunction, elementsOf, isSet } from './sets.ts';
import {
  EMPTY_TUPLE,
  EnumeratedSet,
  FunctionValue,
  type Interned,
  ModelValue,
  RecordValue,
  stringRank,
  Tuple,
  type Value,
} from './value.ts';

type Composite = Extract<Value, object>;

export class Interner {
  /** By number; 0 is unused. */
  readonly values: (Value | undefined)[] = [undefined, false, true];
  private readonly numbers = new Map<number, number>();
  private readonly strings = new Map<string, number>();
  private readonly buckets = new Map<number, Composite[]>();

  /** The number of a value: equal values have the same. @throws EvaluationError for a value that is not finite. */
  idOf(value: Value): number {
    if (typeof value === 'boolean') return value ? 2 : 1;
    if (typeof value === 'number') return this.primitive(this.numbers, value);
    if (typeof value === 'string') return this.primitive(this.strings, value);
    if (value.owner === this) return value.id;
    return this.composite(value);
  }

  /** The one object for a value. */
  intern(value: Value): Value {
    return this.values[this.idOf(value)] as Value;
  }

  private primitive<T extends number | string>(known: Map<T, number>, value: T): number {
    let id = known.get(value);
    if (id === undefined) {
      id = this.values.length;
      this.values.push(value);
      known.set(value, id);
    }
    return id;
  }

  private composite(value: Composite): number {
    const [tag, words, ids] = this.parts(value);
    let hash = tag;
    for (const word of words) hash = (Math.imul(hash, 31) + stringRank(word)) | 0;
    for (const id of ids) hash = (Math.imul(hash ^ id, 0x9e3779b1) ^ (hash >>> 15)) | 0;
    let bucket = this.buckets.get(hash);
    if (bucket === undefined) {
      bucket = [];
      this.buckets.set(hash, bucket);
    }
    for (const known of bucket) if (this.same(known, tag, words, ids)) return known.id;
    const made = build(
      tag,
      words,
      ids.map((id) => this.values[id] as Value),
    );
    made.owner = this;
    made.id = this.values.length;
    this.values.push(made);
    bucket.push(made);
    return made.id;
  }

  private same(known: Composite, tag: number, words: readonly string[], ids: readonly number[]): boolean {
    const [otherTag, otherWords, otherIds] = this.parts(known);
    return (
      tag === otherTag &&
      words.length === otherWords.length &&
      ids.length === otherIds.length &&
      words.every((word, i) => word === otherWords[i]) &&
      ids.every((id, i) => id === otherIds[i])
    );
  }

  /** A tag for the kind, names, and the numbers of the parts. */
  private parts(value: Composite): readonly [number, readonly string[], readonly number[]] {
    const ids = (values: readonly Value[]): number[] => values.map((part) => this.idOf(part));
    if (isSet(value)) return [SET, [], ids(elementsOf(value))];
    if (value instanceof ModelValue) return [MODEL, [value.name], []];
    const fn = asFunction(value, () => new EvaluationError('This value cannot be part of a state'));
    switch (fn.kind) {
      case 'tuple':
        return [TUPLE, [], ids(fn.items)];
      case 'record':
        return [RECORD, fn.names, ids(fn.values)];
      case 'function':
        return [FUNCTION, [], [...ids(fn.domain), ...ids(fn.values)]];
    }
  }
}

const SET = 1;
const MODEL = 2;
const TUPLE = 3;
const RECORD = 4;
const FUNCTION = 5;

function build(tag: number, words: readonly string[], parts: readonly Value[]): Composite & Interned {
  switch (tag) {
    case SET:
      return new EnumeratedSet(parts, true);
    case MODEL:
      return new ModelValue(words[0] as string);
    case TUPLE:
      return parts.length === 0 ? new Tuple(EMPTY_TUPLE.items) : new Tuple(parts);
    case RECORD:
      return new RecordValue(words, parts);
    default:
      return new FunctionValue(parts.slice(0, parts.length / 2), parts.slice(parts.length / 2));
  }
}
