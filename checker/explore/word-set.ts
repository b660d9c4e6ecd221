/** A set of NVM words as a bitmap; all sets of one exploration have the same size. */
export class WordSet {
  readonly bits: Uint32Array;

  /** @param from bits to start with, copied; without them the set is empty. */
  constructor(wordsCount: number, from?: Uint32Array) {
    this.bits = new Uint32Array((wordsCount + 31) >>> 5);
    if (from !== undefined) this.bits.set(from);
  }

  add(word: number): void {
    this.bits[word >>> 5] = (this.bits[word >>> 5] as number) | (1 << (word & 31));
  }

  has(word: number): boolean {
    return ((this.bits[word >>> 5] as number) & (1 << (word & 31))) !== 0;
  }

  /**
   * Adds every word of `other` that is not in `except`. @returns whether any was new.
   * @param added takes the new words, where somebody wants to know them.
   */
  addAllExcept(other: WordSet, except: WordSet, added?: number[]): boolean {
    const { bits } = this;
    let any = 0;
    for (let i = 0; i < bits.length; i += 1) {
      const old = bits[i] as number;
      const more = (other.bits[i] as number) & ~(except.bits[i] as number) & ~old;
      if (more === 0) continue;
      bits[i] = old | more;
      any = 1;
      if (added === undefined) continue;
      for (let rest = more; rest !== 0; rest &= rest - 1)
        added.push((i << 5) + 31 - Math.clz32(rest & -rest));
    }
    return any !== 0;
  }

  /** Whether two contents of a page are equal in every word of the set. */
  agreesOnPage(page: number, a: Int32Array, b: Int32Array): boolean {
    return agreeOnPage(this.bits, page, a, b);
  }
}

/** The same for a bitmap by itself. */
export function agreeOnPage(bits: Uint32Array, page: number, a: Int32Array, b: Int32Array): boolean {
  const first = (page * a.length) >>> 5;
  for (let chunk = 0; chunk < a.length >>> 5; chunk += 1) {
    for (let rest = bits[first + chunk] as number; rest !== 0; rest &= rest - 1) {
      const word = (chunk << 5) + 31 - Math.clz32(rest & -rest);
      if (a[word] !== b[word]) return false;
    }
  }
  return true;
}
