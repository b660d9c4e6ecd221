/** Symmetry: states that differ only by a permutation of model values are one. */
import { UsageError } from '../../errors.ts';
import { EvaluationError } from '../errors.ts';
import type { Program } from '../program.ts';
import { compare, pairs } from '../value/compare.ts';
import type { Interner } from '../value/intern.ts';
import { asFunction, elementsOf, isSet, sortUnique } from '../value/sets.ts';
import { EnumeratedSet, ModelValue, makeFunction, RecordValue, Tuple, type Value } from '../value/value.ts';

/** What each model value becomes. */
export type Permutation = ReadonlyMap<string, Value>;

/** The permutations that a SYMMETRY definition names, closed under composition, without the identity. */
export function permutationsOf(program: Program, name: string): Permutation[] {
  const value = program.predicate(name).compiled.body([undefined]);
  const wrong = new UsageError(
    `SYMMETRY ${name} is not a set of permutations of model values`,
    'Use Permutations(S).',
  );
  if (!isSet(value)) throw wrong;
  const given = elementsOf(value).map((element): Permutation => {
    const [domain, images] = pairs(asFunction(element, () => new EvaluationError('no permutation')));
    return new Map(
      domain.map((key, i) => {
        if (!(key instanceof ModelValue)) throw wrong;
        return [key.name, images[i] as Value];
      }),
    );
  });
  return closure(given);
}

function textOf(permutation: Permutation): string {
  return [...permutation]
    .filter(([name, image]) => !(image instanceof ModelValue) || image.name !== name)
    .map(([name, image]) => `${name}>${image instanceof ModelValue ? image.name : ''}`)
    .sort()
    .join(' ');
}

function closure(given: readonly Permutation[]): Permutation[] {
  const all = new Map<string, Permutation>(given.map((permutation) => [textOf(permutation), permutation]));
  const queue = [...all.values()];
  for (let left = queue.pop(); left !== undefined; left = queue.pop()) {
    for (const right of given) {
      const names = new Set([...left.keys(), ...right.keys()]);
      const product = new Map<string, Value>();
      for (const name of names) {
        const middle = left.get(name);
        const between = middle instanceof ModelValue ? middle.name : name;
        const image = right.get(between) ?? middle;
        if (image !== undefined) product.set(name, image);
      }
      const text = textOf(product);
      if (all.has(text)) continue;
      all.set(text, product);
      queue.push(product);
    }
  }
  all.delete('');
  return [...all.values()];
}

/** The value with every model value replaced. */
export function permuteValue(value: Value, permutation: Permutation): Value {
  if (typeof value !== 'object') return value;
  if (value instanceof ModelValue) return permutation.get(value.name) ?? value;
  const inner = (part: Value): Value => permuteValue(part, permutation);
  if (isSet(value)) return new EnumeratedSet(sortUnique(elementsOf(value).map(inner)), true);
  const fn = asFunction(value, () => new EvaluationError('This value cannot be part of a state'));
  switch (fn.kind) {
    case 'tuple':
      return new Tuple(fn.items.map(inner));
    case 'record':
      return new RecordValue(fn.names, fn.values.map(inner));
    case 'function': {
      const entries = fn.domain.map((key, i): [Value, Value] => [inner(key), inner(fn.values[i] as Value)]);
      entries.sort((a, b) => compare(a[0], b[0]));
      return makeFunction(
        entries.map(([key]) => key),
        entries.map(([, image]) => image),
      );
    }
  }
}

/** A permutation of the numbers of interned values; each value is permuted once. */
export class PermutedIds {
  private readonly interner: Interner;
  private readonly permutation: Permutation;
  private readonly ids: number[] = [];

  constructor(interner: Interner, permutation: Permutation) {
    this.interner = interner;
    this.permutation = permutation;
  }

  idOf(id: number): number {
    const known = this.ids[id];
    if (known !== undefined) return known;
    const value = this.interner.values[id] as Value;
    const image = this.interner.idOf(permuteValue(value, this.permutation));
    this.ids[id] = image;
    return image;
  }
}
