/**
 * Commits whose store a failure may still take. The kernel has told them, but where stores wait in a cache the
 * one that makes the commit durable may be lost: then the commit has not been. From the next kernel exit or
 * device effect on somebody may rely on it, and it counts, durable or not.
 */
import type { Alternative, CrashChoices, CrashGroup } from '../../emulator/persistency/choices.ts';
import { alternativeOf, type Combination } from './boxes.ts';
import type { Committed, StateIndex } from './system.ts';

const LINE_OF_WORD = 4;

export interface OpenCommit {
  /** The entry of the store log that makes it durable, and the word that it stores to. */
  readonly entry: number;
  readonly word: number;
  /** What held before it. */
  readonly state: StateIndex;
  readonly committed: Committed;
}

/** In the order in which they were told. */
export class CommitWindow {
  private readonly open: OpenCommit[] = [];

  get isEmpty(): boolean {
    return this.open.length === 0;
  }

  add(commit: OpenCommit): void {
    this.open.push(commit);
  }

  /** Somebody relies on all of them. */
  close(): void {
    this.open.length = 0;
  }

  /** How many of them an alternative lacks. */
  lackedBy(group: CrashGroup, alternative: Alternative): number {
    let count = 0;
    for (const { entry, word } of this.open) {
      if (word >>> LINE_OF_WORD === group.line && entry >= alternative.until) count += 1;
    }
    return count;
  }

  /** The first commit that a combination lacks. */
  firstLacked(choices: CrashChoices, combination: Combination): OpenCommit | undefined {
    return this.open.find(({ entry, word }) => {
      const g = choices.groups.findIndex(({ line }) => line === word >>> LINE_OF_WORD);
      const group = choices.groups[g];
      return group !== undefined && entry >= alternativeOf(group, combination[g] as number).until;
    });
  }
}
