import { describe, expect, it } from 'vitest';
import { checkGraph, type GraphInput } from '../../../checker/tla/engine.ts';
import { folderWith } from './modules.ts';

const COUNTER = `
EXTENDS Naturals, Sequences
CONSTANTS Limit, Names
VARIABLES n, log

vars == <<n, log>>

Init == n = 0 /\\ log = <<>>

Add(k) ==
    /\\ n + k <= Limit
    /\\ n' = n + k
    /\\ log' = Append(log, k)

Clear ==
    \\/ /\\ n > 0
       /\\ n' = 0
       /\\ log' = <<>>
    \\/ /\\ n = Limit
       /\\ UNCHANGED vars

Some == \\E k \\in 1..3 : Add(k)

Small == n <= Limit
OnlyFull == n = Limit => Len(log) > 0
NeverEleven == \\A name \\in Names : n = 11 => name = "x"
Grows == n' >= n
GrowsUnlessCleared == n' < n => n' = 0
Broken == log[5] = 1

Abstract == INSTANCE Switch WITH on <- n > 0
AbstractNext == Abstract!Next`;

const SWITCH = `
VARIABLE on
Init == on = FALSE
Next == on' = ~on`;

const state = (n: number, log: number[]) => ({ n, log });

function graph(folder: string, part: Partial<GraphInput>): GraphInput {
  return {
    specFolder: folder,
    module: 'Counter',
    constants: { Limit: 4, Names: { '#set': ['x'] } },
    variables: ['n', 'log'],
    states: [state(0, []), state(2, [2]), state(4, [2, 2]), state(9, [])],
    initial: [0],
    init: 'Init',
    edges: [],
    invariants: [],
    actionProperties: [],
    ...part,
  };
}

const folder = () => folderWith({ Counter: COUNTER, Switch: SWITCH });

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
