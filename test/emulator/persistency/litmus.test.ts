/**
 * Litmus tests of Px86 (Raad, Wickerson, Neiger, Vafeiadis: Persistency semantics of the Intel-x86 architecture,
 * POPL 2020, DOI 10.1145/3371079, section 2) and of its reading by Khyzha and Lahav (Taming x86-TSO persistency,
 * POPL 2021), in which an explicit persist waits until the line is durable. The two reach the same outcomes.
 *
 * What is in: the programs of one thread. Left out, since this machine has one processor and nobody else can
 * read a store before it is durable: the programs of two threads (message passing, where one thread reads x
 * and, having seen it, stores or flushes y; a flush by another thread than the storing one; store buffering
 * with fences; competing read-modify-writes), and those with non-temporal stores or memory that is not
 * write-back, which this machine does not have.
 *
 * Each test gives all outcomes: those it does not name are forbidden.
 */
import { describe, expect, it } from 'vitest';
import type { Assembler } from '../../../emulator/assembler/assembler.ts';
import type { Persistency } from '../../../emulator/persistency/model.ts';
import { at, outcomesOf, type Variable } from './litmus.ts';

interface Litmus {
  readonly name: string;
  readonly variables: readonly Variable[];
  readonly program: (a: Assembler) => void;
  /** Every outcome of a failure anywhere, and at the end. */
  readonly anywhere: string;
  readonly atEnd: string;
}

const xy = ['x', 'y'] as const;

const order: readonly Litmus[] = [
  {
    name: 'x=1; y=1: stores to two lines become durable in any order',
    variables: xy,
    program: (a) => a.mov(at('x'), 1).mov(at('y'), 1),
    anywhere: '00 01 10 11',
    atEnd: '00 01 10 11',
  },
  {
    name: 'x=1; x2=1: stores to one line become durable in order',
    variables: ['x', 'x2'],
    program: (a) => a.mov(at('x'), 1).mov(at('x2'), 1),
    anywhere: '00 10 11',
    atEnd: '00 10 11',
  },
  {
    name: 'x=1; x2=1; x=2: in order, also where a word comes twice',
    variables: ['x', 'x2'],
    program: (a) => a.mov(at('x'), 1).mov(at('x2'), 1).mov(at('x'), 2),
    anywhere: '00 10 11 21',
    atEnd: '00 10 11 21',
  },
  {
    name: 'x=1; y=1; x2=1: a store to another line in between orders nothing',
    variables: ['x', 'x2', 'y'],
    program: (a) => a.mov(at('x'), 1).mov(at('y'), 1).mov(at('x2'), 1),
    anywhere: '000 001 100 101 110 111',
    atEnd: '000 001 100 101 110 111',
  },
  {
    name: 'x=1; sfence; y=1: a fence alone orders nothing in memory',
    variables: xy,
    program: (a) => a.mov(at('x'), 1).sfence().mov(at('y'), 1),
    anywhere: '00 01 10 11',
    atEnd: '00 01 10 11',
  },
  {
    name: 'x=1; mfence; y=1: nor does the stronger one',
    variables: xy,
    program: (a) => a.mov(at('x'), 1).mfence().mov(at('y'), 1),
    anywhere: '00 01 10 11',
    atEnd: '00 01 10 11',
  },
];

const flushes: readonly Litmus[] = [
  {
    name: 'x=1; clflush x; y=1: y durable means x durable',
    variables: xy,
    program: (a) => a.mov(at('x'), 1).clflush(at('x')).mov(at('y'), 1),
    anywhere: '00 10 11',
    atEnd: '10 11',
  },
  {
    name: 'x=1; clflush x2; y=1: any address of the line will do',
    variables: xy,
    program: (a) => a.mov(at('x'), 1).clflush(at('x2')).mov(at('y'), 1),
    anywhere: '00 10 11',
    atEnd: '10 11',
  },
  {
    name: 'x=1; clflush y; y=1: the flush of another line does nothing for x',
    variables: xy,
    program: (a) => a.mov(at('x'), 1).clflush(at('y')).mov(at('y'), 1),
    anywhere: '00 01 10 11',
    atEnd: '00 01 10 11',
  },
  {
    name: 'clflush x; x=1; y=1: a flush is for the stores before it',
    variables: xy,
    program: (a) => a.clflush(at('x')).mov(at('x'), 1).mov(at('y'), 1),
    anywhere: '00 01 10 11',
    atEnd: '00 01 10 11',
  },
  {
    name: 'x=1; clflush x; x=2; y=1: the second store waits again',
    variables: xy,
    program: (a) => a.mov(at('x'), 1).clflush(at('x')).mov(at('x'), 2).mov(at('y'), 1),
    anywhere: '00 10 11 20 21',
    atEnd: '10 11 20 21',
  },
];

