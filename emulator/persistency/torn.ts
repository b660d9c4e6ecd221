/** Stores that tear: byte granularity (`--atomic 1`). */

/**
 * What a store in flight may leave of its word when single bytes are atomic, besides all of it and nothing of
 * it: every proper, non-empty subset of the bytes that it changes. For n changed bytes that is 2^n − 2 words.
 */
export function tornWords(oldWord: number, newWord: number): number[] {
  const masks: number[] = [];
  for (let shift = 0; shift < 32; shift += 8) {
    const mask = (0xff << shift) | 0;
    if (((oldWord ^ newWord) & mask) !== 0) masks.push(mask);
  }
  const torn: number[] = [];
  for (let subset = 1; subset < (1 << masks.length) - 1; subset += 1) {
    let bytes = 0;
    for (let i = 0; i < masks.length; i += 1) if ((subset >>> i) & 1) bytes |= masks[i] as number;
    torn.push((oldWord & ~bytes) | (newWord & bytes));
  }
  return torn;
}
