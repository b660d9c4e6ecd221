/**
 * A temporary file of blocks that memory has no room for. It only grows, has no name any more once it is open
 * (so that nothing of it is left however the process ends), and every block is checked when it comes back.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { pageHash } from '../nvm/word-hash.ts';
import { PAGE_SIZE_BYTES, WORDS_PER_PAGE } from '../units.ts';
import { Int32Column } from './column.ts';

export interface SpillOptions {
  /** Contents that may lie in memory, in bytes; what is more goes to the file. */
  readonly limitBytes: number;
  /** The folder of the file. */
  readonly folder: string;
  /** Opens a file for reading and writing; without it, a new one in the folder. */
  readonly open?: () => number;
}

/** What was to be kept on disk could not be written or does not come back. Nothing wrong is ever handed out. */
export class SpillFailure extends Error {
  override name = 'SpillFailure';
}

export class SpillFile {
  private readonly options: SpillOptions;
  private file: number | null = null;
  /** The name of the file, where the system does not let an open file lose it. */
  private path: string | null = null;
  /** The hash of each block, as of a page: kept in memory, so that a block in a wrong place shows too. */
  private readonly hashesLow = new Int32Column();
  private readonly hashesHigh = new Int32Column();

  constructor(options: SpillOptions) {
    this.options = options;
  }

  get blocksCount(): number {
    return this.hashesLow.length;
  }

  /**
   * @param words of one page.
   * @returns the number by which the block is read back.
   * @throws SpillFailure where the file cannot be made or written; it is as before then.
   */
  append(words: Int32Array): number {
    const record = this.blocksCount;
    try {
      this.file ??= this.open();
      const bytes = new Uint8Array(words.buffer, words.byteOffset, PAGE_SIZE_BYTES);
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.file, bytes, done, bytes.length - done, record * PAGE_SIZE_BYTES + done);
      }
    } catch (error) {
      throw new SpillFailure(`could not spill to ${this.options.folder}: ${reasonOf(error)}`);
    }
    const { low, high } = pageHash(words);
    this.hashesLow.push(low);
    this.hashesHigh.push(high);
    return record;
  }

  /** @throws SpillFailure where the block cannot be read, or is not what was written. */
  read(record: number): Int32Array {
    const words = new Int32Array(WORDS_PER_PAGE);
    const { folder } = this.options;
    if (this.file === null)
      throw new SpillFailure(`what was spilled to ${folder} is gone: its file is closed`);
    try {
      const bytes = new Uint8Array(words.buffer);
      for (let done = 0; done < bytes.length; ) {
        const count = readSync(this.file, bytes, done, bytes.length - done, record * PAGE_SIZE_BYTES + done);
        if (count === 0) throw new Error('the file is shorter than it was');
        done += count;
      }
    } catch (error) {
      throw new SpillFailure(`could not read back what was spilled to ${folder}: ${reasonOf(error)}`);
    }
    const { low, high } = pageHash(words);
    if (low !== this.hashesLow.get(record) || high !== this.hashesHigh.get(record)) {
      throw new SpillFailure(`what was spilled to ${folder} came back damaged (block ${record})`);
    }
    return words;
  }

  /** Gives the disk back. What was spilled is gone. */
  close(): void {
    if (this.file !== null) closeSync(this.file);
    this.file = null;
    if (this.path !== null) rmSync(this.path, { force: true });
    this.path = null;
  }

  private open(): number {
    if (this.options.open !== undefined) return this.options.open();
    const path = join(this.options.folder, `fukugen-${process.pid}-${randomBytes(8).toString('hex')}.spill`);
    const file = openSync(path, 'wx+', 0o600);
    try {
      rmSync(path);
    } catch {
      this.path = path;
    }
    return file;
  }
}

/** `ENOSPC: no space left on device, write` as Node.js words it. */
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
