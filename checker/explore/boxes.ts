/**
 * Enumerates the crash images of one crash point by what their futures read, without making each: where a
 * future cares for few of the words in which images differ, it is the future of all that agree on those.
 * Exact: the boxes that come out are disjoint, cover every combination, and each has one future.
 */
import { invariant } from '../../emulator/invariant.ts';
import type { Nvm } from '../../emulator/nvm/nvm.ts';
import type { Alternative, CrashChoices, CrashGroup } from '../../emulator/persistency/choices.ts';

/** One crash image: for each group the index of its alternative. */
export type Combination = readonly number[];

/** Combinations that agree on all that the future of one of them cares for. */
export interface Box<F> {
  /** The one that was looked at. */
  readonly combination: Combination;
  /** For each group the alternatives that the box allows, ascending. */
  readonly allowed: readonly (readonly number[])[];
  /** How many combinations it has. */
  readonly size: bigint;
  readonly future: F;
}

export interface CaringFuture {
  /** Words (physical address >>> 2) that decide the future: images that agree on them have the same one. */
  readonly care: { has(word: number): boolean };
}

/**
 * @param futureOf finds or makes the future of one crash image. It is asked once for each box, first for memory
 * as the run saw it.
 * @param labelOf tells alternatives apart that count as different whatever is read, as where one has a commit
 * and the other has not. Absent: content alone decides.
 */
export function enumerateBoxes<F extends CaringFuture>(
  choices: CrashChoices,
  futureOf: (combination: Combination) => F,
  labelOf: (group: number, alternative: number) => number = () => 0,
): Box<F>[] {
  const { groups } = choices;
  const boxes: Box<F>[] = [];
  const open: (readonly (readonly number[])[])[] = [
    groups.map(({ alternatives }) => [...alternatives.keys()]),
  ];
  for (;;) {
    const rest = open.pop();
    if (rest === undefined) return boxes;
    const combination = rest.map((indices) => indices[0] as number);
    const future = futureOf(combination);
    const allowed: (readonly number[])[] = [...rest];
    const left: (readonly (readonly number[])[])[] = [];
    for (let g = 0; g < groups.length; g += 1) {
      const indices = rest[g] as readonly number[];
      if (indices.length === 1) continue;
      const group = groups[g] as CrashGroup;
      const first = combination[g] as number;
      const isAlike = (index: number): boolean =>
        labelOf(g, index) === labelOf(g, first) && agree(group, index, first, future);
      const alike = indices.filter(isAlike);
      if (alike.length === indices.length) continue;
      // What is left is cut off group by group, so that no combination is in two pieces.
      const other = [...allowed];
      other[g] = indices.filter((index) => !isAlike(index));
      left.push(other);
      allowed[g] = alike;
    }
    boxes.push({ combination, allowed, size: sizeOf(allowed), future });
    open.push(...left.reverse());
  }
}

/** Gives memory the content of a combination. Memory must be as the run saw it. */
export function applyCombination(nvm: Nvm, choices: CrashChoices, combination: Combination): void {
  choices.groups.forEach((group, g) => {
    const { patch } = alternativeOf(group, combination[g] as number);
    for (let i = 0; i < patch.length; i += 2) nvm.setWord(patch[i] as number, patch[i + 1] as number);
  });
}

export function alternativeOf(group: CrashGroup, index: number): Alternative {
  const alternative = group.alternatives[index];
  invariant(alternative !== undefined, `a group has no alternative ${index}`);
  return alternative;
}

function sizeOf(allowed: readonly (readonly number[])[]): bigint {
  let size = 1n;
  for (const indices of allowed) size *= BigInt(indices.length);
  return size;
}

/** Whether two alternatives of a group have the same content in all words that the future cares for. */
function agree(group: CrashGroup, a: number, b: number, future: CaringFuture): boolean {
  if (a === b) return true;
  const [one, other] = [alternativeOf(group, a).patch, alternativeOf(group, b).patch];
  // Both patches are in ascending order of their words.
  let i = 0;
  let j = 0;
  while (i < one.length || j < other.length) {
    const wordOfOne = i < one.length ? (one[i] as number) : Number.POSITIVE_INFINITY;
    const wordOfOther = j < other.length ? (other[j] as number) : Number.POSITIVE_INFINITY;
    if (wordOfOne === wordOfOther) {
      if (one[i + 1] !== other[j + 1] && future.care.has(wordOfOne)) return false;
      i += 2;
      j += 2;
    } else if (wordOfOne < wordOfOther) {
      if (future.care.has(wordOfOne)) return false;
      i += 2;
    } else {
      if (future.care.has(wordOfOther)) return false;
      j += 2;
    }
  }
  return true;
}
