/** The abstract state of docs/VOCABULARY.md, as plain immutable data, and the store that keeps each one once. */

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

/** Keeps every distinct abstract state once; ids count from 0 in the order of first sight. */
export class StateStore {
  readonly states: AbstractState[] = [];
  private readonly ids = new Map<string, StateId>();
  private readonly coreKeys = new WeakMap<Core, string>();

  intern(state: AbstractState): StateId {
    const key = this.keyOf(state);
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const id = this.states.length as StateId;
    this.states.push({ ...state, sets: copySets(state.sets) });
    this.ids.set(key, id);
    return id;
  }

  get(id: StateId): AbstractState {
    const state = this.states[id];
    if (state === undefined) throw new RangeError(`no abstract state ${id}`);
    return state;
  }

  private keyOf(state: AbstractState): string {
    let core = this.coreKeys.get(state.core);
    if (core === undefined) {
      core = JSON.stringify(state.core);
      this.coreKeys.set(state.core, core);
    }
    const sets = PAGE_SET_NAMES.map((name) => bits(state.sets[name])).join('/');
    return `${state.boot}|${state.mode}|${core}|${state.ledger.join(',')}|${state.misled.join(',')}|${sets}`;
  }
}

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

/** Packs a set into a short string: equal strings are equal sets. */
function bits(set: Uint8Array): string {
  let text = '';
  for (let i = 0; i < set.length; i += 15) {
    let chunk = 0;
    for (let j = i; j < i + 15 && j < set.length; j += 1) chunk |= (set[j] as number) << (j - i);
    text += String.fromCharCode(chunk + 1);
  }
  return text;
}
