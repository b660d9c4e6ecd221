import type { GuestFault } from '../cpu/fault.ts';
import type { Nvm } from '../nvm/nvm.ts';
import { StoreOrigin } from '../nvm/store-log.ts';
import { Cr0, PAGE_ACCESS, type PageAccess, walkPage } from './page-walk.ts';
import type { PhysicalBus } from './physical-bus.ts';
import { Tlb, TlbBit } from './tlb.ts';
import { type Watch, Watches } from './watches.ts';

const FRAME = ~0xfff;

/**
 * Linear addresses to NVM: the TLB's fast path here, everything else (misses, faults, unaligned and
 * page-crossing accesses, addresses outside NVM) on the slow path below it. Addresses are linear, any 32-bit
 * number; values read are unsigned for 8 and 16 bits and signed for 32. An access that faults has changed
 * nothing: where it spans two pages both are translated before the first store. An unaligned store is
 * split at natural alignment, lowest address first.
 */
export class Mmu {
  readonly nvm: Nvm;
  readonly bus: PhysicalBus;
  readonly fault: GuestFault;
  readonly tlb = new Tlb();
  readonly entries = this.tlb.entries;
  cr0 = 0;
  cr2 = 0;
  cr3 = 0;
  cr4 = 0;
  /** Bit 20 is clear while the A20 gate is closed. */
  a20Mask = -1;
  /** The physical page that the running block was decoded from: a store to it ends the block. */
  codePage = -1;
  /** How many instructions of the running block are still to be run in all; 0 ends it. */
  blockEnd = 0;
  /**
   * Changes whenever what is known of the page being executed may be out of date: a translation went, the
   * privilege changed, or its memory was stored to. Who looks at the code page compares it first.
   */
  codeEpoch = 0;
  private readonly watches = new Watches();
  /** CPL is 3. */
  private isUser = false;
  /** The bits of an entry that a load, or a store, on the fast path needs at this privilege. */
  readNeed: number = TlbBit.ram;
  writeNeed: number = TlbBit.ram | TlbBit.dirty;

  constructor(nvm: Nvm, bus: PhysicalBus, fault: GuestFault) {
    this.nvm = nvm;
    this.bus = bus;
    this.fault = fault;
  }

  get user(): boolean {
    return this.isUser;
  }

  setUser(isUser: boolean): void {
    this.codeEpoch = (this.codeEpoch + 1) | 0;
    this.isUser = isUser;
    this.readNeed = TlbBit.ram | (isUser ? TlbBit.user : 0);
    const writable = isUser || (this.cr0 & Cr0.wp) !== 0 ? TlbBit.writable : 0;
    this.writeNeed = TlbBit.ram | TlbBit.dirty | writable | (isUser ? TlbBit.user : 0);
  }

  setCr0(value: number): void {
    const changed = this.cr0 ^ value;
    this.cr0 = value | 0;
    if ((changed & (Cr0.pg | Cr0.pe)) !== 0) this.flush();
    this.setUser(this.isUser);
  }

  setCr3(value: number): void {
    this.cr3 = value | 0;
    if ((this.cr0 & Cr0.pg) !== 0) this.flush();
  }

  setCr4(value: number): void {
    if (this.cr4 !== (value | 0)) this.flush();
    this.cr4 = value | 0;
  }

  /** Opens or closes the A20 gate. Cached translations bear the old mask, so they go. */
  setA20(isOpen: boolean): void {
    const mask = isOpen ? -1 : ~(1 << 20);
    if (mask !== this.a20Mask) this.flush();
    this.a20Mask = mask;
  }

  /** The running block's page was stored to: what comes after must be decoded or compared again. */
  private endBlock(): void {
    this.blockEnd = 0;
    this.codeEpoch = (this.codeEpoch + 1) | 0;
  }

  /** Removes a page's translation, as INVLPG does. */
  invalidate(address: number): void {
    this.tlb.invalidate(address >>> 12);
    this.codeEpoch = (this.codeEpoch + 1) | 0;
  }

  /** Enters a translation; it may replace one that code is being fetched through. */
  fill(address: number, entry: number): void {
    this.tlb.set(address >>> 12, this.watches.isOnPage(address >>> 12) ? entry & ~TlbBit.ram : entry);
    this.codeEpoch = (this.codeEpoch + 1) | 0;
  }

  flush(): void {
    this.tlb.flush();
    this.codeEpoch = (this.codeEpoch + 1) | 0;
  }

  /** Watches data: pages with some of it leave the fast path. `onWatched` gets the bits of what was touched. */
  setWatches(watches: readonly Watch[], onWatched: (bits: number) => void): void {
    if (watches.length === 0 && this.watches.isEmpty) return;
    this.watches.set(watches, onWatched);
    for (const page of this.tlb.pages()) {
      const entry = this.entries[page] as number;
      const plain = this.isRam(entry & FRAME) ? entry | TlbBit.ram : entry & ~TlbBit.ram;
      this.fill(page << 12, plain);
    }
  }

