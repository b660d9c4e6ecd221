import type { PhysicalRegion } from '../paging/physical-bus.ts';
import { type Block, decodeRun, withoutWords } from './block.ts';
import { Decoder } from './decoder.ts';

/**
 * Predecoded code of read-only memory, by physical address. It never changes, so a block is decoded once;
 * and being no NVM, it is no part of what a run reads.
 */
export class RomBlocks {
  private readonly decoder = new Decoder();
  private readonly blocks16 = new Map<number, Block>();
  private readonly blocks32 = new Map<number, Block>();

  /**
   * The block at a physical address of `region`.
   * @returns null where the region is no read-only memory, or the first instruction crosses a page's end.
   */
  find(region: PhysicalRegion | undefined, physical: number, code32: boolean): Block | null {
    const content = region?.constantBytes;
    if (region === undefined || content === undefined) return null;
    const blocks = code32 ? this.blocks32 : this.blocks16;
    const known = blocks.get(physical);
    if (known !== undefined) return known;
    const start = (physical >>> 0) - region.firstAddress;
    const run = decodeRun(this.decoder, { bytes: content, start, code32 });
    if (run === null) return null;
    const block = withoutWords(run);
    blocks.set(physical, block);
    return block;
  }
}
