import { describe, expect, test } from 'vitest';
import { setSegment } from '../../../emulator/cpu/segments.ts';
import { StoreOrigin } from '../../../emulator/nvm/store-log.ts';
import {
  type BareMachine,
  bareMachine,
  CODE,
  descriptor,
  enterRing3,
  faultTaken,
  INNER_STACK,
  Selector,
  STACK,
  setDescriptor,
  setFlags,
  setGate,
  withTables,
} from './bare-machine.ts';

const ring3 = (): BareMachine => {
  const m = withTables(bareMachine());
  enterRing3(m);
  return m;
};

describe('interrupts through the IDT', () => {
  test('int from ring 3 switches to the stack of the TSS', () => {
    const m = ring3();
    setGate(m, 0x80, 0xee);
    m.code([0xcd, 0x80]);
    setFlags(m, 0x202);
    const { vector, frame } = faultTaken(m);
    expect(vector).toBe(0x80);
    expect(frame.slice(0, 5)).toEqual([CODE + 2, Selector.code3, 0x202, STACK, Selector.data3]);
    expect(m.cpu.regs[4]).toBe(INNER_STACK - 20);
    expect([m.cpu.cpl, m.eflags() & 0x200]).toEqual([0, 0]);
  });

  test('the pushes are stores of the kernel, those of the guest are not', () => {
    const m = ring3();
    setGate(m, 0x80, 0xee);
    m.code([0x50, 0xcd, 0x80]);
    faultTaken(m);
    const { log } = m.machine.nvm;
    const origins = Array.from({ length: log.length }, (_, i) => ((log.meta[i] ?? 0) >>> 3) & 7);
    expect(origins).toEqual([StoreOrigin.guest, ...new Array(5).fill(StoreOrigin.kernel)]);
  });

  test('int through a gate of ring 0 is #GP with the vector', () => {
    const m = ring3();
    m.code([0xcd, 0x21]);
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[0], frame[1]]).toEqual([13, 0x21 * 8 + 2, CODE]);
  });

  test('iret goes back to ring 3, and drops segments of ring 0', () => {
    const m = withTables(bareMachine());
    m.code([0xcf]);
    [0x2000, Selector.code3, 0x3202, 0x7000, Selector.data3].forEach((word, n) => {
      m.setWord(STACK - 20 + 4 * n, word);
    });
    m.cpu.regs[4] = STACK - 20;
    m.step();
    expect([m.cpu.eip, m.cpu.cpl, m.cpu.regs[4]]).toEqual([0x2000, 3, 0x7000]);
    expect(m.eflags()).toBe(0x3202);
    expect(m.cpu.segmentSelector[3]).toBe(0);
  });

  test('a trap gate leaves IF', () => {
    const m = withTables(bareMachine());
    setGate(m, 0x30, 0x8f);
    m.code([0xcd, 0x30]);
    setFlags(m, 0x202);
    m.step();
    expect(m.eflags() & 0x200).toBe(0x200);
  });

  test('a gate that is not present is #NP with the vector', () => {
    const m = withTables(bareMachine());
    setGate(m, 0x30, 0x0e);
    m.code([0xcd, 0x30]);
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[0]]).toEqual([11, 0x30 * 8 + 2]);
  });

  test('without a double fault gate the processor shuts down', () => {
    const m = withTables(bareMachine());
    m.cpu.idtLimit = 0;
    m.code([0x0f, 0x0b]);
    expect(m.step(2)).toEqual({ kind: 'triple-fault', eip: CODE });
  });

  test('a fault while #GP is delivered is a double fault with error code 0', () => {
    const m = withTables(bareMachine());
    setGate(m, 13, 0x0e);
    setGate(m, 11, 0x0e);
    m.code([0xf4]);
    enterRing3(m);
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[0], frame[1]]).toEqual([8, 0, CODE]);
  });
});

