/** The abstract state of docs/VOCABULARY.md, as plain immutable data. */

/** The part that is read from NVM at commit points. */
export interface Core {
  readonly current: number;
  readonly cause: string;
  readonly status: readonly string[];
  readonly call: readonly string[];
  readonly answer: readonly string[];
  readonly notices: readonly number[];
  /** The processes for which SIGPWR is pending, in ascending order. */
  readonly pending: readonly number[];
  /** The run queue, first turn first. */
  readonly queue: readonly number[];
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

export type Mode = 'off' | 'reset' | 'restored' | 'kernel' | 'user' | 'idle' | 'halted' | 'rest';
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

/** A state as JSON text: equal states are equal texts. */
export function textOfState(state: AbstractState): string {
  const { boot, mode, core, ledger, misled, sets } = state;
  const digits = PAGE_SET_NAMES.map((name) => sets[name].join(''));
  return JSON.stringify([boot, mode, core, ledger, misled, digits]);
}

/** The state that `textOfState` made a text of. */
export function stateOfText(text: string): AbstractState {
  const [boot, mode, core, ledger, misled, digits] = JSON.parse(text) as [
    BootName,
    Mode,
    Core,
    number[],
    number[],
    string[],
  ];
  const sets = Object.fromEntries(
    PAGE_SET_NAMES.map((name, i) => [name, Uint8Array.from(digits[i] ?? '', Number)]),
  ) as unknown as PageSets;
  return { boot, mode, core, ledger, misled, sets };
}

export function emptySets(pagesCount: number): PageSets {
  return Object.fromEntries(
    PAGE_SET_NAMES.map((name) => [name, new Uint8Array(pagesCount)]),
  ) as unknown as PageSets;
}

export function copySets(sets: PageSets): PageSets {
  return Object.fromEntries(PAGE_SET_NAMES.map((name) => [name, sets[name].slice()])) as unknown as PageSets;
}
