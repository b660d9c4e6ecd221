/**
 * The models by their definition, for comparison: histories of whole prefixes, no contents merged, no order
 * thought of. A line's stores since it was last durable are a list; what is durable is a prefix of it.
 */
import { tornWords } from '../../../emulator/persistency/torn.ts';

export type Step =
  | { readonly kind: 'store'; readonly word: number; readonly value: number }
  | { readonly kind: 'flush' | 'writeBack'; readonly line: number }
  | { readonly kind: 'fence' | 'everything' };

interface Pending {
  readonly word: number;
  readonly oldWord: number;
  readonly newWord: number;
}

export class ReferenceCache {
  readonly memory: Int32Array;
  private readonly pending = new Map<number, Pending[]>();
  private readonly asked = new Map<number, number>();
  private readonly tears: boolean;

  constructor(wordsCount: number, tears: boolean) {
    this.memory = new Int32Array(wordsCount);
    this.tears = tears;
  }

  step(step: Step): void {
    switch (step.kind) {
      case 'store': {
        const line = step.word >>> 4;
        const list = this.pending.get(line) ?? [];
        list.push({ word: step.word, oldWord: this.memory[step.word] as number, newWord: step.value });
        this.pending.set(line, list);
        this.memory[step.word] = step.value;
        return;
      }
      case 'flush':
        this.pending.delete(step.line);
        this.asked.delete(step.line);
        return;
      case 'writeBack':
        this.asked.set(step.line, this.pending.get(step.line)?.length ?? 0);
        return;
      case 'fence':
        for (const [line, count] of this.asked) this.pending.get(line)?.splice(0, count);
        this.asked.clear();
        return;
      case 'everything':
        this.pending.clear();
        this.asked.clear();
        return;
    }
  }

  /** Every image that a failure may leave now, as text; equal images once. */
  images(): Set<string> {
    let images: Int32Array[] = [this.memory.slice()];
    for (const list of this.pending.values()) {
      const next: Int32Array[] = [];
      for (const image of images) next.push(...this.prefixes(image, list));
      images = next;
    }
    return new Set(images.map((image) => image.join()));
  }

  private prefixes(image: Int32Array, list: readonly Pending[]): Int32Array[] {
    const all = [image];
    let current = image;
    for (const { word, oldWord, newWord } of [...list].reverse()) {
      if (this.tears) {
        for (const value of tornWords(oldWord, newWord)) {
          const torn = current.slice();
          torn[word] = value;
          all.push(torn);
        }
      }
      current = current.slice();
      current[word] = oldWord;
      all.push(current);
    }
    return all;
  }
}
