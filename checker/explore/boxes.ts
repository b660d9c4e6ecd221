/**
 * Enumerates the crash images of one crash point by what their futures read, without making each: where a
 * future cares for few of the words in which images differ, it is the future of all that agree on those.
 * Exact: the boxes that come out are disjoint, cover every combination, and each has one future.
 */
import { invariant } from '../../emulator/invariant.ts';
import type { Alternative, CrashChoices, CrashGroup } from '../../emulator/persistency/choices.ts';

/** One crash image: for each group the index of its alternative. */
export type Combination = readonly number[];

/** For each group the alternatives that are allowed, ascending. */
type Allowed = readonly (readonly number[])[];

/** Words (physical address >>> 2) that decide a future: images that agree on them have the same one. */
export interface Care {
  has(word: number): boolean;
}

/** Combinations that agree on all that the future of one of them cares for. */
export interface Box {
  /** The one that was looked at. */
  readonly combination: Combination;
  readonly allowed: Allowed;
  /** How many combinations it has. */
  readonly size: bigint;
}

/** Tells alternatives apart that count as different whatever is read, as where one lacks a commit. */
export type LabelOf = (group: CrashGroup, alternative: Alternative) => number;

/** Ask for a combination, find its future, say what that cares for; and so on until none is left. */
export class BoxWalk {
  private readonly choices: CrashChoices;
  private readonly labelOf: LabelOf;
  private readonly open: Allowed[];

  constructor(choices: CrashChoices, labelOf: LabelOf = () => 0) {
    this.choices = choices;
    this.labelOf = labelOf;
    this.open = [choices.groups.map(({ alternatives }) => [...alternatives.keys()])];
  }

  /** A combination that no box covers yet; null when all are covered. The first is memory as the run saw it. */
  next(): Combination | null {
    return this.open.at(-1)?.map((indices) => indices[0] as number) ?? null;
  }

  /** The future of the combination that `next` gave cares for these words: of whom else is it the future? */
  cover(care: Care): Box {
    const rest = this.open.pop();
    invariant(rest !== undefined, 'a combination was asked for');
    const { groups } = this.choices;
    const allowed: (readonly number[])[] = [...rest];
    const left: Allowed[] = [];
    for (let g = 0; g < groups.length; g += 1) {
      const indices = rest[g] as readonly number[];
      if (indices.length === 1) continue;
      const alike = this.alike(groups[g] as CrashGroup, indices, care);
      if (alike.length === indices.length) continue;
      // What is left is cut off group by group, so that no combination is in two pieces.
      const other = [...allowed];
      other[g] = indices.filter((index) => !alike.includes(index));
      left.push(other);
      allowed[g] = alike;
    }
    this.open.push(...left.reverse());
    const combination = rest.map((indices) => indices[0] as number);
    return { combination, allowed, size: sizeOf(allowed) };
  }

  private alike(group: CrashGroup, indices: readonly number[], care: Care): number[] {
    const first = alternativeOf(group, indices[0] as number);
    const label = this.labelOf(group, first);
    return indices.filter((index) => {
      const other = alternativeOf(group, index);
      return other === first || (this.labelOf(group, other) === label && agree(first, other, care));
    });
  }
}

/**
 * Every box of the choices at once.
 * @param futureOf finds the future of one crash image; it is asked once for each box.
 */
export function enumerateBoxes<F extends { readonly care: Care }>(
  choices: CrashChoices,
  futureOf: (combination: Combination) => F,
  labelOf?: LabelOf,
): (Box & { readonly future: F })[] {
  const boxes: (Box & { readonly future: F })[] = [];
  const walk = new BoxWalk(choices, labelOf);
  for (let next = walk.next(); next !== null; next = walk.next()) {
    const future = futureOf(next);
    boxes.push({ ...walk.cover(future.care), future });
  }
  return boxes;
}

export function alternativeOf(group: CrashGroup, index: number): Alternative {
  const alternative = group.alternatives[index];
  invariant(alternative !== undefined, `a group has no alternative ${index}`);
  return alternative;
}

function sizeOf(allowed: Allowed): bigint {
  let size = 1n;
  for (const indices of allowed) if (indices.length > 1) size *= BigInt(indices.length);
  return size;
}

/** Whether two alternatives of a group have the same content in all words that are cared for. */
function agree(a: Alternative, b: Alternative, care: Care): boolean {
  const [one, other] = [a.patch, b.patch];
  // Both patches are in ascending order of their words.
  let i = 0;
  let j = 0;
  while (i < one.length || j < other.length) {
    const wordOfOne = i < one.length ? (one[i] as number) : Number.POSITIVE_INFINITY;
    const wordOfOther = j < other.length ? (other[j] as number) : Number.POSITIVE_INFINITY;
    if (wordOfOne === wordOfOther) {
      if (one[i + 1] !== other[j + 1] && care.has(wordOfOne)) return false;
      i += 2;
      j += 2;
    } else if (wordOfOne < wordOfOther) {
      if (care.has(wordOfOne)) return false;
      i += 2;
    } else {
      if (care.has(wordOfOther)) return false;
      j += 2;
    }
  }
  return true;
}
