import { describe, expect, it } from 'vitest';
import { Nvm, PowerFailure } from '../../emulator/nvm/nvm.ts';
import { StoreOrigin } from '../../emulator/nvm/store-log.ts';
import { PAGE_SIZE_BYTES, WORDS_PER_PAGE } from '../../emulator/units.ts';

const PAGE = PAGE_SIZE_BYTES;
const make = (pagesCount = 3): Nvm => new Nvm(pagesCount * PAGE);
const isLiveIn = (nvm: Nvm, word: number): boolean =>
  (((nvm.liveIn[word >>> 5] ?? 0) >>> (word & 31)) & 1) === 1;

describe('the store log', () => {
  it('keeps the aligned word before and after, the size and the origin of every store, in order', () => {
    const nvm = make();
    nvm.store32(8, 0x11223344);
    nvm.store8(9, 0xaa, StoreOrigin.guest);
    nvm.origin = StoreOrigin.recovery;
    nvm.store16(10, 0xbeef);
    nvm.store32(PAGE, -1, StoreOrigin.pageWalk);
    const entries = Array.from({ length: nvm.log.length }, (_, i) => nvm.log.entry(i));
    expect(entries).toEqual([
      { kind: 'store', address: 8, sizeBytes: 4, oldWord: 0, newWord: 0x11223344, origin: 'guest' },
      { kind: 'store', address: 9, sizeBytes: 1, oldWord: 0x11223344, newWord: 0x1122aa44, origin: 'guest' },
      {
        kind: 'store',
        address: 10,
        sizeBytes: 2,
        oldWord: 0x1122aa44,
        newWord: 0xbeefaa44,
        origin: 'recovery',
      },
      {
        kind: 'store',
        address: PAGE,
        sizeBytes: 4,
        oldWord: 0,
        newWord: 0xffffffff,
        origin: 'page-walk',
      },
    ]);
  });

  it('records a store that changes nothing: power can fail after it too', () => {
    const nvm = make();
    nvm.store32(0, 0);
    expect(nvm.log.length).toBe(1);
    expect(nvm.storesCount).toBe(1);
  });

  it('takes effects in among the stores', () => {
    const nvm = make();
    nvm.store32(0, 1);
    nvm.noteEffect(7);
    nvm.store32(0, 2);
    expect(nvm.log.isEffect(0)).toBe(false);
    expect(nvm.log.isEffect(1)).toBe(true);
    expect(nvm.log.entry(1)).toEqual({ kind: 'effect', ledgerIndex: 7 });
    expect([nvm.storesCount, nvm.effectsCount]).toEqual([2, 1]);
    nvm.undoTo(1);
    expect(nvm.words[0]).toBe(1);
    nvm.undoTo(0);
    expect(nvm.words[0]).toBe(0);
  });

  it('has no entry outside its length', () => {
    const nvm = make();
    nvm.store32(0, 1);
    nvm.undoTo(0);
    expect(() => nvm.log.entry(0)).toThrow(RangeError);
    expect(() => nvm.log.entry(-1)).toThrow(RangeError);
  });

  it('grows past its first capacity and forgets nothing', () => {
    const nvm = make(1);
    const count = 3 * 4096 + 5;
    for (let i = 0; i < count; i += 1) nvm.store32((i % WORDS_PER_PAGE) * 4, i + 1);
    expect(nvm.log.length).toBe(count);
    for (const i of [0, 4095, 4096, 8192, count - 1]) {
      expect(nvm.log.entry(i)).toMatchObject({ address: (i % WORDS_PER_PAGE) * 4, newWord: i + 1 });
    }
    nvm.undoTo(0);
    expect(nvm.hash()).toBe(make(1).hash());
  });
});

describe('a power failure', () => {
  it('comes instead of the store past the budget, and the store has not happened', () => {
    const nvm = make();
    nvm.powerFailsAtLogLength = 2;
    nvm.store32(0, 1);
    nvm.store8(4, 2);
    expect(() => nvm.store32(8, 3)).toThrow(PowerFailure);
    expect(() => nvm.store16(8, 3)).toThrow(PowerFailure);
    expect(() => nvm.store8(8, 3)).toThrow(PowerFailure);
    expect(() => nvm.noteEffect(0)).toThrow(PowerFailure);
    expect([...nvm.words.subarray(0, 3)]).toEqual([1, 2, 0]);
    expect(nvm.log.length).toBe(2);
    expect([nvm.storesCount, nvm.effectsCount]).toEqual([2, 0]);
  });

  it('may come before the first store', () => {
    const nvm = make();
    nvm.powerFailsAtLogLength = 0;
    expect(() => nvm.store32(0, 1)).toThrow(PowerFailure);
    expect(nvm.hash()).toBe(make().hash());
  });
});

