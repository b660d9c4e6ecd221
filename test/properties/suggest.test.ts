import fc from 'fast-check';
import { expect, it } from 'vitest';
import { editDistance, nearest } from '../../checker/cli/suggest.ts';

const word = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 8 });

it('the edit distance is a distance, and one letter is one step', () => {
  fc.assert(
    fc.property(word, word, fc.nat(7), (a, b, at) => {
      const distance = editDistance(a, b);
      expect(distance).toBe(editDistance(b, a));
      expect(distance === 0).toBe(a === b);
      expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
      expect(editDistance(a, `${a.slice(0, at)}x${a.slice(at)}`)).toBe(1);
    }),
  );
  expect(editDistance('shcheme', 'shceme')).toBe(1);
  expect(nearest('zzzz', ['page-shadow'])).toBeUndefined();
});
