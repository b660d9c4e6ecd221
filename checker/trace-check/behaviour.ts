import { type EdgeId, TraceGraph } from '../../traces/graph.ts';
import type { RecordedStep, RecordedTrace } from '../../traces/trace.ts';
import type { TraceState, TraceValue } from '../../traces/value.ts';
import { UsageError } from '../errors.ts';
import type { GraphInput, ItfValue } from '../tla/api.ts';
import type { TraceMapping } from './mapping.ts';

/** Where in the trace file a step was first seen. */
export interface StepPlace {
  readonly line: number;
  /** In the traced system's words. */
  readonly event?: string;
  /** The action as the trace names it; absent where it names none. */
  readonly action?: string;
}

/** A trace as a graph over the spec's variables. */
export interface Behaviour {
  readonly graph: TraceGraph<StepPlace>;
  /** Steps that the mapping says the spec must not notice, and that change what it speaks of. */
  readonly noticed: readonly EdgeId[];
  /** The actions of the trace, as it names them. */
  readonly taken: ReadonlySet<string>;
}

/** The action of edges that the spec must not notice; no operator of any spec can have this name. */
const UNNOTICED = '(unnoticed)';

/**
 * Reads a trace in the spec's terms: variables renamed, actions named as the spec names them, equal states
 * and steps merged.
 * @throws UsageError where the mapping does not fit the trace.
 */
export function behaviourOf(trace: RecordedTrace, mapping: TraceMapping): Behaviour {
  const project = projection(trace, mapping);
  const graph = new TraceGraph<StepPlace>();
  const noticed: EdgeId[] = [];
  const taken = new Set<string>();
  for (const run of trace.runs) {
    let from = graph.addState(project(run.initial));
    graph.markInitial(from);
    for (const step of run.steps) {
      const to = graph.addState(project(step.state));
      const action = actionOf(step, mapping);
      if (step.action !== undefined) taken.add(step.action);
      // A step that changes nothing is a step of every spec, unless it claims to be a certain action.
      const isUnnoticed = action === null || (step.action === undefined && from === to);
      if (!isUnnoticed) graph.addEdge(from, to, action, step.args, placeOf(step));
      else if (from !== to) noticed.push(graph.addEdge(from, to, UNNOTICED, [], placeOf(step)));
      from = to;
    }
  }
  return { graph, noticed: [...new Set(noticed)], taken };
}

/** The behaviour as the TLA+ engines take it, with the graph's number of each edge handed to them. */
export function graphInputOf(
  behaviour: Behaviour,
  mapping: TraceMapping,
  spec: { readonly folder: string; readonly module: string },
): { readonly input: GraphInput; readonly edgeIds: readonly EdgeId[] } {
  const { graph } = behaviour;
  const noticed = new Set<number>(behaviour.noticed);
  const edgeIds = Array.from({ length: graph.edgesCount }, (_, id) => id as EdgeId).filter(
    (id) => !noticed.has(id),
  );
  const [first] = graph.states;
  const input: GraphInput = {
    specFolder: spec.folder,
    module: spec.module,
    constants: itfState(mapping.constants),
    variables: Object.keys(first ?? {}),
    states: graph.states.map(itfState),
    initial: graph.initialStates,
    init: mapping.init,
    edges: edgeIds.map((id) => {
      const { from, to, action, args } = graph.edge(id);
      return { from, to, action, args: args.map(itfValue) };
    }),
    invariants: mapping.invariants,
    actionProperties: mapping.actionProperties,
    refinements: mapping.refinements,
  };
  return { input, edgeIds };
}

function placeOf({ line, event, action }: RecordedStep): StepPlace {
  return {
    line,
    ...(event === undefined ? {} : { event }),
    ...(action === undefined ? {} : { action }),
  };
}

function actionOf(step: RecordedStep, mapping: TraceMapping): string | null {
  if (step.action === undefined) return mapping.next;
  return Object.hasOwn(mapping.actions, step.action) ? (mapping.actions[step.action] ?? null) : step.action;
}

/** The function from a state of the trace to a state of the spec. */
function projection(trace: RecordedTrace, mapping: TraceMapping): (state: TraceState) => TraceState {
  const known = new Set(trace.variables);
  const hint = `The trace has the variables ${trace.variables.join(', ')}.`;
  for (const source of [...Object.values(mapping.variables), ...mapping.ignore]) {
    if (!known.has(source))
      throw new UsageError(`the mapping names ${source}, which the trace does not have`, hint);
  }
  const renamed = new Set(Object.values(mapping.variables));
  const pairs: [string, string][] = Object.entries(mapping.variables);
  for (const variable of trace.variables) {
    if (!renamed.has(variable) && !mapping.ignore.includes(variable)) pairs.push([variable, variable]);
  }
  const targets = pairs.map(([target]) => target);
  if (new Set(targets).size !== targets.length) {
    throw new UsageError(
      'the mapping gives a variable of the spec two sources',
      'Put the variable of the trace that is not meant under "ignore".',
    );
  }
  return (state) =>
    Object.fromEntries(pairs.map(([target, source]) => [target, state[source] as TraceValue]));
}

function itfState(state: Readonly<Record<string, TraceValue>>): Record<string, ItfValue> {
  return Object.fromEntries(Object.entries(state).map(([name, value]) => [name, itfValue(value)]));
}

/** The engines know a tuple as a sequence, which it is in TLA+. */
function itfValue(value: TraceValue): ItfValue {
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(itfValue);
  if ('#bigint' in value || '#model' in value) return value as ItfValue;
  if ('#tup' in value) return (value['#tup'] as readonly TraceValue[]).map(itfValue);
  if ('#set' in value) return { '#set': (value['#set'] as readonly TraceValue[]).map(itfValue) };
  if ('#map' in value) {
    const pairs = value['#map'] as readonly (readonly [TraceValue, TraceValue])[];
    return { '#map': pairs.map(([key, element]) => [itfValue(key), itfValue(element)] as const) };
  }
  return itfState(value as Readonly<Record<string, TraceValue>>);
}
