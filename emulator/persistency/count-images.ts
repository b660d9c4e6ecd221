/**
 * How many crash images a recorded run has, worked out apart from the enumeration: by the definition of the
 * model, from the log alone. For each place the product, over the lines, of how many contents the line's
 * stores since it was last durable can have left.
 */
import { FlushKind } from './flush-log.ts';
import { type Persistency, WORDS_PER_LINE } from './model.ts';
import { tornWords } from './torn.ts';
import type { RecordedRun } from './walk.ts';

/** A content of a line: a value for each word of it; null for a word that is as it was when memory began. */
type Content = readonly (number | null)[];

/** One line: its contents one after the other, repetitions and all, and which one a fence will settle. */
interface Line {
  contents: Content[];
  /** The different ones among them, as text. */
  readonly different: Set<string>;
  /** Bit i: word i has been stored to since the line was clean. */
  stored: number;
  /** Index of the content that a write-back was asked for; −1 for none. */
  asked: number;
}

/** @param points `first`: the first place that counts, 0 or 1; `atRest`: one place more, after the last flush. */
export function countImages(
  run: RecordedRun,
  persistency: Persistency,
  points: { readonly first: number; readonly atRest: boolean },
): bigint {
  return persistency.model === 'sc'
    ? countTorn(run, points.first)
    : new Counter(run, persistency).count(points);
}

/** Without a cache: at each place the next store may be torn. */
function countTorn({ words, oldWords, newWords }: RecordedRun, first: number): bigint {
  let count = 0n;
  for (let i = first; i <= words.length; i += 1) {
    const isStore = i < words.length && (words[i] as number) >= 0;
    count += 1n + (isStore ? BigInt(tornWords(oldWords[i] as number, newWords[i] as number).length) : 0n);
  }
  return count;
}

class Counter {
  private readonly run: RecordedRun;
  private readonly tears: boolean;
  private readonly lines = new Map<number, Line>();
  /** Of each line, how many contents it can have; their product is `product`. */
  private readonly counts = new Map<number, bigint>();
  private product = 1n;

  constructor(run: RecordedRun, persistency: Persistency) {
    this.run = run;
    this.tears = persistency.atomicBytes === 1;
    for (const { line, patches, markedCount } of run.cacheAtStart?.histories() ?? []) {
      const contents = patches.map((patch) => {
        const content: (number | null)[] = new Array(WORDS_PER_LINE).fill(null);
        for (let i = 0; i < patch.length; i += 2) {
          content[(patch[i] as number) % WORDS_PER_LINE] = patch[i + 1] as number;
        }
        return content;
      });
      const asked = markedCount === 0 ? -1 : markedCount;
      this.lines.set(line, { contents, different: new Set(), stored: 0, asked });
      this.compareAll(line);
    }
  }

  count({ first, atRest }: { readonly first: number; readonly atRest: boolean }): bigint {
    const { words, flushes } = this.run;
    let sum = first === 0 ? this.product : 0n;
    let event = 0;
    const flushUpTo = (position: number): void => {
      if (flushes === null) return;
      for (; event < flushes.length && flushes.positionOf(event) <= position; event += 1) this.flush(event);
    };
    for (let i = 0; i < words.length; i += 1) {
      flushUpTo(i);
      if ((words[i] as number) >= 0) this.store(i);
      sum += this.product;
    }
    flushUpTo(words.length);
    return atRest ? sum + this.product : sum;
  }

  private store(i: number): void {
    const word = this.run.words[i] as number;
    const [oldWord, newWord] = [this.run.oldWords[i] as number, this.run.newWords[i] as number];
    const [index, at] = [Math.floor(word / WORDS_PER_LINE), word % WORDS_PER_LINE];
    let line = this.lines.get(index);
    if (line === undefined) {
      line = { contents: [new Array(WORDS_PER_LINE).fill(null)], different: new Set(), stored: 0, asked: -1 };
      this.lines.set(index, line);
    }
    if (((line.stored >>> at) & 1) === 0) {
      line.stored |= 1 << at;
      line.contents = line.contents.map((content) =>
        content[at] === null ? content.with(at, oldWord) : content,
      );
      this.compareAll(index);
    }
    const current = line.contents.at(-1) ?? [];
    const torn = this.tears ? tornWords(oldWord, newWord) : [];
    for (const value of [...torn, newWord]) {
      const content = current.with(at, value);
      line.contents.push(content);
      line.different.add(content.join());
    }
    this.recount(index, line.different.size);
  }

  private flush(event: number): void {
    const { kind, line } = this.run.flushes?.event(event) ?? { kind: FlushKind.everything, line: -1 };
    if (kind === FlushKind.everything) for (const each of [...this.lines.keys()]) this.forget(each);
    else if (kind === FlushKind.flush) this.forget(line);
    else if (kind === FlushKind.writeBack) {
      const asked = this.lines.get(line);
      if (asked !== undefined) asked.asked = asked.contents.length - 1;
    } else {
      for (const [index, each] of this.lines) {
        if (each.asked < 0) continue;
        each.contents = each.contents.slice(each.asked);
        each.asked = -1;
        this.compareAll(index);
      }
    }
  }

  private forget(line: number): void {
    this.lines.delete(line);
    this.recount(line, 1);
  }

  private compareAll(index: number): void {
    const line = this.lines.get(index);
    if (line === undefined) return;
    line.different.clear();
    for (const content of line.contents) line.different.add(content.join());
    this.recount(index, line.different.size);
  }

  private recount(line: number, count: number): void {
    const before = this.counts.get(line) ?? 1n;
    const now = BigInt(count);
    this.counts.set(line, now);
    if (now !== before) this.product = (this.product / before) * now;
  }
}
