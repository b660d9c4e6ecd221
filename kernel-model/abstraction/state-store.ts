/** Keeps every distinct abstract state once, packed: an exploration meets more of them than anything else. */
import { Names } from '../../emulator/store/names.ts';
import { type RowId, RowTable } from '../../emulator/store/row-table.ts';
import {
  type AbstractState,
  type BootName,
  type Core,
  emptySets,
  type Mode,
  PAGE_SET_NAMES,
  type StateId,
} from './abstract-state.ts';

/** Numbers of a row before the sets of pages: boot and mode, core, ledger, misled. */
const HEAD = 5;

/** Ids count from 0 in the order of first sight. */
export class StateStore {
  private readonly rows = new RowTable();
  private readonly pagesCount: number;
  private readonly wordsPerSet: number;
  private readonly row: Int32Array;
  private readonly names = new Names();
  private readonly cores = new Values<Core>();
  private readonly lists = new Values<readonly number[]>();
  /** The state that was read last: it is asked for many times in a row. */
  private last: { readonly id: StateId; readonly state: AbstractState } | null = null;

  /** @param pagesCount important pages, of which states have sets. */
  constructor(pagesCount: number) {
    this.pagesCount = pagesCount;
    this.wordsPerSet = (pagesCount + 31) >>> 5;
    this.row = new Int32Array(HEAD + this.wordsPerSet * PAGE_SET_NAMES.length);
  }

  get statesCount(): number {
    return this.rows.rowsCount;
  }

  intern({ boot, mode, core, ledger, misled, sets }: AbstractState): StateId {
    const { row } = this;
    row[0] = this.names.numberOf(boot);
    row[1] = this.names.numberOf(mode);
    row[2] = this.cores.numberOf(core);
    row[3] = this.lists.numberOf(ledger);
    row[4] = this.lists.numberOf(misled);
    let next = HEAD;
    for (const name of PAGE_SET_NAMES) {
      const set = sets[name];
      for (let i = 0; i < this.wordsPerSet; i += 1, next += 1) {
        let word = 0;
        for (let bit = 0; bit < 32 && i * 32 + bit < set.length; bit += 1) {
          word |= (set[i * 32 + bit] as number) << bit;
        }
        row[next] = word;
      }
    }
    return this.rows.intern(row) as number as StateId;
  }

  /** @returns a state that is not to be changed. */
  get(id: StateId): AbstractState {
    if (this.last?.id === id) return this.last.state;
    if (id < 0 || id >= this.statesCount) throw new RangeError(`no abstract state ${id}`);
    const row = new Int32Array(this.row.length);
    this.rows.copyTo(id as number as RowId, row, 0);
    const [boot = 0, mode = 0, core = 0, ledger = 0, misled = 0] = row;
    const sets = emptySets(this.pagesCount);
    let first = HEAD;
    for (const name of PAGE_SET_NAMES) {
      const set = sets[name];
      for (let i = 0; i < set.length; i += 1) {
        set[i] = ((row[first + (i >>> 5)] as number) >>> (i & 31)) & 1;
      }
      first += this.wordsPerSet;
    }
    const state: AbstractState = {
      boot: this.names.nameOf(boot) as BootName,
      mode: this.names.nameOf(mode) as Mode,
      core: this.cores.at(core),
      ledger: this.lists.at(ledger),
      misled: this.lists.at(misled),
      sets,
    };
    this.last = { id, state };
    return state;
  }
}

/** Plain immutable data, each content once. */
class Values<T extends object> {
  private readonly names = new Names();
  private readonly values: T[] = [];
  /** Objects whose content was looked at before. */
  private readonly known = new WeakMap<T, number>();

  numberOf(value: T): number {
    let number = this.known.get(value);
    if (number === undefined) {
      number = this.names.numberOf(JSON.stringify(value));
      if (number === this.values.length) this.values.push(value);
      this.known.set(value, number);
    }
    return number;
  }

  at(number: number): T {
    const value = this.values[number];
    if (value === undefined) throw new RangeError(`no value ${number}`);
    return value;
  }
}
