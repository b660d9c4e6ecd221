import type { Nvm } from '../nvm/nvm.ts';
import { Mmu } from '../paging/mmu.ts';
import { Cr0 } from '../paging/page-walk.ts';
import type { PhysicalBus } from '../paging/physical-bus.ts';
import { GuestFault, NO_ERROR_CODE, Vector } from './fault.ts';
import { Flag, Lazy } from './flags.ts';

/** Segment registers in the order of their encoding, then the two that have no prefix. */
export const Seg = { es: 0, cs: 1, ss: 2, ds: 3, fs: 4, gs: 5, ldtr: 6, tr: 7 } as const;
export type Seg = (typeof Seg)[keyof typeof Seg];

/** Attributes of a descriptor cache: bits 8–15 and 20–23 of the descriptor's high dword, shifted right by 8. */
export const SegBit = {
  accessed: 1,
  /** Data: writable. Code: readable. */
  writable: 2,
  /** Data: expand-down. Code: conforming. */
  expandDown: 4,
  conforming: 4,
  code: 8,
  /** Code or data, not a system descriptor. */
  notSystem: 0x10,
  present: 0x80,
  /** D/B: 32-bit. */
  big: 0x4000,
  granular: 0x8000,
} as const;
export const dplOf = (attributes: number): number => (attributes >>> 5) & 3;

/** What `segmentQuick` says of a segment: offsets are linear addresses and need no check. */
export const Quick = { read: 1, write: 2 } as const;

/** The I/O ports as the processor sees them. */
export interface PortSpace {
  /** @throws Unimplemented where nobody answers and the bus is not open. */
  read(port: number, sizeBytes: 1 | 2 | 4): number;
  write(port: number, value: number, sizeBytes: 1 | 2 | 4): void;
}

/**
 * The processor's registers, and nothing else. Values of 32 bits are signed integers throughout. The
 * executors in this folder work on it.
 */
export class Cpu {
  readonly mmu: Mmu;
  readonly fault = new GuestFault();
  readonly ports: PortSpace;
  /** The platform has a local APIC: CPUID says so. No part of the state. */
  hasApic = false;

  /** EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI, and one that stays 0. */
  readonly regs = new Int32Array(9);
  readonly regs16 = new Uint16Array(this.regs.buffer);
  readonly regs8 = new Uint8Array(this.regs.buffer);

  /** The next instruction; while a block runs, the one after it unless a branch has set it. */
  eip = 0;
  /** EIP of the running block's first instruction: `blockEip + insn.offset` is the EIP of one in it. */
  blockEip = 0;

  /** Instructions executed since reset. */
  count = 0;
  /** The run loop gets control back when `count` gets here. */
  deadline = 0;
  /** Interrupts wait until `count` is here: the instruction after STI, MOV SS or POP SS. */
  inhibitUntil = 0;
  /** Something has changed that the run loop must look at before the next block. */
  attention = false;
  halted = false;

  /** Instructions that compiled code has executed in its last call. */
  compiledDone = 0;

  /** EFLAGS, but for the status flags that `lazy` holds (see flags.ts). */
  flags: number = Flag.fixed;
  lazy: number = Lazy.none;
  flagLeft = 0;
  flagRight = 0;
  flagResult = 0;
  flagSign = 31;

  readonly segmentSelector = new Int32Array(8);
  readonly segmentBase = new Int32Array(8);
  /** The last valid offset (for expand-down: the last invalid one), read as unsigned. */
  readonly segmentLimit = new Int32Array(8);
  readonly segmentAttributes = new Int32Array(8);
  readonly segmentQuick = new Uint8Array(8);
  cpl = 0;
  /** -1 or FFFFh, by SS.B. */
  stackMask = 0xffff;
  /** CS.D: the default size of operands and addresses is 32 bits. */
  code32 = false;

  gdtBase = 0;
  gdtLimit = 0;
  idtBase = 0;
  idtLimit = 0;
  readonly dr = new Int32Array(8);
  /** Where a debug exception's cause waits for the end of the instruction: bits for DR6. */
  pendingDebug = 0;
  /** An interrupt or exception has been delivered since this was last cleared. */
  hasDelivered = false;

  constructor(nvm: Nvm, bus: PhysicalBus, ports: PortSpace) {
    this.mmu = new Mmu(nvm, bus, this.fault);
    this.ports = ports;
  }

  /** CR0.PE is set and EFLAGS.VM is not: selectors name descriptors. */
  get isProtected(): boolean {
    return (this.mmu.cr0 & Cr0.pe) !== 0 && (this.flags & Flag.vm) === 0;
  }

  get isV86(): boolean {
    return (this.flags & Flag.vm) !== 0;
  }

  get iopl(): number {
    return (this.flags >>> 12) & 3;
  }

  setCpl(cpl: number): void {
    this.cpl = cpl;
    this.mmu.setUser(cpl === 3);
  }

  /** #GP(selector), #GP(0) by default. */
  generalProtection(errorCode = 0): never {
    return this.fault.raise(Vector.generalProtection, errorCode);
  }

  invalidOpcode(): never {
    return this.fault.raise(Vector.invalidOpcode, NO_ERROR_CODE);
  }

  /** The state after RESET (SDM vol. 3 table 9-1), but that native code or firmware sets CS:EIP. */
  reset(): void {
    this.regs.fill(0);
    this.eip = 0xfff0;
    this.blockEip = 0;
    this.count = 0;
    this.deadline = 0;
    this.inhibitUntil = 0;
    this.attention = false;
    this.halted = false;
    this.flags = Flag.fixed;
    this.lazy = Lazy.none;
    this.flagLeft = 0;
    this.flagRight = 0;
    this.flagResult = 0;
    this.flagSign = 31;
    this.segmentSelector.fill(0);
    this.segmentBase.fill(0);
    this.segmentLimit.fill(0xffff);
    this.segmentAttributes.fill(SegBit.present | SegBit.notSystem | SegBit.writable | SegBit.accessed);
    this.segmentAttributes[Seg.ldtr] = 0x82;
    this.segmentAttributes[Seg.tr] = 0x8b;
    this.segmentQuick.fill(0);
    this.segmentSelector[Seg.cs] = 0xf000;
    this.segmentBase[Seg.cs] = 0xffff0000 | 0;
    this.stackMask = 0xffff;
    this.code32 = false;
    this.gdtBase = 0;
    this.gdtLimit = 0xffff;
    this.idtBase = 0;
    this.idtLimit = 0xffff;
    this.dr.fill(0);
    this.dr[6] = 0xffff0ff0 | 0;
    this.dr[7] = 0x400;
    this.pendingDebug = 0;
    this.hasDelivered = false;
    this.mmu.setWatches([], () => {});
    this.mmu.setA20(true);
    this.mmu.flush();
    this.mmu.setCr0(Cr0.cd | Cr0.nw | Cr0.et);
    this.mmu.cr2 = 0;
    this.mmu.cr3 = 0;
    this.mmu.cr4 = 0;
    this.setCpl(0);
  }
}
