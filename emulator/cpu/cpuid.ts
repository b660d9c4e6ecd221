/**
 * What CPUID tells. The processor is the 80386 with the instructions of later ones that DESIGN §4 names, so
 * it reports those and no more. There is no time-stamp counter: the time since reset would be a register that
 * makes equal states unequal.
 */

/** Feature bits of leaf 1, EDX (SDM vol. 2, CPUID). */
const Feature = { pse: 1 << 3, cx8: 1 << 8, apic: 1 << 9, cmov: 1 << 15, clflush: 1 << 19 } as const;
/** Leaf 7, EBX. */
const Leaf7 = { clflushopt: 1 << 23, clwb: 1 << 24 } as const;
const VENDOR = 'fukugen-i386';
/** Family 6, so that programs look for CMOV where they look for it. */
const SIGNATURE = 0x00000600;
/** CLFLUSH works on lines of 8 × 8 bytes. */
const FLUSH_LINE = 8 << 8;

const vendorWord = (at: number): number =>
  [0, 1, 2, 3].reduce((word, n) => word | (VENDOR.charCodeAt(at + n) << (8 * n)), 0);

export interface CpuidAnswer {
  readonly eax: number;
  readonly ebx: number;
  readonly ecx: number;
  readonly edx: number;
}

const NOTHING: CpuidAnswer = { eax: 0, ebx: 0, ecx: 0, edx: 0 };

/** `hasApic`: the platform has a local APIC. As on the Pentium it cannot be moved: there is no MSR for it. */
export function cpuid(leaf: number, subleaf: number, hasApic: boolean): CpuidAnswer {
  if (leaf === 0) return { eax: 7, ebx: vendorWord(0), edx: vendorWord(4), ecx: vendorWord(8) };
  if (leaf === 1) {
    const edx = Feature.pse | Feature.cx8 | Feature.cmov | Feature.clflush | (hasApic ? Feature.apic : 0);
    return { eax: SIGNATURE, ebx: FLUSH_LINE, ecx: 0, edx };
  }
  if (leaf === 7 && subleaf === 0) return { eax: 0, ebx: Leaf7.clflushopt | Leaf7.clwb, ecx: 0, edx: 0 };
  return NOTHING;
}
