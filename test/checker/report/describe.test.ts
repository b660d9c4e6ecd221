import { describe, expect, it } from 'vitest';
import { changesBetween, crashText, secondsText, stateRows } from '../../../checker/report/describe.ts';
import { finding } from './fixtures.ts';

describe('what differs between two states', () => {
  it.each([
    ['nothing', { x: { '#set': [1, 2] } }, { x: { '#set': [2, 1] } }, []],
    ['a plain value', { x: 1 }, { x: 2 }, ['x: 1 → 2']],
    ['an element', { s: ['a', 'b'] }, { s: ['a', 'c'] }, ['s[2]: "b" → "c"']],
    ['a field within an element', { s: [{ n: 1, m: 1 }] }, { s: [{ n: 2, m: 1 }] }, ['s[1].n: 1 → 2']],
    ['the length', { s: [1] }, { s: [1, 2] }, ['s: <<1>> → <<1, 2>>']],
    ['sets', { s: { '#set': ['a', 'b'] } }, { s: { '#set': ['b', 'c'] } }, ['s +"c" −"a"']],
    ['a function', { f: { '#map': [[0, 1]] } }, { f: { '#map': [[0, 2]] } }, ['f[0]: 1 → 2']],
    ['a variable that is new', {}, { x: 1 }, ['x:  → 1']],
  ])('%s', (_name, before, after, texts) => {
    expect(changesBetween(before, after).map(({ text }) => text)).toEqual(texts);
  });
});

it('shows what the spec allows beside the machine, or falls back to what changed', () => {
  expect(stateRows(finding).map(({ variable }) => variable)).toEqual(['status']);
  expect(stateRows({ ...finding, differing: [] }).map(({ variable }) => variable)).toEqual([
    'mode',
    'status',
    'writable',
    'recorded',
    'changed',
    'whole',
  ]);
});

it('tells an effect and the point before the first store from a store', () => {
  const [crash] = finding.crashes;
  if (crash?.store === undefined) throw new Error('the fixture has a store');
  const effect = { ...crash, store: { ...crash.store, page: 'ledger', newWord: 65, origin: 'device' } };
  expect(crashText(effect)).toContain('after store 1,234: effect 0x00000041 by device');
  const { store: _store, ...first } = crash;
  expect(crashText({ ...first, position: 0 })).toMatch(/^before the first store, class commit/);
});

it('writes times as people read them', () => {
  expect([0.0123, 2.34, 123.4].map(secondsText)).toEqual(['12 ms', '2.3 s', '123 s']);
});
