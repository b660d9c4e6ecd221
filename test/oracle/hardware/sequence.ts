import fc from 'fast-check';
import { STATUS_FLAGS } from '../../../emulator/cpu/flags.ts';
import { FORMS, type Form } from './forms.ts';
import { type Case, CODE_BYTES, DATA, DATA_BYTES, READ_ONLY } from './layout.ts';

/** One instruction as fast-check chooses it; `assemble` makes bytes of it. */
export interface Choice {
  readonly form: number;
  readonly modRm: number;
  readonly sib: number;
  readonly displacement: number;
  readonly immediate: number;
  readonly prefix: number;
  /** How many of the next instructions a branch goes over. */
  readonly over: number;
}

export interface Sequence {
  readonly registers: readonly number[];
  readonly eflags: number;
  readonly choices: readonly Choice[];
}

/** A case with the status flags that the manual leaves undefined wherever it may end. */
export interface AssembledCase extends Case {
  /** Undefined flags before the instruction at each offset, and at the end. */
  readonly undefinedAt: ReadonlyMap<number, number>;
  /** All that are undefined anywhere: where it ends elsewhere. */
  readonly undefinedEver: number;
  /** What a fault of the instruction at an offset leaves open (see Form). */
  readonly openAt: ReadonlyMap<number, Form['openAtFault']>;
  readonly names: readonly string[];
  readonly sequence: Sequence;
}

const EDGES = [0, 1, -1, 0x7fffffff, 0x80000000 | 0, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 31, 32, 33];
const edge = fc.constantFrom(...EDGES);
const word = fc.oneof({ weight: 2, arbitrary: edge }, { weight: 3, arbitrary: fc.integer() });
const pointer = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: DATA + 0x100, max: DATA + DATA_BYTES - 0x100 }) },
  { weight: 2, arbitrary: fc.integer({ min: DATA + DATA_BYTES / 2 - 8, max: DATA + DATA_BYTES / 2 + 8 }) },
  { weight: 2, arbitrary: fc.integer({ min: READ_ONLY - 8, max: READ_ONLY + 0x1008 }) },
);
const register = fc.oneof(
  { weight: 6, arbitrary: pointer },
  { weight: 2, arbitrary: fc.integer({ min: -64, max: 64 }) },
  { weight: 3, arbitrary: word },
);

const choice: fc.Arbitrary<Choice> = fc.record({
  form: fc.nat({ max: FORMS.length - 1 }),
  modRm: fc.nat({ max: 255 }),
  sib: fc.nat({ max: 255 }),
  displacement: fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -32, max: 32 }) },
    { weight: 1, arbitrary: fc.integer() },
  ),
  immediate: word,
  prefix: fc.nat({ max: 31 }),
  over: fc.nat({ max: 3 }),
});

export const sequence: fc.Arbitrary<Sequence> = fc.record({
  registers: fc.tuple(register, register, register, pointer, register, register, register, register),
  eflags: fc
    .nat({ max: 0xffff })
    .map((bits) => (bits & (STATUS_FLAGS | ((bits & 0x7000) === 0 ? 0x400 : 0))) | 0x202),
  choices: fc.array(choice, { minLength: 1, maxLength: 10 }),
});

/** The prefixes of a choice: mostly none. */
function prefixesOf(
  form: Form,
  { prefix, immediate }: Choice,
): { bytes: number[]; is16: boolean; address16: boolean } {
  const bytes: number[] = [];
  const is16 = prefix < 6 && form.is32Only !== true;
  const address16 = prefix === 6;
  if (is16) bytes.push(0x66);
  if (address16) bytes.push(0x67);
  if (prefix === 7 || prefix === 8) bytes.push([0x2e, 0x36, 0x3e, 0x26, 0x64, 0x65][immediate & 3] ?? 0x3e);
  if (prefix === 9 && (immediate & 1) === 0) bytes.push((immediate & 2) === 0 ? 0x64 : 0x65);
  if ((prefix === 10 && form.takesNoLock !== true) || (prefix === 11 && form.isLockable === true))
    bytes.push(0xf0);
  if (form.isString === true && prefix >= 12 && prefix < 22) bytes.push(prefix < 17 ? 0xf3 : 0xf2);
  return { bytes, is16, address16 };
}

const little = (value: number, lengthBytes: number): number[] =>
  Array.from({ length: lengthBytes }, (_, n) => (value >>> (8 * n)) & 0xff);

/** ModRM, SIB and displacement; an address without registers is in the data pages. */
function modRmBytes(form: Form, { modRm, sib, displacement }: Choice, address16: boolean): number[] {
  if (form.modRm === 'none') return [];
  const asked = form.modRm === 'register' ? modRm : (modRm & 0xc7) | (form.modRm << 3);
  const byte = form.isMemoryOnly === true && asked >= 0xc0 ? asked & 0x7f : asked;
  const mod = byte >>> 6;
  const rm = byte & 7;
  if (mod === 3) return [byte];
  const absolute = little(DATA + 0x1000 + displacement * 4, 4);
  if (address16) {
    if (mod === 0) return rm === 6 ? [byte, ...little(displacement, 2)] : [byte];
    return [byte, ...little(displacement, mod)];
  }
  const bytes = rm === 4 ? [byte, sib] : [byte];
  const base = rm === 4 ? sib & 7 : rm;
  if (mod === 0) return base === 5 ? [...bytes, ...absolute] : bytes;
  return [...bytes, ...little(displacement, mod === 1 ? 1 : 4)];
}

