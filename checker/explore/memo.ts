/**
 * What is known already, and when it is exact to use it.
 *
 * A *future* is everything that can follow from a crash image: its recovery, the run after it, and every
 * nested crash down to the depth. All of it is decided by the words that any of it reads before it has been
 * written on the way (`care`): two images that agree on those, with the same abstract state at the crash,
 * have the same future.
 *
 * A *joint* is known when its volatile state, its promises and the live pages are those of an explored one.
 * Which pages are live is found out: the set grows when a future from a joint is seen to read a page outside
 * it, and the exploration starts again with the larger set.
 */
import type { Nvm, NvmSnapshot } from '../../emulator/nvm/nvm.ts';
import { mixHigh, mixLow } from '../../emulator/nvm/word-hash.ts';
import { WORDS_PER_PAGE } from '../../emulator/units.ts';
import type { Joint } from './segment.ts';
import type { JointId } from './succession.ts';
import type { Committed, StateIndex } from './system.ts';
import type { WordSet } from './word-set.ts';

export interface Future {
  readonly care: WordSet;
  /** The image whose future this is; images share their unchanged pages. */
  readonly image: NvmSnapshot;
}

export class FutureMemo {
  private readonly futures = new Map<string, Future[]>();
  private readonly committedIds = new Map<string, number>();

  find(key: string, image: NvmSnapshot): Future | undefined {
    return this.futures.get(key)?.find((future) => agrees(future, image));
  }

  add(key: string, future: Future): void {
    const known = this.futures.get(key);
    if (known === undefined) this.futures.set(key, [future]);
    else known.unshift(future);
  }

  key(options: { state: StateIndex; committed: Committed; budget: number }): string {
    return `${options.budget} ${options.state} ${this.committedId(options.committed)}`;
  }

  committedId(committed: Committed): number {
    const text = `${committed.low.join()}/${committed.high.join()}`;
    let id = this.committedIds.get(text);
    if (id === undefined) {
      id = this.committedIds.size;
      this.committedIds.set(text, id);
    }
    return id;
  }
}

/** Whether an image has the words that a future cares for. Pages that both share need no look. */
function agrees(future: Future, image: NvmSnapshot): boolean {
  for (let page = 0; page < image.pages.length; page += 1) {
    const ours = future.image.pages[page];
    const theirs = image.pages[page];
    if (ours === theirs || ours === undefined || theirs === undefined) continue;
    if (!future.care.agreesOnPage(page, ours.words, theirs.words)) return false;
  }
  return true;
}

export class JointMemo {
  /** live[p] = 1: page p counts when joints are compared. */
  readonly live: Uint8Array;
  /** Set when a page turned out to be live that was not in the set: what was joined may be wrong. */
  grew = false;
  private readonly known = new Map<string, { readonly id: JointId; budget: number }>();

  constructor(live: Uint8Array) {
    this.live = live;
  }

  /**
   * Notes that a run has come to a joint with these contents, to be explored with so many crashes.
   * @returns its id, and whether it has been (or is being) explored with at least as many crashes already.
   */
  meet(joint: Joint, nvm: Nvm, budget: number): { readonly id: JointId; readonly isKnown: boolean } {
    const key = `${joint.state} ${this.liveHash(nvm)} ${joint.volatileKey}`;
    const known = this.known.get(key);
    if (known === undefined) {
      const id = this.known.size as JointId;
      this.known.set(key, { id, budget });
      return { id, isKnown: false };
    }
    const isKnown = known.budget >= budget;
    known.budget = Math.max(known.budget, budget);
    return { id: known.id, isKnown };
  }

  /** Takes note of what the futures from a joint read of the memory at the joint. */
  noteReads(care: WordSet): void {
    for (let page = 0; page < this.live.length; page += 1) {
      if (this.live[page] === 0 && care.touchesPage(page, WORDS_PER_PAGE)) {
        this.live[page] = 1;
        this.grew = true;
      }
    }
  }

  /** Adds to `care` the live pages' words that `written` does not have. */
  addLive(care: WordSet, written: WordSet): void {
    for (let page = 0; page < this.live.length; page += 1) {
      if (this.live[page] === 0) continue;
      const first = (page * WORDS_PER_PAGE) >>> 5;
      for (let i = first; i < first + WORDS_PER_PAGE / 32; i += 1) {
        care.bits[i] = (care.bits[i] as number) | ~(written.bits[i] as number);
      }
    }
  }

  private liveHash(nvm: Nvm): string {
    let low = 0;
    let high = 0;
    for (let page = 0; page < this.live.length; page += 1) {
      if (this.live[page] === 0) continue;
      low = (low + mixLow(page, nvm.pageHashLow[page] as number)) | 0;
      high = (high + mixHigh(page, nvm.pageHashHigh[page] as number)) | 0;
    }
    return `${low.toString(36)} ${high.toString(36)}`;
  }
}
