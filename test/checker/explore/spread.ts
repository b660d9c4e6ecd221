/** `count` numbers from 0 to `below` − 1, spread over the range: one at a seeded place in each equal part. */
export function spread(options: { seed: number; count: number; below: number }): number[] {
  const { count, below } = options;
  let random = (options.seed * 2 + 1) >>> 0;
  return Array.from({ length: count }, (_, i) => {
    // A linear congruence (Numerical Recipes' constants); the high bits are the random ones.
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    return Math.min(below - 1, Math.floor(((i + (random >>> 8) / 2 ** 24) * below) / count));
  });
}
