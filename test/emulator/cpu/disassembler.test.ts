import { CpuidFeature, DecoderOptions, Decoder as Iced, Mnemonic } from 'iced-x86';
import { describe, expect, test } from 'vitest';
import { Decoder } from '../../../emulator/cpu/decoder.ts';
import { decode } from '../../../emulator/cpu/opcodes.ts';

/** The features that this processor has (DESIGN §4); iced-x86 knows all that came later too. */
const OWN_FEATURES = new Set<number>([
  CpuidFeature.INTEL8086,
  CpuidFeature.INTEL186,
  CpuidFeature.INTEL286,
  CpuidFeature.INTEL386,
  CpuidFeature.INTEL386_ONLY,
  CpuidFeature.INTEL486,
  CpuidFeature.CPUID,
  CpuidFeature.CMOV,
  CpuidFeature.CX8,
  CpuidFeature.CLFSH,
  CpuidFeature.CLFLUSHOPT,
  CpuidFeature.CLWB,
  CpuidFeature.FPU,
  CpuidFeature.FPU287,
  CpuidFeature.FPU387,
  CpuidFeature.MULTIBYTENOP,
  CpuidFeature.PAUSE,
]);
/** Of features that it does not have, the instructions that it does. */
const OWN_MNEMONICS = new Set(['sfence', 'lfence', 'mfence']);
/** Hints that came later are no-operations here: 0F18h to 0F1Fh. */
const HINTS = /^(nop|reservednop|prefetch|endbr|rdssp|cldemote|bnd)/;
/** Not in the manual: SALC, LOADALL, the 80386's first steps' bit strings, P6's reserved hint at 0F0Dh. */
const UNDOCUMENTED = new Set(['salc', 'ud0', 'ud1', 'ud2', 'umov', 'loadall', 'ibts', 'xbts', 'reservednop']);

const TRAILERS = [
  [0x00, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0x11],
  [0x25, 0x92, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0x11],
  [0xe4, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09],
];
const PREFIXES = [[], [0x66], [0x67], [0x66, 0x67], [0xf0], [0x2e], [0x65, 0xf0]];

const own = new Decoder();

/** What is wrong with our reading of the bytes, or null. */
function compare(bytes: Uint8Array, bits: 16 | 32): string | null {
  own.begin(bytes, 0, bytes.length);
  const insn = decode(own, bits === 32);
  if (insn === null) return 'ran out of bytes';
  const iced = new Iced(bits, bytes, DecoderOptions.None);
  const other = iced.decode();
  try {
    const theirs = (Mnemonic[other.mnemonic] ?? '').toLowerCase();
    const features = Array.from(other.cpuidFeatures());
    // There is no x87: all of its opcodes fault alike, the reserved ones too.
    if (insn.name === 'x87' && other.mnemonic === Mnemonic.INVALID) return null;
    const isKnown = features.every((feature) => OWN_FEATURES.has(feature)) || OWN_MNEMONICS.has(theirs);
    if (insn.name === 'x87' && theirs.startsWith('f'))
      return insn.end === other.length ? null : 'length of x87';
    const isTheirs = other.mnemonic !== Mnemonic.INVALID && isKnown && !UNDOCUMENTED.has(theirs);
    if (insn.name === 'nop' && HINTS.test(theirs))
      return insn.end === other.length ? null : 'length of a hint';
    if (!isTheirs)
      return insn.name === 'invalid' || insn.name === 'ud2'
        ? null
        : `${insn.name}, not ${theirs || 'invalid'}`;
    if (insn.name !== theirs) return `${insn.name}, not ${theirs}`;
    return insn.end === other.length ? null : `${insn.name} of ${insn.end} bytes, not ${other.length}`;
  } finally {
    other.free();
    iced.free();
  }
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');

describe.each([32, 16] as const)('the opcode map in %i-bit code', (bits) => {
  test.each([
    ['one byte', []],
    ['0F', [0x0f]],
  ])('%s: lengths and mnemonics are those of iced-x86', (_name, lead) => {
    const wrong: string[] = [];
    let count = 0;
    for (const prefix of PREFIXES) {
      for (let opcode = 0; opcode < 256; opcode += 1) {
        for (let modRm = 0; modRm < 256; modRm += 1) {
          // Every ModRM byte once without prefixes; every seventh with them.
          if (prefix.length > 0 && (modRm + opcode) % 7 !== 0) continue;
          const trailer = TRAILERS[(modRm + opcode) % TRAILERS.length] ?? [];
          const bytes = Uint8Array.from([...prefix, ...lead, opcode, modRm, ...trailer]);
          const difference = compare(bytes, bits);
          count += 1;
          if (difference !== null && wrong.length < 40) wrong.push(`${hex(bytes)}: ${difference}`);
        }
      }
    }
    expect(wrong.join('\n')).toBe('');
    expect(count).toBeGreaterThan(100_000);
  });
});
