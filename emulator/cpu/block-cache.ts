import type { Nvm } from '../nvm/nvm.ts';
import { Decoder } from './decoder.ts';
import { BlockRole, type Insn } from './insn.ts';
import { decode } from './opcodes.ts';

const INSNS_MAX = 48;
const PAGE_BYTES = 4096;

/** A run of predecoded instructions, entered at the first only, all on one page. */
export interface Block {
  readonly insns: readonly Insn[];
  readonly lengthBytes: number;
  readonly code32: boolean;
  /** The words that the instructions stand in, as they were when decoded. */
  readonly words: Int32Array;
  readonly firstWord: number;
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
    const end = block.firstWord + block.words.length;
    for (let w = block.firstWord; w < end; w += 1) this.nvm.load32(w << 2);
    return block;
  }

  private isSame(block: Block): boolean {
    const { words, firstWord } = block;
    const memory = this.nvm.words;
    for (let n = 0; n < words.length; n += 1) if (words[n] !== memory[firstWord + n]) return false;
    return true;
  }

  private decodeBlock(physical: number, code32: boolean): Block | null {
    const { decoder, nvm } = this;
    const pageEnd = (physical & ~(PAGE_BYTES - 1)) + PAGE_BYTES;
    const insns: Insn[] = [];
    let at = physical;
    while (insns.length < INSNS_MAX && at < pageEnd) {
      decoder.begin(nvm.bytes, at, pageEnd);
      const insn = decode(decoder, code32);
      if (insn === null) break;
      if (insn.role === BlockRole.alone && insns.length > 0) break;
      insn.offset = at - physical;
      at += insn.end;
      insn.end = at - physical;
      insns.push(insn);
      if (insn.role !== BlockRole.inside) break;
    }
    if (insns.length === 0) return null;
    const firstWord = physical >>> 2;
    const words = nvm.words.slice(firstWord, ((at - 1) >>> 2) + 1);
    return { insns, lengthBytes: at - physical, code32, words, firstWord, generation: 0 };
  }

  /**
   * Decodes one instruction out of bytes that are not on one page of NVM. The caller has noted its reads.
   * @returns null where the bytes end before it does.
   */
  decodeOne(bytes: Uint8Array, code32: boolean): Block | null {
    this.decoder.begin(bytes, 0, bytes.length);
    const insn = decode(this.decoder, code32);
    if (insn === null) return null;
    const lengthBytes = insn.end;
    return { insns: [insn], lengthBytes, code32, words: new Int32Array(0), firstWord: 0, generation: 0 };
  }
}
