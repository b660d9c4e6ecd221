import { describe, expect, it } from 'vitest';
import { checkGraph } from '../../../checker/tla/engine.ts';
import { folder, graph, state } from './counter.ts';
import { folderWith } from './modules.ts';

describe('checkGraph', () => {
  it('finds nothing wrong with steps of the spec, and counts them', async () => {
    const edges = [
      { from: 0, to: 1, action: 'Add', args: [2] },
      { from: 1, to: 2, action: 'Add', args: [2] },
      { from: 2, to: 0, action: 'Clear', args: [] },
      { from: 2, to: 2, action: 'Clear', args: [] },
      { from: 0, to: 1, action: 'Some', args: [] },
    ];
    const result = await checkGraph(
      graph(folder(), {
        edges,
        states: [state(0, []), state(2, [2]), state(4, [2, 2])],
        invariants: ['Small'],
      }),
    );
    expect(result.badEdges).toEqual([]);
    expect(result.badStates).toEqual([]);
    expect(result.errors).toEqual([]);
    expect(result.actions).toEqual({ Add: 2, Clear: 2, Some: 1 });
    expect(result.premises).toEqual({ Small: 3 });
  });

  it('names the innermost false conjunct, its place and the variables that differ', async () => {
    const result = await checkGraph(
      graph(folder(), { edges: [{ from: 0, to: 2, action: 'Add', args: [2] }] }),
    );
    expect(result.badEdges).toEqual([
      {
        edge: 0,
        why: 'action',
        name: 'Add',
        conjunct: { action: 'Add', text: "n' = n + k", module: 'Counter', line: 13, column: 8 },
        differing: ['n', 'log'],
      },
    ]);
  });

  it('follows the disjunct and the witness that got furthest', async () => {
    const result = await checkGraph(
      graph(folder(), {
        edges: [
          { from: 2, to: 1, action: 'Clear', args: [] },
          { from: 0, to: 3, action: 'Some', args: [] },
        ],
      }),
    );
    expect(result.badEdges.map((bad) => bad.conjunct.text)).toEqual(["n' = 0", "n' = n + k"]);
    expect(result.badEdges.map((bad) => bad.conjunct.action)).toEqual(['Clear', 'Add']);
  });

  it('takes what cannot be evaluated and what no action matches for errors, never for holding', async () => {
    const result = await checkGraph(
      graph(folder(), {
        edges: [
          { from: 0, to: 1, action: 'Explode', args: [] },
          { from: 0, to: 1, action: 'Add', args: ['two'] },
        ],
        invariants: ['Broken'],
      }),
    );
    expect(result.errors.filter((error) => error.edge === 0)[0]?.message).toContain('no action matches');
    expect(result.errors.filter((error) => error.edge === 1)[0]?.message).toContain('"two"');
    expect(result.errors.filter((error) => error.state !== undefined).map((error) => error.state)).toEqual([
      0, 1, 2, 3,
    ]);
    expect(result.errors.filter((error) => error.state === 0)[0]?.line).toBe(30);
    expect(result.actions).toEqual({});
  });

  it('checks Init, invariants and step promises, and counts their premises', async () => {
    const result = await checkGraph(
      graph(folder(), {
        initial: [0, 1],
        edges: [
          { from: 0, to: 1, action: 'Add', args: [2] },
          { from: 2, to: 0, action: 'Clear', args: [] },
        ],
        invariants: ['Small', 'OnlyFull', 'NeverEleven'],
        actionProperties: ['Grows', 'GrowsUnlessCleared'],
      }),
    );
    expect(result.badStates.map(({ state: index, name }) => [index, name])).toEqual([
      [1, 'Init'],
      [3, 'Small'],
    ]);
    expect(result.badEdges.map(({ edge, why, name }) => [edge, why, name])).toEqual([
      [1, 'property', 'Grows'],
    ]);
    expect(result.premises).toEqual({
      Small: 4,
      OnlyFull: 1,
      NeverEleven: 0,
      Grows: 2,
      GrowsUnlessCleared: 1,
    });
  });

  it('counts the premise of each implication of a conjunction, and whom a promise of all speaks of', async () => {
    const spec = `
EXTENDS Naturals
VARIABLES n, names
Init == n = 0
OneNever == (n = 1 => names = {}) /\\ (n = 7 => names = {})
Everyone == \\A x \\in names : x > 0
NobodyThere == \\A x \\in names \\ {5} : x > 0
Part == n >= 0 /\\ \\A x \\in names \\ {5} : x > 0`;
    const result = await checkGraph({
      specFolder: folderWith({ Premises: spec }),
      module: 'Premises',
      constants: {},
      variables: ['n', 'names'],
      states: [1, 1, 2].map((n, i) => ({ n, names: { '#set': i === 2 ? [5] : [] } })),
      initial: [],
      init: 'Init',
      edges: [],
      invariants: ['OneNever', 'Everyone', 'NobodyThere', 'Part'],
      actionProperties: [],
    });
    expect(result.badStates).toEqual([]);
    expect(result.premises).toEqual({ OneNever: 0, Everyone: 1, NobodyThere: 0, Part: 3 });
  });

  it('checks a refinement: a step of the abstract Next, or nothing that it sees changes', async () => {
    const result = await checkGraph(
      graph(folder(), {
        edges: [
          { from: 0, to: 1, action: 'Add', args: [2] },
          { from: 1, to: 2, action: 'Add', args: [2] },
          { from: 0, to: 0, action: 'Clear', args: [] },
        ],
        refinements: ['AbstractNext'],
      }),
    );
    // From 2 to 4 the switch stays on, from 0 to 0 it stays off, though n and log may change: both stutter.
    expect(result.badEdges.map(({ edge, why }) => [edge, why])).toEqual([[2, 'action']]);
  });

  it('says what is wrong with a graph that does not fit the module', async () => {
    const at = folder();
    await expect(checkGraph(graph(at, { variables: ['n'] }))).rejects.toThrow(/lacks log/);
    await expect(checkGraph(graph(at, { constants: { Limit: 4 } }))).rejects.toThrow(
      /Names of Counter has no value/,
    );
    await expect(checkGraph(graph(at, { invariants: ['Nothing'] }))).rejects.toThrow(
      /Nothing is not defined/,
    );
    await expect(checkGraph(graph(at, { module: 'Nowhere' }))).rejects.toThrow(/There is no .*Nowhere.tla/);
    await expect(checkGraph(graph(at, { states: [{ n: 1.5, log: [] }] }))).rejects.toThrow(
      /1.5 is not an integer/,
    );
  });
});