describe('privilege', () => {
  test.each([
    ['hlt', [0xf4]],
    ['cli', [0xfa]],
    ['in', [0xec]],
    ['mov cr0', [0x0f, 0x22, 0xc0]],
    ['lgdt', [0x0f, 0x01, 0x10]],
    ['invlpg', [0x0f, 0x01, 0x38]],
    ['ltr', [0x0f, 0x00, 0xd8]],
    ['wbinvd', [0x0f, 0x09]],
  ])('%s in ring 3 is #GP(0)', (_name, bytes) => {
    const m = ring3();
    m.code(bytes);
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[0], frame[1]]).toEqual([13, 0, CODE]);
  });

  test('popf in ring 3 changes neither IF nor IOPL', () => {
    const m = ring3();
    m.code([0x9d]);
    m.setWord(STACK, 0x3ed7);
    setFlags(m, 2);
    m.step();
    expect(m.eflags()).toBe((0x0cd7 & ~0x100) | 2);
  });

  test('an undefined opcode is #UD, and so is a lock where none may be', () => {
    for (const bytes of [
      [0x0f, 0xff],
      [0xf0, 0x90],
      [0xf0, 0x01, 0xc0],
      [0x8c, 0xf8],
      [0xc7, 0xc8, 0, 0, 0, 0],
    ]) {
      const m = withTables(bareMachine());
      m.code(bytes);
      const { vector, frame } = faultTaken(m);
      expect([vector, frame[0]]).toEqual([6, CODE]);
    }
  });

  test('more than 15 bytes are #GP(0)', () => {
    const m = withTables(bareMachine());
    m.code([...new Array(15).fill(0x66), 0x90]);
    expect(faultTaken(m).vector).toBe(13);
  });
});

describe('segments', () => {
  /** DS is a segment of the given kind at 20000h. */
  function withDs(access: number, limit: number, flags = 4): BareMachine {
    const m = withTables(bareMachine());
    setDescriptor(m, Selector.spare, descriptor({ base: 0x20000, limit, access, flags }));
    m.code([0x8e, 0xd8, 0x8b, 0x03, 0x89, 0x03]);
    m.cpu.regs[0] = Selector.spare;
    return m;
  }

  test('the base is added and the limit is the last byte', () => {
    const m = withDs(0x92, 0xff);
    m.setWord(0x200fc, 0x55);
    m.cpu.regs[3] = 0xfc;
    m.step(2);
    expect(m.cpu.regs[0]).toBe(0x55);
  });

  test('one byte beyond the limit is #GP(0)', () => {
    const m = withDs(0x92, 0xff);
    m.cpu.regs[3] = 0xfd;
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[0], frame[1]]).toEqual([13, 0, CODE + 2]);
  });

  test('an expand-down segment is what lies above its limit', () => {
    const good = withDs(0x96, 0xff);
    good.cpu.regs[3] = 0x100;
    expect(good.step(2).kind).toBe('budget');
    const bad = withDs(0x96, 0xff);
    bad.cpu.regs[3] = 0xff;
    expect(faultTaken(bad).vector).toBe(13);
  });

  test('a write to a read-only segment is #GP(0)', () => {
    const m = withDs(0x90, 0xff);
    m.cpu.regs[3] = 0;
    const { vector, frame } = faultTaken(m, 4);
    expect([vector, frame[1]]).toEqual([13, CODE + 4]);
  });

  test('loading sets the accessed bit in the table', () => {
    const m = withDs(0x92, 0xff);
    m.step(1);
    expect((m.word(0xa000 + Selector.spare + 4) >>> 8) & 1).toBe(1);
  });

  test.each([
    ['not present', 0x12, 11],
    ['a system descriptor', 0x82, 13],
    ['execute-only code', 0x98, 13],
  ])('a selector of %s faults with the selector', (_name, access, expected) => {
    const m = withDs(access, 0xff);
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[0], frame[1]]).toEqual([expected, Selector.spare, CODE]);
  });

  test('use of a null selector is #GP(0), loading it is not', () => {
    const m = withDs(0x92, 0xff);
    m.cpu.regs[0] = 0;
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[0], frame[1]]).toEqual([13, 0, CODE + 2]);
  });

  test('the stack segment faults with #SS(0)', () => {
    const m = withTables(bareMachine());
    setSegment(m.cpu, 2, { selector: Selector.data0, base: 0, limit: STACK - 1, attributes: 0x4093 });
    m.code([0x8b, 0x45, 0x00]);
    m.cpu.regs[5] = STACK - 2;
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[0]]).toEqual([12, 0]);
  });

  test('a jump beyond the limit of CS is #GP(0) at the jump', () => {
    const m = withTables(bareMachine());
    setSegment(m.cpu, 1, { selector: Selector.code0, base: 0, limit: 0x1fff, attributes: 0x409b });
    m.code([0xe9, 0x00, 0x10, 0x00, 0x00]);
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[0], frame[1]]).toEqual([13, 0, CODE]);
  });
});
