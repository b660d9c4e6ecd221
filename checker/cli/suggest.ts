import { UsageError } from '../errors.ts';

/** Steps to turn one word into the other: a letter put in, left out, changed, or swapped with the next. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const changed = a[row - 1] === b[column - 1] ? 0 : 1;
      let best = Math.min(
        (current[column - 1] as number) + 1,
        (last[column] as number) + 1,
        (last[column - 1] as number) + changed,
      );
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) best = Math.min(best, (beforeLast[column - 2] as number) + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] as number;
}

/** The name that was probably meant: the nearest, if near enough. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((name) => ({ name, distance: editDistance(word.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  return best !== undefined && best.distance <= Math.max(1, Math.floor(word.length / 3))
    ? best.name
    : undefined;
}

/**
 * The entry of that name.
 * @throws UsageError that lists what there is, with a guess at what was meant.
 */
export function chosen<T extends { readonly name: string }>(
  kind: { readonly one: string; readonly many: string },
  name: string,
  entries: readonly T[],
): T {
  const entry = entries.find((each) => each.name === name);
  if (entry !== undefined) return entry;
  const names = entries.map((each) => each.name);
  throw new UsageError(`there is no ${kind.one} '${name}'`, hintOf(name, names, kind.many));
}

/** `Did you mean 'x'? Schemes: a, b, x.` */
export function hintOf(word: string, names: readonly string[], title: string): string {
  const guess = nearest(word, names);
  const list = names.length === 0 ? `There are no ${title}.` : `There are the ${title} ${names.join(', ')}.`;
  return guess === undefined ? list : `Did you mean '${guess}'? ${list}`;
}
