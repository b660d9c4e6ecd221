import type { SequenceId, SequenceTable } from '../store/sequence-table.ts';
import type { FrozenPage, NvmSnapshot } from './nvm.ts';
import type { PageId, PageStore } from './page-store.ts';

/** A snapshot in a store: a name by which its pages are found, one at a time or all. */
export class KeptImage implements NvmSnapshot {
  readonly id: SequenceId;
  private readonly store: ImageStore;

  constructor(id: SequenceId, store: ImageStore) {
    this.id = id;
    this.store = store;
  }

  get pages(): readonly FrozenPage[] {
    return this.store.pagesOf(this.id);
  }
}

/** Images whose pages are kept listed: one is compared with many others in a row. */
const LISTED_MAX = 256;

/** Keeps whole images: of equal ones and of their equal pages, and runs of pages, one. */
export class ImageStore {
  readonly pages: PageStore;
  private readonly sequences: SequenceTable;
  private readonly listed = new Map<SequenceId, readonly FrozenPage[]>();

  constructor(pages: PageStore, sequences: SequenceTable) {
    this.pages = pages;
    this.sequences = sequences;
  }

  /** The snapshot with its pages kept; equal snapshots have the same id. */
  keep(snapshot: NvmSnapshot): KeptImage {
    if (snapshot instanceof KeptImage) return snapshot;
    const ids = Int32Array.from(snapshot.pages, (page) => this.pages.keep(page).id);
    return new KeptImage(this.sequences.intern(ids), this);
  }

  /** The image that `keep` gave this id. */
  at(id: SequenceId): KeptImage {
    return new KeptImage(id, this);
  }

  pagesOf(id: SequenceId): readonly FrozenPage[] {
    let pages = this.listed.get(id);
    if (pages === undefined) {
      pages = Array.from(this.sequences.read(id), (page) => this.pages.at(page as PageId));
      const oldest = this.listed.keys().next();
      if (this.listed.size >= LISTED_MAX && oldest.done !== true) this.listed.delete(oldest.value);
      this.listed.set(id, pages);
    }
    return pages;
  }
}
