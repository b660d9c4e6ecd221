import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Combination, enumerateBoxes } from '../../checker/explore/boxes.ts';
import {
  type Alternative,
  type CrashChoices,
  type CrashGroup,
  imagesCount,
} from '../../emulator/persistency/choices.ts';

const WORDS_PER_GROUP = 3;

/** Groups of up to three words in lines of their own; every alternative with another content. */
const anyChoices: fc.Arbitrary<CrashChoices> = fc
  .array(
    fc.uniqueArray(fc.array(fc.nat(2), { minLength: WORDS_PER_GROUP, maxLength: WORDS_PER_GROUP }), {
      minLength: 1,
      maxLength: 4,
      selector: (values) => values.join(),
    }),
    { maxLength: 5 },
  )
  .map((groups) => ({
    groups: groups.flatMap((contents, line) => {
      const others = contents.filter((values) => values.some((value) => value !== 0));
      if (others.length === 0) return [];
      const patches = others.map((values) =>
        Int32Array.from(values.flatMap((value, i) => (value === 0 ? [] : [line * 16 + i, value]))),
      );
      return [{ line, alternatives: [new Int32Array(0), ...patches].map((patch) => ({ patch, until: 0 })) }];
    }),
  }));

const imageOf = (choices: CrashChoices, combination: Combination): Map<number, number> => {
  const image = new Map<number, number>();
  choices.groups.forEach(({ alternatives }, g) => {
    const patch = alternatives[combination[g] as number]?.patch ?? new Int32Array(0);
    for (let i = 0; i < patch.length; i += 2) image.set(patch[i] as number, patch[i + 1] as number);
  });
  return image;
};

/** A recovery that reads words one by one, the next one according to what it has read. */
function recover(image: Map<number, number>, seed: number): { outcome: string; care: Set<number> } {
  const care = new Set<number>();
  let state = seed;
  let text = '';
  for (let step = 0; step < 1 + (seed % 5); step += 1) {
    const word = ((state >>> 3) % 5) * 16 + (state % WORDS_PER_GROUP);
    const value = image.get(word) ?? 0;
    care.add(word);
    text += `${word}=${value} `;
    state = (Math.imul(state, 31) + value * 7919 + 17) >>> 0;
  }
  return { outcome: text, care };
}

const product = (lists: readonly (readonly number[])[]): number[][] =>
  lists.reduce<number[][]>((all, list) => all.flatMap((some) => list.map((i) => [...some, i])), [[]]);

describe('boxes', () => {
  it('find what running every combination finds, and count each combination exactly once', () => {
    fc.assert(
      fc.property(anyChoices, fc.nat(100_000), (choices, seed) => {
        const asked: string[] = [];
        const boxes = enumerateBoxes(choices, (combination) => {
          asked.push(combination.join());
          return recover(imageOf(choices, combination), seed);
        });
        // Eagerly, every combination by itself.
        const all = product(choices.groups.map(({ alternatives }) => [...alternatives.keys()]));
        const outcomes = new Map(all.map((c) => [c.join(), recover(imageOf(choices, c), seed).outcome]));
        expect(new Set(boxes.map((box) => box.future.outcome))).toEqual(new Set(outcomes.values()));
        const seen = new Set<string>();
        for (const { allowed, future, size } of boxes) {
          const members = product(allowed);
          expect(BigInt(members.length)).toBe(size);
          for (const member of members) {
            expect(seen.has(member.join())).toBe(false);
            seen.add(member.join());
            expect(outcomes.get(member.join())).toBe(future.outcome);
          }
        }
        expect(seen.size).toBe(all.length);
        expect(boxes.reduce((sum, box) => sum + box.size, 0n)).toBe(imagesCount(choices));
        expect(asked).toHaveLength(boxes.length);
        expect(asked[0]).toBe(choices.groups.map(() => 0).join());
      }),
      { numRuns: 200 },
    );
  });

  it('keep alternatives of different labels apart', () => {
    fc.assert(
      fc.property(anyChoices, (choices) => {
        const label = ({ line }: CrashGroup, { patch }: Alternative): number => (line + patch.length) % 4;
        const boxes = enumerateBoxes(choices, () => ({ care: new Set<number>() }), label);
        for (const { allowed } of boxes) {
          allowed.forEach((indices, g) => {
            const group = choices.groups[g] as CrashGroup;
            const labels = indices.map((index) => label(group, group.alternatives[index] as Alternative));
            expect(new Set(labels).size).toBe(1);
          });
        }
        expect(boxes.reduce((sum, box) => sum + box.size, 0n)).toBe(imagesCount(choices));
      }),
      { numRuns: 100 },
    );
  });

  it('cost nothing for what no future reads: a thousand lines of seventeen contents are one box', () => {
    const alternatives = Array.from({ length: 17 }, (_, i) => ({
      patch: Int32Array.from(i === 0 ? [] : [i, i]),
      until: 0,
    }));
    const groups = Array.from({ length: 1000 }, (_, line) => ({ line, alternatives }));
    const boxes = enumerateBoxes({ groups }, () => ({ care: new Set<number>() }));
    expect(boxes).toHaveLength(1);
    expect(boxes[0]?.size).toBe(17n ** 1000n);
  });
});
