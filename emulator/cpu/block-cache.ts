import type { Nvm } from '../nvm/nvm.ts';
import { type Block, decodeRun, decodeSingle, PAGE_BYTES, withoutWords } from './block.ts';
import { Decoder } from './decoder.ts';

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
    const { nvm } = this;
    const words = new Set<number>();
    const run = decodeRun(this.decoder, { bytes: nvm.bytes, start: physical, code32 }, (first, last) => {
      for (let w = first >>> 2; w <= last >>> 2; w += 1) words.add(w);
    });
    if (run === null) return null;
    const wordIndex = Int32Array.from(words);
    const wordValue = wordIndex.map((w) => nvm.words[w] as number);
    const pageOffset = physical & (PAGE_BYTES - 1);
    return { ...run, wordIndex, wordValue, generation: 0, pageOffset, heat: 0, region: null, regionIndex: 0 };
  }

  /**
   * Decodes one instruction out of bytes that are not on one page of NVM. The caller has noted its reads.
   * @returns null where the bytes end before it does.
   */
  decodeOne(bytes: Uint8Array, code32: boolean): Block | null {
    const run = decodeSingle(this.decoder, bytes, code32);
    return run === null ? null : withoutWords(run);
  }
}
