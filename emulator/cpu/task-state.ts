import type { Cpu } from './cpu.ts';
import { Seg } from './cpu.ts';

/** The fields of a task state segment (SDM vol. 3 §7.2.1 and §7.6), by offset. */
export interface TssLayout {
  readonly sizeBytes: 2 | 4;
  readonly lengthBytes: number;
  /** -1 where there is none. */
  readonly cr3: number;
  readonly eip: number;
  readonly eflags: number;
  /** EAX; the other general registers follow in the order of their encoding. */
  readonly eax: number;
  /** ES; CS, SS, DS (and FS, GS) follow. */
  readonly es: number;
  readonly segmentsCount: number;
  readonly ldt: number;
  /** The T bit's word, or -1. */
  readonly trap: number;
}

export const TSS_32: TssLayout = {
  sizeBytes: 4,
  lengthBytes: 0x68,
  cr3: 0x1c,
  eip: 0x20,
  eflags: 0x24,
  eax: 0x28,
  es: 0x48,
  segmentsCount: 6,
  ldt: 0x60,
  trap: 0x64,
};

export const TSS_16: TssLayout = {
  sizeBytes: 2,
  lengthBytes: 0x2c,
  cr3: -1,
  eip: 0x0e,
  eflags: 0x10,
  eax: 0x12,
  es: 0x22,
  segmentsCount: 4,
  ldt: 0x2a,
  trap: -1,
};

/** What a TSS says of the task to be run. */
export interface TaskImage {
  readonly cr3: number;
  readonly eip: number;
  readonly eflags: number;
  readonly registers: readonly number[];
  readonly selectors: readonly number[];
  readonly ldt: number;
  readonly isTrapped: boolean;
}

export function readTask(c: Cpu, base: number, layout: TssLayout): TaskImage {
  const { mmu } = c;
  const step = layout.sizeBytes;
  const field = (at: number): number =>
    step === 4 ? mmu.loadSystem32((base + at) | 0) : mmu.loadSystem16((base + at) | 0);
  // A 16-bit TSS leaves the registers' high halves as they are undefined; processors set them (SDM vol. 3 §7.6).
  const wide = (value: number): number => (step === 4 ? value : value | 0xffff0000);
  return {
    cr3: layout.cr3 < 0 ? 0 : field(layout.cr3),
    eip: field(layout.eip),
    eflags: field(layout.eflags),
    registers: Array.from({ length: 8 }, (_, n) => wide(field(layout.eax + n * step))),
    selectors: Array.from({ length: 6 }, (_, n) =>
      n < layout.segmentsCount ? field(layout.es + n * step) & 0xffff : 0,
    ),
    ldt: field(layout.ldt) & 0xffff,
    isTrapped: layout.trap >= 0 && (mmu.loadSystem16((base + layout.trap) | 0) & 1) !== 0,
  };
}

/** Stores the registers of the task that is left. Its static fields (CR3, LDT, stacks) stay. */
export function writeTask(
  c: Cpu,
  base: number,
  layout: TssLayout,
  values: { readonly eip: number; readonly eflags: number },
): void {
  const step = layout.sizeBytes;
  const put = (at: number, value: number): void => c.mmu.storeSystem((base + at) | 0, value, step);
  put(layout.eip, values.eip);
  put(layout.eflags, values.eflags);
  for (let n = 0; n < 8; n += 1) put(layout.eax + n * step, c.regs[n] as number);
  for (let n = 0; n < layout.segmentsCount; n += 1) {
    // Selectors are 16 bits in both kinds of TSS; the rest of a 32-bit field is reserved.
    c.mmu.storeSystem((base + layout.es + n * step) | 0, c.segmentSelector[Seg.es + n] as number, 2);
  }
}
