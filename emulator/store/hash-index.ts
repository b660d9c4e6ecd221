const INITIAL_SLOTS = 64;

/**
 * Finds numbered things by a hash of their content. It keeps only numbers and hashes, in typed arrays: the
 * things are the caller's, who compares their contents, so that a collision costs time and nothing else.
 */
export class HashIndex {
  private count = 0;
  /** The number of a thing + 1; 0: the slot is free. */
  private ids = new Int32Array(INITIAL_SLOTS);
  private hashes = new Int32Array(INITIAL_SLOTS);

  /** The thing with this hash that `isIt` says is the one that is looked for; −1 where there is none. */
  find(hash: number, isIt: (id: number) => boolean): number {
    const mask = this.ids.length - 1;
    for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
      const id = (this.ids[slot] as number) - 1;
      if (id < 0) return -1;
      if (this.hashes[slot] === (hash | 0) && isIt(id)) return id;
    }
  }

  /** @param id a number from 0 on that is not in the index yet. */
  add(hash: number, id: number): void {
    this.count += 1;
    if (this.count * 4 > this.ids.length * 3) this.grow();
    this.put(hash | 0, id);
  }

  get bytesCount(): number {
    return this.ids.length * 8;
  }

  private put(hash: number, id: number): void {
    const mask = this.ids.length - 1;
    let slot = spread(hash) & mask;
    while (this.ids[slot] !== 0) slot = (slot + 1) & mask;
    this.ids[slot] = id + 1;
    this.hashes[slot] = hash;
  }

  private grow(): void {
    const { ids, hashes } = this;
    this.ids = new Int32Array(ids.length * 2);
    this.hashes = new Int32Array(ids.length * 2);
    for (let slot = 0; slot < ids.length; slot += 1) {
      const id = (ids[slot] as number) - 1;
      if (id >= 0) this.put(hashes[slot] as number, id);
    }
  }
}

/** Takes in one more word of a content. */
export function hashWord(hash: number, word: number): number {
  const mixed = Math.imul(word ^ (word >>> 16), 0x45d9f3b5);
  return Math.imul(hash ^ mixed ^ (mixed >>> 15), 0x2c1b3c6d) + 0x5bd1e995;
}

const spread = (hash: number): number => {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  return mixed ^ (mixed >>> 15);
};
