/**
 * Native code: ring-0 code written in the host's language instead of machine code. The processor enters it
 * as it enters any other code, through the IDT or at reset, when EIP comes into the native window at CPL 0;
 * it reaches memory only through the MMU, and leaves by IRET. The emulator knows nothing else of it.
 */

import type { StoreOrigin } from './nvm/store-log.ts';

/** The native window: entry point n is at `NATIVE_BASE + n * NATIVE_ENTRY_BYTES` (linear addresses). */
export const NATIVE_BASE = 0xff000000;
export const NATIVE_ENTRY_BYTES = 16;
/** Entry points 0–255 are for the vectors of the IDT; this one is where the processor starts after reset. */
export const NATIVE_RESET_ENTRY = 256;

/** General registers in the order of their encoding. */
export const Gpr = { eax: 0, ecx: 1, edx: 2, ebx: 3, esp: 4, ebp: 5, esi: 6, edi: 7 } as const;
export type Gpr = (typeof Gpr)[keyof typeof Gpr];

/**
 * What ring-0 native code may do with the processor. Addresses are linear (physical while CR0.PG is 0).
 * Every load, store and port access counts as one instruction of time. A load or store that faults is
 * delivered through the IDT as on hardware: the processor pushes EFLAGS, CS, EIP (= the native entry being
 * executed) and the error code on the current stack, the handler runs (nested native code, which ends in
 * `iret`), and the access is tried again.
 */
export interface NativePort {
  load8(address: number): number;
  load16(address: number): number;
  load32(address: number): number;
  store8(address: number, value: number): void;
  store16(address: number, value: number): void;
  store32(address: number, value: number): void;

  in8(port: number): number;
  out8(port: number, value: number): void;

  /** To whom the stores of ring-0 code are attributed from now on, until the next reset (then: kernel). */
  setStoreOrigin(origin: StoreOrigin): void;

  readGpr(register: Gpr): number;
  writeGpr(register: Gpr, value: number): void;
  /** CR0, CR2, CR3, CR4. Writing CR3 flushes the TLB; writing CR0.PG turns paging on or off and flushes. */
  readCr(register: 0 | 2 | 3 | 4): number;
  writeCr(register: 0 | 2 | 3 | 4, value: number): void;
  invlpg(address: number): void;
  /** Writes the line of `address` back at once: its stores so far are durable (CLFLUSH). */
  clflush(address: number): void;
  /** Writes the line of `address` back by the next `sfence` at the latest (CLWB). Faults as a load does. */
  clwb(address: number): void;
  sfence(): void;
  lgdt(base: number, limit: number): void;
  lidt(base: number, limit: number): void;
  ltr(selector: number): void;
  /** Loads CS and its descriptor from the GDT as a far jump to native code does; CPL stays 0. */
  loadCs(selector: number): void;
  /** The selector that is in DS, ES, FS or GS. */
  readSegment(segment: 'es' | 'ds' | 'fs' | 'gs'): number;
  /** Loads SS, DS, ES, FS or GS from the GDT. */
  loadSegment(segment: 'es' | 'ss' | 'ds' | 'fs' | 'gs', selector: number): void;
  /** The IRET instruction: pops EIP, CS, EFLAGS and, to an outer ring, ESP and SS. Ends this native entry. */
  iret(): void;
  /** Stops the machine: HLT with interrupts disabled, from which only a reset leads out. */
  halt(): void;
}

export interface NativeCode {
  /** The first code after power-on: real-mode-like flat CPL 0, paging off, all registers at reset values. */
  reset(port: NativePort): void;
  /** An interrupt, trap or fault came through the IDT to entry `vector`; its frame is on the stack at ESP. */
  interrupt(vector: number, port: NativePort): void;
}
