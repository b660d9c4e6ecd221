/**
 * A scheme decides how the important pages come back after a power failure. The kernel calls it at four
 * moments only, so that schemes are interchangeable under the same workloads, crash points and promises.
 */
import type { Nvm } from '../../emulator/nvm/nvm.ts';
import type { Door } from '../door.ts';
import type { ImportantPage, MemoryPlan } from '../plan.ts';

export interface Scheme {
  /** First boot: nothing is recorded, every important page is protected. Runs with paging off. */
  format(): void;
  /** The first write of an epoch to `page`: afterwards the write may be tried again. */
  firstWrite(page: ImportantPage): void;
  /**
   * Ends the epoch. After the store that it ends with, a crash finds the pages as they are now.
   * @param committed is called right after that store, before anything else can happen.
   */
  commit(committed: () => void): void;
  /** Recovery: every important page is given its content of the last commit, and is protected. */
  restore(): void;
  /** Shutdown has stored the word that says so; afterwards it is durable. Absent: there is nothing to do. */
  cleanWordStored?(address: number): void;
}

export interface SchemeDefinition {
  readonly name: string;
  /** The value of the spec's constant `Commit`. */
  readonly commit: 'one word' | 'page by page';
  readonly describe: string;
  make(door: Door, plan: MemoryPlan): Scheme;
  /**
   * Whether recovery would copy this page back, read from NVM alone: the abstraction's `recorded`. It reads
   * through `nvm.load32`, so that what it looks at counts among what the run has read.
   */
  isRecorded(nvm: Nvm, page: ImportantPage): boolean;
}
