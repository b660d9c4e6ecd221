/** Lazily by what recovery reads, and eagerly image by image: the same steps, and every image counted. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Exploration, explore } from '../../checker/explore/explorer.ts';
import { replayRun } from '../../checker/explore/replay.ts';
import type { Persistency } from '../../emulator/persistency/model.ts';
import { type ToyOp, type ToyProgram, toySystem } from '../checker/explore/toy-system.ts';

const line = fc.nat(2);
const word = fc.nat(5);
const value = fc.constantFrom(1, 2, 0x0102);
const op: fc.Arbitrary<ToyOp> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('store' as const), word, value }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('commit' as const), word, value }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const), line }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('writeBack' as const), line }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fence' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('writeBackAll' as const, 'effect' as const) }) },
);
/** Small, since all of it is run image by image. */
const program = (opsMax: number): fc.Arbitrary<ToyProgram> =>
  fc.record({
    parts: fc
      .tuple(fc.array(op, { maxLength: opsMax }), fc.nat(opsMax), fc.boolean())
      .map(([ops, cut, isCut]) => (isCut ? [ops.slice(0, cut), ops.slice(cut)] : [ops])),
    readsCount: fc.nat(4),
    seed: fc.nat(1000),
  });

/** Every step by the names of its states. */
function stepsOf(exploration: Exploration, names: readonly string[]): Set<string> {
  return new Set(
    exploration.graph.edges.map(({ from, to, action }) => `${names[from]} —${action}→ ${names[to]}`),
  );
}

function compare(toy: ToyProgram, persistency: Persistency, depth: number): void {
  const [one, other] = [toySystem(toy, persistency), toySystem(toy, persistency)];
  // Each image is run by itself below, and with two crashes each of its images too.
  const { found } = explore(toySystem(toy, persistency), { depth: 1, reduce: true }).tally.images;
  fc.pre(found <= (depth === 1 ? 150n : 24n));
  const lazy = explore(one, { depth, reduce: true });
  const eager = explore(other, { depth, reduce: false });
  expect(lazy.limit).toBeUndefined();
  expect([...lazy.openEnds, ...eager.openEnds]).toEqual([]);
  expect([...stepsOf(lazy, one.names)].sort()).toEqual([...stepsOf(eager, other.names)].sort());
  for (const { tally } of [lazy, eager]) expect(tally.images.found).toBe(tally.images.expected);
  expect(eager.tally.images.run).toBe(eager.tally.images.found);
  if (depth === 1) expect(lazy.tally.images.found).toBe(eager.tally.images.found);
  expect(lazy.tally.images.run <= eager.tally.images.run).toBe(true);
}

const REPLAYS_MAX = 40;

/** Replays the way to steps all over the graph, and finds each there. */
function replaysShowIt(toy: ToyProgram, persistency: Persistency): void {
  const system = toySystem(toy, persistency);
  fc.pre(explore(toySystem(toy, persistency), { depth: 1, reduce: true }).tally.images.found <= 60n);
  const exploration = explore(system, { depth: 2, reduce: true });
  const { edges } = exploration.graph;
  const every = Math.ceil(edges.length / REPLAYS_MAX);
  for (const { from, to, action, provenance } of edges.filter((_, i) => i % every === 0)) {
    const crashes =
      action === 'Crash' ? [...provenance.crashes, provenance.position] : [...provenance.crashes];
    const run = replayRun(system, crashes, provenance.choices);
    expect(run).not.toBeNull();
    const steps = run?.steps ?? [];
    const isThere = steps.some(
      (step, i) =>
        step.action === action && step.state === to && (steps[i - 1]?.state ?? run?.initial) === from,
    );
    expect({ action, crashes, choices: provenance.choices, isThere }).toMatchObject({ isThere: true });
  }
}

describe.each<Persistency>([
  { model: 'px86', atomicBytes: 4 },
  { model: 'px86', atomicBytes: 1 },
  { model: 'sc', atomicBytes: 1 },
])('under $model, atomic $atomicBytes', (persistency) => {
  it('one crash', () => {
    fc.assert(
      fc.property(program(persistency.atomicBytes === 1 ? 5 : 7), (toy) => compare(toy, persistency, 1)),
      { numRuns: 150 },
    );
  });

  it('two crashes in one run', () => {
    fc.assert(
      fc.property(program(3), (toy) => compare(toy, persistency, 2)),
      { numRuns: 40 },
    );
  });

  it('every step is where its replay line says', () => {
    fc.assert(
      fc.property(program(5), (toy) => replaysShowIt(toy, persistency)),
      { numRuns: 60 },
    );
  });
});
