/**
 * What a class cares for, kept small: most classes care for the same words as many others, and all sets are in
 * one table where equal stretches are kept once. While a set grows it also lies open as a bitmap.
 */
import { invariant } from '../../emulator/invariant.ts';
import type { SequenceId, SequenceTable } from '../../emulator/store/sequence-table.ts';
import { agreeOnPage, WordSet } from './word-set.ts';

/** Bitmaps that are kept read: a set is asked for many times in a row. */
const READ_MAX = 256;

export class CareTable {
  private readonly sequences: SequenceTable;
  private readonly read = new Map<SequenceId, Uint32Array>();
  private lastId: SequenceId | null = null;
  private last: Uint32Array = new Uint32Array(0);

  constructor(sequences: SequenceTable) {
    this.sequences = sequences;
  }

  idOf({ bits }: WordSet): SequenceId {
    return this.sequences.intern(new Int32Array(bits.buffer, bits.byteOffset, bits.length));
  }

  /** @returns bits that are not to be written to. */
  bitsOf(id: SequenceId): Uint32Array {
    if (id === this.lastId) return this.last;
    let bits = this.read.get(id);
    if (bits === undefined) {
      bits = new Uint32Array(this.sequences.read(id).buffer);
      const oldest = this.read.keys().next();
      if (this.read.size >= READ_MAX && oldest.done !== true) this.read.delete(oldest.value);
      this.read.set(id, bits);
    }
    this.lastId = id;
    this.last = bits;
    return bits;
  }
}

/** A set of words that only grows. */
export class Care implements WordSet {
  private readonly table: CareTable;
  /** Null while it is at rest. */
  private open: WordSet | null;
  /** Null while it is open and has grown since it was last asked for. */
  private kept: SequenceId | null = null;

  /** @param from is taken over: nobody else may change it. */
  constructor(table: CareTable, from: WordSet) {
    this.table = table;
    this.open = from;
  }

  /** Equal sets have equal ids. */
  get id(): SequenceId {
    if (this.kept === null) {
      invariant(this.open !== null, 'a set at rest has an id');
      this.kept = this.table.idOf(this.open);
    }
    return this.kept;
  }

  /** Gives the bitmap up until somebody adds to the set again. */
  rest(): void {
    this.kept = this.id;
    this.open = null;
  }

  get bits(): Uint32Array {
    return this.open?.bits ?? this.table.bitsOf(this.id);
  }

  has(word: number): boolean {
    return ((this.bits[word >>> 5] as number) & (1 << (word & 31))) !== 0;
  }

  add(word: number): void {
    if (this.has(word)) return;
    this.opened().add(word);
    this.kept = null;
  }

  addAllExcept(other: WordSet, except: WordSet, added?: number[]): boolean {
    if (!this.opened().addAllExcept(other, except, added)) return false;
    this.kept = null;
    return true;
  }

  agreesOnPage(page: number, a: Int32Array, b: Int32Array): boolean {
    return agreeOnPage(this.bits, page, a, b);
  }

  private opened(): WordSet {
    if (this.open === null) {
      const { bits } = this;
      this.open = new WordSet(bits.length * 32, bits);
    }
    return this.open;
  }
}
