import { describe, expect, it } from 'vitest';
import { valueProblem } from '../../traces/value-problem.ts';

describe('what is a value', () => {
  it.each([
    [true],
    ['text'],
    [-3],
    [[1, ['a']]],
    [{}],
    [{ a: { b: [] } }],
    [{ '#set': [] }],
    [{ '#map': [[{ '#tup': [1] }, 2]] }],
    [{ '#bigint': '-12' }],
    [{ '#model': 'm' }],
  ])('%j is', (data) => {
    expect(valueProblem(data)).toBeNull();
  });

  it.each([
    [null, [], /is no value/],
    [undefined, [], /is no value/],
    [0.5, [], /fractions/],
    [[1, [2, null]], [1, 1], /is no value/],
    [{ a: [{ b: 1.5 }] }, ['a', 0, 'b'], /fractions/],
    [{ '#set': {} }, ['#set'], /is no value/],
    [{ '#set': [1], more: 1 }, ['#set'], /is no value/],
    [{ '#sett': [1] }, ['#sett'], /is no value/],
    [{ '#map': [[1, 2, 3]] }, ['#map'], /list of pairs/],
    [{ '#map': [[1, null]] }, ['#map', 0, 1], /is no value/],
    [
      {
        '#map': [
          [{ '#set': [1, 2] }, 1],
          [{ '#set': [2, 1] }, 2],
        ],
      },
      ['#map'],
      /twice/,
    ],
    [{ '#bigint': '1.5' }, ['#bigint'], /is no value/],
    [{ '#bigint': 15 }, ['#bigint'], /is no value/],
    [{ '#model': '' }, ['#model'], /is no value/],
    [{ '': 1 }, [''], /is no value/],
  ])('%j is not', (data, path, what) => {
    expect(valueProblem(data)?.path).toEqual(path);
    expect(valueProblem(data)?.what).toMatch(what);
  });

  it('data that is nested without end is not', () => {
    const deep: unknown = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000));
    expect(valueProblem(deep)?.what).toContain('nested more than 100 deep');
  });
});
