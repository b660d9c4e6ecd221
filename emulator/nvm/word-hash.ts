/**
 * The incremental hash of a page: 64 bits, as two lanes of 32, each the sum over the page's words of a mix of
 * the word's index in the page and its value. A zero word adds nothing, so a fresh page has hash 0; a store
 * changes the sum by the difference of two mixes. Two pages with the same content have the same hash, so a
 * page and its copy can be compared by it.
 */

/** Low lane of the contribution of `value` (32 bits) at word `index` of a page (0–1023). */
export function mixLow(index: number, value: number): number {
  if (value === 0) return 0;
  let h = Math.imul(value ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15) ^ index, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** High lane of the contribution of `value` (32 bits) at word `index` of a page (0–1023). */
export function mixHigh(index: number, value: number): number {
  if (value === 0) return 0;
  let h = Math.imul(value ^ Math.imul(index + 1, 0x27d4eb2f), 0x165667b1);
  h = Math.imul(h ^ (h >>> 13) ^ Math.imul(index, 0x61c88647), 0x2545f491);
  return h ^ (h >>> 15);
}

/** The hash of a page's words, worked out whole. */
export function pageHash(words: Int32Array): { readonly low: number; readonly high: number } {
  let low = 0;
  let high = 0;
  for (let i = 0; i < words.length; i += 1) {
    low = (low + mixLow(i, words[i] as number)) | 0;
    high = (high + mixHigh(i, words[i] as number)) | 0;
  }
  return { low, high };
}
