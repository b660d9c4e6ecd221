import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TraceGraph } from '../../traces/graph.ts';

const step = fc.record({
  from: fc.nat(30),
  to: fc.nat(30),
  action: fc.constantFrom('A', 'B', 'C'),
  arg: fc.nat(2),
});

it('the graph counts steps as a plain map of texts does, and keeps the first place of each', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 6000, size: 'max' }), (steps) => {
      const graph = new TraceGraph<number>();
      const reference = new Map<string, { count: number; first: number }>();
      steps.forEach((each, index) => {
        const from = graph.addState({ x: each.from });
        const to = graph.addState({ x: each.to });
        graph.addEdge(from, to, each.action, [each.arg], index);
        const entry = reference.get(JSON.stringify(each)) ?? { count: 0, first: index };
        reference.set(JSON.stringify(each), { ...entry, count: entry.count + 1 });
      });
      const got = [...graph.allEdges()].map((edge) => [
        JSON.stringify({
          from: graph.state(edge.from).x,
          to: graph.state(edge.to).x,
          action: edge.action,
          arg: edge.args[0],
        }),
        { count: edge.count, first: edge.where },
      ]);
      expect(new Map(got as [string, { count: number; first: number }][])).toEqual(reference);
    }),
    { numRuns: 30 },
  );
});
