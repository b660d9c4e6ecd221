import type { StoreLog } from '../nvm/store-log.ts';
import { FlushKind, FlushLog } from './flush-log.ts';
import { LineCache } from './line-cache.ts';
import { LINE_SHIFT, type Persistency } from './model.ts';

/** A copy of the cache at one moment. Immutable. */
export interface SavedCache {
  readonly cache: LineCache;
}

/**
 * The cache of a running machine. A store costs it nothing: it keeps what the cache was when the log began and
 * what was flushed since, and works the rest out of the log where somebody asks.
 */
export class RunCache {
  readonly persistency: Persistency;
  readonly flushes = new FlushLog();
  private readonly log: StoreLog;
  private start: LineCache;
  /** How long the log was when the cache was `start`. */
  private startPosition = 0;
  private worked: { readonly cache: LineCache; readonly length: number; readonly flushes: number } | null =
    null;

  constructor(persistency: Persistency, log: StoreLog) {
    this.persistency = persistency;
    this.log = log;
    this.start = new LineCache(persistency);
  }

  /** CLFLUSH of the line that a physical address is in. */
  flush(physicalAddress: number): void {
    this.note(FlushKind.flush, physicalAddress >>> LINE_SHIFT);
  }

  /** CLWB or CLFLUSHOPT. */
  writeBack(physicalAddress: number): void {
    this.note(FlushKind.writeBack, physicalAddress >>> LINE_SHIFT);
  }

  /** SFENCE, MFENCE, or a locked instruction whose stores begin at this place of the log. */
  fence(position: number = this.log.length): void {
    this.flushes.append(FlushKind.fence, position, -1);
  }

  /** WBINVD. */
  writeBackAll(): void {
    this.note(FlushKind.everything, -1);
  }

  /** Power on: memory is what the failure left, and nothing waits any more. */
  reset(): void {
    this.flushes.clear();
    this.begin(new LineCache(this.persistency));
  }

  /** The cache when the log began, or at the last reset since. Not to be changed. */
  get atStart(): LineCache {
    return this.start;
  }

  /** The cache now. Not to be changed. */
  now(): LineCache {
    const { log, flushes, worked } = this;
    if (worked !== null && worked.length === log.length && worked.flushes === flushes.length)
      return worked.cache;
    const cache = this.start.copy();
    let event = 0;
    for (let i = this.startPosition; i <= log.length; i += 1) {
      for (; event < flushes.length && flushes.positionOf(event) <= i; event += 1)
        cache.apply(flushes.event(event));
      if (i === log.length || log.isEffect(i)) continue;
      const word = (log.address[i] as number) >>> 2;
      cache.store(word, log.oldWord[i] as number, log.newWord[i] as number, i + 1);
    }
    this.worked = { cache, length: log.length, flushes: flushes.length };
    return cache;
  }

  /** The log is about to begin anew; what waits in the cache goes on waiting. */
  beginRun(): void {
    const cache = this.now().copy();
    cache.rebase();
    this.flushes.clear();
    this.begin(cache, 0);
  }

  /** The log has been cut to its first entries. */
  cut(length: number): void {
    this.flushes.truncateTo(length);
    this.startPosition = Math.min(this.startPosition, length);
    this.worked = null;
  }

  save(): SavedCache {
    const cache = this.now().copy();
    cache.rebase();
    return { cache };
  }

  /** The cache is what it was when it was saved; memory is the caller's. */
  restore(saved: SavedCache): void {
    this.flushes.clear();
    this.begin(saved.cache.copy());
  }

  private begin(cache: LineCache, position: number = this.log.length): void {
    this.start = cache;
    this.startPosition = position;
    this.worked = null;
  }

  private note(kind: FlushKind, line: number): void {
    this.flushes.append(kind, this.log.length, line);
  }
}
