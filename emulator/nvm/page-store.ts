/** Pages by content: what many snapshots hold is kept once, and may lie on disk. */
import type { BlockId, BlockStore } from '../store/block-store.ts';
import { HashIndex, hashWord } from '../store/hash-index.ts';
import type { FrozenPage } from './nvm.ts';
import { pageHash } from './word-hash.ts';

/** Number of a page in its store. */
export type PageId = number & { readonly __brand: 'PageId' };

/** A frozen page in a store: the only one there with its content. */
export class KeptPage implements FrozenPage {
  readonly id: PageId;
  readonly hashLow: number;
  readonly hashHigh: number;
  private readonly blocks: BlockStore;
  private readonly block: BlockId;

  constructor(
    id: PageId,
    hash: { readonly low: number; readonly high: number },
    blocks: BlockStore,
    block: BlockId,
  ) {
    this.id = id;
    this.hashLow = hash.low;
    this.hashHigh = hash.high;
    this.blocks = blocks;
    this.block = block;
  }

  /** @throws SpillFailure where it does not come back from the disk. */
  get words(): Int32Array {
    return this.blocks.get(this.block);
  }
}

export class PageStore {
  private readonly blocks: BlockStore;
  private readonly pages: KeptPage[] = [];
  private readonly index = new HashIndex();

  constructor(blocks: BlockStore) {
    this.blocks = blocks;
  }

  get pagesCount(): number {
    return this.pages.length;
  }

  at(id: PageId): KeptPage {
    const page = this.pages[id];
    if (page === undefined) throw new RangeError(`no page ${id}`);
    return page;
  }

  /** The page with the content of `words`, whose hash is known; null where there is none. Contents are compared. */
  find(words: Int32Array, hashLow: number, hashHigh: number): KeptPage | null {
    const found = this.index.find(hashWord(hashLow, hashHigh), (id) => {
      const page = this.pages[id] as KeptPage;
      return page.hashLow === hashLow && page.hashHigh === hashHigh && areEqual(page.words, words);
    });
    return this.pages[found] ?? null;
  }

  /** The one page with this content; it becomes that where there was none. Its words must not change any more. */
  keep(page: FrozenPage): KeptPage {
    if (page instanceof KeptPage && this.pages[page.id] === page) return page;
    const { words } = page;
    // Those who make pages of their own need not know how they are hashed.
    const hash = pageHash(words);
    const known = this.find(words, hash.low, hash.high);
    if (known !== null) return known;
    const own = words.byteLength === words.buffer.byteLength ? words : words.slice();
    const kept = new KeptPage(this.pages.length as PageId, hash, this.blocks, this.blocks.add(own));
    this.pages.push(kept);
    this.index.add(hashWord(hash.low, hash.high), kept.id);
    return kept;
  }
}

function areEqual(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
