import { describe, expect, test } from 'vitest';
import { StoreOrigin } from '../../../emulator/nvm/store-log.ts';
import {
  type BareMachine,
  bareMachine,
  CODE,
  enterRing3,
  faultTaken,
  withTables,
} from '../cpu/bare-machine.ts';

const DIRECTORY = 0x40000;
const TABLE = 0x41000;
const P = 1;
const W = 2;
const U = 4;
const A = 0x20;
const D = 0x40;
/** Two frames whose first words differ, and the page that the tests map to them. */
const FRAME_1 = 0x50000;
const FRAME_2 = 0x51000;
const PAGE = 0x60000;

const entryAddress = (linear: number): number => TABLE + (linear >>> 12) * 4;

/** Paging on, everything mapped to itself for both rings; `PAGE` as told. */
function paged(entry: number, options: { wp?: boolean } = {}): BareMachine {
  const m = withTables(bareMachine());
  m.setWord(DIRECTORY, TABLE | P | W | U | A);
  for (let page = 0; page < 256; page += 1) m.setWord(TABLE + page * 4, (page << 12) | P | W | U | A | D);
  m.setWord(entryAddress(PAGE), entry);
  m.setWord(FRAME_1, 0x1111);
  m.setWord(FRAME_2, 0x2222);
  m.cpu.mmu.setCr3(DIRECTORY);
  m.cpu.mmu.setCr0(0x80000011 | (options.wp === true ? 0x10000 : 0) | 0);
  m.cpu.regs[3] = PAGE;
  return m;
}

const READ = [0x8b, 0x03];
const WRITE = [0x89, 0x03];

describe('accessed and dirty bits', () => {
  test('a read sets A, a write sets D, each by one store of the page walk', () => {
    const m = paged(FRAME_1 | P | W | U);
    m.code([...READ, ...WRITE]);
    m.step(1);
    expect(m.word(entryAddress(PAGE))).toBe(FRAME_1 | P | W | U | A);
    expect(m.machine.tlbEntry(PAGE)).toEqual({ frame: FRAME_1 >>> 12, writable: true, dirty: false });
    m.step(1);
    expect(m.word(entryAddress(PAGE))).toBe(FRAME_1 | P | W | U | A | D);
    const { log } = m.machine.nvm;
    const walk = Array.from({ length: log.length }, (_, i) => log.entry(i)).filter(
      (e) => e.kind === 'store' && e.origin === 'page-walk',
    );
    expect(walk).toHaveLength(2);
    expect(((log.meta[0] ?? 0) >>> 3) & 7).toBe(StoreOrigin.pageWalk);
  });

  test('an access that faults sets neither', () => {
    const m = paged(FRAME_1 | P | U, { wp: true });
    m.setWord(DIRECTORY, TABLE | P | W | U);
    m.code(WRITE);
    m.cpu.eip = CODE;
    m.step(1);
    expect(m.word(entryAddress(PAGE))).toBe(FRAME_1 | P | U);
  });

  test('the directory entry gets A before the table entry', () => {
    const m = paged(FRAME_1 | P | W | U);
    m.setWord(DIRECTORY, TABLE | P | W | U);
    m.code(READ);
    m.step(1);
    const first = m.machine.nvm.log.entry(0);
    expect(first).toMatchObject({ address: DIRECTORY, origin: 'page-walk' });
    expect(m.word(DIRECTORY) & A).toBe(A);
  });
});

