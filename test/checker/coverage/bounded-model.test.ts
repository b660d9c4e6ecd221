import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  type BoundedModel,
  boundedModel,
  canonical,
  configOf,
} from '../../../checker/coverage/bounded-model.ts';
import { specFolder } from '../../../checker/spec-promises.ts';

const model = await boundedModel({ specFolder: specFolder(), bounds: { stepsMax: 6, crashesMax: 1 } });

/** Every path, walked one by one. */
function pathsFrom(node: number, graph: BoundedModel): string[][] {
  return (graph.nodes[node]?.edges ?? []).flatMap(({ action, to }) => [
    [action],
    ...pathsFrom(to, graph).map((rest) => [action, ...rest]),
  ]);
}

describe('the bounded model', () => {
  it('counts every behaviour once', () => {
    const paths = pathsFrom(0, model);
    expect(paths.length).toBe(model.nodes[0]?.behavioursCount);
    expect(paths.length).toBeGreaterThan(500);
  });

  it('keeps to its bounds, and reaches them', () => {
    const paths = pathsFrom(0, model);
    const crashes = paths.map((path) => path.filter((action) => action === 'Crash').length);
    expect(Math.max(...paths.map((path) => path.length))).toBe(6);
    expect(Math.max(...crashes)).toBe(1);
  });

  it('names the actions of the spec', () => {
    const actions = new Set(model.transitions.map(({ action }) => action));
    expect([...actions].sort()).toEqual([
      ...['Crash', 'Enter', 'Leave', 'PowerOn', 'Recovered', 'Restored', 'Send', 'Start'],
    ]);
  });

  it('knows its own states by whatever form they have, and no others', () => {
    const [first] = model.states;
    expect(model.stateIndex(model.keyOf({ ...first, pages: { '#set': [] } }))).toBe(0);
    expect(model.stateIndex(model.keyOf({ ...first, mode: 'user' }))).toBeUndefined();
  });

  it('is the model of the configuration that TLC checks, but for the bounds', () => {
    const text = readFileSync(join(specFolder(), 'models', 'coverage.cfg'), 'utf8');
    const other = configOf(text, { stepsMax: 77, crashesMax: 5 });
    expect(other).toContain('StepsMax = 77');
    expect(other).toContain('CrashesMax = 5');
    expect(configOf(other, { stepsMax: 11, crashesMax: 2 })).toBe(text);
    const few = configOf(text, { stepsMax: 11, crashesMax: 2, calls: ['send', 'exit'], causes: ['call'] });
    expect(few).toContain('Calls = {"send", "exit"}');
    expect(few).toContain('Causes = {"call"}');
  });
});

describe('canonical', () => {
  it('is the same for equal sets, and different for different values', () => {
    expect(canonical({ '#set': [2, 1] })).toBe(canonical({ '#set': [1, 2] }));
    expect(canonical([1, 2])).not.toBe(canonical([2, 1]));
    expect(canonical({ a: [1], b: 2 })).toBe(canonical({ b: 2, a: [1] }));
    expect(canonical('1')).not.toBe(canonical(1));
  });
});
