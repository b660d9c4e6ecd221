import type { Nvm } from '../nvm/nvm.ts';
import { type Alternative, type CrashChoices, type CrashGroup, NO_CHOICE } from './choices.ts';
import type { FlushEvent, FlushLog } from './flush-log.ts';
import { LineCache } from './line-cache.ts';
import type { Persistency } from './model.ts';
import { tornWords } from './torn.ts';

/** A word's line is its index shifted by this. */
const LINE_OF_WORD = 4;

/** One run as it was recorded, from the start of its log. */
export interface RecordedRun {
  /** By entry of the store log: the word stored to (physical address >>> 2), or −1 for an effect. */
  readonly words: Int32Array;
  /** The word before and after each store. */
  readonly oldWords: Int32Array;
  readonly newWords: Int32Array;
  /** Null where the model has no cache. */
  readonly flushes: FlushLog | null;
  readonly cacheAtStart: LineCache | null;
}

/** Whether a failure may leave memory otherwise than the run saw it. */
export function leavesChoices(nvm: Nvm): boolean {
  return nvm.persistency.model !== 'sc' || nvm.persistency.atomicBytes !== 4;
}

/** What memory has recorded since its log began. */
export function recordedRun(nvm: Nvm): RecordedRun {
  const { log, cache } = nvm;
  const words = log.address.slice(0, log.length);
  for (let i = 0; i < words.length; i += 1) words[i] = log.isEffect(i) ? -1 : (words[i] as number) >>> 2;
  return {
    words,
    oldWords: log.oldWord.slice(0, log.length),
    newWords: log.newWord.slice(0, log.length),
    flushes: cache?.flushes.copy() ?? null,
    cacheAtStart: cache?.atStart ?? null,
  };
}

/**
 * Walks through a recorded run and knows what a power failure may leave at each place of it. The cursor stands
 * at `position`: that many entries have happened, and the flushes and fences before the last of them. What is
 * flushed between two entries is left out on the earlier side, where it has not happened yet: every image that
 * a failure after it leaves is among those of a failure before it.
 */
export class PersistencyWalk {
  position = 0;
  private readonly run: RecordedRun;
  private readonly persistency: Persistency;
  private readonly cache: LineCache;
  private readonly onFlush: (event: FlushEvent) => void;
  private event = 0;
  /** The dirty lines' groups, ascending by line; null where it must be made anew. */
  private lines: number[] | null = null;

  /** @param onFlush is told each flush and fence when the walk comes past it. */
  constructor(run: RecordedRun, persistency: Persistency, onFlush: (event: FlushEvent) => void = () => {}) {
    this.run = run;
    this.onFlush = onFlush;
    this.persistency = persistency;
    this.cache = run.cacheAtStart?.copy() ?? new LineCache(persistency);
  }

  /** Lets the next entry happen; false at the end of the log. */
  advance(): boolean {
    const { run, position } = this;
    if (position === run.words.length) return false;
    this.catchUp(position);
    const word = run.words[position] as number;
    if (word >= 0 && this.persistency.model === 'px86') {
      this.cache.store(
        word,
        run.oldWords[position] as number,
        run.newWords[position] as number,
        position + 1,
      );
      this.lines = null;
    }
    this.position = position + 1;
    return true;
  }

  /** Lets the flushes after the last entry happen: the machine is at rest and power fails then. */
  finish(): void {
    this.catchUp(this.run.words.length);
  }

  /** What a power failure here may leave, on top of memory as the run saw it at this place. */
  choices(): CrashChoices {
    if (this.persistency.model === 'sc')
      return this.persistency.atomicBytes === 1 ? this.inFlight() : NO_CHOICE;
    const groups: CrashGroup[] = [];
    this.lines ??= this.cache.dirtyLines();
    for (const line of this.lines) {
      const group = this.cache.groupOf(line);
      if (group !== null) groups.push(group);
    }
    return { groups };
  }

  private catchUp(position: number): void {
    const { flushes } = this.run;
    if (flushes === null) return;
    for (; this.event < flushes.length && flushes.positionOf(this.event) <= position; this.event += 1) {
      const event = flushes.event(this.event);
      this.cache.apply(event);
      this.onFlush(event);
      this.lines = null;
    }
  }

  /**
   * Without a cache only the next entry may tear, and that before anything else can happen. With one, torn
   * stores are among the contents of their line.
   */
  private inFlight(): CrashChoices {
    const { run, position } = this;
    const word = run.words[position] ?? -1;
    if (word < 0) return NO_CHOICE;
    const torn = tornWords(run.oldWords[position] as number, run.newWords[position] as number);
    if (torn.length === 0) return NO_CHOICE;
    const whole: Alternative = { patch: new Int32Array(0), until: position };
    const alternatives = torn.map((value) => ({ patch: Int32Array.of(word, value), until: position }));
    return { groups: [{ line: word >>> LINE_OF_WORD, alternatives: [whole, ...alternatives] }] };
  }
}