function immediateBytes(
  form: Form,
  { immediate, displacement }: Choice,
  sizeBytes: number,
  address16: boolean,
): number[] {
  switch (form.immediate) {
    case 'none':
      return [];
    case 'byte':
      return little(immediate, 1);
    case 'shift':
      return little(immediate & 0x3f, 1);
    case 'operand':
      return little(immediate, sizeBytes);
    case 'word':
      return little(immediate & 0x1f, 2);
    case 'address':
      return little(DATA + 0x1000 + displacement * 4, address16 ? 2 : 4);
    case 'enter':
      return [...little(immediate & 0x3f, 2), immediate & 3];
    case 'vector':
      return [(immediate & 0xff) === 0x80 ? 0x81 : immediate & 0xff];
  }
}

interface Piece {
  readonly bytes: number[];
  readonly form: Form;
  readonly over: number;
}

/** Makes the bytes. An instruction that would read an undefined flag is left out. */
export function assemble(sequenceToUse: Sequence): AssembledCase {
  const { registers, eflags, choices } = sequenceToUse;
  const pieces: Piece[] = [];
  const undefinedBefore: number[] = [];
  let undefinedNow = 0;
  let undefinedEver = 0;
  let skippable = 0;
  let lengthBytes = 0;
  for (const one of choices) {
    const form = FORMS[one.form] as Form;
    const prefixes = prefixesOf(form, one);
    const sizeBytes = form.isByte ? 1 : prefixes.is16 ? 2 : 4;
    const modRm = modRmBytes(form, one, prefixes.address16);
    const immediate = immediateBytes(form, one, sizeBytes, prefixes.address16);
    const { reads, defines, undefines } = form.flags({ sizeBytes, immediate: one.immediate & 0x3f });
    if ((reads & undefinedNow) !== 0) continue;
    // NT, AC and the like are kept out of POPF's image; TF may be in it.
    const before = form.pushesFirst === true ? [0x68, ...little((one.immediate & 0x9d5) | 0x202, 4)] : [];
    const branch = form.branch === undefined ? 0 : form.branch === 'rel8' ? 1 : 4;
    const bytes = [
      ...before,
      ...prefixes.bytes,
      ...form.opcode,
      ...modRm,
      ...immediate,
      ...little(0, branch),
    ];
    if (lengthBytes + bytes.length >= CODE_BYTES) break;
    lengthBytes += bytes.length;
    pieces.push({ bytes, form, over: one.over });
    undefinedBefore.push(undefinedNow);
    // What may be jumped over defines nothing for those who come after.
    undefinedNow = skippable > 0 ? undefinedNow | undefines : (undefinedNow & ~defines) | undefines;
    undefinedEver |= undefinedNow;
    skippable = Math.max(skippable - 1, form.branch === undefined ? 0 : one.over);
  }
  const linked = link(pieces, undefinedBefore, undefinedNow);
  return { ...linked, registers, eflags, undefinedEver, sequence: sequenceToUse };
}

/** Puts the pieces one after the other and the branches' distances in. */
function link(
  pieces: readonly Piece[],
  undefinedBefore: readonly number[],
  undefinedAtEnd: number,
): Pick<AssembledCase, 'code' | 'undefinedAt' | 'openAt' | 'names'> {
  const starts: number[] = [];
  let at = 0;
  for (const { bytes } of pieces) {
    starts.push(at);
    at += bytes.length;
  }
  starts.push(at);
  const undefinedAt = new Map<number, number>();
  pieces.forEach(({ bytes, form, over }, n) => {
    undefinedAt.set(starts[n] as number, undefinedBefore[n] as number);
    // POPF's own offset is that of the PUSH before it, which changes no flag.
    if (form.pushesFirst === true) undefinedAt.set((starts[n] as number) + 5, undefinedBefore[n] as number);
    if (form.branch === undefined) return;
    const target = starts[Math.min(n + 1 + over, pieces.length)] as number;
    const distance = target - (starts[n + 1] as number);
    const width = form.branch === 'rel8' ? 1 : 4;
    little(distance, width).forEach((byte, k) => {
      bytes[bytes.length - width + k] = byte;
    });
  });
  undefinedAt.set(at, undefinedAtEnd);
  const openAt = new Map(pieces.map(({ form }, n) => [starts[n] as number, form.openAtFault] as const));
  const code = pieces.flatMap((p) => p.bytes);
  return { code, undefinedAt, openAt, names: pieces.map((p) => p.form.name) };
}
