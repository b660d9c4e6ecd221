import { invariant } from '../invariant.ts';
import { type Persistency, STRICT } from '../persistency/model.ts';
import { RunCache } from '../persistency/run-cache.ts';
import { PAGE_SHIFT, PAGE_SIZE_BYTES, WORDS_PER_PAGE } from '../units.ts';
import type { PageStore } from './page-store.ts';
import { StoreLog, type StoreOrigin } from './store-log.ts';
import { mixHigh, mixLow } from './word-hash.ts';

/** Thrown instead of the first store or effect past the power budget: all before has happened, this has not. */
export class PowerFailure extends Error {
  override name = 'PowerFailure';
}

/** A page as it was when a snapshot was taken; shared by every snapshot in which the page is the same. */
export interface FrozenPage {
  readonly words: Int32Array;
  readonly hashLow: number;
  readonly hashHigh: number;
}

/** The whole of NVM at one moment. Immutable; pages are shared, so it costs what was written since the last. */
export interface NvmSnapshot {
  readonly pages: readonly FrozenPage[];
}

/**
 * The machine's RAM: non-volatile, so it is all that a power failure leaves.
 *
 * Every change is a *store*: an aligned write of 1, 2 or 4 bytes, atomic, and recorded in the log with the
 * word before and after. The hash of each page follows every store. Loads note the words that a run reads
 * before it has written them (its live-in words), since those alone decide how the run goes.
 *
 * Addresses are physical, in bytes, aligned to the size of the access and below `sizeBytes`; the caller
 * (the bus) has checked that. A partial store to a word that the run has not read counts as a read of it.
 */
export class Nvm {
  readonly sizeBytes: number;
  readonly pagesCount: number;
  readonly bytes: Uint8Array;
  readonly halves: Uint16Array;
  readonly words: Int32Array;
  readonly log = new StoreLog();
  readonly pageHashLow: Int32Array;
  readonly pageHashHigh: Int32Array;

  /** Power fails instead of the store or effect that would make the log longer than this; Infinity for never. */
  powerFailsAtLogLength = Number.POSITIVE_INFINITY;
  /** Stores made since this memory was built: counted here and nowhere else, so that others can be checked by it. */
  storesCount = 0;
  /** Effects noted since this memory was built, likewise. */
  effectsCount = 0;
  /** Who the next stores are to be attributed to, unless the store says otherwise. */
  origin: StoreOrigin = 0;

  /** stamp[w] === run: word w was read or wholly written in this run. */
  readonly stamp: Uint32Array;
  private run = 1;
  /** Bit w % 32 of element w / 32: word w was read in this run before it was written (a live-in word). */
  readonly liveIn: Uint32Array;
  /** pageStamp[p] === run: every word of page p has its stamp. */
  private readonly pageStamp: Uint32Array;

  /** What a power failure may leave of the stores before it. */
  readonly persistency: Persistency;
  /** What has not become durable yet; null where every store is durable at once. */
  readonly cache: RunCache | null;

  private frozen: (FrozenPage | null)[];
  private pageStore: PageStore | null = null;
  /** Stores are recorded. Without, there is no way back, and power does not fail: to measure what the log costs. */
  readonly isLogged: boolean;

  constructor(
    sizeBytes: number,
    options: { readonly isLogged?: boolean; readonly persistency?: Persistency } = {},
  ) {
    const persistency = options.persistency ?? STRICT;
    this.isLogged = options.isLogged ?? true;
    invariant(sizeBytes > 0 && sizeBytes % PAGE_SIZE_BYTES === 0, 'NVM is a whole number of pages');
    this.sizeBytes = sizeBytes;
    this.pagesCount = sizeBytes / PAGE_SIZE_BYTES;
    const buffer = new ArrayBuffer(sizeBytes);
    this.bytes = new Uint8Array(buffer);
    this.halves = new Uint16Array(buffer);
    this.words = new Int32Array(buffer);
    this.pageHashLow = new Int32Array(this.pagesCount);
    this.pageHashHigh = new Int32Array(this.pagesCount);
    this.stamp = new Uint32Array(sizeBytes >>> 2);
    this.liveIn = new Uint32Array(sizeBytes >>> 7);
    this.pageStamp = new Uint32Array(this.pagesCount);
    this.frozen = new Array(this.pagesCount).fill(null);
    this.persistency = persistency;
    this.cache = persistency.model === 'sc' ? null : new RunCache(persistency, this.log);
  }

  load8(address: number): number {
    const w = address >>> 2;
    if (this.stamp[w] !== this.run) this.noteRead(w);
    return this.bytes[address] as number;
  }

  load16(address: number): number {
    const w = address >>> 2;
    if (this.stamp[w] !== this.run) this.noteRead(w);
    return this.halves[address >>> 1] as number;
  }

  /** The word as a signed 32-bit integer. */
  load32(address: number): number {
    const w = address >>> 2;
    if (this.stamp[w] !== this.run) this.noteRead(w);
    return this.words[w] as number;
  }

  store8(address: number, value: number, origin: StoreOrigin = this.origin): void {
    const w = address >>> 2;
    if (this.stamp[w] !== this.run) this.noteRead(w);
    const old = this.words[w] as number;
    const shift = (address & 3) << 3;
    this.commitStore(address, (old & ~(0xff << shift)) | ((value & 0xff) << shift), 1, origin);
  }

  store16(address: number, value: number, origin: StoreOrigin = this.origin): void {
    const w = address >>> 2;
    if (this.stamp[w] !== this.run) this.noteRead(w);
    const old = this.words[w] as number;
    const shift = (address & 2) << 3;
    this.commitStore(address, (old & ~(0xffff << shift)) | ((value & 0xffff) << shift), 2, origin);
  }

