import type { InterruptLine } from '../devices/device.ts';
import type { MmioRegion } from '../devices/mmio.ts';
import type { PhysicalRegion } from '../paging/physical-bus.ts';

/** One wire to several inputs: ISA interrupts reach the 8259 pair and the I/O APIC. */
export const joinLines = (lines: readonly InterruptLine[]): InterruptLine => ({
  raise: () => {
    for (const line of lines) line.raise();
  },
  lower: () => {
    for (const line of lines) line.lower();
  },
});

/**
 * The region, accessed at the exact time, with `touched` called after every access, since it may have changed
 * interrupts or due times.
 */
export const touching = (region: MmioRegion, touched: () => void): PhysicalRegion => ({
  needsExactTime: true,
  firstAddress: region.firstAddress,
  lastAddress: region.lastAddress,
  read: (address, sizeBytes) => {
    const value = region.read(address, sizeBytes);
    touched();
    return value;
  },
  write: (address, value, sizeBytes) => {
    region.write(address, value, sizeBytes);
    touched();
  },
});
