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
    let level = this.rows.tagOf(id);
    let names = this.rows.read(id);
    for (; level > 0; level -= 1) {
      const parts = Array.from(names, (name) => this.rows.read(name as RowId));
      const joined = new Int32Array((parts.length - 1) * ROW_WORDS + (parts.at(-1)?.length ?? 0));
      parts.forEach((part, i) => {
        joined.set(part, i * ROW_WORDS);
      });
      names = joined;
    }
    return names.slice();
  }

  get bytesCount(): number {
    return this.rows.bytesCount;
  }
}