/** CLWB and CLFLUSHOPT differ in what stays in the cache, not in what is durable. */
const writeBacks: readonly Litmus[] = (['clwb', 'clflushopt'] as const).flatMap((writeBack) => [
  {
    name: `x=1; ${writeBack} x; y=1: without a fence nothing is ordered`,
    variables: xy,
    program: (a: Assembler) => a.mov(at('x'), 1)[writeBack](at('x')).mov(at('y'), 1),
    anywhere: '00 01 10 11',
    atEnd: '00 01 10 11',
  },
  {
    name: `x=1; ${writeBack} x; sfence; y=1: y durable means x durable`,
    variables: xy,
    program: (a: Assembler) => a.mov(at('x'), 1)[writeBack](at('x')).sfence().mov(at('y'), 1),
    anywhere: '00 10 11',
    atEnd: '10 11',
  },
  {
    name: `x=1; ${writeBack} x; mfence; y=1: likewise`,
    variables: xy,
    program: (a: Assembler) => a.mov(at('x'), 1)[writeBack](at('x')).mfence().mov(at('y'), 1),
    anywhere: '00 10 11',
    atEnd: '10 11',
  },
  {
    name: `x=1; ${writeBack} x; lfence; y=1: a load fence is none`,
    variables: xy,
    program: (a: Assembler) => a.mov(at('x'), 1)[writeBack](at('x')).lfence().mov(at('y'), 1),
    anywhere: '00 01 10 11',
    atEnd: '00 01 10 11',
  },
  {
    name: `x=1; ${writeBack} x; lock xadd z; y=1: a locked instruction is a fence, its own store waits`,
    variables: ['x', 'y', 'z'],
    program: (a: Assembler) =>
      a.mov('eax', 1).mov(at('x'), 1)[writeBack](at('x')).lock('xadd', at('z'), 'eax').mov(at('y'), 1),
    anywhere: '000 100 101 110 111',
    atEnd: '100 101 110 111',
  },
  {
    name: `x=1; ${writeBack} x; xchg z; y=1: XCHG with memory is locked without the prefix`,
    variables: xy,
    program: (a: Assembler) =>
      a.mov('eax', 1).mov(at('x'), 1)[writeBack](at('x')).xchg(at('z'), 'eax').mov(at('y'), 1),
    anywhere: '00 10 11',
    atEnd: '10 11',
  },
  {
    name: `x=1; ${writeBack} x; lock cmpxchg z, which fails; y=1: a fence all the same`,
    variables: xy,
    program: (a: Assembler) =>
      a.mov('eax', 7).mov(at('x'), 1)[writeBack](at('x')).lock('cmpxchg', at('z'), 'ecx').mov(at('y'), 1),
    anywhere: '00 10 11',
    atEnd: '10 11',
  },
  {
    name: `x=1; ${writeBack} x; xadd z without lock; y=1: no fence`,
    variables: xy,
    program: (a: Assembler) =>
      a.mov('eax', 1).mov(at('x'), 1)[writeBack](at('x')).xadd(at('z'), 'eax').mov(at('y'), 1),
    anywhere: '00 01 10 11',
    atEnd: '00 01 10 11',
  },
  {
    name: `x=1; sfence; ${writeBack} x; y=1: the fence must come after`,
    variables: xy,
    program: (a: Assembler) => a.mov(at('x'), 1).sfence()[writeBack](at('x')).mov(at('y'), 1),
    anywhere: '00 01 10 11',
    atEnd: '00 01 10 11',
  },
  {
    name: `x=1; ${writeBack} x; x=2; sfence; y=1: what was there at the write-back, or later`,
    variables: xy,
    program: (a: Assembler) => a.mov(at('x'), 1)[writeBack](at('x')).mov(at('x'), 2).sfence().mov(at('y'), 1),
    anywhere: '00 10 11 20 21',
    atEnd: '10 11 20 21',
  },
  {
    name: `x=1; y=1; ${writeBack} x; ${writeBack} y; sfence: both, in no order`,
    variables: xy,
    program: (a: Assembler) =>
      a.mov(at('x'), 1).mov(at('y'), 1)[writeBack](at('x'))[writeBack](at('y')).sfence(),
    anywhere: '00 01 10 11',
    atEnd: '11',
  },
  {
    name: `x=1; ${writeBack} x; clflush y; y=1: a flush of another line is no fence`,
    variables: xy,
    program: (a: Assembler) => a.mov(at('x'), 1)[writeBack](at('x')).clflush(at('y')).mov(at('y'), 1),
    anywhere: '00 01 10 11',
    atEnd: '00 01 10 11',
  },
  {
    name: `x=1; ${writeBack} x; clflush x2; y=1: a flush of the same line is enough`,
    variables: xy,
    program: (a: Assembler) => a.mov(at('x'), 1)[writeBack](at('x')).clflush(at('x2')).mov(at('y'), 1),
    anywhere: '00 10 11',
    atEnd: '10 11',
  },
]);

