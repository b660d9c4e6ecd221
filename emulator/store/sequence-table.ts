import { type RowId, RowTable } from './row-table.ts';

/** Names a sequence in its table: equal sequences have the same name. */
export type SequenceId = RowId & { readonly __of: 'SequenceTable' };

/** Words in a row: short enough for much to be equal, long enough for few rows. */
const ROW_WORDS = 32;

/**
 * Sequences of 32-bit integers of any length, each kept once, and their equal stretches too: a sequence is
 * cut into rows, the names of the rows are a sequence again, and so on until one row is left. Its tag says
 * how often that was done.
 */
export class SequenceTable {
  private readonly rows: RowTable;

  constructor(rows: RowTable = new RowTable()) {
    this.rows = rows;
  }

  intern(words: Int32Array): SequenceId {
    let level = 0;
    let cut = words;
    for (; cut.length > ROW_WORDS; level += 1) {
      const names = new Int32Array(Math.ceil(cut.length / ROW_WORDS));
      for (let i = 0; i < names.length; i += 1) {
        const to = Math.min(cut.length, (i + 1) * ROW_WORDS);
        names[i] = this.rows.intern(cut, i * ROW_WORDS, to, level);
      }
      cut = names;
    }
    return this.rows.intern(cut, 0, cut.length, level) as SequenceId;
  }

  /** A copy of the whole sequence. */
  read(id: SequenceId): Int32Array {
    let words = new Int32Array(ROW_WORDS);
    let length = this.rows.copyTo(id, words, 0);
    for (let level = this.rows.tagOf(id); level > 0; level -= 1) {
      const names = words;
      const namesCount = length;
      words = new Int32Array(namesCount * ROW_WORDS);
      length = 0;
      for (let i = 0; i < namesCount; i += 1) length += this.rows.copyTo(names[i] as RowId, words, length);
    }
    return words.length === length ? words : words.slice(0, length);
  }

  get bytesCount(): number {
    return this.rows.bytesCount;
  }
}
