/**
 * The name of a class that is the same whoever explored it: a digest of its key and of the words that it cares
 * for. Classes with one name have one future, so that the parts of an exploration that were made apart can be
 * put together.
 */
import { createHash } from 'node:crypto';
import type { NvmSnapshot } from '../../emulator/nvm/nvm.ts';
import { WORDS_PER_PAGE } from '../../emulator/units.ts';
import type { SegmentStart } from './segment.ts';
import type { SystemUnderTest } from './system.ts';
import type { WordSet } from './word-set.ts';

/** 32 hexadecimal digits. */
export type ClassId = string & { readonly __brand: 'ClassId' };

/** What makes a class: where its runs start, and what they care for in the image. */
export interface NamedClass {
  readonly start: SegmentStart;
  readonly budget: number;
  readonly image: NvmSnapshot;
  readonly care: WordSet;
}

export class ClassNames {
  private readonly system: SystemUnderTest;
  /** By page, and then by the care that was looked at it with. */
  private readonly digests = new WeakMap<object, Map<string, Buffer>>();

  constructor(system: SystemUnderTest) {
    this.system = system;
  }

  /** @param node of a class whose care is final. */
  nameOf(node: NamedClass): ClassId {
    const hash = createHash('sha256').update(this.keyOf(node.start, node.budget));
    const { pagesCount } = this.system.machine.nvm;
    for (const [page, frozen] of node.image.pages.slice(0, pagesCount).entries()) {
      const bits = node.care.bits.subarray((page * WORDS_PER_PAGE) / 32, ((page + 1) * WORDS_PER_PAGE) / 32);
      if (bits.some((word) => word !== 0)) hash.update(`${page}`).update(this.digestOf(frozen, bits));
    }
    hash.update(cacheText(node, pagesCount * WORDS_PER_PAGE));
    return hash.digest('hex').slice(0, 32) as ClassId;
  }

  private keyOf(start: SegmentStart, budget: number): string {
    const { state, committed } = start.kind === 'power-on' ? start : start.joint;
    const volatile = start.kind === 'power-on' ? '' : start.joint.volatileKey;
    const promised = `${committed.low.join()}/${committed.high.join()}`;
    return [start.kind, budget, this.system.stateText(state), promised, volatile].join('\n');
  }

  private digestOf(frozen: NvmSnapshot['pages'][number], bits: Uint32Array): Buffer {
    let byCare = this.digests.get(frozen);
    if (byCare === undefined) {
      byCare = new Map();
      this.digests.set(frozen, byCare);
    }
    const careText = bits.join();
    let digest = byCare.get(careText);
    if (digest === undefined) {
      const { words } = frozen;
      const cared = words.map((word, i) => (((bits[i >>> 5] as number) >>> (i & 31)) & 1 ? word : 0));
      digest = createHash('sha256').update(careText).update(cared).digest();
      byCare.set(careText, digest);
    }
    return digest;
  }
}

/** What waits in the cache, of the lines that the class cares for: not by the numbers that one explorer gives them. */
function cacheText({ start, care }: NamedClass, memoryWords: number): string {
  const cache = start.kind === 'joint' ? start.joint.cache : null;
  if (cache === null) return '';
  return cared(care, memoryWords)
    .map((line) => `${line} ${cache.keyOf(line)}`)
    .join(';');
}

/** The lines that a class cares for. */
function cared(care: WordSet, memoryWords: number): number[] {
  const lines: number[] = [];
  for (let word = memoryWords; word < care.bits.length * 32; word += 1) {
    if (care.bits[word >>> 5] === 0) word |= 31;
    else if (care.has(word)) lines.push(word - memoryWords);
  }
  return lines;
}
