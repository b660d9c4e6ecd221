import { describe, expect, it } from 'vitest';
import { canonicalKey, formatValue, type TraceValue, toTraceValue } from '../../traces/value.ts';

const equal: readonly (readonly [string, TraceValue, TraceValue])[] = [
  ['sets in another order', { '#set': [3, 1, 2] }, { '#set': [2, 3, 1] }],
  ['a set with an element twice', { '#set': [1, 1] }, { '#set': [1] }],
  [
    'a record and a function on strings',
    { a: 1, b: 2 },
    {
      '#map': [
        ['b', 2],
        ['a', 1],
      ],
    },
  ],
  [
    'a sequence and a function on 1..n',
    ['x', 'y'],
    {
      '#map': [
        [2, 'y'],
        [1, 'x'],
      ],
    },
  ],
  ['a sequence and a tuple', [1, 2], { '#tup': [1, 2] }],
  ['the empty sequence, function and record', [], { '#map': [] }],
  ['a number and its long form', 7, { '#bigint': '7' }],
  ['zero and minus zero', 0, -0],
];

const different: readonly (readonly [string, TraceValue, TraceValue])[] = [
  ['a number and its digits', 1, '1'],
  ['TRUE and the string', true, 'T'],
  ['a set and a sequence', { '#set': [1] }, [1]],
  ['a model value and a string', { '#model': 'a' }, 'a'],
  ['strings with separators inside', ['a","b'], ['a', 'b']],
  [
    'functions on 0..1 and 1..2',
    {
      '#map': [
        [0, 1],
        [1, 1],
      ],
    },
    {
      '#map': [
        [1, 1],
        [2, 1],
      ],
    },
  ],
  ['the empty set and the empty sequence', { '#set': [] }, []],
];

describe('the canonical key', () => {
  it.each(equal)('is the same for %s', (_name, a, b) => {
    expect(canonicalKey(a)).toBe(canonicalKey(b));
  });
  it.each(different)('differs for %s', (_name, a, b) => {
    expect(canonicalKey(a)).not.toBe(canonicalKey(b));
  });
});

describe('TLA+ notation', () => {
  it.each([
    [{ '#set': [10, 9, 2] }, '{2, 9, 10}'],
    [['a', 1], '<<"a", 1>>'],
    [[], '<<>>'],
    [{ pc: 'off', n: 2 }, '[pc |-> "off", n |-> 2]'],
    [{ '#map': [[0, true]] }, '(0 :> TRUE)'],
    [{ '#model': 'm1' }, 'm1'],
  ] as [TraceValue, string][])('of %j is %s', (value, text) => {
    expect(formatValue(value)).toBe(text);
  });
});

describe('data of JavaScript', () => {
  it('becomes ITF data', () => {
    expect(toTraceValue({ s: new Set([1]), m: new Map([['k', 2n]]) })).toEqual({
      s: { '#set': [1] },
      m: { '#map': [['k', { '#bigint': '2' }]] },
    });
  });
  it.each([[null], [undefined], [1.5], [() => 1]])('%s is refused', (data) => {
    expect(() => toTraceValue(data)).toThrow(/no TLA\+ value/);
  });
});
