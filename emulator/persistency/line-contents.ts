import type { Alternative } from './choices.ts';
import { WORDS_PER_LINE } from './model.ts';
import { tornWords } from './torn.ts';

const NO_MARK = Number.NEGATIVE_INFINITY;

/**
 * Everything that one cache line of NVM may hold after a failure: the contents it has had since it was last
 * known to be durable, oldest first, the last one being what the run sees. Each content is kept once, at the
 * last time it was there: a write-back makes durable at least what was there then, and so only drops what was
 * there before and never since. That keeps the list as short as the line's contents are few, and makes it the
 * same for histories that no failure can tell apart.
 *
 * Times are places in the store log: content of time t holds the line's stores before entry t. A content with
 * a torn store, which is entry e, has time e + 0.5.
 */
export class LineContents {
  readonly line: number;
  private readonly contents: Int32Array[] = [];
  private readonly times: number[] = [];
  /** Bit i: word i has been stored to since the line was clean; of other words nothing is kept. */
  private touched = 0;
  /** What was there at this time or later is left once a fence comes. */
  private mark = NO_MARK;
  private known: readonly Alternative[] | null = null;

  constructor(line: number) {
    this.line = line;
  }

  /** Whether every content but the one that the run sees is gone. */
  get isClean(): boolean {
    return this.contents.length < 2;
  }

  get isMarked(): boolean {
    return this.mark !== NO_MARK;
  }

  /** A store to word `index` of the line, as entry `time` − 1 of the log. */
  store(store: { index: number; oldWord: number; newWord: number; time: number; tears: boolean }): void {
    const { index, oldWord, newWord, time, tears } = store;
    this.known = null;
    this.touch(index, oldWord);
    if (this.contents.length === 0) {
      const before = new Int32Array(WORDS_PER_LINE);
      before[index] = oldWord;
      this.contents.push(before);
      this.times.push(time - 1);
    }
    const current = this.contents[this.contents.length - 1] as Int32Array;
    if (tears) {
      for (const word of tornWords(oldWord, newWord)) this.add(withWord(current, index, word), time - 0.5);
    }
    this.add(withWord(current, index, newWord), time);
  }

  /** The line will have been written back, as it is now, when a fence comes. */
  markWrittenBack(): void {
    this.mark = this.times[this.times.length - 1] as number;
  }

  /** A fence: what was there before the last write-back is there no more. */
  settle(): void {
    const { mark } = this;
    this.mark = NO_MARK;
    this.known = null;
    let kept = 0;
    for (let i = 0; i < this.contents.length; i += 1) {
      if ((this.times[i] as number) < mark) continue;
      this.contents[kept] = this.contents[i] as Int32Array;
      this.times[kept] = this.times[i] as number;
      kept += 1;
    }
    this.contents.length = kept;
    this.times.length = kept;
  }

  /** The alternatives that the line leaves: the first as the run sees it, then later before earlier. */
  alternatives(): readonly Alternative[] {
    if (this.known !== null) return this.known;
    const current = this.contents[this.contents.length - 1] as Int32Array;
    const list: Alternative[] = [];
    for (let i = this.contents.length - 1; i >= 0; i -= 1) {
      const content = this.contents[i] as Int32Array;
      list.push({ patch: this.patch(current, content), until: Math.floor(this.times[i] as number) });
    }
    this.known = list;
    return list;
  }

  copy(): LineContents {
    const copy = new LineContents(this.line);
    copy.touched = this.touched;
    copy.mark = this.mark;
    for (const content of this.contents) copy.contents.push(content.slice());
    copy.times.push(...this.times);
    return copy;
  }

  /** The log begins anew: what there is lies before its first entry. Order is kept. */
  rebase(): void {
    this.known = null;
    const count = this.times.length;
    const marked = this.markedCount();
    for (let i = 0; i < count; i += 1) this.times[i] = i + 1 - count;
    if (this.mark !== NO_MARK) this.mark = marked + 1 - count;
  }

  /** Equal keys, with equal memory, are equal futures. */
  key(): string {
    const current = this.contents[this.contents.length - 1] as Int32Array;
    const parts = [`${this.line.toString(36)}.${this.markedCount()}`];
    for (const content of this.contents) {
      let part = '';
      for (let i = 0; i < WORDS_PER_LINE; i += 1) {
        if (content[i] !== current[i])
          part += `${i.toString(16)}${((content[i] as number) >>> 0).toString(16)},`;
      }
      parts.push(part);
    }
    return parts.join(':');
  }

  private get firstWord(): number {
    return this.line * WORDS_PER_LINE;
  }

  /** How many contents the next fence will drop. */
  markedCount(): number {
    return this.times.filter((time) => time < this.mark).length;
  }

  private touch(index: number, oldWord: number): void {
    if ((this.touched >>> index) & 1) return;
    this.touched |= 1 << index;
    for (const content of this.contents) content[index] = oldWord;
  }

  private add(content: Int32Array, time: number): void {
    const at = this.find(content);
    if (at >= 0) {
      this.contents.splice(at, 1);
      this.times.splice(at, 1);
    }
    this.contents.push(content);
    this.times.push(time);
  }

  private find(content: Int32Array): number {
    for (let i = this.contents.length - 1; i >= 0; i -= 1) {
      if (isEqual(this.contents[i] as Int32Array, content)) return i;
    }
    return -1;
  }

  private patch(current: Int32Array, content: Int32Array): Int32Array {
    const pairs: number[] = [];
    for (let i = 0; i < WORDS_PER_LINE; i += 1) {
      if (content[i] !== current[i]) pairs.push(this.firstWord + i, content[i] as number);
    }
    return Int32Array.from(pairs);
  }
}

function withWord(content: Int32Array, index: number, word: number): Int32Array {
  const copy = content.slice();
  copy[index] = word;
  return copy;
}

function isEqual(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < WORDS_PER_LINE; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
