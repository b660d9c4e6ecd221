import type { CrashGroup } from './choices.ts';
import { type FlushEvent, FlushKind } from './flush-log.ts';
import { LineContents } from './line-contents.ts';
import { type Persistency, WORDS_PER_LINE } from './model.ts';

const WORDS_PER_LINE_SHIFT = 4;

/**
 * The part of the cache that matters to a power failure: the lines of which not everything is durable yet, and
 * what each may leave. One processor, so its store buffer is not seen apart from the order of becoming durable;
 * memory shows every store at once, as the processor sees it.
 *
 * Left as the manuals leave it: IRET, CPUID and other serialising instructions, I/O instructions and INVLPG are
 * no fences for CLWB (SDM vol. 2, CLWB, names the ones that are); an eviction may write any line back at any
 * time, which the contents allow for already; every page counts as write-back memory.
 */
export class LineCache {
  readonly persistency: Persistency;
  private readonly lines = new Map<number, LineContents>();
  /** Lines with a write-back that waits for a fence. */
  private readonly marked = new Set<number>();

  constructor(persistency: Persistency) {
    this.persistency = persistency;
  }

  get isClean(): boolean {
    return this.lines.size === 0;
  }

  /** The store that makes the log `time` entries long. */
  store(word: number, oldWord: number, newWord: number, time: number): void {
    const line = word >>> WORDS_PER_LINE_SHIFT;
    let contents = this.lines.get(line);
    if (contents === undefined) {
      if (oldWord === newWord) return;
      contents = new LineContents(line);
      this.lines.set(line, contents);
    }
    const tears = this.persistency.atomicBytes === 1;
    contents.store({ index: word & (WORDS_PER_LINE - 1), oldWord, newWord, time, tears });
  }

  apply(event: FlushEvent): void {
    switch (event.kind) {
      case FlushKind.flush:
        this.drop(event.line);
        return;
      case FlushKind.writeBack: {
        const contents = this.lines.get(event.line);
        if (contents === undefined) return;
        contents.markWrittenBack();
        this.marked.add(event.line);
        return;
      }
      case FlushKind.fence:
        for (const line of this.marked) this.settle(line);
        this.marked.clear();
        return;
      case FlushKind.everything:
        this.lines.clear();
        this.marked.clear();
        return;
    }
  }

  /** The dirty lines, ascending. */
  dirtyLines(): number[] {
    return [...this.lines.keys()].sort((a, b) => a - b);
  }

  groupOf(line: number): CrashGroup | null {
    const contents = this.lines.get(line);
    return contents === undefined || contents.isClean
      ? null
      : { line, alternatives: contents.alternatives() };
  }

  /** Every dirty line's contents, as what differs from memory, oldest first; the next fence drops the marked ones. */
  histories(): { line: number; patches: Int32Array[]; markedCount: number }[] {
    return this.dirtyLines().flatMap((line) => {
      const contents = this.lines.get(line);
      if (contents === undefined || contents.isClean) return [];
      const patches = contents.alternatives().map(({ patch }) => patch);
      return [{ line, patches: patches.reverse(), markedCount: contents.markedCount() }];
    });
  }

  copy(): LineCache {
    const copy = new LineCache(this.persistency);
    for (const [line, contents] of this.lines) copy.lines.set(line, contents.copy());
    for (const line of this.marked) copy.marked.add(line);
    return copy;
  }

  /** The store log begins anew. */
  rebase(): void {
    for (const contents of this.lines.values()) contents.rebase();
  }

  /** Text that is equal for caches which no failure can ever tell apart, given equal memory. */
  key(isLive: (page: number) => boolean = () => true): string {
    return this.dirtyLines()
      .filter((line) => isLive(line >>> 6))
      .map((line) => this.keyOf(line))
      .filter((key) => key !== '')
      .join(';');
  }

  /** The key's part for one line; empty where nothing of it waits. */
  keyOf(line: number): string {
    const contents = this.lines.get(line);
    return contents === undefined || contents.isClean ? '' : contents.key();
  }

  private settle(line: number): void {
    const contents = this.lines.get(line);
    if (contents === undefined) return;
    contents.settle();
    if (contents.isClean) this.lines.delete(line);
  }

  private drop(line: number): void {
    this.lines.delete(line);
    this.marked.delete(line);
  }
}
