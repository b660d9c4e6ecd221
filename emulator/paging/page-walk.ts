import { StoreOrigin } from '../nvm/store-log.ts';
import type { Mmu } from './mmu.ts';
import { TlbBit } from './tlb.ts';

/** Bits of a page directory or page table entry (SDM vol. 3 §4.3). */
export const PageBit = {
  present: 1,
  writable: 2,
  user: 4,
  accessed: 0x20,
  dirty: 0x40,
  large: 0x80,
} as const;

export const Cr0 = {
  pe: 1,
  mp: 2,
  em: 4,
  ts: 8,
  et: 0x10,
  wp: 0x10000,
  nw: 0x20000000,
  cd: 0x40000000,
  pg: 0x80000000 | 0,
} as const;
export const Cr4 = { vme: 1, pvi: 2, tsd: 4, de: 8, pse: 0x10 } as const;

/** Bits of a page fault's error code (SDM vol. 3, figure 4-12). */
const PageFaultBit = { protection: 1, write: 2, user: 4, reserved: 8 } as const;

export interface PageAccess {
  readonly isWrite: boolean;
  readonly isUser: boolean;
}

/** One translation: the four kinds of access, so that asking allocates nothing. */
export const PAGE_ACCESS: readonly PageAccess[] = [
  { isWrite: false, isUser: false },
  { isWrite: true, isUser: false },
  { isWrite: false, isUser: true },
  { isWrite: true, isUser: true },
];

/**
 * Translates by the tables in memory and fills the TLB. Sets A in both entries and, for a write, D in the
 * leaf, only once the access is known to be allowed; each is a store of origin page-walk, the directory's
 * first. Returns the new TLB entry.
 * @throws GuestFault #PF with CR2 set; the page's TLB entry is gone then (SDM vol. 3 §4.10.4.1).
 */
export function walkPage(mmu: Mmu, address: number, access: PageAccess): number {
  const directoryAddress = (mmu.cr3 & ~0xfff) + ((address >>> 22) << 2);
  const directory = mmu.loadPhysical32(directoryAddress);
  if ((directory & PageBit.present) === 0) return pageFault(mmu, address, access, 0);
  if ((directory & PageBit.large) !== 0 && (mmu.cr4 & Cr4.pse) !== 0) {
    return walkLarge(mmu, address, access, directoryAddress, directory);
  }
  const tableAddress = (directory & ~0xfff) + (((address >>> 12) & 0x3ff) << 2);
  const leaf = mmu.loadPhysical32(tableAddress);
  if ((leaf & PageBit.present) === 0) return pageFault(mmu, address, access, 0);
  const rights = directory & leaf;
  if (!isAllowed(mmu, rights, access)) return pageFault(mmu, address, access, PageFaultBit.protection);
  if ((directory & PageBit.accessed) === 0) setBits(mmu, directoryAddress, directory | PageBit.accessed);
  const marked = leaf | PageBit.accessed | (access.isWrite ? PageBit.dirty : 0);
  if (marked !== leaf) {
    // The same table may be its own directory entry: set the bits in what is there now.
    setBits(mmu, tableAddress, mmu.loadPhysical32(tableAddress) | marked);
  }
  return fill(mmu, address, (marked & ~0xfff) | entryRights(rights, marked));
}

function walkLarge(
  mmu: Mmu,
  address: number,
  access: PageAccess,
  directoryAddress: number,
  directory: number,
): number {
  // Bits 12–21 of a 4 MiB entry are reserved without PSE-36 and PAT (SDM vol. 3 §4.3).
  if ((directory & 0x3ff000) !== 0) {
    return pageFault(mmu, address, access, PageFaultBit.protection | PageFaultBit.reserved);
  }
  if (!isAllowed(mmu, directory, access)) return pageFault(mmu, address, access, PageFaultBit.protection);
  const marked = directory | PageBit.accessed | (access.isWrite ? PageBit.dirty : 0);
  if (marked !== directory) setBits(mmu, directoryAddress, marked);
  const frame = (marked & 0xffc00000) | (address & 0x3ff000);
  return fill(mmu, address, frame | entryRights(directory, marked) | TlbBit.large);
}

function isAllowed(mmu: Mmu, rights: number, access: PageAccess): boolean {
  if (access.isUser) {
    return (rights & PageBit.user) !== 0 && (!access.isWrite || (rights & PageBit.writable) !== 0);
  }
  return !access.isWrite || (rights & PageBit.writable) !== 0 || (mmu.cr0 & Cr0.wp) === 0;
}

const entryRights = (rights: number, leaf: number): number =>
  TlbBit.valid |
  (rights & (PageBit.writable | PageBit.user)) |
  ((leaf & PageBit.dirty) !== 0 ? TlbBit.dirty : 0);

function setBits(mmu: Mmu, address: number, value: number): void {
  mmu.storePhysical32(address, value, StoreOrigin.pageWalk);
}

function fill(mmu: Mmu, address: number, entry: number): number {
  const masked = entry & (mmu.a20Mask | 0xfff);
  const whole = mmu.isRam(masked & ~0xfff) ? masked | TlbBit.ram : masked;
  mmu.fill(address, whole);
  return whole;
}

function pageFault(mmu: Mmu, address: number, access: PageAccess, cause: number): never {
  mmu.invalidate(address);
  mmu.cr2 = address | 0;
  const errorCode =
    cause | (access.isWrite ? PageFaultBit.write : 0) | (access.isUser ? PageFaultBit.user : 0);
  return mmu.fault.raise(14, errorCode);
}
