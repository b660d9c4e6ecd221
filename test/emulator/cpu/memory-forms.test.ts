import { describe, expect, test } from 'vitest';
import { bareMachine, CODE, STACK, setFlags } from './bare-machine.ts';

/** The stores of the log as [address, size, new word]. */
function stores(m: ReturnType<typeof bareMachine>): [number, number][] {
  const { log } = m.machine.nvm;
  return Array.from({ length: log.length }, (_, i) => {
    const entry = log.entry(i);
    if (entry.kind !== 'store') throw new Error('an effect');
    return [entry.address, entry.sizeBytes];
  });
}

describe('stores', () => {
  test.each([
    [0x20000, [[0x20000, 4]]],
    [
      0x20001,
      [
        [0x20001, 1],
        [0x20002, 2],
        [0x20004, 1],
      ],
    ],
    [
      0x20002,
      [
        [0x20002, 2],
        [0x20004, 2],
      ],
    ],
    [
      0x20003,
      [
        [0x20003, 1],
        [0x20004, 2],
        [0x20006, 1],
      ],
    ],
    [
      0x20ffe,
      [
        [0x20ffe, 2],
        [0x21000, 2],
      ],
    ],
  ])('a dword at %i is split at natural alignment', (address, expected) => {
    const m = bareMachine();
    m.code([0x89, 0x03]);
    m.cpu.regs[3] = address;
    m.cpu.regs[0] = 0x12345678;
    m.step();
    expect(stores(m)).toEqual(expected);
    m.code([0x8b, 0x0b]);
    m.step();
    expect(m.cpu.regs[1]).toBe(0x12345678);
  });

  test('a word at an odd address is two stores', () => {
    const m = bareMachine();
    m.code([0x66, 0x89, 0x03]);
    m.cpu.regs[3] = 0x20003;
    m.cpu.regs[0] = 0xabcd;
    m.step();
    expect(stores(m)).toEqual([
      [0x20003, 1],
      [0x20004, 1],
    ]);
    expect([m.word(0x20000), m.word(0x20004)]).toEqual([0xcd000000, 0xab]);
  });
});

describe('addressing', () => {
  test('base, scaled index and displacement', () => {
    const m = bareMachine();
    m.code((a) => a.bytes(0x8d, 0x84, 0x8b, 0x78, 0x56, 0x34, 0x12));
    m.cpu.regs[3] = 0x1000;
    m.cpu.regs[1] = 3;
    m.step();
    expect(m.cpu.regs[0]).toBe(0x12345678 + 0x1000 + 12);
  });

  test('16-bit addresses wrap at 64 KB', () => {
    const m = bareMachine();
    // lea eax, [bx+si+7fffh] under an address-size prefix
    m.code([0x67, 0x8d, 0x80, 0xff, 0x7f]);
    m.cpu.regs[3] = 0x12349000;
    m.cpu.regs[6] = 0x2;
    m.step();
    expect(m.cpu.regs[0]).toBe((0x9000 + 2 + 0x7fff) & 0xffff);
  });

  test('pop to an address by ESP uses ESP after the pop', () => {
    const m = bareMachine();
    m.code([0x8f, 0x04, 0x24]);
    m.setWord(STACK, 0x77);
    m.step();
    expect(m.word(STACK + 4)).toBe(0x77);
    expect(m.cpu.regs[4]).toBe(STACK + 4);
  });

  test('push esp pushes the old value', () => {
    const m = bareMachine();
    m.code([0x54]);
    m.step();
    expect(m.word(STACK - 4)).toBe(STACK);
  });
});

describe('strings', () => {
  test('rep movsd moves each element as an instruction of its own', () => {
    const m = bareMachine();
    m.code([0xf3, 0xa5, 0x90]);
    m.cpu.regs[1] = 3;
    m.cpu.regs[6] = 0x20000;
    m.cpu.regs[7] = 0x30000;
    for (let n = 0; n < 3; n += 1) m.setWord(0x20000 + 4 * n, n + 1);
    m.step(1);
    expect([m.cpu.regs[1], m.cpu.eip]).toEqual([2, CODE]);
    m.step(2);
    expect([m.cpu.regs[1], m.cpu.eip, m.machine.instructionsCount]).toEqual([0, CODE + 2, 3]);
    expect([m.word(0x30000), m.word(0x30004), m.word(0x30008)]).toEqual([1, 2, 3]);
  });

  test('repne scasb stops at the byte, backwards with DF', () => {
    const m = bareMachine();
    m.code([0xf2, 0xae]);
    m.cpu.regs[1] = 100;
    m.cpu.regs[7] = 0x20010;
    m.cpu.regs[0] = 0x41;
    m.setByte(0x20005, 0x41);
    setFlags(m, 0x402);
    m.step(12);
    expect([m.cpu.regs[1], m.cpu.regs[7]]).toEqual([100 - 12, 0x20004]);
    expect(m.eflags() & 0x40).toBe(0x40);
  });

  test('a count of zero does nothing', () => {
    const m = bareMachine();
    m.code([0xf3, 0xaa]);
    m.cpu.regs[7] = 0x20000;
    m.step();
    expect([m.cpu.eip, m.machine.nvm.log.length]).toEqual([CODE + 2, 0]);
  });
});

describe('code that changes', () => {
  test('a store into the running block is seen by the next instruction', () => {
    const m = bareMachine();
    // mov byte [CODE+7], 41h (inc ecx over a nop); nop
    m.code([0xc6, 0x05, 0x07, 0x10, 0x00, 0x00, 0x41, 0x90, 0xf4]);
    m.step(2);
    expect(m.cpu.regs[1]).toBe(1);
  });

  test('memory set underneath is seen', () => {
    const m = bareMachine();
    m.code([0x40, 0xeb, 0xfd]);
    m.step(2);
    const before = m.machine.nvm.snapshot();
    m.setByte(CODE, 0x41);
    m.step(2);
    m.machine.nvm.restore(before);
    m.step(1);
    expect([m.cpu.regs[0], m.cpu.regs[1]]).toEqual([2, 1]);
  });

  test('the words of code are noted as read in each run', () => {
    const m = bareMachine();
    m.code([0x40, 0xeb, 0xfd]);
    m.step(2);
    m.machine.nvm.beginRun();
    m.step(1);
    const { liveIn } = m.machine.nvm;
    const words = Array.from({ length: liveIn.length * 32 }, (_, w) => w);
    const noted = words.filter((w) => (((liveIn[w >>> 5] ?? 0) >>> (w & 31)) & 1) !== 0);
    expect(noted).toEqual([CODE >> 2]);
  });
});
