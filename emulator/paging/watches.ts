/** Data that a debug register watches, by linear address. */
export interface Watch {
  readonly address: number;
  readonly lengthBytes: number;
  readonly bit: number;
  /** Reads count too, not only writes. */
  readonly onRead: boolean;
}

/** The watched data, and who is told when some of it is touched. */
export class Watches {
  private list: readonly Watch[] = [];
  private onTouched: (bits: number) => void = () => {};

  get isEmpty(): boolean {
    return this.list.length === 0;
  }

  set(list: readonly Watch[], onTouched: (bits: number) => void): void {
    this.list = list;
    this.onTouched = onTouched;
  }

  /** Whether some of the linear page is watched. */
  isOnPage(page: number): boolean {
    return this.list.some(
      ({ address, lengthBytes }) => address >>> 12 === page || (address + lengthBytes - 1) >>> 12 === page,
    );
  }

  /** To be told of every access to a page of which some is watched. */
  note(address: number, sizeBytes: number, isWrite: boolean): void {
    let bits = 0;
    const first = address >>> 0;
    for (const watch of this.list) {
      const watched = watch.address >>> 0;
      const isMet = first < watched + watch.lengthBytes && watched < first + sizeBytes;
      if (isMet && (isWrite || watch.onRead)) bits |= watch.bit;
    }
    if (bits !== 0) this.onTouched(bits);
  }
}