  isRam(physical: number): boolean {
    const frame = (physical & this.a20Mask) >>> 0;
    return frame < this.nvm.sizeBytes && !this.bus.covers(frame >>> 12);
  }

  /** The physical address of code in NVM that the TLB lets this privilege fetch, or -1. */
  fetchAddress(address: number): number {
    const entry = this.entries[address >>> 12] as number;
    const need = this.readNeed;
    return (entry & need) === need ? (entry & FRAME) | (address & 0xfff) : -1;
  }

  load8(address: number): number {
    const entry = this.entries[address >>> 12] as number;
    const need = this.readNeed;
    if ((entry & need) === need) return this.nvm.load8((entry & FRAME) | (address & 0xfff));
    return this.loadSlow(address, 1, this.isUser);
  }

  load16(address: number): number {
    const entry = this.entries[address >>> 12] as number;
    const need = this.readNeed;
    if ((entry & need) === need && (address & 1) === 0) {
      return this.nvm.load16((entry & FRAME) | (address & 0xfff));
    }
    return this.loadSlow(address, 2, this.isUser);
  }

  load32(address: number): number {
    const entry = this.entries[address >>> 12] as number;
    const need = this.readNeed;
    if ((entry & need) === need && (address & 3) === 0) {
      return this.nvm.load32((entry & FRAME) | (address & 0xfff));
    }
    return this.loadSlow(address, 4, this.isUser);
  }

  store8(address: number, value: number): void {
    const entry = this.entries[address >>> 12] as number;
    const need = this.writeNeed;
    if ((entry & need) === need) {
      const physical = (entry & FRAME) | (address & 0xfff);
      if (physical >>> 12 === this.codePage) this.endBlock();
      this.nvm.store8(physical, value, this.isUser ? StoreOrigin.guest : this.nvm.origin);
    } else this.storeSlow(address, value, 1, this.isUser);
  }

  store16(address: number, value: number): void {
    const entry = this.entries[address >>> 12] as number;
    const need = this.writeNeed;
    if ((entry & need) === need && (address & 1) === 0) {
      const physical = (entry & FRAME) | (address & 0xfff);
      if (physical >>> 12 === this.codePage) this.endBlock();
      this.nvm.store16(physical, value, this.isUser ? StoreOrigin.guest : this.nvm.origin);
    } else this.storeSlow(address, value, 2, this.isUser);
  }

  store32(address: number, value: number): void {
    const entry = this.entries[address >>> 12] as number;
    const need = this.writeNeed;
    if ((entry & need) === need && (address & 3) === 0) {
      const physical = (entry & FRAME) | (address & 0xfff);
      if (physical >>> 12 === this.codePage) this.endBlock();
      this.nvm.store32(physical, value, this.isUser ? StoreOrigin.guest : this.nvm.origin);
    } else this.storeSlow(address, value, 4, this.isUser);
  }

  /**
   * The load half of a read-modify-write: asks for the right to write first, so that a fault is a write
   * fault and the store that follows cannot fault.
   */
  loadForStore(address: number, sizeBytes: 1 | 2 | 4): number {
    const entry = this.entries[address >>> 12] as number;
    const need = this.writeNeed;
    if ((entry & need) !== need || (address & 0xfff) + sizeBytes > 0x1000) {
      this.checkWrite(address, sizeBytes, this.isUser);
    }
    if (sizeBytes === 4) return this.load32(address);
    return sizeBytes === 1 ? this.load8(address) : this.load16(address);
  }

  /** Loads as CPL 0 whatever CPL is: descriptors and task state (SDM vol. 3 §4.6, implicit accesses). */
  loadSystem16(address: number): number {
    return this.loadSlow(address, 2, false);
  }

  loadSystem32(address: number): number {
    return this.loadSlow(address, 4, false);
  }

  /** Stores as CPL 0 whatever CPL is; such stores are the processor's own work for the kernel. */
  storeSystem(address: number, value: number, sizeBytes: 1 | 2 | 4): void {
    this.storeSlow(address, value, sizeBytes, false, StoreOrigin.kernel);
  }

  /** Faults if a write of the bytes would; afterwards one does not. `lengthBytes` is at most a page. */
  checkWrite(address: number, lengthBytes: number, isUser: boolean): void {
    const access = PAGE_ACCESS[isUser ? 3 : 1] as PageAccess;
    this.translate(address, access);
    const last = (address + lengthBytes - 1) | 0;
    if (last >>> 12 !== address >>> 12) this.translate(last & FRAME, access);
  }

  /** The physical address, before A20, of a linear one; fills the TLB as the access itself would. */
  translate(address: number, access: PageAccess): number {
    if ((this.cr0 & Cr0.pg) === 0) return this.translateIdentity(address);
    const entry = this.entries[address >>> 12] as number;
    let need = TlbBit.valid | (access.isUser ? TlbBit.user : 0);
    if (access.isWrite) {
      need |= TlbBit.dirty | (access.isUser || (this.cr0 & Cr0.wp) !== 0 ? TlbBit.writable : 0);
    }
    // Where the entry does not allow the access the tables decide: it may be stale (SDM vol. 3 §4.10.4.3).
    const usable = (entry & need) === need ? entry : walkPage(this, address, access);
    return (usable & FRAME) | (address & 0xfff);
  }

