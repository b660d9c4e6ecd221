/** The abstract state of docs/VOCABULARY.md, as plain immutable data. */

/** The part that is read from NVM at commit points. */
export interface Core {
  readonly current: number;
  readonly cause: string;
  readonly status: readonly string[];
  readonly call: readonly string[];
  readonly answer: readonly string[];
  readonly notices: readonly number[];
  readonly pipe: readonly (readonly number[])[];
  /** Of each pipe, the processes that hold its end for reading, and for writing; in ascending order. */
  readonly readers: readonly (readonly number[])[];
  readonly writers: readonly (readonly number[])[];
}

/** Sets of important pages, as one byte a page in the order of the memory plan. */
export interface PageSets {
  readonly writable: Uint8Array;
  readonly cached: Uint8Array;
  readonly recorded: Uint8Array;
  readonly whole: Uint8Array;
  readonly changed: Uint8Array;
  readonly due: Uint8Array;
}

export const PAGE_SET_NAMES = ['writable', 'cached', 'recorded', 'whole', 'changed', 'due'] as const;
export type PageSetName = (typeof PAGE_SET_NAMES)[number];

export type Mode = 'off' | 'reset' | 'restored' | 'kernel' | 'user' | 'idle' | 'halted';
export type BootName = 'uninitialised' | 'running' | 'clean';

export interface AbstractState {
  readonly boot: BootName;
  readonly mode: Mode;
  readonly core: Core;
  readonly ledger: readonly number[];
  readonly misled: readonly number[];
  readonly sets: PageSets;
}

export type StateId = number & { readonly __brand: 'StateId' };

export function emptySets(pagesCount: number): PageSets {
  return Object.fromEntries(
    PAGE_SET_NAMES.map((name) => [name, new Uint8Array(pagesCount)]),
  ) as unknown as PageSets;
}

export function copySets(sets: PageSets): PageSets {
  return Object.fromEntries(PAGE_SET_NAMES.map((name) => [name, sets[name].slice()])) as unknown as PageSets;
}
