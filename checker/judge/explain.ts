/** Asks the engine again about one violation: which conjunct is false, and where it is written. */
import { invariant } from '../../emulator/invariant.ts';
import type { FalseConjunct, GraphInput } from '../tla/api.ts';
import { checkGraph } from '../tla/engine.ts';
import type { Violation } from './violations.ts';

export interface Explanation {
  readonly conjunct: FalseConjunct;
  readonly differing: readonly string[];
}

/** The same question on a graph of this one edge or state: the answer must be the same. */
export async function explainViolation(input: GraphInput, violation: Violation): Promise<Explanation> {
  const { at, why, operator } = violation;
  const edge = at.kind === 'edge' ? input.edges[at.index] : undefined;
  const indexes = edge === undefined ? [at.index] : [edge.from, edge.to];
  const states = indexes.map((i) => input.states[i] ?? {});
  const result = await checkGraph({
    ...input,
    explain: true,
    states,
    initial: operator === 'Init' && why === 'state' ? [0] : [],
    edges: edge === undefined ? [] : [{ ...edge, from: 0, to: 1 }],
    invariants: why === 'state' && operator !== 'Init' ? [operator] : [],
    actionProperties: why === 'property' ? [operator] : [],
    refinements: why === 'refinement' ? [operator] : [],
  });
  const bad =
    why === 'state'
      ? result.badStates.find((b) => b.name === operator)
      : result.badEdges.find((b) => b.why === why && b.name === operator);
  invariant(bad !== undefined, `the engine says both that ${operator} holds and that it does not`);
  return { conjunct: bad.conjunct, differing: 'differing' in bad ? bad.differing : [] };
}
