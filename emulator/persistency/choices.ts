/** What a power failure may leave, as data. */

/**
 * One way for a part of memory to come out of the failure. Two alternatives of a group differ in content: where
 * two histories leave the same, the later one stands for both.
 */
export interface Alternative {
  /** Pairs of word index (physical address >>> 2) and value that differ from memory as the run saw it. */
  readonly patch: Int32Array;
  /**
   * Entry i of the store log, if it is a store to this group's line, is in this content exactly where i < `until`.
   * A store of which only some bytes are in it is not.
   */
  readonly until: number;
}

export interface CrashGroup {
  /** The line that the group is about: physical address >>> 6. */
  readonly line: number;
  /** At least two. The first is memory as the run saw it, with an empty patch; then the later before the earlier. */
  readonly alternatives: readonly Alternative[];
}

/**
 * Every combination of one alternative for each group, on top of memory as the run saw it, is a crash image.
 * Groups are about different lines, in ascending order, so that combinations differ in content.
 */
export interface CrashChoices {
  readonly groups: readonly CrashGroup[];
}

export const NO_CHOICE: CrashChoices = { groups: [] };

/** How many crash images the choices make: the product of the groups' alternatives. */
export function imagesCount(choices: CrashChoices): bigint {
  let count = 1n;
  for (const group of choices.groups) count *= BigInt(group.alternatives.length);
  return count;
}

/** The words in which images differ, some of them several times. */
export function wordsOf(choices: CrashChoices): number[] {
  return choices.groups.flatMap(({ alternatives }) =>
    alternatives.flatMap(({ patch }) => [...patch].filter((_, i) => i % 2 === 0)),
  );
}
