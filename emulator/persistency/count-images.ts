/**
 * How many crash images a recorded run has, worked out apart from the enumeration: by the definition of the
 * model, from the log alone. For each place the product, over the lines, of how many contents the line's
 * stores since it was last durable can have left.
 */
import { FlushKind } from './flush-log.ts';
import type { Persistency } from './model.ts';
import { tornWords } from './torn.ts';
import type { RecordedRun } from './walk.ts';

/** A content of a line: word → value. What a content lacks of the words of others, it has as memory began. */
type Content = Map<number, number>;

/** One line: its contents one after the other, repetitions and all, and which one a fence will settle. */
interface Line {
  contents: Content[];
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
        const content: Content = new Map();
        for (let i = 0; i < patch.length; i += 2) content.set(patch[i] as number, patch[i + 1] as number);
        return content;
      });
      this.lines.set(line, { contents, asked: markedCount === 0 ? -1 : markedCount });
      this.recount(line);
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
    const index = word >>> 4;
    const line = this.lines.get(index) ?? { contents: [new Map()], asked: -1 };
    this.lines.set(index, line);
    for (const content of line.contents) if (!content.has(word)) content.set(word, oldWord);
    const current = line.contents.at(-1) ?? new Map();
    const torn = this.tears ? tornWords(oldWord, newWord) : [];
    for (const value of [...torn, newWord]) line.contents.push(new Map(current).set(word, value));
    this.recount(index);
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
        this.recount(index);
      }
    }
  }

  private forget(line: number): void {
    this.lines.delete(line);
    this.recount(line);
  }

  private recount(line: number): void {
    const before = this.counts.get(line) ?? 1n;
    const contents = this.lines.get(line)?.contents ?? [];
    const words = [...new Set(contents.flatMap((content) => [...content.keys()]))].sort((a, b) => a - b);
    const texts = contents.map((content) => words.map((word) => content.get(word) ?? 'as it was').join());
    const now = BigInt(Math.max(1, new Set(texts).size));
    this.counts.set(line, now);
    if (now !== before) this.product = (this.product / before) * now;
  }
}
