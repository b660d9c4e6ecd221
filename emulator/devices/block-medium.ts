import { invariant } from '../invariant.ts';
import { mixHigh, mixLow } from '../nvm/word-hash.ts';

export const SECTOR_BYTES = 512;
const WORDS = SECTOR_BYTES / 4;

/** One sector's content before a write. */
interface Change {
  readonly lba: number;
  readonly before: Uint8Array;
}

/**
 * What a block device stores: sectors that outlive a power failure. It is no part of the machine but of the
 * outside world, as the ledger is; a whole sector is written at once or not at all. Writes can be undone.
 */
export class BlockMedium {
  readonly sectorsCount: number;
  private readonly bytes: Uint8Array<ArrayBuffer>;
  private readonly words: Int32Array;
  private readonly changes: Change[] = [];
  private hashLow = 0;
  private hashHigh = 0;

  /** A medium with this content, filled up to a whole sector with zeros. */
  constructor(content: Uint8Array) {
    this.sectorsCount = Math.max(1, Math.ceil(content.length / SECTOR_BYTES));
    this.bytes = new Uint8Array(this.sectorsCount * SECTOR_BYTES);
    this.bytes.set(content);
    this.words = new Int32Array(this.bytes.buffer);
    for (let word = 0; word < this.words.length; word += 1) this.addToHash(word, 1);
  }

  /** Writes since the beginning or the last `undoTo`. */
  get writesCount(): number {
    return this.changes.length;
  }

  /** A copy of a sector. */
  read(lba: number): Uint8Array {
    invariant(lba >= 0 && lba < this.sectorsCount, 'a sector of the medium');
    return this.bytes.slice(lba * SECTOR_BYTES, (lba + 1) * SECTOR_BYTES);
  }

  write(lba: number, content: Uint8Array): void {
    invariant(content.length === SECTOR_BYTES, 'a whole sector is written');
    this.changes.push({ lba, before: this.read(lba) });
    this.put(lba, content);
  }

  /** Takes back every write from the last down to the given number. */
  undoTo(writesCount: number): void {
    while (this.changes.length > writesCount) {
      const change = this.changes.pop();
      if (change !== undefined) this.put(change.lba, change.before);
    }
  }

  /** Hash of the whole content, 16 hexadecimal digits; kept up at each write. */
  hash(): string {
    const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
    return hex(this.hashHigh) + hex(this.hashLow);
  }

  private put(lba: number, content: Uint8Array): void {
    const first = lba * WORDS;
    for (let word = first; word < first + WORDS; word += 1) this.addToHash(word, -1);
    this.bytes.set(content, lba * SECTOR_BYTES);
    for (let word = first; word < first + WORDS; word += 1) this.addToHash(word, 1);
  }

  private addToHash(word: number, sign: 1 | -1): void {
    const value = this.words[word] as number;
    this.hashLow = (this.hashLow + sign * mixLow(word, value)) | 0;
    this.hashHigh = (this.hashHigh + sign * mixHigh(word, value)) | 0;
  }
}
