/** The stores of equal things against what they stand for: arrays that are simply kept. */
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ImageStore } from '../../emulator/nvm/image-store.ts';
import { Nvm, type NvmSnapshot } from '../../emulator/nvm/nvm.ts';
import { PageStore } from '../../emulator/nvm/page-store.ts';
import { BlockStore } from '../../emulator/store/block-store.ts';
import { RowTable } from '../../emulator/store/row-table.ts';
import { type SequenceId, SequenceTable } from '../../emulator/store/sequence-table.ts';

const storeOf = (blocksMax: number): BlockStore =>
  new BlockStore({ limitBytes: blocksMax * 4096, folder: tmpdir() });

/** Sequences that share stretches, short and long. */
const sequence = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.nat({ max: 200 })), { maxLength: 12 })
  .map((runs) => Int32Array.from(runs.flatMap(([value, count]) => new Array<number>(count).fill(value - 1))));

describe('a table of sequences', () => {
  it('gives back what it was given, and equal names to equal sequences only', () => {
    fc.assert(
      fc.property(fc.array(sequence, { maxLength: 20 }), fc.integer({ min: 1, max: 3 }), (all, blocksMax) => {
        const store = storeOf(blocksMax);
        const table = new SequenceTable(new RowTable(store));
        const names = all.map((words) => table.intern(words));
        const byText = new Map<string, SequenceId>();
        for (const [i, words] of all.entries()) {
          const name = names[i] as SequenceId;
          expect(table.read(name)).toEqual(words);
          expect(table.intern(words)).toBe(name);
          byText.set(words.join(), name);
        }
        expect(new Set(names).size).toBe(byText.size);
        store.close();
      }),
      { numRuns: 60 },
    );
  });

  it('gives rows the numbers in which they come', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.integer({ min: -1, max: 1 }), { maxLength: 3 })), (rows) => {
        const table = new RowTable();
        const seen: string[] = [];
        for (const row of rows) {
          const text = row.join();
          if (!seen.includes(text)) seen.push(text);
          expect(table.intern(Int32Array.from(row))).toBe(seen.indexOf(text));
        }
        expect(table.rowsCount).toBe(seen.length);
      }),
    );
  });
});

const PAGES = 3;
const op = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      word: fc.integer({ min: 0, max: PAGES * 1024 - 1 }).map((w) => (w % 1024 < 4 ? w : w - (w % 1024))),
      value: fc.integer({ min: 0, max: 2 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('keep' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('restore' as const), which: fc.nat({ max: 50 }) }) },
);

describe('a store of pages', () => {
  it('gives back every image it keeps, has each page once, and holds no more than its limit', () => {
    fc.assert(
      fc.property(fc.array(op, { maxLength: 80 }), fc.integer({ min: 1, max: 4 }), (ops, blocksMax) => {
        const blocks = storeOf(blocksMax);
        const pages = new PageStore(blocks);
        const images = new ImageStore(pages, new SequenceTable());
        const nvm = new Nvm(PAGES * 4096);
        nvm.usePageStore(pages);
        const kept: { image: NvmSnapshot; words: Int32Array; hash: string }[] = [];
        for (const each of ops) {
          if (each.kind === 'set') nvm.setWord(each.word, each.value);
          else if (each.kind === 'keep') {
            kept.push({ image: images.keep(nvm.snapshot()), words: nvm.words.slice(), hash: nvm.hash() });
          } else {
            const past = kept[each.which % Math.max(1, kept.length)];
            if (past === undefined) continue;
            nvm.restore(past.image);
            expect(nvm.words).toEqual(past.words);
            expect(nvm.hash()).toBe(past.hash);
          }
          expect(blocks.heldBytes).toBeLessThanOrEqual(blocksMax * 4096);
        }
        const contents = new Set<string>();
        for (const { image, words } of kept) {
          for (const [page, { words: found }] of image.pages.entries()) {
            const expected = words.subarray(page * 1024, (page + 1) * 1024);
            expect(found).toEqual(expected);
            contents.add(expected.join());
          }
        }
        expect(pages.pagesCount).toBe(contents.size);
        blocks.close();
      }),
      { numRuns: 60 },
    );
  });
});
