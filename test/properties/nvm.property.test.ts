/** NVM against a model of it that is as plain as can be: an array of bytes, a list of stores, two sets. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Nvm, type NvmSnapshot, PowerFailure } from '../../emulator/nvm/nvm.ts';
import { mixHigh, mixLow } from '../../emulator/nvm/word-hash.ts';
import { PAGE_SIZE_BYTES, WORDS_PER_PAGE } from '../../emulator/units.ts';

const PAGES_COUNT = 4;
const SIZE_BYTES = PAGES_COUNT * PAGE_SIZE_BYTES;

/** Few places, so that operations meet; on every page, at its ends and in its middle. */
const place = fc
  .tuple(fc.nat(PAGES_COUNT - 1), fc.constantFrom(0, 1, 2, 511, 1022, 1023), fc.nat(3))
  .map(([page, word, byte]) => page * PAGE_SIZE_BYTES + word * 4 + byte);
const size = fc.constantFrom(1 as const, 2 as const, 4 as const);
const value = fc.oneof(
  fc.constantFrom(0, 1, -1, 0x80000000),
  fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }),
);

const op = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('store' as const), place, size, value }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('load' as const), place, size }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('effect' as const), index: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('page-read' as const), place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('set-word' as const), place, value }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('begin' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('undo' as const), share: fc.nat(100) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('snapshot' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore' as const), which: fc.nat(9) }) },
);
type Op = typeof op extends fc.Arbitrary<infer T> ? T : never;
type Size = 1 | 2 | 4;

interface PlainEntry {
  readonly address: number;
  readonly before: Uint8Array;
  readonly sizeBytes: number;
}

class PlainMemory {
  bytes = new Uint8Array(SIZE_BYTES);
  /** Stores of this run; null stands for an effect. */
  log: (PlainEntry | null)[] = [];
  readonly settled = new Set<number>();
  readonly liveIn = new Set<number>();
  readonly snapshots: Uint8Array[] = [];

  read(word: number): void {
    if (!this.settled.has(word)) this.liveIn.add(word);
    this.settled.add(word);
  }

  load(at: number, sizeBytes: Size): number {
    this.read(at >>> 2);
    const view = new DataView(this.bytes.buffer);
    if (sizeBytes === 1) return view.getUint8(at);
    return sizeBytes === 2 ? view.getUint16(at, true) : view.getInt32(at, true);
  }

  store(at: number, sizeBytes: Size, what: number): void {
    if (sizeBytes < 4) this.read(at >>> 2);
    this.settled.add(at >>> 2);
    this.log.push({ address: at, sizeBytes, before: this.bytes.slice(at, at + sizeBytes) });
    for (let i = 0; i < sizeBytes; i += 1) this.bytes[at + i] = (what >>> (8 * i)) & 0xff;
  }

  undo(length: number): void {
    while (this.log.length > length) {
      const last = this.log.pop();
      if (last) this.bytes.set(last.before, last.address);
    }
  }
}

const aligned = (at: number, sizeBytes: Size): number => at & ~(sizeBytes - 1);

/** One operation on both; loads are compared at once. */
function apply(nvm: Nvm, snapshots: NvmSnapshot[], plain: PlainMemory, each: Op): void {
  switch (each.kind) {
    case 'store': {
      const at = aligned(each.place, each.size);
      if (each.size === 1) nvm.store8(at, each.value);
      else if (each.size === 2) nvm.store16(at, each.value);
      else nvm.store32(at, each.value);
      plain.store(at, each.size, each.value);
      return;
    }
    case 'load': {
      const at = aligned(each.place, each.size);
      const got = each.size === 1 ? nvm.load8(at) : each.size === 2 ? nvm.load16(at) : nvm.load32(at);
      expect(got).toBe(plain.load(at, each.size));
      return;
    }
    case 'effect':
      nvm.noteEffect(each.index);
      plain.log.push(null);
      return;
    case 'page-read': {
      const page = each.place >>> 12;
      nvm.notePageRead(page);
      for (let i = 0; i < WORDS_PER_PAGE; i += 1) plain.read(page * WORDS_PER_PAGE + i);
      return;
    }
    case 'set-word':
      // Between runs only: undo gives back what the log holds, and this is not in it.
      beginRun(nvm, plain);
      nvm.setWord(each.place >>> 2, each.value | 0);
      new DataView(plain.bytes.buffer).setInt32(each.place & ~3, each.value | 0, true);
      return;
    case 'begin':
      return beginRun(nvm, plain);
    case 'undo': {
      const length = Math.floor((plain.log.length * each.share) / 101);
      nvm.undoTo(length);
      plain.undo(length);
      return;
    }
    case 'snapshot':
      snapshots.push(nvm.snapshot());
      plain.snapshots.push(plain.bytes.slice());
      return;
    case 'restore': {
      const which = each.which % Math.max(1, snapshots.length);
      const snapshot = snapshots[which];
      const bytes = plain.snapshots[which];
      if (snapshot === undefined || bytes === undefined) return;
      nvm.restore(snapshot);
      plain.bytes = bytes.slice();
      return beginRun(nvm, plain);
    }
  }
}

function beginRun(nvm: Nvm, plain: PlainMemory): void {
  nvm.beginRun();
  plain.log = [];
  plain.settled.clear();
  plain.liveIn.clear();
}

/** The hashes of a page, from its words alone. */
function recomputed(nvm: Nvm, page: number): [number, number] {
  let low = 0;
  let high = 0;
  for (let i = 0; i < WORDS_PER_PAGE; i += 1) {
    const word = nvm.words[page * WORDS_PER_PAGE + i] ?? 0;
    low = (low + mixLow(i, word)) | 0;
    high = (high + mixHigh(i, word)) | 0;
  }
  return [low, high];
}

function liveInOf(nvm: Nvm): number[] {
  const words: number[] = [];
  for (let word = 0; word < SIZE_BYTES / 4; word += 1) {
    if ((((nvm.liveIn[word >>> 5] ?? 0) >>> (word & 31)) & 1) === 1) words.push(word);
  }
  return words;
}

it('does what a plain array of bytes with a list of stores does, whatever is done to it in whatever order', () => {
  fc.assert(
    fc.property(fc.array(op, { maxLength: 120, size: 'max' }), (ops) => {
      const nvm = new Nvm(SIZE_BYTES);
      const plain = new PlainMemory();
      const snapshots: NvmSnapshot[] = [];
      for (const each of ops) {
        apply(nvm, snapshots, plain, each);
        expect(nvm.log.length).toBe(plain.log.length);
      }
      expect(Buffer.compare(nvm.bytes, plain.bytes)).toBe(0);
      expect(liveInOf(nvm)).toEqual([...plain.liveIn].sort((a, b) => a - b));
      for (let page = 0; page < PAGES_COUNT; page += 1) {
        expect([nvm.pageHashLow[page], nvm.pageHashHigh[page]]).toEqual(recomputed(nvm, page));
      }
      snapshots.forEach((snapshot, i) => {
        nvm.restore(snapshot);
        expect(Buffer.compare(nvm.bytes, plain.snapshots[i] ?? new Uint8Array())).toBe(0);
        expect(nvm.pageHashLow[0]).toBe(recomputed(nvm, 0)[0]);
      });
    }),
    { numRuns: 200 },
  );
});

const stores = fc.array(fc.record({ place, size, value }), { minLength: 1, maxLength: 60 });

const storeAll = (nvm: Nvm, list: readonly { place: number; size: Size; value: number }[]): void => {
  for (const each of list) {
    const at = aligned(each.place, each.size);
    if (each.size === 1) nvm.store8(at, each.value);
    else if (each.size === 2) nvm.store16(at, each.value);
    else nvm.store32(at, each.value);
  }
};

it('a power failure after n stores leaves the image of the first n, as undo and the log give it too', () => {
  fc.assert(
    fc.property(stores, fc.nat(100), (list, share) => {
      const n = Math.floor((list.length * share) / 101);
      const [failed, undone, replayed] = [new Nvm(SIZE_BYTES), new Nvm(SIZE_BYTES), new Nvm(SIZE_BYTES)];
      failed.powerFailsAtLogLength = n;
      expect(() => storeAll(failed, list)).toThrow(PowerFailure);
      storeAll(undone, list);
      for (let i = 0; i < n; i += 1) {
        replayed.setWord((undone.log.address[i] ?? 0) >>> 2, undone.log.newWord[i] ?? 0);
      }
      undone.undoTo(n);
      expect(failed.log.length).toBe(n);
      expect(Buffer.compare(failed.bytes, undone.bytes)).toBe(0);
      expect(Buffer.compare(failed.bytes, replayed.bytes)).toBe(0);
      expect(new Set([failed.hash(), undone.hash(), replayed.hash()]).size).toBe(1);
    }),
    { numRuns: 200 },
  );
});

it('the log chains: each entry finds the word that the last store to it left', () => {
  fc.assert(
    fc.property(stores, (list) => {
      const nvm = new Nvm(SIZE_BYTES);
      storeAll(nvm, list);
      const now = new Map<number, number>();
      for (let i = 0; i < nvm.log.length; i += 1) {
        const entry = nvm.log.entry(i);
        if (entry.kind !== 'store') throw new Error('there was no effect');
        const word = entry.address & ~3;
        expect(entry.oldWord).toBe(now.get(word) ?? 0);
        now.set(word, entry.newWord);
      }
      for (const [at, word] of now) expect(nvm.load32(at) >>> 0).toBe(word);
    }),
    { numRuns: 100 },
  );
});

it('the hash of a page is that of its content, wherever the page is and however it came about', () => {
  fc.assert(
    fc.property(stores, fc.nat(PAGES_COUNT - 1), fc.nat(PAGES_COUNT - 1), (list, from, to) => {
      const [a, b] = [new Nvm(SIZE_BYTES), new Nvm(SIZE_BYTES)];
      storeAll(
        a,
        list.map((each) => ({ ...each, place: (each.place & 0xfff) + from * PAGE_SIZE_BYTES })),
      );
      // The same content in another page of another memory, word by word and backwards.
      for (let i = WORDS_PER_PAGE - 1; i >= 0; i -= 1) {
        b.setWord(to * WORDS_PER_PAGE + i, a.words[from * WORDS_PER_PAGE + i] ?? 0);
      }
      expect([b.pageHashLow[to], b.pageHashHigh[to]]).toEqual([a.pageHashLow[from], a.pageHashHigh[from]]);
    }),
    { numRuns: 100 },
  );
});
