/**
 * Registers in memory: a range of physical addresses that a device answers instead of NVM, in whole pages.
 * The physical bus takes these as they are. Accesses are aligned to their size.
 */
export interface MmioRegion {
  readonly firstAddress: number;
  readonly lastAddress: number;
  /** The value, unsigned. */
  read(address: number, sizeBytes: 1 | 2 | 4): number;
  write(address: number, value: number, sizeBytes: 1 | 2 | 4): void;
}

/** Tells a device that is reached through memory the time: instructions executed since reset. */
export type Clock = () => number;

/** What the processor asks after every instruction, and at its interrupt acknowledge cycle. */
export interface InterruptSource {
  hasInterrupt(): boolean;
  acknowledge(): number;
}
