import { describe, expect, it } from 'vitest';
import { TraceGraph } from '../../traces/graph.ts';

describe('the trace graph', () => {
  it('keeps equal states and equal steps once, with a count and the first place', () => {
    const graph = new TraceGraph<string>();
    const a = graph.addState({ x: { '#set': [1, 2] } });
    const b = graph.addState({ x: { '#set': [] } });
    expect(graph.addState({ x: { '#set': [2, 1] } })).toBe(a);
    const first = graph.addEdge(a, b, 'Take', [{ '#set': [1, 2] }], 'run 1');
    expect(graph.addEdge(a, b, 'Take', [{ '#set': [2, 1] }], 'run 2')).toBe(first);
    expect(graph.addEdge(a, b, 'Take', [1], 'run 2')).not.toBe(first);
    expect(graph.addEdge(a, b, 'Drop', [], 'run 3')).not.toBe(first);
    expect(graph.addEdge(b, a, 'Drop', [], 'run 3')).toBe(3);
    expect([graph.statesCount, graph.edgesCount]).toEqual([2, 4]);
    expect(graph.edge(first)).toEqual({
      from: a,
      to: b,
      action: 'Take',
      args: [{ '#set': [1, 2] }],
      where: 'run 1',
      count: 2,
    });
  });

  it('finds the shortest path to an edge, from whichever initial state is nearest', () => {
    const graph = new TraceGraph<number>();
    const states = Array.from({ length: 10 }, (_, x) => graph.addState({ x }));
    const at = (index: number) => states[index] as (typeof states)[number];
    for (let x = 0; x < 9; x++) graph.addEdge(at(x), at(x + 1), 'Next', [], x);
    graph.markInitial(at(0));
    const last = graph.addEdge(at(9), at(0), 'Wrap', [], 9);
    expect(graph.shortestPathTo(last)).toHaveLength(10);
    const short = graph.addEdge(at(1), at(8), 'Jump', [], 10);
    expect(graph.shortestPathTo(last)?.map((id) => graph.edge(id).action)).toEqual([
      'Next',
      'Jump',
      'Next',
      'Wrap',
    ]);
    graph.markInitial(at(9));
    expect(graph.shortestPathTo(last)).toEqual([last]);
    expect(graph.shortestPathTo(short)).toHaveLength(2);
  });

  it('says where no initial state leads to an edge', () => {
    const graph = new TraceGraph<null>();
    const a = graph.addState({ x: 1 });
    const edge = graph.addEdge(a, a, 'Stay', [], null);
    expect(graph.shortestPathTo(edge)).toBeNull();
    expect(() => graph.edge(7 as typeof edge)).toThrow(/no edge 7/);
  });

  it('takes a million steps in a few seconds and loses none', () => {
    const graph = new TraceGraph<number>();
    const ids = Array.from({ length: 1000 }, (_, x) => graph.addState({ x }, `${x}`));
    const startedAt = performance.now();
    for (let step = 0; step < 1_000_000; step++) {
      const from = ids[graph.addState({ x: 0 }, `${step % 1000}`)] as (typeof ids)[number];
      graph.addEdge(from, ids[(step * 7 + 1) % 1000] as typeof from, step % 3 === 0 ? 'A' : 'B', [], step);
    }
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    const all = [...graph.allEdges()];
    expect(all.reduce((sum, edge) => sum + edge.count, 0)).toBe(1_000_000);
    expect(new Set(all.map((edge) => `${edge.from} ${edge.to} ${edge.action}`)).size).toBe(all.length);
  });
});
