/** Asks the engine again about one violation: which conjunct is false, and where it is written. */
import { invariant } from '../../emulator/invariant.ts';
import type { FalseConjunct, GraphInput, ItfValue } from '../tla/api.ts';
import { checkGraph } from '../tla/engine.ts';
import type { Violation } from './violations.ts';

export interface Explanation {
  readonly conjunct: FalseConjunct;
  readonly differing: readonly string[];
  /** Values with which the spec would have allowed the step, where a small change finds some. */
  readonly allowed: Readonly<Record<string, ItfValue>>;
}

/** The same question on a graph of this one edge or state: the answer must be the same. */
export async function explainViolation(input: GraphInput, violation: Violation): Promise<Explanation> {
  const { at, why, operator } = violation;
  const edge = at.kind === 'edge' ? input.edges[at.index] : undefined;
  const indexes = edge === undefined ? [at.index] : [edge.from, edge.to];
  const states = indexes.map((i) => input.states[i] ?? {});
  const question: GraphInput = {
    ...input,
    explain: true,
    states,
    initial: operator === 'Init' && why === 'state' ? [0] : [],
    edges: edge === undefined ? [] : [{ ...edge, from: 0, to: 1 }],
    invariants: why === 'state' && operator !== 'Init' ? [operator] : [],
    actionProperties: why === 'property' ? [operator] : [],
    refinements: why === 'refinement' ? [operator] : [],
  };
  const result = await checkGraph(question);
  const bad =
    why === 'state'
      ? result.badStates.find((b) => b.name === operator)
      : result.badEdges.find((b) => b.why === why && b.name === operator);
  invariant(bad !== undefined, `the engine says both that ${operator} holds and that it does not`);
  const differing = 'differing' in bad ? bad.differing : [];
  const allowed = edge === undefined ? {} : await findAllowed(question, operator, differing);
  return { conjunct: bad.conjunct, differing, allowed };
}

/**
 * Looks for values of the differing variables that the spec would have taken: what they were before the step,
 * or nothing in a set. Says only what the engine has then found true.
 */
async function findAllowed(
  question: GraphInput,
  operator: string,
  differing: readonly string[],
): Promise<Record<string, ItfValue>> {
  const [before, after] = question.states;
  const [edge] = question.edges;
  if (before === undefined || after === undefined || edge === undefined || differing.length === 0) return {};
  const asBefore = (names: readonly string[]) =>
    Object.fromEntries(names.map((n) => [n, before[n] as ItfValue]));
  const repairs = [...differing.map((name) => [name]), differing].flatMap((names) => [
    asBefore(names),
    Object.fromEntries(names.map((n) => [n, isSet(before[n]) ? EMPTY_SET : (before[n] as ItfValue)])),
  ]);
  const result = await checkGraph({
    ...question,
    explain: false,
    states: [before, ...repairs.map((repair) => ({ ...after, ...repair }))],
    edges: repairs.map((_, i) => ({ ...edge, from: 0, to: i + 1 })),
  });
  const stillBad = new Set(result.badEdges.filter((b) => b.name === operator).map((b) => b.edge));
  for (const { edge: failed } of result.errors) if (failed !== undefined) stillBad.add(failed);
  return repairs.find((_, i) => !stillBad.has(i)) ?? {};
}

const EMPTY_SET: ItfValue = { '#set': [] };
const isSet = (value: ItfValue | undefined): boolean => typeof value === 'object' && '#set' in value;