describe('page faults', () => {
  test.each([
    ['a read of nothing in ring 0', 0, READ, false, 0],
    ['a write of nothing in ring 0', 0, WRITE, false, 2],
    ['a read of nothing in ring 3', 0, READ, true, 4],
    ['a read of a supervisor page in ring 3', FRAME_1 | P | W, READ, true, 5],
    ['a write of a read-only page in ring 3', FRAME_1 | P | U, WRITE, true, 7],
    ['a write of a read-only page in ring 0 with WP', FRAME_1 | P | U, WRITE, false, 3],
    ['a read-modify-write of nothing counts as a write', 0, [0xff, 0x03], false, 2],
  ])('%s', (_name, entry, bytes, user, error) => {
    const m = paged(entry, { wp: true });
    m.code(bytes);
    m.cpu.regs[3] = PAGE + 8;
    if (user) enterRing3(m);
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[0], frame[1]]).toEqual([14, error, CODE]);
    expect(m.cpu.mmu.cr2).toBe(PAGE + 8);
  });

  test('without WP ring 0 writes read-only pages', () => {
    const m = paged(FRAME_1 | P | U);
    m.code(WRITE);
    m.cpu.regs[0] = 0x77;
    m.step(1);
    expect(m.word(FRAME_1)).toBe(0x77);
  });

  test('a store over two pages changes nothing if the second faults', () => {
    const m = paged(0);
    m.code(WRITE);
    m.cpu.regs[3] = PAGE - 2;
    m.cpu.regs[0] = -1;
    const { vector } = faultTaken(m);
    expect(vector).toBe(14);
    expect(m.cpu.mmu.cr2).toBe(PAGE);
    expect(m.word(PAGE - 4)).toBe(0);
  });

  test('a fetch over two pages faults with the second page', () => {
    const m = paged(0);
    m.setByte(PAGE - 1, 0x8b);
    m.cpu.eip = PAGE - 1;
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[0], frame[1], m.cpu.mmu.cr2]).toEqual([14, 0, PAGE - 1, PAGE]);
  });

  test('reserved bits of a 4 MiB page', () => {
    const m = paged(0);
    m.cpu.mmu.setCr4(0x10);
    m.setWord(DIRECTORY + 4, 0x1000 | P | W | U | 0x80);
    m.code(READ);
    m.cpu.regs[3] = 0x400000;
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[0]]).toEqual([14, 9]);
  });
});

describe('the TLB goes stale', () => {
  test('a changed entry is not seen before INVLPG', () => {
    const m = paged(FRAME_1 | P | W | U | A | D);
    m.code([...READ, ...READ, 0x0f, 0x01, 0x3b, ...READ]);
    m.step(1);
    m.setWord(entryAddress(PAGE), FRAME_2 | P | W | U | A | D);
    m.step(1);
    expect(m.cpu.regs[0]).toBe(0x1111);
    m.step(2);
    expect(m.cpu.regs[0]).toBe(0x2222);
  });

  test('a load of CR3 flushes', () => {
    const m = paged(FRAME_1 | P | W | U | A | D);
    m.code([...READ, 0x0f, 0x20, 0xd9, 0x0f, 0x22, 0xd9, ...READ]);
    m.step(1);
    m.setWord(entryAddress(PAGE), FRAME_2 | P | W | U | A | D);
    m.step(3);
    expect(m.cpu.regs[0]).toBe(0x2222);
  });

  test('a page protected without INVLPG is still writable', () => {
    const m = paged(FRAME_1 | P | W | U | A | D, { wp: true });
    m.code([...WRITE, ...WRITE]);
    m.step(1);
    m.setWord(entryAddress(PAGE), FRAME_1 | P | U | A | D);
    m.cpu.regs[0] = 0x99;
    m.step(1);
    expect(m.word(FRAME_1)).toBe(0x99);
  });

  test('a page made writable is seen without INVLPG: the walk comes before the fault', () => {
    const m = paged(FRAME_1 | P | U | A, { wp: true });
    m.code([...READ, ...WRITE]);
    m.step(1);
    expect(m.machine.tlbEntry(PAGE)).toMatchObject({ writable: false });
    m.setWord(entryAddress(PAGE), FRAME_1 | P | W | U | A);
    m.step(1);
    expect(m.machine.tlbEntry(PAGE)).toEqual({ frame: FRAME_1 >>> 12, writable: true, dirty: true });
  });

  test('a fault removes the entry that it is about', () => {
    const m = paged(FRAME_1 | P | U | A, { wp: true });
    m.code([...READ, ...WRITE]);
    m.step(1);
    faultTaken(m);
    expect(m.machine.tlbEntry(PAGE)).toBeNull();
  });

  test('4 MiB pages are mapped, marked and invalidated as one', () => {
    const m = paged(0);
    m.cpu.mmu.setCr4(0x10);
    m.setWord(DIRECTORY + 4, P | W | U | 0x80);
    m.setWord(FRAME_1, 0x1234);
    m.code([...READ, ...WRITE, 0x0f, 0x01, 0x3b]);
    m.cpu.regs[3] = 0x400000 + FRAME_1;
    m.step(2);
    expect(m.cpu.regs[0]).toBe(0x1234);
    expect(m.word(DIRECTORY + 4) & (A | D)).toBe(A | D);
    m.cpu.regs[3] = 0x400000;
    m.step(1);
    expect(m.machine.tlbEntry(0x400000 + FRAME_1)).toBeNull();
  });
});
