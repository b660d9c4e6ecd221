import type { Nvm } from '../nvm/nvm.ts';
import { Decoder } from './decoder.ts';
import { BlockRole, type Insn } from './insn.ts';
import { decode } from './opcodes.ts';

const INSNS_MAX = 48;
/** Direct jumps and calls that one block goes through. */
const THROUGH_MAX = 3;
const PAGE_BYTES = 4096;

/**
 * A run of predecoded instructions, entered at the first only, all on one page. It goes on at the target of a
 * direct jump or call that stays on the page, so offsets from its start may go down and be negative.
 */
export interface Block {
  readonly insns: readonly Insn[];
  /** Offset of what follows the last instruction. */
  readonly endOffset: number;
  /** The offsets that its instructions span: the first byte, and the byte after the last. */
  readonly lowestOffset: number;
  readonly highestOffset: number;
  readonly code32: boolean;
  /** The words that the instructions stand in: their indices, and what they held when they were decoded. */
  readonly wordIndex: Int32Array;
  readonly wordValue: Int32Array;
  /** The page's generation in which the words were last compared and noted as read. */
  generation: number;
}

/** What is decoded of one physical page. */
export interface CodePage {
  readonly blocks: (Block | null)[];
  hashLow: number;
  hashHigh: number;
  runNumber: number;
  /** Changes whenever the page's content or the run has: every block is compared again then. */
  generation: number;
}

/**
 * Predecoded code, by physical address. Memory changes underneath (self-modifying code, undo, snapshots), so a
 * page's blocks are trusted only while the page's 64-bit hash is what it was; otherwise each block's words
 * are compared with memory. Words of a block are noted as read once in each run, for those who ask what a
 * run has read.
 */
export class BlockCache {
  private readonly nvm: Nvm;
  private readonly pages: (CodePage | null)[];
  private readonly decoder = new Decoder();
  private generations = 0;

  constructor(nvm: Nvm) {
    this.nvm = nvm;
    this.pages = new Array(nvm.pagesCount).fill(null);
  }

  /**
   * The block at a physical address in NVM. Afterwards `pageAt` gives its page, whose blocks of the page's
   * generation may be used as long as nothing has stored to the page.
   * @returns null where the first instruction crosses the page's end.
   */
  find(physical: number, code32: boolean): Block | null {
    const { nvm } = this;
    const number = physical >>> 12;
    const page = this.pages[number] ?? this.addPage(number);
    if (
      page.hashLow !== nvm.pageHashLow[number] ||
      page.hashHigh !== nvm.pageHashHigh[number] ||
      page.runNumber !== nvm.runNumber
    ) {
      this.renew(page, number);
    }
    const block = page.blocks[physical & (PAGE_BYTES - 1)] as Block | null;
    if (block !== null && block.generation === page.generation && block.code32 === code32) return block;
    return this.findSlow(page, block, physical, code32);
  }

  /** The page of a physical address that `find` has been asked for. */
  pageAt(physical: number): CodePage {
    return this.pages[physical >>> 12] ?? this.addPage(physical >>> 12);
  }

  private addPage(number: number): CodePage {
    const page: CodePage = {
      blocks: new Array<Block | null>(PAGE_BYTES).fill(null),
      hashLow: 0,
      hashHigh: 0,
      runNumber: 0,
      generation: 0,
    };
    this.pages[number] = page;
    return page;
  }

  private renew(page: CodePage, number: number): void {
    page.hashLow = this.nvm.pageHashLow[number] as number;
    page.hashHigh = this.nvm.pageHashHigh[number] as number;
    page.runNumber = this.nvm.runNumber;
    this.generations += 1;
    page.generation = this.generations;
  }

  private findSlow(page: CodePage, old: Block | null, physical: number, code32: boolean): Block | null {
    let block = old;
    if (block === null || block.code32 !== code32 || !this.isSame(block)) {
      block = this.decodeBlock(physical, code32);
      if (block === null) return null;
      page.blocks[physical & (PAGE_BYTES - 1)] = block;
    }
    block.generation = page.generation;
    for (const w of block.wordIndex) this.nvm.load32(w << 2);
    return block;
  }

  private isSame(block: Block): boolean {
    const { wordIndex, wordValue } = block;
    const memory = this.nvm.words;
    for (let n = 0; n < wordIndex.length; n += 1) {
      if (wordValue[n] !== memory[wordIndex[n] as number]) return false;
    }
    return true;
  }

  private decodeBlock(physical: number, code32: boolean): Block | null {
    const { decoder, nvm } = this;
    const pageStart = physical & ~(PAGE_BYTES - 1);
    const pageEnd = pageStart + PAGE_BYTES;
    const insns: Insn[] = [];
    const words = new Set<number>();
    let at = physical;
    let lowest = physical;
    let highest = physical;
    for (let through = 0; insns.length < INSNS_MAX && at < pageEnd; ) {
      decoder.begin(nvm.bytes, at, pageEnd);
      const insn = decode(decoder, code32);
      if (insn === null || (insn.role === BlockRole.alone && insns.length > 0)) break;
      const next = at + insn.end;
      for (let w = at >>> 2; w <= (next - 1) >>> 2; w += 1) words.add(w);
      lowest = Math.min(lowest, at);
      highest = Math.max(highest, next);
      place(insn, at - physical);
      insns.push(insn);
      at = next;
      if (insn.role === BlockRole.inside) continue;
      const target = physical + insn.target;
      if (insn.through === null || through === THROUGH_MAX || target < pageStart || target >= pageEnd) break;
      through += 1;
      at = target;
    }
    goThrough(insns);
    if (insns.length === 0) return null;
    const wordIndex = Int32Array.from(words);
    return {
      insns,
      endOffset: at - physical,
      lowestOffset: lowest - physical,
      highestOffset: highest - physical,
      code32,
      wordIndex,
      wordValue: wordIndex.map((w) => nvm.words[w] as number),
      generation: 0,
    };
  }

  /**
   * Decodes one instruction out of bytes that are not on one page of NVM. The caller has noted its reads.
   * @returns null where the bytes end before it does.
   */
  decodeOne(bytes: Uint8Array, code32: boolean): Block | null {
    this.decoder.begin(bytes, 0, bytes.length);
    const insn = decode(this.decoder, code32);
    if (insn === null) return null;
    place(insn, 0);
    const none = new Int32Array(0);
    return {
      insns: [insn],
      endOffset: insn.end,
      lowestOffset: 0,
      highestOffset: insn.end,
      code32,
      wordIndex: none,
      wordValue: none,
      generation: 0,
    };
  }
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
