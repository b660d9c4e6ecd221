import { type Cpu, dplOf, Quick, Seg, SegBit } from './cpu.ts';
import { Vector } from './fault.ts';

/** An entry of the GDT, LDT or IDT as it stands in memory. */
export interface Descriptor {
  /** Linear address of its 8 bytes. */
  readonly address: number;
  readonly low: number;
  readonly high: number;
  /** See SegBit. */
  readonly attributes: number;
}

export const baseOf = (d: Descriptor): number =>
  ((d.low >>> 16) & 0xffff) | ((d.high & 0xff) << 16) | (d.high & 0xff000000);

/** The limit in bytes, as a signed 32-bit number. */
export function limitOf(d: Descriptor): number {
  const raw = (d.low & 0xffff) | (d.high & 0xf0000);
  return (d.attributes & SegBit.granular) !== 0 ? (raw << 12) | 0xfff : raw;
}

export const isCodeSegment = (d: Descriptor): boolean =>
  (d.attributes & (SegBit.notSystem | SegBit.code)) === (SegBit.notSystem | SegBit.code);
export const isConforming = (d: Descriptor): boolean =>
  isCodeSegment(d) && (d.attributes & SegBit.conforming) !== 0;
export const isWritableData = (d: Descriptor): boolean =>
  (d.attributes & (SegBit.notSystem | SegBit.code | SegBit.writable)) ===
  (SegBit.notSystem | SegBit.writable);
export const isPresent = (d: Descriptor): boolean => (d.attributes & SegBit.present) !== 0;
/** The type of a system descriptor or gate, 0–15; code and data segments give 16 and more. */
export const systemType = (d: Descriptor): number => d.attributes & 0x1f;

export function readDescriptorAt(c: Cpu, address: number): Descriptor {
  const low = c.mmu.loadSystem32(address);
  const high = c.mmu.loadSystem32((address + 4) | 0);
  return { address, low, high, attributes: (high >>> 8) & 0xf0ff };
}

/** The descriptor that a selector names, or null where its table does not reach so far. */
export function findDescriptor(c: Cpu, selector: number): Descriptor | null {
  const offset = selector & 0xfff8;
  const isLocal = (selector & 4) !== 0;
  const limit = isLocal ? (c.segmentLimit[Seg.ldtr] as number) >>> 0 : c.gdtLimit;
  if (isLocal && ((c.segmentSelector[Seg.ldtr] as number) & 0xfffc) === 0) return null;
  if (offset + 7 > limit) return null;
  const base = isLocal ? (c.segmentBase[Seg.ldtr] as number) : c.gdtBase;
  return readDescriptorAt(c, (base + offset) | 0);
}

/** The descriptor, or the fault `vector` with the selector (and `external`, the EXT bit) as its error code. */
export function requireDescriptor(
  c: Cpu,
  selector: number,
  vector: number = Vector.generalProtection,
  external = 0,
): Descriptor {
  return findDescriptor(c, selector) ?? c.fault.raise(vector, (selector & 0xfffc) | external);
}

/** Sets the accessed bit in memory, where it is not set. A store of one byte. */
export function markAccessed(c: Cpu, descriptor: Descriptor): void {
  if ((descriptor.attributes & SegBit.accessed) !== 0) return;
  c.mmu.storeSystem((descriptor.address + 5) | 0, (descriptor.attributes & 0xff) | SegBit.accessed, 1);
}

/** Fills the hidden part of a segment register and what depends on it. Checks nothing. */
export function setSegment(
  c: Cpu,
  seg: number,
  value: {
    readonly selector: number;
    readonly base: number;
    readonly limit: number;
    readonly attributes: number;
  },
): void {
  c.segmentSelector[seg] = value.selector & 0xffff;
  c.segmentBase[seg] = value.base;
  c.segmentLimit[seg] = value.limit;
  c.segmentAttributes[seg] = value.attributes;
  refreshSegment(c, seg);
}

/** Works out what is derived from a descriptor cache. */
export function refreshSegment(c: Cpu, seg: number): void {
  const attributes = c.segmentAttributes[seg] as number;
  const isCode = (attributes & SegBit.code) !== 0;
  const wholeAndFlat =
    c.segmentBase[seg] === 0 &&
    c.segmentLimit[seg] === -1 &&
    (attributes & (SegBit.present | SegBit.notSystem)) === (SegBit.present | SegBit.notSystem) &&
    (isCode || (attributes & SegBit.expandDown) === 0);
  const writable = (attributes & SegBit.writable) !== 0;
  let quick = 0;
  if (wholeAndFlat && (!isCode || writable)) quick |= Quick.read;
  if (wholeAndFlat && !isCode && writable) quick |= Quick.write;
  c.segmentQuick[seg] = quick;
  if (seg === Seg.cs) c.code32 = (attributes & SegBit.big) !== 0;
  if (seg === Seg.ss) c.stackMask = (attributes & SegBit.big) !== 0 ? -1 : 0xffff;
}

