/** What a run has asked of the cache, in order, each at its place in the store log. */

/**
 * `flush` writes one line back at once (CLFLUSH, which stores do not pass). `writeBack` does so by the next
 * fence at the latest (CLWB, CLFLUSHOPT). `fence` ends the wait (SFENCE, MFENCE, a locked instruction).
 * `everything` writes all lines back at once (WBINVD).
 */
export const FlushKind = { flush: 0, writeBack: 1, fence: 2, everything: 3 } as const;
export type FlushKind = (typeof FlushKind)[keyof typeof FlushKind];

export interface FlushEvent {
  readonly kind: FlushKind;
  /** How many entries of the store log had happened. */
  readonly position: number;
  /** Physical address >>> 6; −1 where the event is of no single line. */
  readonly line: number;
}

const INITIAL_CAPACITY = 256;

export class FlushLog {
  private kinds = new Uint8Array(INITIAL_CAPACITY);
  private positions = new Int32Array(INITIAL_CAPACITY);
  private lines = new Int32Array(INITIAL_CAPACITY);
  length = 0;

  append(kind: FlushKind, position: number, line: number): void {
    if (this.length === this.kinds.length) this.grow();
    this.kinds[this.length] = kind;
    this.positions[this.length] = position;
    this.lines[this.length] = line;
    this.length += 1;
  }

  event(index: number): FlushEvent {
    if (index < 0 || index >= this.length) throw new RangeError(`the flush log has no event ${index}`);
    return {
      kind: this.kinds[index] as FlushKind,
      position: this.positions[index] as number,
      line: this.lines[index] as number,
    };
  }

  positionOf(index: number): number {
    return this.positions[index] as number;
  }

  /** Drops the events that came after the store log had grown past `storesLength`. */
  truncateTo(storesLength: number): void {
    while (this.length > 0 && (this.positions[this.length - 1] as number) > storesLength) this.length -= 1;
  }

  clear(): void {
    this.length = 0;
  }

  copy(): FlushLog {
    const copy = new FlushLog();
    copy.kinds = this.kinds.slice(0, Math.max(1, this.length));
    copy.positions = this.positions.slice(0, Math.max(1, this.length));
    copy.lines = this.lines.slice(0, Math.max(1, this.length));
    copy.length = this.length;
    return copy;
  }

  private grow(): void {
    const capacity = this.kinds.length * 2;
    const kinds = new Uint8Array(capacity);
    kinds.set(this.kinds);
    this.kinds = kinds;
    const positions = new Int32Array(capacity);
    positions.set(this.positions);
    this.positions = positions;
    const lines = new Int32Array(capacity);
    lines.set(this.lines);
    this.lines = lines;
  }
}
