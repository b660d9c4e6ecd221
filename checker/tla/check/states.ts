/** The states that a search has found: rows of numbers in one growing table, found again by hash, exactly. */

/** What one state costs, apart from its values, which states share. */
export class StateTable {
  /** Numbers of one row. */
  readonly width: number;
  private rows: Int32Array;
  private hashes: Int32Array;
  private predecessors: Int32Array;
  /** Open addressing: index + 1 of a state, or 0. */
  private slots: Int32Array;
  count = 0;

  constructor(width: number) {
    this.width = width;
    this.rows = new Int32Array(1024 * Math.max(1, width));
    this.hashes = new Int32Array(1024);
    this.predecessors = new Int32Array(1024);
    this.slots = new Int32Array(4096);
  }

  private static hash(row: Int32Array, width: number): number {
    let hash = width;
    for (let i = 0; i < width; i++) hash = Math.imul(hash ^ (row[i] as number), 0x9e3779b1) ^ (hash >>> 13);
    hash ^= hash >>> 16;
    return hash;
  }

  private grow(): void {
    const capacity = this.hashes.length * 2;
    const wider = (old: Int32Array, length: number): Int32Array => {
      const made = new Int32Array(length);
      made.set(old);
      return made;
    };
    this.rows = wider(this.rows, capacity * Math.max(1, this.width));
    this.hashes = wider(this.hashes, capacity);
    this.predecessors = wider(this.predecessors, capacity);
    this.slots = new Int32Array(capacity * 4);
    const mask = this.slots.length - 1;
    for (let i = 0; i < this.count; i++) {
      let slot = (this.hashes[i] as number) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = i + 1;
    }
  }

  private same(index: number, row: Int32Array): boolean {
    const start = index * this.width;
    for (let i = 0; i < this.width; i++) if (this.rows[start + i] !== row[i]) return false;
    return true;
  }

  /** The index of a row, or -1 − index if it is new; `predecessor` is -1 for an initial state. */
  add(row: Int32Array, predecessor: number): number {
    const hash = StateTable.hash(row, this.width);
    const mask = this.slots.length - 1;
    let slot = hash & mask;
    for (let known = this.slots[slot] as number; known !== 0; known = this.slots[slot] as number) {
      if (this.hashes[known - 1] === hash && this.same(known - 1, row)) return known - 1;
      slot = (slot + 1) & mask;
    }
    const index = this.count++;
    this.slots[slot] = index + 1;
    this.hashes[index] = hash;
    this.predecessors[index] = predecessor;
    this.rows.set(row, index * this.width);
    if (this.count === this.hashes.length) this.grow();
    return -1 - index;
  }

  /** Copies a row into `into`. */
  read(index: number, into: Int32Array): void {
    const start = index * this.width;
    for (let i = 0; i < this.width; i++) into[i] = this.rows[start + i] as number;
  }

  predecessor(index: number): number {
    return this.predecessors[index] as number;
  }

  get bytes(): number {
    return 4 * (this.rows.length + this.hashes.length + this.predecessors.length + this.slots.length);
  }
}
