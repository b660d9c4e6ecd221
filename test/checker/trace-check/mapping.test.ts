import { describe, expect, it } from 'vitest';
import { readMapping } from '../../../checker/trace-check/mapping.ts';

describe('reading a mapping', () => {
  it('fills in what is not said', () => {
    expect(readMapping('{"format":"fukugen-map/1","actions":{"tick":null}}', 'a.json')).toEqual({
      format: 'fukugen-map/1',
      init: 'Init',
      next: 'Next',
      constants: {},
      variables: {},
      ignore: [],
      actions: { tick: null },
      invariants: [],
      actionProperties: [],
      refinements: [],
    });
  });

  it.each([
    ['{"format":"fukugen-map/1",', /^a\.json:1:27: not JSON/],
    ['{"format":"fukugen-map/2"}', /^a\.json:1:2: format: .*fukugen-map\/1/],
    ['{"format":"fukugen-map/1",\n "invariant":["X"]}', /^a\.json:1:1: .*"invariant"/],
    ['{"format":"fukugen-map/1",\n "constants":{"N":null}}', /^a\.json:2:15: constants\.N: is no value/],
    ['{"format":"fukugen-map/1",\n\n "next":"A B"}', /^a\.json:3:2: next: /],
    ['[]', /^a\.json:1:1: /],
  ])('refuses %j', (text, message) => {
    expect(() => readMapping(text, 'a.json')).toThrow(message);
  });
});
