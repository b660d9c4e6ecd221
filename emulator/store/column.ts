const CHUNK_SHIFT = 14;
const CHUNK_MASK = (1 << CHUNK_SHIFT) - 1;

/** A list of 32-bit integers outside of the JavaScript heap. It grows without copying what it has. */
export class Int32Column {
  length = 0;
  private readonly chunks: Int32Array[] = [];

  /** @returns the index of the new element. */
  push(value: number): number {
    const index = this.length;
    if (index >>> CHUNK_SHIFT === this.chunks.length) this.chunks.push(new Int32Array(CHUNK_MASK + 1));
    this.length = index + 1;
    this.set(index, value);
    return index;
  }

  /** The element at an index below `length`. */
  get(index: number): number {
    return (this.chunks[index >>> CHUNK_SHIFT] as Int32Array)[index & CHUNK_MASK] as number;
  }

  set(index: number, value: number): void {
    (this.chunks[index >>> CHUNK_SHIFT] as Int32Array)[index & CHUNK_MASK] = value;
  }

  get bytesCount(): number {
    return this.chunks.length * (CHUNK_MASK + 1) * 4;
  }
}
