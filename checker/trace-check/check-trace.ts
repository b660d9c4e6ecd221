import { invariant } from '../../emulator/invariant.ts';
import type { EdgeId, StateId, TraceGraph } from '../../traces/graph.ts';
import type { RecordedTrace } from '../../traces/trace.ts';
import { changesBetween } from '../report/describe.ts';
import type { EngineResult, Verdict } from '../report/model.ts';
import type { EvaluationFailure, FalseConjunct, GraphInput, GraphResult } from '../tla/api.ts';
import { type Behaviour, behaviourOf, graphInputOf, type StepPlace } from './behaviour.ts';
import type { TraceMapping } from './mapping.ts';
import type { PathStep, TraceCheckResult, TraceFinding } from './result.ts';

export interface TraceCheckInput {
  readonly trace: RecordedTrace;
  readonly mapping: TraceMapping;
  /** Where the spec is: its folder, and the module's name without ending. */
  readonly spec: { readonly folder: string; readonly module: string };
}

/** What an engine, or several, say of a graph. */
export type JudgeGraph = (input: GraphInput) => Promise<{
  readonly result: GraphResult;
  readonly engines: readonly EngineResult[];
  /** Why the engines' word cannot be taken. */
  readonly doubts: readonly string[];
}>;

/** Something bad with the step or state at which it shows. */
interface Bad {
  readonly kind: TraceFinding['kind'];
  readonly name: string;
  readonly conjunct?: FalseConjunct;
  readonly differing: readonly string[];
  readonly at:
    | { readonly kind: 'edge'; readonly id: EdgeId }
    | { readonly kind: 'state'; readonly id: StateId };
}

/**
 * Checks a recorded trace against a spec: every run's first state is an initial state, every step a step of
 * the action that it names, and every state keeps the invariants. Failures of one root are one finding.
 * @throws UsageError where the mapping or the spec is not right.
 */
export async function checkTrace(
  { trace, mapping, spec }: TraceCheckInput,
  judge: JudgeGraph,
): Promise<TraceCheckResult> {
  const behaviour = behaviourOf(trace, mapping);
  const { graph } = behaviour;
  const { input, edgeIds } = graphInputOf(behaviour, mapping, spec);
  const { result, engines, doubts } = await judge(input);
  const bad = [...unnoticedOnes(graph, behaviour.noticed), ...badOnes(result, edgeIds, mapping)];
  const findings = groupedByRoot(bad, graph);
  const vacuous = vacuousOf(result, behaviour, mapping);
  const undecided = [
    ...failuresOf(result.errors, graph, edgeIds),
    // Those of the engine's own failures are told above, with their places in the trace.
    ...doubts.filter((doubt) => !result.errors.some(({ message }) => doubt.endsWith(message))),
  ];
  return {
    format: 'fukugen-trace-check/1',
    verdict: verdictOf(findings, [...vacuous, ...undecided]),
    file: trace.file,
    module: spec.module,
    runs: trace.runs.length,
    states: graph.statesCount,
    steps: graph.edgesCount,
    findings,
    vacuous,
    undecided,
    actions: result.actions,
    engines: engines.map(({ name, version }) => `${name} ${version}`),
    provenance: trace.provenance,
  };
}

function verdictOf(findings: readonly TraceFinding[], doubts: readonly string[]): Verdict {
  if (findings.length > 0) return 'violated';
  return doubts.length > 0 ? 'undecided' : 'consistent';
}

function unnoticedOnes(graph: TraceGraph<StepPlace>, noticed: readonly EdgeId[]): Bad[] {
  return noticed.map((id) => {
    const { from, to, where } = graph.edge(id);
    const paths = changesBetween(graph.state(from), graph.state(to)).map(({ path }) => path);
    const differing = [...new Set(paths.map((path) => /^\w+/.exec(path)?.[0] ?? path))];
    return { kind: 'unnoticed', name: where.action ?? '', differing, at: { kind: 'edge', id } };
  });
}

function badOnes(result: GraphResult, edgeIds: readonly EdgeId[], mapping: TraceMapping): Bad[] {
  const states: Bad[] = result.badStates.map(({ state, name, conjunct }) => ({
    kind: name === mapping.init ? 'initial' : 'invariant',
    name,
    conjunct,
    differing: [],
    at: { kind: 'state', id: state as StateId },
  }));
  const edges: Bad[] = result.badEdges.map(({ edge, why, name, conjunct, differing }) => ({
    kind: why,
    name,
    conjunct,
    differing,
    at: { kind: 'edge', id: edgeIds[edge] as EdgeId },
  }));
  return [...states, ...edges];
}

