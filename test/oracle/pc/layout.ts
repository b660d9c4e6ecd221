/** Where things are in the memory of a test ROM, and its descriptors. */

/** The code is copied here, to the same offsets that it has in the ROM, and may use 24 KiB. */
export const CODE = 0x1000;
export const CODE_END = 0x8e00;
export const IDT = 0x9000;
export const IDT_GATES_COUNT = 0x40;
export const GDT = 0x9800;
export const GDT_BYTES = 0x200;
export const LDT = 0x9c00;
export const TSS = 0xa000;
/** TSS, and the permission bits of ports 0–3FFh with the byte of ones behind them. */
export const TSS_BYTES = 0x68 + 0x80 + 1;
export const TASK_B = 0xa200;
export const TASK_16 = 0xa300;
export const TASK_FAULT = 0xa400;
export const VARIABLES = 0xb000;
export const RESUME_EIP = VARIABLES;
export const RESUME_ESP = VARIABLES + 4;
export const SCRATCH = VARIABLES + 0x20;
/** Tops of stacks. */
export const STACK_0 = 0xc000;
export const INNER_STACK_0 = 0xc800;
export const INNER_STACK_1 = 0xd000;
export const INNER_STACK_2 = 0xd800;
export const STACK_3 = 0xe000;
export const STACK_B = 0xe800;
export const STACK_FAULT = 0xf000;
/** 128 KiB for tests to read and write. */
export const DATA = 0x20000;
export const TABLES = 0x40000;

/** Selectors of the GDT that every test begins with. From `spare` on the entries are empty. */
export const Sel = {
  code0: 0x08,
  data0: 0x10,
  code3: 0x1b,
  data3: 0x23,
  tss: 0x28,
  ldt: 0x30,
  code16: 0x38,
  data16: 0x40,
  code1: 0x49,
  data1: 0x51,
  code2: 0x5a,
  data2: 0x62,
  taskB: 0x68,
  task16: 0x70,
  taskFault: 0x78,
  conforming0: 0x80,
  conforming2: 0x88,
  spare: 0x90,
  spare2: 0x98,
  spare3: 0xa0,
  spare4: 0xa8,
} as const;

export interface DescriptorOptions {
  readonly base?: number;
  readonly limit?: number;
  readonly access: number;
  /** G and D/B in bits 3 and 2; both where absent. */
  readonly flags?: number;
}

export type Words = readonly [low: number, high: number];

/** A segment's descriptor. */
export function segment({ base = 0, limit = 0xfffff, access, flags = 0xc }: DescriptorOptions): Words {
  const low = ((base & 0xffff) << 16) | (limit & 0xffff);
  const high =
    (base & 0xff000000) | (flags << 20) | (limit & 0xf0000) | (access << 8) | ((base >>> 16) & 0xff);
  return [low >>> 0, high >>> 0];
}

export interface GateOptions {
  readonly selector: number;
  readonly offset: number;
  readonly access: number;
  readonly count?: number;
}

/** A call, interrupt, trap or task gate. */
export function gate({ selector, offset, access, count = 0 }: GateOptions): Words {
  const low = ((selector << 16) | (offset & 0xffff)) >>> 0;
  return [low, ((offset & 0xffff0000) | (access << 8) | count) >>> 0];
}

export const GDT_CONTENT: readonly Words[] = [
  [0, 0],
  segment({ access: 0x9b }),
  segment({ access: 0x93 }),
  segment({ access: 0xfb }),
  segment({ access: 0xf3 }),
  segment({ base: TSS, limit: TSS_BYTES - 1, access: 0x89, flags: 0 }),
  segment({ base: LDT, limit: 0x3f, access: 0x82, flags: 0 }),
  segment({ limit: 0xffff, access: 0x9b, flags: 0 }),
  segment({ limit: 0xffff, access: 0x93, flags: 0 }),
  segment({ access: 0xbb }),
  segment({ access: 0xb3 }),
  segment({ access: 0xdb }),
  segment({ access: 0xd3 }),
  segment({ base: TASK_B, limit: 0x67, access: 0x89, flags: 0 }),
  segment({ base: TASK_16, limit: 0x2b, access: 0x81, flags: 0 }),
  segment({ base: TASK_FAULT, limit: 0x67, access: 0x89, flags: 0 }),
  segment({ access: 0x9f }),
  segment({ access: 0xdf }),
];