export function setSegmentFrom(c: Cpu, seg: number, selector: number, descriptor: Descriptor): void {
  setSegment(c, seg, {
    selector,
    base: baseOf(descriptor),
    limit: limitOf(descriptor),
    attributes: descriptor.attributes | (systemType(descriptor) >= 16 ? SegBit.accessed : 0),
  });
}

/** Attributes of every segment in real mode and V86 mode. */
const REAL_ATTRIBUTES = SegBit.present | SegBit.notSystem | SegBit.writable | SegBit.accessed;

/** A segment register loaded in real mode keeps limit and attributes; in V86 mode all are fixed. */
export function setRealSegment(c: Cpu, seg: number, selector: number): void {
  const base = (selector & 0xffff) << 4;
  if (c.isV86) {
    setSegment(c, seg, { selector, base, limit: 0xffff, attributes: REAL_ATTRIBUTES | 0x60 });
    return;
  }
  c.segmentSelector[seg] = selector & 0xffff;
  c.segmentBase[seg] = base;
  if (seg === Seg.cs) c.segmentAttributes[seg] = REAL_ATTRIBUTES;
  refreshSegment(c, seg);
}

/** A null selector in DS, ES, FS or GS: any access through it faults. */
export function setNullSegment(c: Cpu, seg: number, selector: number): void {
  setSegment(c, seg, { selector, base: 0, limit: 0, attributes: 0 });
}

/**
 * MOV to, or POP of, a data or stack segment register (SDM vol. 2, MOV).
 * @throws GuestFault #GP, #NP, #SS with the selector.
 */
export function loadSegment(c: Cpu, seg: number, selector: number): void {
  if (!c.isProtected) {
    setRealSegment(c, seg, selector);
    return;
  }
  if (seg === Seg.ss) {
    loadStackSegment(c, selector);
    return;
  }
  if ((selector & 0xfffc) === 0) {
    setNullSegment(c, seg, selector);
    return;
  }
  const descriptor = requireDescriptor(c, selector);
  const { attributes } = descriptor;
  const isCode = isCodeSegment(descriptor);
  const isReadable =
    (attributes & SegBit.notSystem) !== 0 && (!isCode || (attributes & SegBit.writable) !== 0);
  if (!isReadable) c.generalProtection(selector & 0xfffc);
  const needsRight = !isConforming(descriptor);
  if (needsRight && Math.max(c.cpl, selector & 3) > dplOf(attributes)) c.generalProtection(selector & 0xfffc);
  if (!isPresent(descriptor)) c.fault.raise(Vector.segmentNotPresent, selector & 0xfffc);
  markAccessed(c, descriptor);
  setSegmentFrom(c, seg, selector, descriptor);
}

function loadStackSegment(c: Cpu, selector: number): void {
  if ((selector & 0xfffc) === 0) c.generalProtection(0);
  const descriptor = requireStackDescriptor(c, selector, c.cpl, Vector.generalProtection);
  markAccessed(c, descriptor);
  setSegmentFrom(c, Seg.ss, selector, descriptor);
}

/**
 * A stack segment for privilege level `cpl`: writable data of just that level, present.
 * @throws GuestFault `vector`, or `absentVector` where it is not present, with the selector.
 */
export function requireStackDescriptor(
  c: Cpu,
  selector: number,
  cpl: number,
  vector: number,
  external = 0,
  absentVector: number = Vector.stackFault,
): Descriptor {
  const descriptor = requireDescriptor(c, selector, vector, external);
  const errorCode = (selector & 0xfffc) | external;
  if ((selector & 3) !== cpl || !isWritableData(descriptor) || dplOf(descriptor.attributes) !== cpl) {
    c.fault.raise(vector, errorCode);
  }
  if (!isPresent(descriptor)) c.fault.raise(absentVector, errorCode);
  return descriptor;
}

/** Empties data segment registers whose segments an outer ring may not use (SDM vol. 2, RET and IRET). */
export function dropInnerSegments(c: Cpu): void {
  for (const seg of [Seg.es, Seg.ds, Seg.fs, Seg.gs]) {
    const attributes = c.segmentAttributes[seg] as number;
    const isConformingCode =
      (attributes & (SegBit.code | SegBit.conforming)) === (SegBit.code | SegBit.conforming);
    if (!isConformingCode && dplOf(attributes) < c.cpl) setNullSegment(c, seg, 0);
  }
}

/** Loads CS, whose descriptor has been checked; CPL becomes `cpl`. */
export function setCodeSegment(c: Cpu, selector: number, descriptor: Descriptor, cpl: number): void {
  markAccessed(c, descriptor);
  setSegmentFrom(c, Seg.cs, (selector & 0xfffc) | cpl, descriptor);
  c.setCpl(cpl);
}
