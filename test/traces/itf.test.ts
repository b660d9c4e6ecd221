import { describe, expect, it } from 'vitest';
import { readItf, writeItf } from '../../traces/itf.ts';

/** As Apalache writes it, every kind of value of its ADR 015 once. */
const fromApalache = `{
  "#meta": { "format": "ITF", "description": "Created by Apalache", "varTypes": { "n": "Int" } },
  "params": [],
  "vars": [ "n", "f", "s", "t" ],
  "states": [
    { "#meta": { "index": 0 }, "n": { "#bigint": "1" }, "f": { "#map": [ [ "a", true ] ] },
      "s": { "#set": [ 1, 2 ] }, "t": { "#tup": [ "x", [ 1 ] ] } },
    { "#meta": { "index": 1 }, "n": { "#bigint": "2" }, "f": { "#map": [] },
      "s": { "#set": [] }, "t": { "#tup": [ "y", [] ] } }
  ]
}`;

describe('reading ITF', () => {
  it('takes what Apalache writes', () => {
    const trace = readItf(fromApalache, 'a.itf.json');
    expect(trace.variables).toEqual(['n', 'f', 's', 't']);
    expect(trace.runs[0]?.initial.t).toEqual({ '#tup': ['x', [1]] });
    expect(trace.runs[0]?.steps).toEqual([
      {
        args: [],
        line: 2,
        state: { n: { '#bigint': '2' }, f: { '#map': [] }, s: { '#set': [] }, t: { '#tup': ['y', []] } },
      },
    ]);
  });

  it('goes back round a loop', () => {
    const trace = readItf('{"vars":["x"],"states":[{"x":1},{"x":2}],"loop":0}', 'a.itf.json');
    expect(trace.runs[0]?.steps.map((step) => step.state.x)).toEqual([2, 1]);
  });

  it('reads back what it writes, actions included', () => {
    const steps = [{ action: 'Add', args: [2], state: { x: { '#set': [1, 2] } } }];
    const text = writeItf({
      variables: ['x'],
      description: 'a test',
      initial: { x: { '#set': [1] } },
      steps,
    });
    const trace = readItf(text, 'a.itf.json');
    expect(trace.provenance.format).toBe('ITF');
    expect(trace.runs[0]?.initial).toEqual({ x: { '#set': [1] } });
    expect(trace.runs[0]?.steps).toEqual(steps.map((step) => ({ ...step, line: 2 })));
  });
});

describe('what is no ITF is refused', () => {
  it.each([
    ['cut', fromApalache.slice(0, 150), /^a.itf.json:\d+:\d+: not JSON/],
    ['without states', '{"vars":["x"]}', /states/],
    ['without vars', '{"states":[{"x":1}]}', /vars/],
    ['with no state', '{"vars":["x"],"states":[]}', /states/],
    ['with a missing variable', '{"vars":["x"],"states":[{}]}', /state 0 has no value for x/],
    ['with a variable too many', '{"vars":["x"],"states":[{"x":1,"y":1}]}', /state 0 has y/],
    ['with null', '{"vars":["x"],"states":[{"x":1},{"x":null}]}', /state 1: x is no value/],
    [
      'with an unserialisable value',
      '{"vars":["x"],"states":[{"x":{"#unserializable":"Nat"}}]}',
      /state 0: x/,
    ],
    ['with a loop to nowhere', '{"vars":["x"],"states":[{"x":1}],"loop":5}', /loop names state 5/],
  ])('%s', (_name, text, message) => {
    expect(() => readItf(text, 'a.itf.json')).toThrow(message);
  });
});
