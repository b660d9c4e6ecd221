/**
 * Which lines a segment has made durable, and which of its stores: what was there before cannot come back by a
 * failure. Of all other lines the contents at the segment's start, in memory and in the cache, may.
 */
import { type FlushEvent, FlushKind } from '../../emulator/persistency/flush-log.ts';
import type { WordSet } from './word-set.ts';

const WORDS_MASK = 0xffff;

export class SettledLines {
  /** Words stored to in the segment that no failure from here on can give an older value than the segment's. */
  readonly words: WordSet;
  private readonly written: WordSet;
  private readonly lines = new Set<number>();
  private areAll = false;
  /** Lines whose write-back waits for a fence, with the words that had been stored to then: bit i, word i. */
  private readonly waiting = new Map<number, number>();

  /** @param written the words stored to so far; it grows by itself. `words` starts empty. */
  constructor(written: WordSet, words: WordSet) {
    this.written = written;
    this.words = words;
  }

  has(line: number): boolean {
    return this.areAll || this.lines.has(line);
  }

  note(event: FlushEvent): void {
    const { line } = event;
    switch (event.kind) {
      case FlushKind.flush:
        this.settle(line, this.writtenIn(line));
        return;
      case FlushKind.writeBack:
        this.waiting.set(line, this.writtenIn(line));
        return;
      case FlushKind.fence:
        for (const [waiting, words] of this.waiting) this.settle(waiting, words);
        this.waiting.clear();
        return;
      case FlushKind.everything:
        this.areAll = true;
        this.waiting.clear();
        this.words.bits.set(this.written.bits);
        return;
    }
  }

  private settle(line: number, words: number): void {
    this.lines.add(line);
    this.words.bits[line >>> 1] = (this.words.bits[line >>> 1] as number) | (words << shiftOf(line));
  }

  private writtenIn(line: number): number {
    return ((this.written.bits[line >>> 1] as number) >>> shiftOf(line)) & WORDS_MASK;
  }
}

/** Two lines share an element of a bitmap of words. */
const shiftOf = (line: number): number => (line & 1) << 4;
