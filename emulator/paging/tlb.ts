/**
 * The translation lookaside buffer: one entry for each of the 2^20 linear pages, found by index. It never
 * evicts of itself, so a translation stays until INVLPG, a CR3 load or a fault on it removes it: the
 * stalest TLB that the architecture allows (SDM vol. 3 §4.10), which is what finds a forgotten INVLPG.
 */

/** Bits of an entry; bits 12–31 are the physical frame. An entry is 0 or has `valid`. */
export const TlbBit = {
  /** The frame is plain NVM, so the fast path may be taken. */
  ram: 1,
  /** Directory and table both allow writes. */
  writable: 2,
  /** Directory and table both allow CPL 3. */
  user: 4,
  /** The D bit of the leaf entry is known to be set. */
  dirty: 8,
  valid: 16,
  /** Part of a 4 MiB page: INVLPG on any part removes all. */
  large: 32,
} as const;

const PAGES_COUNT = 1 << 20;
const PAGES_PER_LARGE = 1 << 10;

export class Tlb {
  readonly entries = new Int32Array(PAGES_COUNT);
  /** The pages that have an entry, in no particular order. */
  private filled: number[] = [];
  /** How many of them are parts of 4 MiB pages. */
  private largeCount = 0;

  set(page: number, entry: number): void {
    const old = this.entries[page] as number;
    if (old === 0) this.filled.push(page);
    this.largeCount += ((entry & TlbBit.large) - (old & TlbBit.large)) / TlbBit.large;
    this.entries[page] = entry;
  }

  /** What INVLPG does to the page. */
  invalidate(page: number): void {
    if (this.largeCount > 0) this.invalidateLarge(page);
    const entry = this.entries[page] as number;
    if (entry === 0 || (entry & TlbBit.large) !== 0) return;
    this.entries[page] = 0;
    const at = this.filled.indexOf(page);
    const last = this.filled.pop() as number;
    if (last !== page) this.filled[at] = last;
  }

  /** Removes every part of a 4 MiB page around `page`: INVLPG on any part removes the whole translation. */
  private invalidateLarge(page: number): void {
    const group = Math.floor(page / PAGES_PER_LARGE);
    this.filled = this.filled.filter((other) => {
      const isPart = ((this.entries[other] as number) & TlbBit.large) !== 0;
      if (!isPart || Math.floor(other / PAGES_PER_LARGE) !== group) return true;
      this.entries[other] = 0;
      this.largeCount -= 1;
      return false;
    });
  }

  /** The pages that have an entry. */
  pages(): readonly number[] {
    return this.filled.slice();
  }

  flush(): void {
    for (const page of this.filled) this.entries[page] = 0;
    this.filled.length = 0;
    this.largeCount = 0;
  }

  /** Page and entry in turn, by page: equal arrays mean equal TLBs. */
  save(): Int32Array {
    const pages = this.filled.slice().sort((a, b) => a - b);
    const saved = new Int32Array(pages.length * 2);
    pages.forEach((page, i) => {
      saved[2 * i] = page;
      saved[2 * i + 1] = this.entries[page] as number;
    });
    return saved;
  }

  restore(saved: Int32Array): void {
    this.flush();
    for (let i = 0; i < saved.length; i += 2) this.set(saved[i] as number, saved[i + 1] as number);
  }
}
