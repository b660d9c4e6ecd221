/**
 * What waits in the cache at a joint, as words behind those of memory: one for each line, equal where no
 * failure can tell the lines apart. So a class can care for a line as it cares for a word.
 */
import type { Nvm, NvmSnapshot } from '../../emulator/nvm/nvm.ts';
import type { LineCache } from '../../emulator/persistency/line-cache.ts';
import { LINE_SIZE_BYTES } from '../../emulator/persistency/model.ts';
import { WORDS_PER_PAGE } from '../../emulator/units.ts';

/** How many words a class can care for: those of memory and, where there is a cache, one for each line. */
export function careWordsCount(nvm: Nvm): number {
  return nvm.cache === null ? nvm.words.length : new CacheWords(nvm.sizeBytes).wordsCount;
}

type Page = NvmSnapshot['pages'][number];

export class CacheWords {
  /** The word of line 0; equal to the number of words of memory. */
  readonly first: number;
  private readonly pagesCount: number;
  private readonly clean: readonly Page[];
  private readonly ids = new Map<string, number>();

  constructor(memoryBytes: number) {
    this.first = memoryBytes >>> 2;
    this.pagesCount = Math.ceil(memoryBytes / LINE_SIZE_BYTES / WORDS_PER_PAGE);
    const page: Page = { words: new Int32Array(WORDS_PER_PAGE), hashLow: 0, hashHigh: 0 };
    this.clean = new Array(this.pagesCount).fill(page);
  }

  /** Words of memory and of the cache. */
  get wordsCount(): number {
    return this.first + this.pagesCount * WORDS_PER_PAGE;
  }

  /** An image with what waits behind it; null: nothing does. */
  extend(image: NvmSnapshot, cache: LineCache | null): NvmSnapshot {
    if (cache === null || cache.isClean) return { pages: [...image.pages, ...this.clean] };
    const words = new Int32Array(this.pagesCount * WORDS_PER_PAGE);
    for (const line of cache.dirtyLines()) words[line] = this.idOf(cache.keyOf(line));
    const pages = Array.from({ length: this.pagesCount }, (_, i) => ({
      words: words.subarray(i * WORDS_PER_PAGE, (i + 1) * WORDS_PER_PAGE),
      hashLow: 0,
      hashHigh: 0,
    }));
    return { pages: [...image.pages, ...pages] };
  }

  private idOf(key: string): number {
    if (key === '') return 0;
    let id = this.ids.get(key);
    if (id === undefined) {
      id = this.ids.size + 1;
      this.ids.set(key, id);
    }
    return id;
  }
}
