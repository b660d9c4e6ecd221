/**
 * Where an exploration keeps what it has been through: of all that is equal in two classes, one. Contents that
 * are needed only now and then (pages, logs, sets of words) go to disk past a limit; what every look-up needs,
 * and the records that the result is made of, stay in memory.
 */
import { ImageStore } from '../../emulator/nvm/image-store.ts';
import { PageStore } from '../../emulator/nvm/page-store.ts';
import { BlockStore } from '../../emulator/store/block-store.ts';
import { RowTable } from '../../emulator/store/row-table.ts';
import { SequenceTable } from '../../emulator/store/sequence-table.ts';
import { SpillFailure, type SpillOptions } from '../../emulator/store/spill-file.ts';
import { CareTable } from './care.ts';
import { RecordTable } from './record-table.ts';

export class Storage {
  readonly images: ImageStore;
  readonly sequences: SequenceTable;
  readonly cares: CareTable;
  readonly records = new RecordTable();
  private readonly blocks: BlockStore;

  constructor(spill: SpillOptions | undefined) {
    this.blocks = new BlockStore(spill);
    this.sequences = new SequenceTable(new RowTable(this.blocks));
    this.images = new ImageStore(new PageStore(this.blocks), this.sequences);
    this.cares = new CareTable(this.sequences);
  }

  /** @throws SpillFailure where something is in memory that should be on disk: no more should be kept then. */
  requireRoom(): void {
    if (this.blocks.failure !== null) throw new SpillFailure(this.blocks.failure);
  }

  get heldBytes(): number {
    return this.blocks.heldBytes;
  }

  get spilledBytes(): number {
    return this.blocks.spilledBytes;
  }

  /** Gives the disk back. */
  close(): void {
    this.blocks.close();
  }
}
