/**
 * A class that leads to one of which not all is known yet. When the care of that one grows by some words, the
 * images that were taken for its own must agree in these words too, and the class cares for them where it does
 * not write them before. Both are seen in its log, without running or walking through it again.
 */
import type { NvmSnapshot } from '../../emulator/nvm/nvm.ts';
import { WORDS_PER_PAGE } from '../../emulator/units.ts';
import { type ClassNode, grow, isStale } from './memo.ts';
import type { Segment } from './segment.ts';

/** From this position on, crash points lead to `target`. */
interface Lead {
  readonly position: number;
  readonly target: ClassNode;
}

export class LooseClass {
  readonly node: ClassNode;
  readonly leads: Lead[] = [];
  /** The class of the joint at the end. */
  joint: ClassNode | null = null;
  /** Whether an image turned out not to be of the class that it was taken for. */
  hasMoved = false;
  /** Whether a failure may leave memory otherwise than the run saw it. */
  private readonly hasChoices: boolean;
  private readonly words: Int32Array;
  private readonly values: Int32Array;
  /** Positions in the log by word, and then in order; made when first asked for. */
  private byWord: Int32Array | null = null;

  constructor(node: ClassNode, { words, values, recorded }: Segment) {
    this.hasChoices = recorded !== null;
    this.node = node;
    this.words = words;
    this.values = values;
  }

  /** Takes in what the classes that it relies on have grown by. */
  catchUp(): void {
    const grown = new Map<ClassNode, number[]>();
    for (const [target, known] of this.node.uses) {
      const growth = target.growth ?? [];
      if (growth.length === known) continue;
      grown.set(target, growth.slice(known).flat());
      this.node.uses.set(target, growth.length);
    }
    if (this.hasChoices) {
      // What an image has is not in the log alone: the class is walked through again.
      if (grown.size > 0) this.hasMoved = true;
      return;
    }
    const cared: number[] = [];
    this.leads.forEach(({ position, target }, i) => {
      const until = this.leads[i + 1]?.position ?? this.words.length + 1;
      for (const word of grown.get(target) ?? []) this.look({ word, target, position, until, cared });
    });
    if (this.joint !== null) {
      const position = this.words.length;
      const { joint } = this;
      for (const word of grown.get(joint) ?? []) {
        this.look({ word, target: joint, position, until: position + 1, cared });
      }
    }
    grow(this.node, (added) => {
      for (const word of cared) {
        if (this.node.care.has(word)) continue;
        this.node.care.add(word);
        added?.push(word);
      }
    });
  }

  /** Compares one word at all points from `position` to before `until` with that of the class that they lead to. */
  private look(options: {
    readonly word: number;
    readonly target: ClassNode;
    readonly position: number;
    readonly until: number;
    readonly cared: number[];
  }): void {
    const { word, target, position, until, cared } = options;
    const expected = wordOf(target.image, word);
    this.byWord ??= orderByWord(this.words);
    let value = wordOf(this.node.image, word);
    let isWritten = false;
    for (let i = firstOf(this.byWord, this.words, word); i < this.byWord.length; i += 1) {
      const entry = this.byWord[i] as number;
      // Entry e has happened at position e + 1.
      if (this.words[entry] !== word || entry + 1 >= until) break;
      if (entry + 1 <= position) isWritten = true;
      else if (value !== expected) break;
      value = this.values[entry] as number;
      if (entry + 1 > position && value !== expected) break;
    }
    if (value !== expected) this.hasMoved = true;
    if (!isWritten) cared.push(word);
  }
}

/**
 * Passes growth on among classes until nothing grows.
 * @returns a class whose images have moved to other classes, so that it must be walked through again.
 */
export function passOnGrowth(classes: readonly LooseClass[]): LooseClass | null {
  for (let anyStale = true; anyStale; ) {
    anyStale = false;
    for (let i = classes.length - 1; i >= 0; i -= 1) {
      const loose = classes[i] as LooseClass;
      if (!isStale(loose.node)) continue;
      anyStale = true;
      loose.catchUp();
    }
  }
  return classes.findLast((loose) => loose.hasMoved) ?? null;
}

const wordOf = (image: NvmSnapshot, word: number): number =>
  image.pages[Math.floor(word / WORDS_PER_PAGE)]?.words[word % WORDS_PER_PAGE] as number;

function orderByWord(words: Int32Array): Int32Array {
  return Int32Array.from(words.keys()).sort((a, b) => (words[a] as number) - (words[b] as number) || a - b);
}

/** Where in `byWord` the entries of a word begin. */
function firstOf(byWord: Int32Array, words: Int32Array, word: number): number {
  let low = 0;
  let high = byWord.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((words[byWord[middle] as number] as number) < word) low = middle + 1;
    else high = middle;
  }
  return low;
}
