/** What the engine found, as violations of promises on edges of the graph: the shortest way to each first. */

import type { Edge } from '../explore/abstract-graph.ts';
import { isShorter } from '../explore/abstract-graph.ts';
import type { FalseConjunct, GraphResult } from '../tla/api.ts';

export interface Violation {
  readonly edge: Edge;
  /** The promise's name; `Step` where only the action itself is false. */
  readonly promise: string;
  readonly conjunct: FalseConjunct;
  readonly differing: readonly string[];
}

/** The promise of a step that no action of the spec allows. */
export const STEP = 'Step';

export function violationsOf(edges: readonly Edge[], result: GraphResult): Violation[] {
  const violations: Violation[] = [];
  for (const { edge: index, why, name, conjunct, differing } of result.badEdges) {
    const edge = edges[index];
    if (edge === undefined) continue;
    violations.push({ edge, promise: why === 'property' ? name : STEP, conjunct, differing });
  }
  const into = shortestInto(edges);
  for (const { state, name, conjunct } of result.badStates) {
    const edge = into.get(state);
    if (edge !== undefined)
      violations.push({ edge, promise: name === 'Init' ? STEP : name, conjunct, differing: [] });
  }
  return violations.sort((a, b) => compare(a.edge, b.edge) || a.promise.localeCompare(b.promise));
}

function compare(a: Edge, b: Edge): number {
  if (isShorter(a.provenance, b.provenance)) return -1;
  return isShorter(b.provenance, a.provenance) ? 1 : 0;
}

function shortestInto(edges: readonly Edge[]): Map<number, Edge> {
  const into = new Map<number, Edge>();
  for (const edge of edges) {
    const known = into.get(edge.to);
    if (known === undefined || isShorter(edge.provenance, known.provenance)) into.set(edge.to, edge);
  }
  return into;
}

/** How many violations each promise has. */
export function countByPromise(violations: readonly Violation[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { promise } of violations) counts[promise] = (counts[promise] ?? 0) + 1;
  return counts;
}
