import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Nvm } from '../../emulator/nvm/nvm.ts';
import { imagesCount } from '../../emulator/persistency/choices.ts';
import { countImages } from '../../emulator/persistency/count-images.ts';
import type { Persistency } from '../../emulator/persistency/model.ts';
import { PersistencyWalk, recordedRun } from '../../emulator/persistency/walk.ts';
import { imagesOf } from '../emulator/persistency/images.ts';
import { ReferenceCache, type Step } from '../emulator/persistency/reference.ts';

const WORDS = 64;
const line = fc.integer({ min: 0, max: 2 });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('store' as const),
      word: fc.tuple(line, fc.integer({ min: 0, max: 2 })).map(([l, w]) => l * 16 + w),
      value: fc.constantFrom(0, 1, 2, 0x0101),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('writeBack' as const), line }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const), line }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'fence' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'everything' as const }) },
);

function drive(nvm: Nvm, step: Step): void {
  switch (step.kind) {
    case 'store':
      return nvm.store32(step.word * 4, step.value);
    case 'flush':
      return nvm.cache?.flush(step.line * 64);
    case 'writeBack':
      return nvm.cache?.writeBack(step.line * 64);
    case 'fence':
      return nvm.cache?.fence();
    case 'everything':
      return nvm.cache?.writeBackAll();
  }
}

const texts = (images: Int32Array[]): Set<string> =>
  new Set(images.map((image) => image.subarray(0, WORDS).join()));

/** Compares walk and reference at every place of the run. */
function compare(steps: readonly Step[], persistency: Persistency, splitAt: number): void {
  const nvm = new Nvm(4096, { persistency });
  const reference = new ReferenceCache(WORDS, persistency.atomicBytes === 1);
  // The first steps are a run of their own: what waits in the cache is carried over.
  const before = steps.slice(0, splitAt);
  const after = steps.slice(splitAt);
  for (const step of before) {
    drive(nvm, step);
    reference.step(step);
  }
  nvm.beginRun();
  const memory = nvm.words.slice(0, WORDS);
  for (const step of after) drive(nvm, step);
  const run = recordedRun(nvm);
  const walk = new PersistencyWalk(run, persistency);
  let sum = 0n;
  for (const step of after) {
    reference.step(step);
    if (step.kind !== 'store') continue;
    expect(walk.advance()).toBe(true);
    memory[step.word] = step.value;
    const choices = walk.choices();
    const images = imagesOf(memory, choices);
    expect(texts(images)).toEqual(reference.images());
    // Combinations differ in content, so that counting them counts images.
    expect(texts(images).size).toBe(images.length);
    expect(imagesCount(choices)).toBe(BigInt(images.length));
    sum += imagesCount(choices);
    for (const { alternatives } of choices.groups) expect(alternatives[0]?.patch).toHaveLength(0);
  }
  expect(walk.advance()).toBe(false);
  expect(countImages(run, persistency, { first: 1, atRest: false })).toBe(sum);
  walk.finish();
  expect(countImages(run, persistency, { first: 1, atRest: true })).toBe(sum + imagesCount(walk.choices()));
  expect(texts(imagesOf(memory, walk.choices()))).toEqual(reference.images());
  expect(texts(imagesOf(memory, walk.choices()))).toEqual(
    texts(
      imagesOf(memory, {
        groups: (nvm.cache?.now().dirtyLines() ?? []).flatMap((l) => nvm.cache?.now().groupOf(l) ?? []),
      }),
    ),
  );
}

describe('px86', () => {
  it('leaves what the definition by prefixes leaves, at every place of any run', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 14 }), fc.nat(6), (steps, splitAt) => {
        compare(steps, { model: 'px86', atomicBytes: 4 }, splitAt);
      }),
      { numRuns: 400 },
    );
  });

  it('and likewise where the last durable store of a line may be torn', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 9 }), fc.nat(4), (steps, splitAt) => {
        compare(steps, { model: 'px86', atomicBytes: 1 }, splitAt);
      }),
      { numRuns: 300 },
    );
  });

  it('has equal keys only for caches of equal futures', () => {
    const runs = fc.tuple(
      fc.array(anyStep, { maxLength: 6 }),
      fc.array(anyStep, { maxLength: 6 }),
      fc.array(anyStep, { maxLength: 6 }),
    );
    let equalsCount = 0;
    fc.assert(
      fc.property(runs, ([one, other, then]) => {
        const persistency: Persistency = { model: 'px86', atomicBytes: 4 };
        const make = (steps: readonly Step[]): [Nvm, ReferenceCache] => {
          const [nvm, reference] = [new Nvm(4096, { persistency }), new ReferenceCache(WORDS, false)];
          for (const step of steps) {
            drive(nvm, step);
            reference.step(step);
          }
          return [nvm, reference];
        };
        const [a, referenceA] = make(one);
        const [b, referenceB] = make(other);
        if (a.hash() !== b.hash() || a.cache?.now().key() !== b.cache?.now().key()) return;
        equalsCount += 1;
        for (const step of then) {
          referenceA.step(step);
          referenceB.step(step);
          expect(referenceA.images()).toEqual(referenceB.images());
        }
      }),
      { numRuns: 2000 },
    );
    expect(equalsCount).toBeGreaterThan(50);
  });
});

describe('sc with stores that tear', () => {
  it('leaves the next store torn in each proper subset of the bytes that it changes', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.integer()), { maxLength: 8 }), (stores) => {
        const nvm = new Nvm(4096, { persistency: { model: 'sc', atomicBytes: 1 } });
        for (const [word, value] of stores) nvm.store32(word * 4, value);
        const walk = new PersistencyWalk(recordedRun(nvm), nvm.persistency);
        const memory = new Int32Array(WORDS);
        for (const [word, value] of stores) {
          const oldWord = memory[word] as number;
          const changed = [0, 8, 16, 24].filter((shift) => ((oldWord ^ value) >>> shift) & 0xff);
          const images = imagesOf(memory, walk.choices());
          expect(images).toHaveLength(changed.length < 2 ? 1 : 2 ** changed.length - 1);
          expect(texts(images).size).toBe(images.length);
          for (const image of images) {
            const torn = image[word] as number;
            for (const shift of [0, 8, 16, 24]) {
              expect([(oldWord >>> shift) & 0xff, (value >>> shift) & 0xff]).toContain(
                (torn >>> shift) & 0xff,
              );
            }
            if (changed.length > 0) expect(torn).not.toBe(value | 0);
          }
          walk.advance();
          memory[word] = value;
        }
        expect(walk.choices().groups).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it('leaves one image each where words are atomic', () => {
    const nvm = new Nvm(4096);
    nvm.store32(0, 0x01020304);
    const walk = new PersistencyWalk(recordedRun(nvm), nvm.persistency);
    expect(walk.choices().groups).toEqual([]);
    walk.advance();
    expect(walk.choices().groups).toEqual([]);
    expect(nvm.cache).toBeNull();
  });
});
