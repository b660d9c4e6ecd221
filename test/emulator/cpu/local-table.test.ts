import { describe, expect, test } from 'vitest';
import { Seg } from '../../../emulator/cpu/cpu.ts';
import {
  type BareMachine,
  bareMachine,
  CODE,
  descriptor,
  enterRing3,
  faultTaken,
  Selector,
  setDescriptor,
  withTables,
} from './bare-machine.ts';

const LDT = 0xd000;
const DATA = 0x20000;
const LDT_SELECTOR = Selector.spare;
/** Entry 1 of the LDT. */
const LOCAL = 0x0c;

/** An LDT of two entries, of which the second is data at DATA. EAX is the selector that the code gets. */
function withLdt(bytes: readonly number[], eax: number, access = 0x82): BareMachine {
  const m = withTables(bareMachine());
  setDescriptor(m, LDT_SELECTOR, descriptor({ base: LDT, limit: 15, access, flags: 0 }));
  const [low, high] = descriptor({ base: DATA, limit: 0xff, access: 0xf2, flags: 4 });
  m.setWord(LDT + 8, low);
  m.setWord(LDT + 12, high);
  m.setWord(DATA + 4, 0x1234);
  m.code(bytes);
  m.cpu.regs[0] = eax;
  return m;
}

const LLDT = [0x0f, 0x00, 0xd0];
const SLDT_ECX = [0x0f, 0x00, 0xc1];
/** lldt ax; mov cx, LOCAL; mov fs, cx; mov edx, fs:[4] */
const LOAD_THROUGH = [...LLDT, 0x66, 0xb9, LOCAL, 0x00, 0x8e, 0xe1, 0x64, 0x8b, 0x15, 0x04, 0x00, 0x00, 0x00];

describe('the local descriptor table', () => {
  test('LLDT, and a segment loaded through it', () => {
    const m = withLdt(LOAD_THROUGH, LDT_SELECTOR);
    m.step(4);
    expect([m.cpu.regs[2], m.cpu.segmentBase[Seg.fs], m.cpu.segmentSelector[Seg.ldtr]]).toEqual([
      0x1234,
      DATA,
      LDT_SELECTOR,
    ]);
    // Loading has set the accessed bit in the LDT, not in the GDT.
    expect((m.word(LDT + 12) >>> 8) & 1).toBe(1);
  });

  test('a selector beyond its limit is #GP with TI in the error code', () => {
    const m = withLdt([...LLDT, 0x66, 0xb9, 0x14, 0x00, 0x8e, 0xe1], LDT_SELECTOR);
    const { vector, frame } = faultTaken(m, 4);
    expect([vector, frame[0], frame[1]]).toEqual([13, 0x14, CODE + 7]);
  });

  test('LLDT of null takes the table away, and SLDT reads it', () => {
    const m = withLdt([...LLDT, ...SLDT_ECX, 0x66, 0xb9, LOCAL, 0x00, 0x8e, 0xe1], 0);
    m.cpu.regs[1] = -1;
    m.step(2);
    expect((m.cpu.regs[1] as number) & 0xffff).toBe(0);
    const { vector, frame } = faultTaken(m, 3);
    expect([vector, frame[0]]).toEqual([13, LOCAL]);
  });

  test.each([
    ['of data', Selector.data0, 0x82, 13, Selector.data0],
    ['of a TSS', Selector.tss, 0x82, 13, Selector.tss],
    ['that names the LDT itself', LDT_SELECTOR | 4, 0x82, 13, LDT_SELECTOR | 4],
    ['beyond the GDT', 0x200, 0x82, 13, 0x200],
    ['that is not present', LDT_SELECTOR, 0x02, 11, LDT_SELECTOR],
  ])('LLDT %s faults with the selector', (_name, eax, access, expected, error) => {
    const m = withLdt(LLDT, eax, access);
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[0], frame[1]]).toEqual([expected, error, CODE]);
    expect(m.cpu.segmentSelector[Seg.ldtr]).toBe(0);
  });

  test('ring 3 reads it and does not load it', () => {
    const m = withLdt([...SLDT_ECX, ...LLDT], LDT_SELECTOR);
    enterRing3(m);
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[0], frame[1]]).toEqual([13, 0, CODE + 3]);
  });

  test('LLDT and SLDT are #UD outside protected mode', () => {
    for (const bytes of [LLDT, SLDT_ECX]) {
      const m = bareMachine();
      m.machine.reset();
      m.code(bytes);
      m.cpu.segmentBase[Seg.cs] = 0;
      m.cpu.regs[4] = 0x8000;
      m.setWord(6 * 4, 0x5678);
      m.step(1);
      expect(m.cpu.eip).toBe(0x5678);
    }
  });
});
