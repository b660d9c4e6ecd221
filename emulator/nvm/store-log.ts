/**
 * The ordered record of one run: every store to NVM with the aligned word before and after, and every
 * effect that a device had on the outside world. Undo, crash images and crash points are all read from it.
 */

/** Who made a store (DESIGN §1). Numbers, since the log keeps them in typed arrays. */
export const StoreOrigin = { guest: 0, pageWalk: 1, kernel: 2, recovery: 3, device: 4 } as const;
export type StoreOrigin = (typeof StoreOrigin)[keyof typeof StoreOrigin];

const ORIGIN_NAMES = ['guest', 'page-walk', 'kernel', 'recovery', 'device'] as const;
export type StoreOriginName = (typeof ORIGIN_NAMES)[number];
export const originName = (origin: StoreOrigin): StoreOriginName => ORIGIN_NAMES[origin];

/** One store as it is shown to people: physical address, size in bytes, the aligned word before and after. */
export interface StoreEntry {
  readonly kind: 'store';
  readonly address: number;
  readonly sizeBytes: number;
  readonly oldWord: number;
  readonly newWord: number;
  readonly origin: StoreOriginName;
}
/** One effect on the outside world; `ledgerIndex` is its place in the ledger of this run. */
export interface EffectEntry {
  readonly kind: 'effect';
  readonly ledgerIndex: number;
}
export type LogEntry = StoreEntry | EffectEntry;

const EFFECT = 0x80;
const INITIAL_CAPACITY = 1 << 12;

/** Growable columns, one entry a store or effect. Hot code reads the columns; people read `entry(i)`. */
export class StoreLog {
  /** The three columns below, one after the other: `capacity` entries each. Hot code writes them here. */
  columns = new Int32Array(3 * INITIAL_CAPACITY);
  capacity = INITIAL_CAPACITY;
  /** Byte address of each store; the ledger index of each effect. */
  address = this.columns.subarray(0, INITIAL_CAPACITY);
  /** The aligned word before the store. */
  oldWord = this.columns.subarray(INITIAL_CAPACITY, 2 * INITIAL_CAPACITY);
  /** The aligned word after the store. */
  newWord = this.columns.subarray(2 * INITIAL_CAPACITY, 3 * INITIAL_CAPACITY);
  /** Low 3 bits: size in bytes; bits 3–5: origin; bit 7: the entry is an effect. */
  meta = new Uint8Array(INITIAL_CAPACITY);
  length = 0;

  appendStore(
    address: number,
    oldWord: number,
    newWord: number,
    sizeBytes: number,
    origin: StoreOrigin,
  ): void {
    if (this.length === this.capacity) this.grow();
    const i = this.length;
    const { columns, capacity } = this;
    columns[i] = address;
    columns[i + capacity] = oldWord;
    columns[i + 2 * capacity] = newWord;
    this.meta[i] = sizeBytes | (origin << 3);
    this.length = i + 1;
  }

  appendEffect(ledgerIndex: number): void {
    if (this.length === this.capacity) this.grow();
    const i = this.length;
    this.address[i] = ledgerIndex;
    this.oldWord[i] = 0;
    this.newWord[i] = 0;
    this.meta[i] = EFFECT;
    this.length = i + 1;
  }

  isEffect(index: number): boolean {
    return ((this.meta[index] ?? 0) & EFFECT) !== 0;
  }

  entry(index: number): LogEntry {
    if (index < 0 || index >= this.length) throw new RangeError(`store log has no entry ${index}`);
    const meta = this.meta[index] ?? 0;
    const address = (this.address[index] ?? 0) >>> 0;
    if ((meta & EFFECT) !== 0) return { kind: 'effect', ledgerIndex: address };
    return {
      kind: 'store',
      address,
      sizeBytes: meta & 7,
      oldWord: (this.oldWord[index] ?? 0) >>> 0,
      newWord: (this.newWord[index] ?? 0) >>> 0,
      origin: originName(((meta >>> 3) & 7) as StoreOrigin),
    };
  }

  truncate(length: number): void {
    this.length = length;
  }

  private grow(): void {
    const capacity = this.capacity * 2;
    const columns = new Int32Array(3 * capacity);
    [this.address, this.oldWord, this.newWord].forEach((column, n) => {
      columns.set(column, n * capacity);
    });
    this.columns = columns;
    this.capacity = capacity;
    this.address = columns.subarray(0, capacity);
    this.oldWord = columns.subarray(capacity, 2 * capacity);
    this.newWord = columns.subarray(2 * capacity);
    const meta = new Uint8Array(capacity);
    meta.set(this.meta);
    this.meta = meta;
  }
}
