import { invariant } from '../invariant.ts';
import { PAGE_SHIFT, WORDS_PER_PAGE } from '../units.ts';
import { type BlockId, BlockStore } from './block-store.ts';
import { Int32Column } from './column.ts';
import { HashIndex, hashWord } from './hash-index.ts';

/** Number of a row in its table: from 0 on, in the order in which they were first seen. */
export type RowId = number & { readonly __brand: 'RowId' };

const BLOCK_SHIFT = PAGE_SHIFT - 2;
const BLOCK_MASK = WORDS_PER_PAGE - 1;
const LENGTH_MASK = 0xff;
const TAG_SHIFT = 8;

/**
 * Rows of 32-bit integers, each kept once: equal rows have the same number. A row also has a tag, which tells
 * rows of different meanings apart.
 */
export class RowTable {
  static readonly lengthMax = LENGTH_MASK;
  private readonly store: BlockStore;
  /** The blocks that are full. Rows follow one another in them, each a head and its words. */
  private readonly blocks = new Int32Column();
  private block = new Int32Array(WORDS_PER_PAGE);
  private blockLength = 0;
  private readonly positions = new Int32Column();
  private readonly index = new HashIndex();

  /** @param store takes the rows; by default they stay in memory. */
  constructor(store: BlockStore = new BlockStore()) {
    this.store = store;
  }

  get rowsCount(): number {
    return this.positions.length;
  }

  /** The number of the row that is `words[from]` to before `words[to]`, at most `lengthMax` long. */
  intern(words: Int32Array, from = 0, to = words.length, tag = 0): RowId {
    const length = to - from;
    invariant(length <= RowTable.lengthMax, 'a row is short');
    const head = (tag << TAG_SHIFT) | length;
    let hash = head;
    for (let i = from; i < to; i += 1) hash = hashWord(hash, words[i] as number);
    const known = this.index.find(hash, (id) => this.isRow(id as RowId, head, words, from));
    if (known >= 0) return known as RowId;
    const id = this.append(head, words, from, length);
    this.index.add(hash, id);
    return id;
  }

  tagOf(row: RowId): number {
    const position = this.positions.get(row);
    return (this.blockAt(position)[position & BLOCK_MASK] as number) >>> TAG_SHIFT;
  }

  /** Copies a row to `target[at]` and on, where there must be room. @returns its length. */
  copyTo(row: RowId, target: Int32Array, at: number): number {
    const position = this.positions.get(row);
    const block = this.blockAt(position);
    const start = (position & BLOCK_MASK) + 1;
    const length = (block[start - 1] as number) & LENGTH_MASK;
    for (let i = 0; i < length; i += 1) target[at + i] = block[start + i] as number;
    return length;
  }

  /** Bytes in memory besides those of the store. */
  get bytesCount(): number {
    return this.positions.bytesCount + this.blocks.bytesCount + this.index.bytesCount;
  }

  private isRow(row: RowId, head: number, words: Int32Array, from: number): boolean {
    const position = this.positions.get(row);
    const block = this.blockAt(position);
    const start = position & BLOCK_MASK;
    if (block[start] !== head) return false;
    const length = head & LENGTH_MASK;
    for (let i = 0; i < length; i += 1) if (block[start + 1 + i] !== words[from + i]) return false;
    return true;
  }

  private append(head: number, words: Int32Array, from: number, length: number): RowId {
    if (this.blockLength + length + 1 > WORDS_PER_PAGE) {
      this.blocks.push(this.store.add(this.block));
      this.block = new Int32Array(WORDS_PER_PAGE);
      this.blockLength = 0;
    }
    const position = this.blocks.length * WORDS_PER_PAGE + this.blockLength;
    invariant(position < 2 ** 31, 'a table of rows has room for 8 GiB');
    this.block[this.blockLength] = head;
    for (let i = 0; i < length; i += 1) this.block[this.blockLength + 1 + i] = words[from + i] as number;
    this.blockLength += length + 1;
    return this.positions.push(position) as RowId;
  }

  private blockAt(position: number): Int32Array {
    const number = position >>> BLOCK_SHIFT;
    return number === this.blocks.length ? this.block : this.store.get(this.blocks.get(number) as BlockId);
  }
}