  store32(address: number, value: number, origin: StoreOrigin = this.origin): void {
    this.stamp[address >>> 2] = this.run;
    this.commitStore(address, value | 0, 4, origin);
  }

  /** Records an effect on the outside world at this point of the run: power may fail before and after it. */
  noteEffect(ledgerIndex: number): void {
    if (this.log.length >= this.powerFailsAtLogLength) throw new PowerFailure();
    this.effectsCount += 1;
    this.log.appendEffect(ledgerIndex);
  }

  /** Starts a new run: an empty log and an empty set of live-in words. Memory and cache stay. */
  beginRun(): void {
    this.cache?.beginRun();
    this.log.truncate(0);
    this.liveIn.fill(0);
    this.run += 1;
    if (this.run === 0xffffffff) {
      this.stamp.fill(0);
      this.pageStamp.fill(0);
      this.run = 1;
    }
  }

  /** Changes with every `beginRun`: for those who keep notes of what they have read in this run. */
  get runNumber(): number {
    return this.run;
  }

  /** Notes every word of a page as read: for those who look at a page's hash instead of its words. */
  notePageRead(page: number): void {
    if (this.pageStamp[page] === this.run) return;
    this.pageStamp[page] = this.run;
    const first = page * WORDS_PER_PAGE;
    for (let w = first; w < first + WORDS_PER_PAGE; w += 1) if (this.stamp[w] !== this.run) this.noteRead(w);
  }

  /** Takes back every store from the log's end down to `length`. */
  undoTo(length: number): void {
    invariant(this.isLogged, 'what was not recorded cannot be taken back');
    const { log } = this;
    for (let i = log.length - 1; i >= length; i -= 1) {
      if (!log.isEffect(i)) this.setWord((log.address[i] as number) >>> 2, log.oldWord[i] as number);
    }
    log.truncate(length);
    this.cache?.cut(length);
  }

  /** Sets a word without recording a store: for building images from logs that are already recorded. */
  setWord(w: number, value: number): void {
    const old = this.words[w] as number;
    if (old === value) return;
    const page = w >>> 10;
    const i = w & 1023;
    this.pageHashLow[page] = (this.pageHashLow[page] as number) + mixLow(i, value) - mixLow(i, old);
    this.pageHashHigh[page] = (this.pageHashHigh[page] as number) + mixHigh(i, value) - mixHigh(i, old);
    this.words[w] = value;
    this.frozen[page] = null;
  }

  /** The whole memory's hash: 64 bits as 16 hexadecimal digits. */
  hash(): string {
    let low = 0;
    let high = 0;
    for (let page = 0; page < this.pagesCount; page += 1) {
      low = (low + mixLow(page, this.pageHashLow[page] as number)) | 0;
      high = (high + mixHigh(page, this.pageHashHigh[page] as number)) | 0;
    }
    return hex32(high) + hex32(low);
  }

  /** From now on, snapshots share the pages of a store where it has the same content; null: of none. */
  usePageStore(store: PageStore | null): void {
    this.pageStore = store;
    this.frozen.fill(null);
  }

  /** Copies the pages written since they were last frozen; shares the others. */
  snapshot(): NvmSnapshot {
    const pages: FrozenPage[] = new Array(this.pagesCount);
    for (let page = 0; page < this.pagesCount; page += 1) {
      let frozen = this.frozen[page] ?? null;
      if (frozen === null) {
        frozen = this.freeze(page);
        this.frozen[page] = frozen;
      }
      pages[page] = frozen;
    }
    return { pages };
  }

  /**
   * Puts memory back to a snapshot; touches only the pages that differ. The log is not changed. What a snapshot
   * has behind its own pages is the caller's.
   */
  restore(snapshot: NvmSnapshot): void {
    // Where there is a cache, an image may have what waits in it behind its pages.
    const { length } = snapshot.pages;
    invariant(
      length === this.pagesCount || (this.cache !== null && length > this.pagesCount),
      'a snapshot belongs to a memory of its own size',
    );
    for (let page = 0; page < this.pagesCount; page += 1) {
      const frozen = snapshot.pages[page] as FrozenPage;
      if (this.frozen[page] === frozen) continue;
      this.words.set(frozen.words, page << (PAGE_SHIFT - 2));
      this.pageHashLow[page] = frozen.hashLow;
      this.pageHashHigh[page] = frozen.hashHigh;
      this.frozen[page] = frozen;
    }
  }

  private freeze(page: number): FrozenPage {
    const first = page << (PAGE_SHIFT - 2);
    const hashLow = this.pageHashLow[page] as number;
    const hashHigh = this.pageHashHigh[page] as number;
    const known = this.pageStore?.find(this.words.subarray(first, first + WORDS_PER_PAGE), hashLow, hashHigh);
    return known ?? { words: this.words.slice(first, first + WORDS_PER_PAGE), hashLow, hashHigh };
  }

  /** Word w is read for the first time in this run, and was not written in it. */
  noteRead(w: number): void {
    this.stamp[w] = this.run;
    this.liveIn[w >>> 5] = (this.liveIn[w >>> 5] as number) | (1 << (w & 31));
  }

  private commitStore(address: number, word: number, sizeBytes: number, origin: StoreOrigin): void {
    if (this.log.length >= this.powerFailsAtLogLength) throw new PowerFailure();
    const w = address >>> 2;
    const old = this.words[w] as number;
    this.storesCount += 1;
    if (this.isLogged) this.log.appendStore(address, old, word, sizeBytes, origin);
    this.setWord(w, word);
  }
}

const hex32 = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');
