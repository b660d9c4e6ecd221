/**
 * What the start of a segment must be for what follows it to care for what it does, where stores wait in a
 * cache. A store of the segment hides a word of the start only once it is durable; and the start's cache
 * matters as its memory does, line by line: a line is a word behind those of memory (`CacheWords`).
 */
import type { SettledLines } from './settled-lines.ts';
import type { WordSet } from './word-set.ts';

/** The class that the segment is of, and how far its segment has come. */
export interface Carer {
  /** Grows. */
  readonly care: WordSet;
  /** Nothing waits in the cache at a power-on. */
  readonly isPowerOn: boolean;
  /** Words stored to so far. */
  readonly written: WordSet;
  readonly settled: SettledLines;
  /** Words of memory; those of the cache follow. */
  readonly memoryWords: number;
  /** Takes the words that are new. */
  readonly added: number[] | undefined;
}

/** Power fails, and what follows cares for `care`: any word of it that may come from before the segment. */
export function careThroughCrash(care: WordSet, carer: Carer): void {
  carer.care.addAllExcept(care, carer.settled.words, carer.added);
  if (carer.isPowerOn) return;
  for (let i = 0; i < carer.memoryWords >>> 5; i += 1) {
    const bits = care.bits[i] as number;
    if (bits === 0) continue;
    if ((bits & 0xffff) !== 0) careForLine(i * 2, carer);
    if (bits >>> 16 !== 0) careForLine(i * 2 + 1, carer);
  }
}

/** The run goes on from a joint, and what follows cares for `care`, of memory and of the cache. */
export function careThroughJoint(care: WordSet, carer: Carer): void {
  const { written, settled, memoryWords } = carer;
  carer.care.addAllExcept(care, written, carer.added);
  for (let word = memoryWords; word < care.bits.length * 32; word += 1) {
    if (care.bits[word >>> 5] === 0) {
      word |= 31;
      continue;
    }
    if (!care.has(word)) continue;
    const line = word - memoryWords;
    // What the line held before the segment's stores may wait in the cache at the joint.
    for (let w = line * 16; w < line * 16 + 16; w += 1) {
      if (written.has(w) && !settled.words.has(w)) careForWord(w, carer);
    }
    if (!carer.isPowerOn) careForLine(line, carer);
  }
}

function careForLine(line: number, carer: Carer): void {
  if (!carer.settled.has(line)) careForWord(carer.memoryWords + line, carer);
}

function careForWord(word: number, { care, added }: Carer): void {
  if (care.has(word)) return;
  care.add(word);
  added?.push(word);
}
