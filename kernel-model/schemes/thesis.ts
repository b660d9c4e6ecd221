/**
 * Scheme `thesis`: as the summary words it (§4.1). The first write of an epoch copies the page and makes it
 * writable; recovery copies back every page that is not read-only; a commit makes the pages read-only one by
 * one. There is no commit record: the protection bits themselves say what counts.
 *
 * Known to tear: when an epoch has dirtied two pages and power fails between the two protections, the first
 * keeps its new content and the second is given its old one.
 */
import type { Nvm } from '../../emulator/nvm/nvm.ts';
import { Pte } from '../layout.ts';
import type { ImportantPage } from '../plan.ts';
import type { Scheme, SchemeDefinition } from './scheme.ts';
import { ShadowPages } from './shadow-pages.ts';

export class ThesisShadow extends ShadowPages implements Scheme {
  format(): void {
    this.formatProtection();
  }

  firstWrite(page: ImportantPage): void {
    this.copyToShadow(page);
    this.unprotect(page);
  }

  commit(committed: () => void): void {
    this.door.phase('commit');
    for (const page of this.plan.important) if (this.isWritable(page)) this.protect(page);
    committed();
  }

  restore(): void {
    for (const page of this.plan.important) if (this.isWritable(page)) this.restorePage(page);
  }

  protected restorePage(page: ImportantPage): void {
    this.copyBack(page);
    this.door.event({ kind: 'Restore', page: page.name });
    this.protect(page);
  }
}

export const thesis: SchemeDefinition = {
  name: 'thesis',
  commit: 'page by page',
  describe: 'as the thesis’ summary words it: a page is restored if it is not read-only',
  make: (door, plan) => new ThesisShadow(door, plan),
  isRecorded: (nvm: Nvm, page) => (nvm.load32(page.pteAddress) & Pte.writable) !== 0,
};
