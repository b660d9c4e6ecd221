/**
 * Scheme `page-shadow-flush`: `page-shadow` for a machine whose stores wait in cache lines (px86). The stores
 * are the same; between them stand the write-backs (CLWB) and fences (SFENCE) without which they could become
 * durable in an order that breaks the protocol. Each has a name, and the name says what must be durable there:
 *
 *   first write   shadow and entry, before the record counts them; the count, before the page can be written
 *   commit        the epoch's pages and their protection, before the record is emptied; the empty record,
 *                 before anybody relies on the commit or copies to a shadow again
 *   recovery      the pages put back and their protection, before the record is emptied; the empty record,
 *                 before the entries and shadows of the next epoch
 *   first boot    everything built, before the boot word
 *   shutdown      the boot word, before the machine is at rest
 *
 * What needs none: page table entries made writable (until they are durable, recovery finds the page protected
 * and puts it back all the same), the boot word of a first boot (it is in the line of the record's count, which
 * the first epoch writes back), the task's busy bit and the kernel stack (recovery writes them before it reads
 * them). Every one that is here is needed: without any of them the tool finds a violation under px86
 * (kernel-model/mutants/flush-mutants.ts).
 */
import { PAGE_SIZE_BYTES } from '../../emulator/units.ts';
import { Control, Frame, frameAddress } from '../layout.ts';
import type { ImportantPage } from '../plan.ts';
import { isInRecord, PageShadow } from './page-shadow.ts';
import type { SchemeDefinition } from './scheme.ts';

const COUNT = frameAddress(Frame.control) + Control.recordCount;
const WORD_BYTES = 4;

/** What is written back, by name. */
export const WRITE_BACKS = [
  'shadow',
  'entry',
  'count',
  'pages',
  'protection',
  'commit',
  'restored pages',
  'restored protection',
  'forgotten record',
  'first tables',
  'clean word',
] as const;
export type WriteBackName = (typeof WRITE_BACKS)[number];

/** The fences, by what is durable after them. */
export const FENCES = [
  'shadow and entry',
  'count',
  'epoch',
  'commit',
  'restored epoch',
  'forgotten record',
  'first tables',
  'clean word',
] as const;
export type FenceName = (typeof FENCES)[number];

export class PageShadowFlush extends PageShadow {
  override format(): void {
    super.format();
    this.writeBack('first tables', 0, this.plan.primaryPagesCount * PAGE_SIZE_BYTES, 'off');
    this.fence('first tables');
  }

  protected override record(page: ImportantPage): void {
    const count = this.count();
    const entry = this.storeEntry(page, count);
    this.writeBack('shadow', frameAddress(page.shadowFrame), PAGE_SIZE_BYTES);
    this.writeBack('entry', entry, WORD_BYTES);
    this.fence('shadow and entry');
    this.countEntry(page, count);
    this.writeBack('count', COUNT, WORD_BYTES);
    this.fence('count');
  }

  protected override beforeCommit(pages: readonly ImportantPage[]): void {
    for (const page of pages) {
      this.writeBack('pages', frameAddress(page.frame), PAGE_SIZE_BYTES);
      this.writeBack('protection', page.pteAddress, WORD_BYTES);
    }
    this.fence('epoch');
  }

  protected override afterCommit(): void {
    this.writeBack('commit', COUNT, WORD_BYTES);
    this.fence('commit');
  }

  protected override forget(): void {
    for (const page of this.recordedPages()) {
      this.writeBack('restored pages', frameAddress(page.frame), PAGE_SIZE_BYTES);
      this.writeBack('restored protection', page.pteAddress, WORD_BYTES);
    }
    this.fence('restored epoch');
    super.forget();
    this.writeBack('forgotten record', COUNT, WORD_BYTES);
    this.fence('forgotten record');
  }

  cleanWordStored(address: number): void {
    this.writeBack('clean word', address, WORD_BYTES);
    this.fence('clean word');
  }

  protected writeBack(
    _name: WriteBackName,
    physical: number,
    lengthBytes: number,
    paging: 'on' | 'off' = 'on',
  ): void {
    this.door.writeBack(physical, lengthBytes, paging);
  }

  protected fence(_name: FenceName): void {
    this.door.fence();
  }
}

export const pageShadowFlush: SchemeDefinition = {
  name: 'page-shadow-flush',
  commit: 'one word',
  describe: 'page-shadow with the write-backs and fences that a cache makes necessary',
  make: (door, plan) => new PageShadowFlush(door, plan),
  isRecorded: isInRecord,
};
