import { Unimplemented } from '../cpu/fault.ts';
import { invariant } from '../invariant.ts';
import { PAGE_SHIFT } from '../units.ts';

/** A range of physical addresses that is not NVM: a ROM or memory-mapped registers. Whole pages. */
export interface PhysicalRegion {
  readonly firstAddress: number;
  readonly lastAddress: number;
  /** What is read or done here hangs on the time: the access is made with the count of instructions exact. */
  readonly needsExactTime?: boolean;
  /** The whole content, where it never changes: read-only memory. */
  readonly constantBytes?: Uint8Array;
  /** The value, unsigned; `address` is aligned to `sizeBytes`. */
  read(address: number, sizeBytes: 1 | 2 | 4): number;
  write(address: number, value: number, sizeBytes: 1 | 2 | 4): void;
}

/**
 * Thrown out of an access that needs the exact time while instructions are counted by the block. It has done
 * nothing; the processor counts what has run and executes the instruction again, alone.
 */
class NeedsExactTime extends Error {
  override name = 'NeedsExactTime';
}
export const NEEDS_EXACT_TIME: Error = new NeedsExactTime();

/**
 * The physical address space outside NVM. Where nothing answers, an open bus reads as all ones and swallows
 * writes, as on a PC; without one the run stops and names the address, since nothing may read 0 in silence.
 */
export class PhysicalBus {
  private readonly regions: readonly PhysicalRegion[];
  private readonly isOpen: boolean;
  /** A block of instructions runs, which are counted at its end. */
  isCountLate = false;

  constructor(regions: readonly PhysicalRegion[], isOpen: boolean) {
    for (const { firstAddress, lastAddress } of regions) {
      invariant((firstAddress & 0xfff) === 0 && (lastAddress & 0xfff) === 0xfff, 'regions are whole pages');
    }
    this.regions = regions;
    this.isOpen = isOpen;
  }

  regionAt(address: number): PhysicalRegion | undefined {
    const unsigned = address >>> 0;
    for (const region of this.regions) {
      if (unsigned >= region.firstAddress && unsigned <= region.lastAddress) return region;
    }
    return undefined;
  }

  /** Whether a region lies over this page, hiding the NVM there. */
  covers(page: number): boolean {
    return this.regionAt((page << PAGE_SHIFT) >>> 0) !== undefined;
  }

  /** An aligned read; the value is unsigned. */
  read(address: number, sizeBytes: 1 | 2 | 4): number {
    const region = this.regionAt(address);
    if (region !== undefined) {
      if (this.isCountLate && region.needsExactTime === true) throw NEEDS_EXACT_TIME;
      return region.read(address >>> 0, sizeBytes);
    }
    if (this.isOpen) return 2 ** (8 * sizeBytes) - 1;
    throw new Unimplemented(`read of physical address ${hex(address)}, where there is nothing`);
  }

  write(address: number, value: number, sizeBytes: 1 | 2 | 4): void {
    const region = this.regionAt(address);
    if (region !== undefined) {
      if (this.isCountLate && region.needsExactTime === true) throw NEEDS_EXACT_TIME;
      region.write(address >>> 0, value >>> 0, sizeBytes);
    } else if (!this.isOpen) {
      throw new Unimplemented(`write to physical address ${hex(address)}, where there is nothing`);
    }
  }
}

const hex = (value: number): string => `${(value >>> 0).toString(16).padStart(8, '0')}h`;
