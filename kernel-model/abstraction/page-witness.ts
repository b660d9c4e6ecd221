/** Compares the contents of pages wherever their hashes are equal: what `--verify-hash` asks for. */
import { HashCollision } from '../../emulator/nvm/hash-collision.ts';
import type { Nvm } from '../../emulator/nvm/nvm.ts';
import { WORDS_PER_PAGE } from '../../emulator/units.ts';

export class PageWitness {
  /** The content first seen with each hash. */
  private readonly contents = new Map<string, Int32Array>();

  /**
   * Notes a page with its hash.
   * @throws HashCollision where a page with the same hash had another content.
   */
  confirm(nvm: Nvm, page: number): void {
    const key = `${nvm.pageHashLow[page]} ${nvm.pageHashHigh[page]}`;
    const words = nvm.words.subarray(page * WORDS_PER_PAGE, (page + 1) * WORDS_PER_PAGE);
    const known = this.contents.get(key);
    if (known === undefined) {
      this.contents.set(key, words.slice());
      return;
    }
    if (known.some((word, i) => word !== words[i])) {
      throw new HashCollision(`a page and page ${page} differ and have the same hash ${key}`);
    }
  }
}