  /**
   * The physical address of the line that CLFLUSH or CLWB of a linear address is about, or −1 where that is not
   * NVM. Faults as a load of the byte does; nothing is read.
   */
  lineAddress(address: number): number {
    const physical =
      (this.translate(address, PAGE_ACCESS[this.isUser ? 2 : 0] as PageAccess) & this.a20Mask) >>> 0;
    return this.isRam(physical) ? physical : -1;
  }

  loadPhysical32(address: number): number {
    const physical = (address & this.a20Mask) >>> 0;
    if (this.isRam(physical)) return this.nvm.load32(physical);
    return this.bus.read(physical, 4) | 0;
  }

  storePhysical32(address: number, value: number, origin: StoreOrigin): void {
    this.storePhysical(address, value, 4, origin);
  }

  private translateIdentity(address: number): number {
    const frame = address & this.a20Mask & FRAME;
    if (this.isRam(frame)) {
      const rights = TlbBit.valid | TlbBit.ram | TlbBit.writable | TlbBit.user | TlbBit.dirty;
      this.fill(address, frame | rights);
    }
    return frame | (address & 0xfff);
  }

  private loadSlow(address: number, sizeBytes: 1 | 2 | 4, isUser: boolean): number {
    const access = PAGE_ACCESS[isUser ? 2 : 0] as PageAccess;
    const physical = this.translate(address, access);
    let value: number;
    if ((address & (sizeBytes - 1)) === 0) value = this.loadPhysical(physical, sizeBytes);
    else {
      const inPage = 0x1000 - (address & 0xfff);
      const next = inPage < sizeBytes ? this.translate((address + inPage) | 0, access) : 0;
      value = 0;
      for (let i = 0; i < sizeBytes; i += 1) {
        const at = i < inPage ? physical + i : next + i - inPage;
        value |= this.loadPhysical(at, 1) << (8 * i);
      }
    }
    if (!this.watches.isEmpty) this.watches.note(address, sizeBytes, false);
    return sizeBytes === 4 ? value | 0 : value;
  }

  private storeSlow(
    address: number,
    value: number,
    sizeBytes: 1 | 2 | 4,
    isUser: boolean,
    origin: StoreOrigin = isUser ? StoreOrigin.guest : this.nvm.origin,
  ): void {
    const access = PAGE_ACCESS[isUser ? 3 : 1] as PageAccess;
    const physical = this.translate(address, access);
    const isAligned = (address & (sizeBytes - 1)) === 0;
    if (isAligned) this.storePhysical(physical, value, sizeBytes, origin);
    else this.storeUnaligned(physical, address, { value, sizeBytes, origin, access });
    if (!this.watches.isEmpty) this.watches.note(address, sizeBytes, true);
  }

  /** Pieces of natural alignment, lowest address first. */
  private storeUnaligned(
    physical: number,
    address: number,
    store: {
      readonly value: number;
      readonly sizeBytes: 1 | 2 | 4;
      readonly origin: StoreOrigin;
      readonly access: PageAccess;
    },
  ): void {
    const { value, sizeBytes, origin, access } = store;
    const inPage = 0x1000 - (address & 0xfff);
    const next = inPage < sizeBytes ? this.translate((address + inPage) | 0, access) : 0;
    for (let i = 0; i < sizeBytes; ) {
      const at = i < inPage ? physical + i : next + i - inPage;
      const piece = (at & 1) === 0 && sizeBytes - i >= 2 ? 2 : 1;
      this.storePhysical(at, value >>> (8 * i), piece, origin);
      i += piece;
    }
  }

  private loadPhysical(address: number, sizeBytes: 1 | 2 | 4): number {
    const physical = (address & this.a20Mask) >>> 0;
    if (!this.isRam(physical)) return this.bus.read(physical, sizeBytes);
    if (sizeBytes === 4) return this.nvm.load32(physical);
    return sizeBytes === 1 ? this.nvm.load8(physical) : this.nvm.load16(physical);
  }

  private storePhysical(address: number, value: number, sizeBytes: 1 | 2 | 4, origin: StoreOrigin): void {
    const physical = (address & this.a20Mask) >>> 0;
    if (!this.isRam(physical)) {
      this.bus.write(physical, sizeBytes === 4 ? value : value & ((1 << (8 * sizeBytes)) - 1), sizeBytes);
      return;
    }
    if (physical >>> 12 === this.codePage) this.endBlock();
    if (sizeBytes === 4) this.nvm.store32(physical, value, origin);
    else if (sizeBytes === 1) this.nvm.store8(physical, value, origin);
    else this.nvm.store16(physical, value, origin);
  }
}