const others: readonly Litmus[] = [
  {
    name: 'x=1; y=1; wbinvd: everything is durable',
    variables: xy,
    program: (a) => a.mov(at('x'), 1).mov(at('y'), 1).wbinvd(),
    anywhere: '00 01 10 11',
    atEnd: '11',
  },
  {
    name: 'x=1; a=x; y=a: a load orders nothing, nor does a dependency',
    variables: xy,
    program: (a) => a.mov(at('x'), 1).mov('eax', at('x')).mov(at('y'), 'eax'),
    anywhere: '00 01 10 11',
    atEnd: '00 01 10 11',
  },
  {
    name: 'x=1; cpuid; y=1: a serialising instruction writes nothing back',
    variables: xy,
    program: (a) => a.mov(at('x'), 1).mov('eax', 0).cpuid().mov(at('y'), 1),
    anywhere: '00 01 10 11',
    atEnd: '00 01 10 11',
  },
];

describe.each([
  ['order within and across lines', order],
  ['CLFLUSH', flushes],
  ['CLWB and CLFLUSHOPT', writeBacks],
  ['other instructions', others],
])('px86: %s', (_, tests) => {
  it.each(tests)('$name', ({ variables, program, anywhere, atEnd }) => {
    const found = outcomesOf(variables, program);
    expect(found.anywhere.join(' ')).toBe(anywhere);
    expect(found.atEnd.join(' ')).toBe(atEnd);
  });
});

describe('sc', () => {
  const strict: Persistency = { model: 'sc', atomicBytes: 4 };
  it.each([...order, ...writeBacks])('leaves the order of the program: $name', ({ variables, program }) => {
    const { anywhere, atEnd } = outcomesOf(variables, program, strict);
    expect(atEnd).toHaveLength(1);
    expect(anywhere.length).toBeLessThanOrEqual(variables.length + 2);
  });

  it('of x=1; y=1 leaves three outcomes', () => {
    const program = (a: Assembler) => a.mov(at('x'), 1).mov(at('y'), 1);
    expect(outcomesOf(xy, program, strict)).toEqual({ anywhere: ['00', '10', '11'], atEnd: ['11'] });
  });
});

describe('stores that tear at bytes', () => {
  /** x is 0, 2, 200 or 202 (hexadecimal), and x2 is 1 only where x is whole. */
  const TORN = ['00', '20', '2000', '2020', '2021'];
  const program = (a: Assembler) => a.mov(at('x'), 0x0202).mov(at('x2'), 1);

  it('leave a part of the last store of a line, under px86', () => {
    const { anywhere } = outcomesOf(['x', 'x2'], program, { model: 'px86', atomicBytes: 1 });
    expect(anywhere).toEqual(TORN);
  });

  it('leave a part of the store in flight, under sc', () => {
    const { anywhere, atEnd } = outcomesOf(['x', 'x2'], program, { model: 'sc', atomicBytes: 1 });
    expect(anywhere).toEqual(TORN);
    expect(atEnd).toEqual(['2021']);
  });

  it('of one byte do not tear', () => {
    const byte = (a: Assembler) => a.mov(at('x'), 0x55);
    expect(outcomesOf(['x'], byte, { model: 'sc', atomicBytes: 1 }).anywhere).toEqual(['0', '55']);
  });
});
