import { invariant } from '../invariant.ts';
import { PAGE_SIZE_BYTES, WORDS_PER_PAGE } from '../units.ts';
import { Int32Column } from './column.ts';
import { SpillFailure, SpillFile, type SpillOptions } from './spill-file.ts';

/** Number of a block in its store, from 0 on. */
export type BlockId = number & { readonly __brand: 'BlockId' };

/**
 * Blocks of one page each that never change. Where a limit is given, only so many lie in memory: those that
 * were not looked at for longest (by the second-chance rule) are on disk, and come back when somebody asks.
 *
 * A disk that takes no more loses nothing: blocks stay in memory from then on, and `failure` says why. The
 * owner looks there from time to time and comes to an end.
 */
export class BlockStore {
  private readonly blocks: (Int32Array | null)[] = [];
  /** Where a block lies in the file; −1: it was never written. */
  private readonly records = new Int32Column();
  private readonly file: SpillFile | null;
  private readonly heldMax: number;
  /** The blocks in memory, where some may have to go: a ring with a hand that passes over it. */
  private readonly ring: BlockId[] = [];
  private hand = 0;
  /** Blocks that were looked at since the hand passed. */
  private readonly wasUsed: boolean[] = [];
  private failed: string | null = null;

  /** Without a limit, all blocks stay in memory. */
  constructor(spill?: SpillOptions) {
    this.file = spill === undefined ? null : new SpillFile(spill);
    this.heldMax =
      spill === undefined
        ? Number.POSITIVE_INFINITY
        : Math.max(1, Math.floor(spill.limitBytes / PAGE_SIZE_BYTES));
  }

  /** Takes over a block: nobody may change it any more. */
  add(words: Int32Array): BlockId {
    invariant(words.length === WORDS_PER_PAGE, 'a block is as long as a page');
    const id = this.blocks.length as BlockId;
    this.blocks.push(words);
    this.records.push(-1);
    this.wasUsed.push(true);
    this.hold(id);
    return id;
  }

  /**
   * The words of a block; never to be written to.
   * @throws SpillFailure where it does not come back from the disk.
   */
  get(id: BlockId): Int32Array {
    this.wasUsed[id] = true;
    return this.blocks[id] ?? this.readBack(id);
  }

  /** Why blocks that should be on disk are in memory; null while all is well. */
  get failure(): string | null {
    return this.failed;
  }

  get heldBytes(): number {
    return (this.file === null ? this.blocks.length : this.ring.length) * PAGE_SIZE_BYTES;
  }

  get spilledBytes(): number {
    return (this.file?.blocksCount ?? 0) * PAGE_SIZE_BYTES;
  }

  /** Gives the disk back. What lies in memory can still be read. */
  close(): void {
    this.file?.close();
  }

  private readBack(id: BlockId): Int32Array {
    const { file } = this;
    invariant(file !== null && this.records.get(id) >= 0, `block ${id} is in memory or on disk`);
    const words = file.read(this.records.get(id));
    this.blocks[id] = words;
    this.hold(id);
    return words;
  }

  /** A block has come into memory: another has to go where there are too many. */
  private hold(id: BlockId): void {
    if (this.file === null) return;
    if (this.ring.length < this.heldMax || this.failed !== null) {
      this.ring.push(id);
      return;
    }
    while (this.wasUsed[this.ring[this.hand] as BlockId] === true) {
      this.wasUsed[this.ring[this.hand] as BlockId] = false;
      this.hand = (this.hand + 1) % this.ring.length;
    }
    if (!this.spill(this.ring[this.hand] as BlockId)) {
      this.ring.push(id);
      return;
    }
    this.ring[this.hand] = id;
    this.hand = (this.hand + 1) % this.ring.length;
  }

  private spill(id: BlockId): boolean {
    const words = this.blocks[id] ?? null;
    invariant(this.file !== null && words !== null, 'only what is in memory is spilled');
    if (this.records.get(id) < 0) {
      try {
        this.records.set(id, this.file.append(words));
      } catch (error) {
        if (!(error instanceof SpillFailure)) throw error;
        this.failed = error.message;
        return false;
      }
    }
    this.blocks[id] = null;
    return true;
  }
}
