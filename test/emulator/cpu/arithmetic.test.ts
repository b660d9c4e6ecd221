import { describe, expect, test } from 'vitest';
import { Flag } from '../../../emulator/cpu/flags.ts';
import { bareMachine, faultTaken, setFlags, withTables } from './bare-machine.ts';

const { cf, pf, af, zf, sf, of } = Flag;
const STATUS = cf | pf | af | zf | sf | of;

/** Runs one instruction on EAX and ECX; gives EAX and the status flags. */
function run(bytes: number[], eax: number, ecx = 0, flags = 2): { eax: number; flags: number } {
  const m = bareMachine();
  m.code(bytes);
  m.cpu.regs[0] = eax;
  m.cpu.regs[1] = ecx;
  setFlags(m, flags);
  m.step();
  return { eax: (m.cpu.regs[0] as number) >>> 0, flags: m.eflags() & STATUS };
}

describe('flags of addition and subtraction', () => {
  test.each([
    ['add carries out of the top', [0x01, 0xc8], 0xffffffff, 1, 0, cf | pf | af | zf],
    ['add overflows', [0x01, 0xc8], 0x7fffffff, 1, 0x80000000, of | sf | af | pf],
    ['sub borrows', [0x29, 0xc8], 0, 1, 0xffffffff, cf | sf | af | pf],
    ['sub overflows', [0x29, 0xc8], 0x80000000, 1, 0x7fffffff, of | af | pf],
    ['cmp leaves its operand', [0x39, 0xc8], 5, 5, 5, zf | pf],
    ['add of bytes', [0x00, 0xc8], 0x1ff, 0x01, 0x100, cf | pf | af | zf],
    ['add of bytes overflows', [0x00, 0xc8], 0x7f, 0x01, 0x80, of | sf | af],
    ['add of words', [0x66, 0x01, 0xc8], 0x1ffff, 0x01, 0x10000, cf | pf | af | zf],
    ['and clears CF and OF', [0x21, 0xc8], 0xf0, 0x0f, 0, zf | pf],
    ['neg of 0 has no carry', [0xf7, 0xd8], 0, 0, 0, zf | pf],
    ['neg of the smallest overflows', [0xf7, 0xd8], 0x80000000, 0, 0x80000000, cf | of | sf | pf],
  ])('%s', (_name, bytes, eax, ecx, result, flags) => {
    expect(run(bytes, eax, ecx)).toEqual({ eax: result, flags });
  });

  test('adc and sbb take the carry in and give it out', () => {
    expect(run([0x11, 0xc8], 0xffffffff, 0, 2 | cf)).toEqual({ eax: 0, flags: cf | zf | pf | af });
    expect(run([0x19, 0xc8], 0, 0xffffffff, 2 | cf)).toEqual({ eax: 0, flags: cf | zf | pf | af });
    expect(run([0x19, 0xc8], 5, 4, 2 | cf)).toEqual({ eax: 0, flags: zf | pf });
  });

  test('inc and dec leave CF', () => {
    expect(run([0x40], 0xffffffff, 0, 2 | cf)).toEqual({ eax: 0, flags: cf | zf | pf | af });
    expect(run([0x48], 0x80000000, 0, 2)).toEqual({ eax: 0x7fffffff, flags: of | af | pf });
  });
});

describe('shifts and rotates', () => {
  test.each([
    ['shl 1', [0xd1, 0xe0], 0x80000001, 0, 2, cf | of],
    ['shr 1', [0xd1, 0xe8], 0x80000001, 0, 0x40000000, cf | of | pf],
    ['sar by cl', [0xd3, 0xf8], 0x80000000, 31, 0xffffffff, sf | pf],
    ['rol of bytes by 8 sets CF by bit 0', [0xc0, 0xc0, 8], 0x81, 0, 0x81, cf],
  ])('%s', (_name, bytes, eax, ecx, result, flags) => {
    const defined = STATUS & ~af & ~(_name === 'rol of bytes by 8 sets CF by bit 0' ? of : 0);
    const got = run(bytes, eax, ecx);
    expect({ eax: got.eax, flags: got.flags & defined }).toEqual({ eax: result, flags });
  });

  test('a count of 0 leaves every flag', () => {
    expect(run([0xd3, 0xe0], 0xff, 32, 2 | cf | zf | of)).toEqual({ eax: 0xff, flags: cf | zf | of });
  });

  test('rcl goes through the carry', () => {
    expect(run([0xd1, 0xd0], 0x80000000, 0, 2 | cf).eax).toBe(1);
    expect(run([0xd1, 0xd8], 1, 0, 2 | cf).eax).toBe(0x80000000);
  });

  test('shld and shrd', () => {
    expect(run([0x0f, 0xa4, 0xc8, 8], 0x11223344, 0xaabbccdd).eax).toBe(0x223344aa);
    expect(run([0x0f, 0xac, 0xc8, 8], 0x11223344, 0xaabbccdd).eax).toBe(0xdd112233);
  });
});

describe('multiplication and division', () => {
  test('mul gives 64 bits', () => {
    const m = bareMachine();
    m.code([0xf7, 0xe1]);
    m.cpu.regs[0] = -1;
    m.cpu.regs[1] = -1;
    m.step();
    expect([m.cpu.regs[0], m.cpu.regs[2]]).toEqual([1, -2]);
    expect(m.eflags() & (cf | of)).toBe(cf | of);
  });

  test('idiv rounds toward zero', () => {
    const m = bareMachine();
    m.code([0xf7, 0xf9]);
    m.cpu.regs.set([-7, 2, -1]);
    m.step();
    expect([m.cpu.regs[0], m.cpu.regs[2]]).toEqual([-3, -1]);
  });

  test.each([
    ['by zero', 0, 1, 0],
    ['a quotient too wide', 1, 0, 1],
  ])('div %s faults with the EIP of the instruction', (_name, divisor, low, high) => {
    const m = withTables(bareMachine());
    m.code([0xf7, 0xf1]);
    m.cpu.regs.set([low, divisor, high]);
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[0], frame[1]]).toEqual([0, 0x1000, 8]);
  });
});

describe('decimal adjustment', () => {
  test('daa of 79 + 35 is 14 with a carry', () => {
    const m = bareMachine();
    m.code([0x04, 0x35, 0x27]);
    m.cpu.regs[0] = 0x79;
    m.step(2);
    expect([m.cpu.regs[0], m.eflags() & (cf | af)]).toEqual([0x14, cf | af]);
  });
});

describe('bits', () => {
  test('bt with a register reaches beyond the operand', () => {
    const m = bareMachine();
    m.code([0x0f, 0xab, 0x03]);
    m.cpu.regs[3] = 0x20000;
    m.cpu.regs[0] = -1;
    m.step();
    expect(m.word(0x1fffc)).toBe(0x80000000);
    expect(m.eflags() & cf).toBe(0);
  });

  test('bsf and bsr of zero set ZF and leave the destination', () => {
    expect(run([0x0f, 0xbc, 0xc1], 7, 0)).toMatchObject({ eax: 7 });
    expect(run([0x0f, 0xbc, 0xc1], 7, 0).flags & zf).toBe(zf);
    expect(run([0x0f, 0xbd, 0xc1], 7, 0x40000001).eax).toBe(30);
  });
});
