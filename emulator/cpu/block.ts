import type { Region } from './compile/region.ts';
import type { Decoder } from './decoder.ts';
import { BlockRole, type Insn } from './insn.ts';
import { decode } from './opcodes.ts';

const INSNS_MAX = 48;
/** Direct jumps and calls that one block goes through. */
const THROUGH_MAX = 3;
export const PAGE_BYTES = 4096;

/**
 * A run of predecoded instructions, entered at the first only, all on one page. It goes on at the target of a
 * direct jump or call that stays on the page, so offsets from its start may go down and be negative.
 */
export interface DecodedRun {
  readonly insns: readonly Insn[];
  /** Offset of what follows the last instruction. */
  readonly endOffset: number;
  /** The offsets that its instructions span: the first byte, and the byte after the last. */
  readonly lowestOffset: number;
  readonly highestOffset: number;
  readonly code32: boolean;
  /** It is one instruction that looks at the count of instructions, or changes what the run loop goes by. */
  readonly isAlone: boolean;
}

export interface Block extends DecodedRun {
  /** The words of NVM that the instructions stand in: their indices, and what they held when decoded. */
  readonly wordIndex: Int32Array;
  readonly wordValue: Int32Array;
  /** The page's generation in which the words were last compared and noted as read. */
  generation: number;
  /** Where in its page the block begins. */
  readonly pageOffset: number;
  /** How often the interpreter has begun it. */
  heat: number;
  /** The compiled code that it is a part of, and its index there. */
  region: Region | null;
  regionIndex: number;
}

const NO_WORDS = new Int32Array(0);

/** A block of code that is not in NVM, or that is used once: there is nothing to compare. */
export const withoutWords = (run: DecodedRun): Block => ({
  ...run,
  wordIndex: NO_WORDS,
  wordValue: NO_WORDS,
  generation: 0,
  pageOffset: -1,
  heat: 0,
  region: null,
  regionIndex: 0,
});

/** Whether the block, entered at `eip`, is within a code segment with this limit (unsigned). */
export function isWithin(block: Block, eip: number, limit: number): boolean {
  const start = eip >>> 0;
  return start + block.lowestOffset >= 0 && start + block.highestOffset - 1 <= limit;
}

/**
 * Decodes instructions from `start` on, within its page. `onInsn` is told where each one stands.
 * @returns null where the first of them crosses the page's end.
 */
export function decodeRun(
  decoder: Decoder,
  code: { readonly bytes: Uint8Array; readonly start: number; readonly code32: boolean },
  onInsn: (first: number, last: number) => void = () => {},
): DecodedRun | null {
  const { bytes, start, code32 } = code;
  const pageStart = start & ~(PAGE_BYTES - 1);
  const pageEnd = pageStart + PAGE_BYTES;
  const insns: Insn[] = [];
  let at = start;
  let lowest = start;
  let highest = start;
  for (let through = 0; insns.length < INSNS_MAX && at < pageEnd; ) {
    decoder.begin(bytes, at, pageEnd);
    const insn = decode(decoder, code32);
    if (insn === null || (insn.role === BlockRole.alone && insns.length > 0)) break;
    const next = at + insn.end;
    onInsn(at, next - 1);
    lowest = Math.min(lowest, at);
    highest = Math.max(highest, next);
    place(insn, at - start);
    insns.push(insn);
    at = next;
    if (insn.role === BlockRole.inside) continue;
    const target = start + insn.target;
    if (insn.through === null || through === THROUGH_MAX || target < pageStart || target >= pageEnd) break;
    through += 1;
    at = target;
  }
  if (insns.length === 0) return null;
  goThrough(insns);
  return {
    insns,
    endOffset: at - start,
    lowestOffset: lowest - start,
    highestOffset: highest - start,
    code32,
    isAlone: insns[0]?.role === BlockRole.alone,
  };
}

/** Decodes one instruction; null where the bytes end before it does. */
export function decodeSingle(decoder: Decoder, bytes: Uint8Array, code32: boolean): DecodedRun | null {
  decoder.begin(bytes, 0, bytes.length);
  const insn = decode(decoder, code32);
  if (insn === null) return null;
  place(insn, 0);
  const isAlone = insn.role === BlockRole.alone;
  return { insns: [insn], endOffset: insn.end, lowestOffset: 0, highestOffset: insn.end, code32, isAlone };
}

/** Turns an instruction's own length into its place in the block. */
function place(insn: Insn, offset: number): void {
  insn.offset = offset;
  insn.end += offset;
  insn.target = insn.end + insn.immediate;
}

/** Branches in the middle of a block do not set EIP: the block itself goes on at their targets. */
function goThrough(insns: readonly Insn[]): void {
  for (let n = 0; n + 1 < insns.length; n += 1) {
    const insn = insns[n] as Insn;
    if (insn.through !== null) insn.exec = insn.through;
  }
}
