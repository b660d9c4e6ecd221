import type { Device } from './devices/device.ts';
import type { InterruptSource } from './devices/mmio.ts';
import type { Pic8259 } from './devices/pic8259.ts';
import type { NativeCode } from './native.ts';
import type { Nvm } from './nvm/nvm.ts';
import type { PhysicalRegion } from './paging/physical-bus.ts';
import type { Persistency } from './persistency/model.ts';

/** One effect on the outside world, as the outside world records it. */
export interface LedgerEntry {
  readonly device: 'serial' | 'block';
  /** The byte sent, for the serial port. */
  readonly value: number;
}

/** The outside world's record of device effects, in order. No part of the machine: a reset keeps it. */
export interface Ledger {
  readonly entries: readonly LedgerEntry[];
  readonly length: number;
  truncate(length: number): void;
}

export interface MachineOptions {
  readonly memoryBytes: number;
  /** What a power failure may leave of the stores before it; absent: every store is durable at once. */
  readonly persistency?: Persistency;
  /**
   * Makes the ring-0 native code. Called anew at every native entry, so that nothing can be kept in it
   * between two entries. Absent: there is no native window, and the machine starts as hardware does.
   */
  readonly makeNative?: () => NativeCode;
  /** Instructions that the serial port takes to send one byte. */
  readonly serialByteInstructions?: number;
  /** What nobody answers reads as all ones, as on a PC. Otherwise it stops the run. */
  readonly openBus?: boolean;
  /** False: stores are not recorded, so nothing can be taken back; see `Nvm.isLogged`. */
  readonly isLogged?: boolean;
  /**
   * How often a block of machine code is interpreted before it is compiled to JavaScript; Infinity: it never is.
   * Nothing but speed hangs on it.
   */
  readonly compileAfter?: number;
  /** Physical addresses that are not NVM: ROMs, memory-mapped registers. */
  readonly regions?: readonly PhysicalRegion[];
  /** Makes the devices, in place of the timer and the one serial port that there are otherwise. */
  readonly platform?: (host: PlatformHost) => Platform;
}

/** What the machine gives to the devices of a platform. */
export interface PlatformHost {
  readonly nvm: Nvm;
  /** The 8259 pair, which every platform has. */
  readonly pic: Pic8259;
  /** Instructions executed since reset; exact in port accesses and in regions that ask for it. */
  now(): number;
  setA20(isOpen: boolean): void;
  /** A device reached through memory has changed: interrupts and due times are looked at anew. */
  touched(): void;
  /** What a device records when the world sees an effect of it. */
  recorder(device: LedgerEntry['device']): (value: number) => void;
  /** Stops the run with reason 'unimplemented'. */
  unimplemented(what: string): never;
}

export interface Platform {
  /** All but the 8259 pair. */
  readonly devices: readonly Device[];
  readonly regions: readonly PhysicalRegion[];
  /** What the processor's INTR pin is wired to, where it is not the 8259 pair. */
  readonly interrupts?: InterruptSource;
  /** There is a local APIC, which CPUID reports. */
  readonly hasLocalApic?: boolean;
}

/** Why `run` came back. */
export type StopReason =
  /** Native code gave control to machine code (a kernel exit). Only when asked for. */
  | { readonly kind: 'native-exit' }
  /** The processor halted with interrupts disabled: only a reset leads out. */
  | { readonly kind: 'halted' }
  /** The processor halted with interrupts enabled, but nothing is left that could raise one. */
  | { readonly kind: 'idle-forever' }
  /**
   * The budget of instructions is used up. Native code cannot be stopped in its middle: it goes on to its end
   * first, but where it goes on for ever it is given up, and the machine must be reset before it runs again.
   */
  | { readonly kind: 'budget' }
  /** A native access faulted again and again: its handler does not mend the fault. Only a reset leads out. */
  | { readonly kind: 'native-fault-loop'; readonly address: number }
  /** A third fault while delivering a double fault: the processor shut down. */
  | { readonly kind: 'triple-fault'; readonly eip: number }
  /** An opcode or port that this emulator does not implement: where, and its bytes. */
  | {
      readonly kind: 'unimplemented';
      readonly what: string;
      readonly eip: number;
      readonly bytes: readonly number[];
    };

export interface RunOptions {
  readonly instructionsMax: number;
  /** Come back each time native code has given control to machine code by an outermost IRET. */
  readonly stopAtNativeExit?: boolean;
}

/** What the explorer and the kernel's tests need of the machine. `Machine` in machine.ts is the one there is. */
export interface MachineApi {
  readonly nvm: Nvm;
  readonly ledger: Ledger;
  /** Instructions executed since the last reset, native accesses included. */
  readonly instructionsCount: number;
  /** EIP of the next instruction, unsigned; where `run` threw, of the one that was at work. */
  readonly eip: number;
  /** The current privilege level, 0–3. */
  readonly cpl: number;
  /** Power on: registers, TLB and devices go to their reset state. NVM and ledger are kept. */
  reset(): void;
  run(options: RunOptions): StopReason;
  /**
   * Everything volatile that can still change what the machine does, as a short string: registers, segment
   * descriptors, control registers, TLB entries, interrupt controller, timer and serial port, with pending
   * times relative to now, never absolute; and what a failure may leave of the cache lines that are not durable
   * yet. Equal strings and equal NVM mean equal futures.
   */
  volatileKey(): string;
  /**
   * The cache's part of the key for the pages given only: for who compares only these of memory. Empty where
   * nothing waits.
   */
  cacheKey(isLive: (page: number) => boolean): string;
  /** `volatileKey` without the cache's part. */
  processorKey(): string;
  /** A copy of everything volatile, and how to put it back. Opaque to the caller. */
  saveVolatile(): VolatileState;
  restoreVolatile(state: VolatileState): void;
  /** What the TLB holds for the page of a linear address now; looking fills nothing. */
  tlbEntry(
    linearAddress: number,
  ): { readonly frame: number; readonly writable: boolean; readonly dirty: boolean } | null;
}

export interface VolatileState {
  readonly __brand: 'VolatileState';
}
