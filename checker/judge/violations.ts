/** What the engine found, as violations of promises on edges of the graph: the shortest way to each first. */

import type { Edge } from '../explore/abstract-graph.ts';
import { isShorter } from '../explore/abstract-graph.ts';
import type { GraphResult } from '../tla/api.ts';

export interface Violation {
  readonly edge: Edge;
  /** The promise's name; `Step` where only the action itself is false. */
  readonly promise: string;
  /** What the engine was asked about: an edge or a state, by its index, and the operator that is false there. */
  readonly at: { readonly kind: 'edge' | 'state'; readonly index: number };
  readonly why: 'action' | 'property' | 'refinement' | 'state';
  readonly operator: string;
}

/** The promise of a step that no action of the spec allows. */
export const STEP = 'Step';

export function violationsOf(edges: readonly Edge[], result: GraphResult): Violation[] {
  const violations: Violation[] = [];
  for (const { edge: index, why, name } of result.badEdges) {
    const edge = edges[index];
    if (edge === undefined) continue;
    const promise = why === 'property' ? name : STEP;
    violations.push({ edge, promise, at: { kind: 'edge', index }, why, operator: name });
  }
  const into = shortestInto(edges);
  for (const { state, name } of result.badStates) {
    const edge = into.get(state);
    if (edge === undefined) continue;
    const promise = name === 'Init' ? STEP : name;
    violations.push({ edge, promise, at: { kind: 'state', index: state }, why: 'state', operator: name });
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
