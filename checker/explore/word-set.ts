/** A set of NVM words as a bitmap; all sets of one exploration have the same size. */
export class WordSet {
  readonly bits: Uint32Array;

  /** @param from bits to start with, copied; without them the set is empty. */
  constructor(wordsCount: number, from?: Uint32Array) {
    this.bits = from === undefined ? new Uint32Array((wordsCount + 31) >>> 5) : from.slice();
  }

  add(word: number): void {
    this.bits[word >>> 5] = (this.bits[word >>> 5] as number) | (1 << (word & 31));
  }

  has(word: number): boolean {
    return ((this.bits[word >>> 5] as number) & (1 << (word & 31))) !== 0;
  }

  /** Adds every word of `other` that is not in `except`. */
  addAllExcept(other: WordSet, except: WordSet): void {
    const { bits } = this;
    for (let i = 0; i < bits.length; i += 1) {
      bits[i] = (bits[i] as number) | ((other.bits[i] as number) & ~(except.bits[i] as number));
    }
  }

  /** Whether two contents of a page are equal in every word of the set. */
  agreesOnPage(page: number, a: Int32Array, b: Int32Array): boolean {
    const first = (page * a.length) >>> 5;
    for (let chunk = 0; chunk < a.length >>> 5; chunk += 1) {
      for (let rest = this.bits[first + chunk] as number; rest !== 0; rest &= rest - 1) {
        const word = (chunk << 5) + 31 - Math.clz32(rest & -rest);
        if (a[word] !== b[word]) return false;
      }
    }
    return true;
  }

  /** Whether a page has any word in the set. */
  touchesPage(page: number, wordsPerPage: number): boolean {
    const end = ((page + 1) * wordsPerPage) >>> 5;
    for (let i = (page * wordsPerPage) >>> 5; i < end; i += 1) if (this.bits[i] !== 0) return true;
    return false;
  }
}