describe('the hash', () => {
  it('of a page does not depend on where the page is, so that a page and its copy have one', () => {
    const nvm = make();
    for (const page of [0, 2]) {
      nvm.store32(page * PAGE + 40, 0x1234);
      nvm.store8(page * PAGE + PAGE - 1, 9);
    }
    expect(nvm.pageHashLow[0]).toBe(nvm.pageHashLow[2]);
    expect(nvm.pageHashHigh[0]).toBe(nvm.pageHashHigh[2]);
    expect([nvm.pageHashLow[1], nvm.pageHashHigh[1]]).toEqual([0, 0]);
  });

  it('of the whole depends on which page holds what', () => {
    const [a, b] = [make(), make()];
    a.store32(40, 5);
    b.store32(PAGE + 40, 5);
    expect(a.hash()).not.toBe(b.hash());
    expect(a.hash()).toMatch(/^[0-9a-f]{16}$/);
  });

  it('tells a word at one place of a page from the same word at another, and swapped words apart', () => {
    const seen = new Set<string>();
    for (let word = 0; word < WORDS_PER_PAGE; word += 1) {
      const nvm = make(1);
      nvm.setWord(word, 1);
      seen.add(nvm.hash());
    }
    expect(seen.size).toBe(WORDS_PER_PAGE);
    const [a, b] = [make(1), make(1)];
    a.setWord(0, 1);
    a.setWord(1, 2);
    b.setWord(0, 2);
    b.setWord(1, 1);
    expect(a.hash()).not.toBe(b.hash());
  });

  it('has no collision in either lane’s combination among 200,000 neighbouring contents', () => {
    const nvm = make(1);
    const seen = new Set<string>();
    for (let word = 0; word < 20; word += 1) {
      for (let value = 1; value <= 10_000; value += 1) {
        nvm.setWord(word, value);
        seen.add(`${nvm.pageHashLow[0]} ${nvm.pageHashHigh[0]}`);
      }
      nvm.setWord(word, 0);
    }
    expect(seen.size).toBe(200_000);
  });
});

describe('setWord', () => {
  it('changes memory and its hash without a store', () => {
    const [a, b] = [make(), make()];
    a.setWord(PAGE / 4 + 3, -2);
    b.store32(PAGE + 12, -2);
    expect(a.log.length).toBe(0);
    expect(a.storesCount).toBe(0);
    expect(a.hash()).toBe(b.hash());
    expect(a.load32(PAGE + 12)).toBe(-2);
  });
});

describe('snapshots', () => {
  it('share the pages that did not change between them', () => {
    const nvm = make();
    const first = nvm.snapshot();
    nvm.store32(PAGE, 1);
    const second = nvm.snapshot();
    expect(second.pages[0]).toBe(first.pages[0]);
    expect(second.pages[1]).not.toBe(first.pages[1]);
    nvm.restore(first);
    expect(nvm.snapshot().pages[1]).toBe(first.pages[1]);
  });

  it('are not touched by what is written after them', () => {
    const nvm = make();
    nvm.store32(0, 1);
    const snapshot = nvm.snapshot();
    nvm.store32(0, 2);
    nvm.setWord(1, 3);
    expect([...(snapshot.pages[0]?.words.subarray(0, 2) ?? [])]).toEqual([1, 0]);
    nvm.restore(snapshot);
    expect([...nvm.words.subarray(0, 2)]).toEqual([1, 0]);
  });

  it('of a memory of another size are refused', () => {
    expect(() => make(2).restore(make(3).snapshot())).toThrow(/own size/);
    expect(() => new Nvm(PAGE + 4)).toThrow(/whole number of pages/);
    expect(() => new Nvm(0)).toThrow();
  });
});

describe('live-in words', () => {
  it('are those read before they were wholly written, and a partial store reads', () => {
    const nvm = make();
    nvm.load8(0);
    nvm.store32(4, 1);
    nvm.load32(4);
    nvm.store8(8, 1);
    nvm.store16(14, 1);
    nvm.store32(16, 0);
    nvm.store8(16, 1);
    nvm.load16(22);
    nvm.store32(20, 1);
    expect([0, 1, 2, 3, 4, 5, 6].map((word) => isLiveIn(nvm, word))).toEqual([
      true,
      false,
      true,
      true,
      false,
      true,
      false,
    ]);
    nvm.beginRun();
    expect(nvm.liveIn.every((bits) => bits === 0)).toBe(true);
    nvm.load32(4);
    expect(isLiveIn(nvm, 1)).toBe(true);
  });

  it('hold a whole page where its hash was looked at, less what had been written', () => {
    const nvm = make();
    nvm.store32(PAGE + 4, 1);
    nvm.notePageRead(1);
    nvm.store32(PAGE + 8, 1);
    nvm.notePageRead(1);
    const first = WORDS_PER_PAGE;
    const live = Array.from({ length: 3 * WORDS_PER_PAGE }, (_, word) => word).filter((word) =>
      isLiveIn(nvm, word),
    );
    expect(live).toEqual(
      Array.from({ length: WORDS_PER_PAGE }, (_, i) => first + i).filter((word) => word !== first + 1),
    );
  });
});
