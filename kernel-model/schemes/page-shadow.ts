/**
 * Scheme `page-shadow`: the thesis' method (§3.4, §4.1) with a commit record.
 *
 * Protocol. Important pages are read-only. The first write of an epoch faults, and the handler, in this order:
 *   1. copies the page to its shadow frame,
 *   2. adds the page to the entries of the record and makes it count (one store to `recordCount`),
 *   3. makes the page writable.
 * A commit makes every recorded page read-only again, in the page table and in the TLB, and then empties the
 * record with one store to `recordCount`: that store is the commit point. Until it, recovery copies every
 * recorded page back; from it on, none.
 * Recovery first makes every page read-only, copies the recorded pages back, and only then empties the record:
 * a crash in between begins again from the same shadows.
 */
import type { Nvm } from '../../emulator/nvm/nvm.ts';
import { PAGE_SIZE_BYTES } from '../../emulator/units.ts';
import { Control, Frame, frameAddress } from '../layout.ts';
import type { ImportantPage } from '../plan.ts';
import type { Scheme, SchemeDefinition } from './scheme.ts';
import { ShadowPages } from './shadow-pages.ts';

const COUNT = frameAddress(Frame.control) + Control.recordCount;
const ENTRIES = frameAddress(Frame.recordEntries);
const ENTRIES_MAX = PAGE_SIZE_BYTES / 4;

export class PageShadow extends ShadowPages implements Scheme {
  format(): void {
    this.door.store(COUNT, 0);
    this.formatProtection();
  }

  firstWrite(page: ImportantPage): void {
    this.copyToShadow(page);
    this.record(page);
    this.unprotect(page);
  }

  commit(committed: () => void): void {
    const pages = this.recordedPages();
    this.door.phase('commit');
    for (const page of pages) this.protect(page);
    if (pages.length > 0) {
      this.beforeCommit(pages);
      this.emptyRecord(); // the commit point: this one store makes the epoch durable
      this.door.commitStored();
    }
    this.door.demand(this.count() === 0, 'an epoch was committed with pages still recorded');
    committed();
    if (pages.length > 0) this.afterCommit();
  }

  restore(): void {
    this.protectEverything();
    const pages = this.recordedPages();
    for (const page of pages) this.restorePage(page);
    if (pages.length > 0) this.forget();
  }

  /** For machines with a cache: what must be durable before the commit point, and the commit point itself. */
  protected beforeCommit(_pages: readonly ImportantPage[]): void {}
  protected afterCommit(): void {}

  protected record(page: ImportantPage): void {
    const count = this.count();
    this.storeEntry(page, count);
    this.countEntry(page, count);
  }

  /** Returns the entry's physical address. */
  protected storeEntry(page: ImportantPage, count: number): number {
    const entry = ENTRIES + count * 4;
    this.door.storeMechanism(entry, page.frame);
    return entry;
  }

  protected countEntry(page: ImportantPage, count: number): void {
    this.door.storeMechanism(COUNT, count + 1);
    this.door.event({ kind: 'Record', page: page.name });
  }

  protected emptyRecord(): void {
    this.door.storeMechanism(COUNT, 0);
  }

  protected forget(): void {
    this.emptyRecord();
    this.door.event({ kind: 'Forget' });
  }

  protected protectEverything(): void {
    for (const page of this.plan.important) if (this.isWritable(page)) this.protect(page);
  }

  protected restorePage(page: ImportantPage): void {
    this.copyBack(page);
    this.door.event({ kind: 'Restore', page: page.name });
  }

  protected count(): number {
    return this.door.loadMechanism(COUNT);
  }

  protected recordedPages(): ImportantPage[] {
    const pages: ImportantPage[] = [];
    const count = this.count();
    this.door.demand(count <= this.plan.important.length, `the record holds ${count} pages`);
    for (let i = 0; i < count; i += 1) {
      pages.push(this.pageOfFrame(this.door.loadMechanism(ENTRIES + i * 4)));
    }
    return pages;
  }
}

/** The record as the abstraction reads it. */
export function isInRecord(nvm: Nvm, page: ImportantPage): boolean {
  const count = nvm.load32(COUNT);
  for (let i = 0; i < count && i < ENTRIES_MAX; i += 1) {
    if (nvm.load32(ENTRIES + i * 4) === page.frame) return true;
  }
  return false;
}

export const pageShadow: SchemeDefinition = {
  name: 'page-shadow',
  commit: 'one word',
  describe: 'the thesis’ method with a commit record: one store commits an epoch',
  make: (door, plan) => new PageShadow(door, plan),
  isRecorded: isInRecord,
};
