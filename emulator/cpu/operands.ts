import { type Cpu, Quick, Seg, SegBit } from './cpu.ts';
import { Vector } from './fault.ts';
import type { Insn } from './insn.ts';

/** The effective address: an offset into `i.segment`. */
export const offsetOf = (c: Cpu, i: Insn): number =>
  ((c.regs[i.base] as number) + ((c.regs[i.index] as number) << i.scale) + i.displacement) & i.addressMask;

/**
 * Segment checks (SDM vol. 3 §5.3, §5.5): limit, type and null selector, for the bytes at `offset`.
 * @throws GuestFault #SS(0) for the stack segment, #GP(0) for others.
 */
export function checkedLinear(
  c: Cpu,
  seg: number,
  offset: number,
  access: { readonly sizeBytes: number; readonly isWrite: boolean },
): number {
  const attributes = c.segmentAttributes[seg] as number;
  const first = offset >>> 0;
  const last = first + access.sizeBytes - 1;
  const limit = (c.segmentLimit[seg] as number) >>> 0;
  const isExpandDown = (attributes & (SegBit.code | SegBit.expandDown)) === SegBit.expandDown;
  const highest = isExpandDown ? ((attributes & SegBit.big) !== 0 ? 0xffffffff : 0xffff) : limit;
  let isGood = (attributes & SegBit.present) !== 0 && last <= highest && (!isExpandDown || first > limit);
  // Real and V86 mode segments are writable data whatever their cache says, but CS after a mode switch too.
  if (isGood && c.isProtected) {
    const isCode = (attributes & SegBit.code) !== 0;
    if (access.isWrite) isGood = !isCode && (attributes & SegBit.writable) !== 0;
    else isGood = !isCode || (attributes & SegBit.writable) !== 0;
  }
  if (!isGood) c.fault.raise(seg === Seg.ss ? Vector.stackFault : Vector.generalProtection, 0);
  return ((c.segmentBase[seg] as number) + offset) | 0;
}

const ACCESS = {
  read: [1, 2, 3, 4, 5, 6, 7, 8].map((sizeBytes) => ({ sizeBytes, isWrite: false })),
  write: [1, 2, 3, 4, 5, 6, 7, 8].map((sizeBytes) => ({ sizeBytes, isWrite: true })),
} as const;

/** The linear address of `sizeBytes` (1 to 8) bytes that are to be read. */
export function readAddress(c: Cpu, seg: number, offset: number, sizeBytes: number): number {
  if (((c.segmentQuick[seg] as number) & Quick.read) !== 0) return offset;
  return checkedLinear(c, seg, offset, ACCESS.read[sizeBytes - 1] as (typeof ACCESS.read)[number]);
}

/** The linear address of `sizeBytes` (1 to 8) bytes that are to be written. */
export function writeAddress(c: Cpu, seg: number, offset: number, sizeBytes: number): number {
  if (((c.segmentQuick[seg] as number) & Quick.write) !== 0) return offset;
  return checkedLinear(c, seg, offset, ACCESS.write[sizeBytes - 1] as (typeof ACCESS.write)[number]);
}

/** The 32-bit memory operand's linear address, to be read or to be written. */
export const memRead32 = (c: Cpu, i: Insn): number => readAddress(c, i.segment, offsetOf(c, i), 4);
export const memWrite32 = (c: Cpu, i: Insn): number => writeAddress(c, i.segment, offsetOf(c, i), 4);

/** A load of 1, 2 or 4 bytes: unsigned for 1 and 2, signed for 4. */
export function loadSized(c: Cpu, address: number, sizeBytes: 1 | 2 | 4): number {
  if (sizeBytes === 4) return c.mmu.load32(address);
  return sizeBytes === 1 ? c.mmu.load8(address) : c.mmu.load16(address);
}

export function storeSized(c: Cpu, address: number, value: number, sizeBytes: 1 | 2 | 4): void {
  if (sizeBytes === 4) c.mmu.store32(address, value);
  else if (sizeBytes === 1) c.mmu.store8(address, value & 0xff);
  else c.mmu.store16(address, value & 0xffff);
}

/** The register at `index` in the view of its size. */
export function getRegister(c: Cpu, index: number, sizeBytes: 1 | 2 | 4): number {
  if (sizeBytes === 4) return c.regs[index] as number;
  return (sizeBytes === 1 ? c.regs8[index] : c.regs16[index]) as number;
}

export function setRegister(c: Cpu, index: number, value: number, sizeBytes: 1 | 2 | 4): void {
  if (sizeBytes === 4) c.regs[index] = value;
  else if (sizeBytes === 1) c.regs8[index] = value;
  else c.regs16[index] = value;
}

/** The r/m operand, read. */
export function getRm(c: Cpu, i: Insn): number {
  const { size } = i;
  if (!i.isMemory) return getRegister(c, i.rm, size);
  return loadSized(c, readAddress(c, i.segment, offsetOf(c, i), size), size);
}

/** The r/m operand, written without having been read. */
export function setRm(c: Cpu, i: Insn, value: number): void {
  const { size } = i;
  if (!i.isMemory) setRegister(c, i.rm, value, size);
  else storeSized(c, writeAddress(c, i.segment, offsetOf(c, i), size), value, size);
}

/** The r/m operand, read to be written back by `putRm`: a fault in it is a write fault. */
export function getRmForStore(c: Cpu, i: Insn): number {
  const { size } = i;
  if (!i.isMemory) return getRegister(c, i.rm, size);
  return c.mmu.loadForStore(writeAddress(c, i.segment, offsetOf(c, i), size), size);
}

/** Writes back what `getRmForStore` read; cannot fault. */
export const putRm = setRm;

/** Sign extension of the low 8 or 16 bits. */
export const signExtend8 = (value: number): number => (value << 24) >> 24;
export const signExtend16 = (value: number): number => (value << 16) >> 16;
export const sizeMask = (sizeBytes: 1 | 2 | 4): number =>
  sizeBytes === 4 ? -1 : sizeBytes === 1 ? 0xff : 0xffff;
