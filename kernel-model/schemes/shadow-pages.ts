/** What every scheme of shadowed pages needs: copying a page and changing its protection. */
import { PAGE_SIZE_BYTES } from '../../emulator/units.ts';
import type { Door } from '../door.ts';
import { frameAddress, Pte } from '../layout.ts';
import type { ImportantPage, MemoryPlan } from '../plan.ts';

export abstract class ShadowPages {
  protected readonly door: Door;
  protected readonly plan: MemoryPlan;

  constructor(door: Door, plan: MemoryPlan) {
    this.door = door;
    this.plan = plan;
  }

  /** Copies one page's frame to another, word by word: as many stores as it has words. */
  protected copyFrame(options: { from: number; to: number }): void {
    const from = frameAddress(options.from);
    const to = frameAddress(options.to);
    for (let at = 0; at < PAGE_SIZE_BYTES; at += 4) {
      this.door.storeMechanism(to + at, this.door.loadMechanism(from + at));
    }
  }

  protected copyToShadow(page: ImportantPage): void {
    this.copyFrame({ from: page.frame, to: page.shadowFrame });
  }

  protected copyBack(page: ImportantPage): void {
    this.copyFrame({ from: page.shadowFrame, to: page.frame });
  }

  /** Lets the page be written. The processor may still hold the read-only translation. */
  protected unprotect(page: ImportantPage): void {
    this.door.storeMechanism(page.pteAddress, page.protectedPte | Pte.writable);
    this.door.event({ kind: 'Unprotect', page: page.name });
    this.flush(page);
  }

  /** Makes the page read-only again, in the page table and in the TLB. */
  protected protect(page: ImportantPage): void {
    this.storeProtected(page);
    this.flush(page);
  }

  protected storeProtected(page: ImportantPage): void {
    this.door.storeMechanism(page.pteAddress, page.protectedPte);
    this.door.event({ kind: 'Protect', page: page.name });
  }

  protected flush(page: ImportantPage): void {
    this.door.port.invlpg(page.linear);
  }

  protected isWritable(page: ImportantPage): boolean {
    return (this.door.loadMechanism(page.pteAddress) & Pte.writable) !== 0;
  }

  /** Stores every protected page table entry: at first boot, with paging off. */
  protected formatProtection(): void {
    for (const page of this.plan.important) this.door.store(page.pteAddress, page.protectedPte);
  }

  protected pageOfFrame(frame: number): ImportantPage {
    const page = this.plan.important.find((p) => p.frame === frame);
    if (page === undefined) this.door.panic(`frame ${frame} is not an important page`);
    return page;
  }
}