/** One finding for each root (what does not hold, and which conjunct of it), shown by its shortest path. */
function groupedByRoot(bad: readonly Bad[], graph: TraceGraph<StepPlace>): TraceFinding[] {
  const paths = pathsTo(graph, bad);
  const roots = new Map<string, { shortest: number; members: number[] }>();
  bad.forEach((each, index) => {
    const { conjunct } = each;
    const root = [each.kind, each.name, conjunct?.module, conjunct?.line, conjunct?.column].join(' ');
    const group = roots.get(root) ?? { shortest: index, members: [] };
    group.members.push(index);
    if (lengthOf(paths[index]) < lengthOf(paths[group.shortest])) group.shortest = index;
    roots.set(root, group);
  });
  return [...roots.values()].map(({ shortest, members }) =>
    findingOf(bad[shortest] as Bad, paths[shortest] ?? [], graph, members.length),
  );
}

const lengthOf = (path: readonly EdgeId[] | undefined): number => path?.length ?? 0;

/** A shortest path to each: up to and with the bad edge, or to the bad state. */
function pathsTo(graph: TraceGraph<StepPlace>, bad: readonly Bad[]): EdgeId[][] {
  const edges = graph.shortestPathsTo(bad.flatMap(({ at }) => (at.kind === 'edge' ? [at.id] : [])));
  const states = graph.shortestPathsToStates(bad.flatMap(({ at }) => (at.kind === 'state' ? [at.id] : [])));
  let edge = 0;
  let state = 0;
  return bad.map(({ at }) => {
    const path = at.kind === 'edge' ? edges[edge++] : states[state++];
    // Every state of a recorded run is reached from the run's first.
    invariant(path !== null && path !== undefined, 'a bad step of a trace is reached by no run');
    return path;
  });
}

function findingOf(
  bad: Bad,
  path: readonly EdgeId[],
  graph: TraceGraph<StepPlace>,
  count: number,
): TraceFinding {
  const steps = path.map((id): PathStep => {
    const { to, action, args, where } = graph.edge(id);
    const event = where.event === undefined ? {} : { event: where.event };
    return { action: where.action ?? action, args, state: graph.state(to), line: where.line, ...event };
  });
  const [firstEdge] = path;
  const initial =
    firstEdge === undefined && bad.at.kind === 'state'
      ? graph.state(bad.at.id)
      : graph.state(graph.edge(firstEdge as EdgeId).from);
  const { conjunct } = bad;
  return {
    name: bad.name,
    kind: bad.kind,
    ...(conjunct === undefined
      ? {}
      : { conjunct: { text: conjunct.text, module: conjunct.module, line: conjunct.line } }),
    differing: bad.differing,
    initial,
    path: steps,
    count,
  };
}

function vacuousOf(result: GraphResult, { graph, taken }: Behaviour, mapping: TraceMapping): string[] {
  const vacuous: string[] = [];
  if (graph.edgesCount === 0) vacuous.push('the trace has no step');
  if (graph.initialStates.length === 0) vacuous.push('the trace has no run');
  for (const [named, action] of Object.entries(mapping.actions)) {
    if (action !== null && !taken.has(named)) {
      vacuous.push(`the action ${named} of the mapping was never taken`);
    }
  }
  for (const [name, count] of Object.entries(result.premises)) {
    if (count === 0) vacuous.push(`the premise of ${name} never held`);
  }
  return vacuous;
}

/** Trace lines named for one failure, at most. */
const LINES_NAMED_MAX = 3;

/** What could not be evaluated, each once, with the first places in the trace. */
function failuresOf(
  errors: readonly EvaluationFailure[],
  graph: TraceGraph<StepPlace>,
  edgeIds: readonly EdgeId[],
): string[] {
  const linesOf = new Map<string, number[]>();
  for (const { message, edge, module, line } of errors) {
    const text = module === undefined ? message : `${module}:${line ?? 0}: ${message}`;
    const lines = linesOf.get(text) ?? [];
    if (edge !== undefined) lines.push(graph.edge(edgeIds[edge] as EdgeId).where.line);
    linesOf.set(text, lines);
  }
  return [...linesOf].map(([text, lines]) => {
    if (lines.length === 0) return text;
    const named = lines.slice(0, LINES_NAMED_MAX).join(', ');
    const more = lines.length > LINES_NAMED_MAX ? ` and ${lines.length - LINES_NAMED_MAX} more` : '';
    return `${text} (trace line ${named}${more})`;
  });
}
