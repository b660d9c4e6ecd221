/**
 * The bounded model whose behaviours are driven: the graph of spec/MCCoverage.tla as the embedded engine finds
 * it, and how many behaviours there are in it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { invariant } from '../../emulator/invariant.ts';
import { UsageError } from '../errors.ts';
import { type ItfValue, modelCheck } from '../tla/engine.ts';

const MODULE = 'MCCoverage';
/** What the model counts to bound itself; the promise knows nothing of it. */
const BOUNDING = new Set(['steps', 'crashes', 'settled']);
/** The model names its actions after the spec's, with this before them. */
const ACTION_PREFIX = /^MC/;

export interface Bounds {
  /** Steps of a behaviour, at most. */
  readonly stepsMax: number;
  /** Power failures in one behaviour, at most. */
  readonly crashesMax: number;
  /** Only these system calls are made; absent for all that the model has. */
  readonly calls?: readonly string[];
  /** The kernel is entered for these causes only; absent for all that the model has. */
  readonly causes?: readonly string[];
}

/** A state of `Consistency`, as the engine writes it in ITF. */
export type SpecState = Readonly<Record<string, ItfValue>>;

export interface SpecEdge {
  readonly action: string;
  /** Index of the node that it leads to. */
  readonly to: number;
  /** Index of the transition that it is, whatever came before it. */
  readonly transition: number;
}

/** A step from one state to another, in whatever behaviours it is taken. */
export interface Transition {
  readonly action: string;
  /** Indexes of states. */
  readonly from: number;
  readonly to: number;
}

/** A node is a state together with the steps and crashes that led to it; node 0 is where all begins. */
export interface BoundedModel {
  readonly bounds: Bounds;
  /** The variables of `Consistency`, in alphabetical order. */
  readonly variables: readonly string[];
  readonly states: readonly SpecState[];
  readonly transitions: readonly Transition[];
  /** Equal for equal states, and only for them; of any state, with or without further variables. */
  keyOf(state: Readonly<Record<string, unknown>>): string;
  /** The index of the state with this key; undefined where the model has none. */
  stateIndex(key: string): number | undefined;
  readonly nodes: readonly {
    /** Index of its state. */
    readonly state: number;
    readonly edges: readonly SpecEdge[];
    /** Behaviours that go on from here, of one step or more. */
    readonly behavioursCount: number;
  }[];
}

/** The configuration with the bounds in place of its own. */
export function configOf(text: string, bounds: Bounds): string {
  const setOf = (names: readonly string[]): string => `{${names.map((name) => `"${name}"`).join(', ')}}`;
  let config = text.replace(/StepsMax = \d+/, `StepsMax = ${bounds.stepsMax}`);
  config = config.replace(/CrashesMax = \d+/, `CrashesMax = ${bounds.crashesMax}`);
  if (bounds.calls !== undefined) config = config.replace(/Calls = \{.*\}/, `Calls = ${setOf(bounds.calls)}`);
  if (bounds.causes !== undefined)
    config = config.replace(/Causes = \{.*\}/, `Causes = ${setOf(bounds.causes)}`);
  return config;
}

/**
 * @param onProgress called now and then with the states found so far.
 * @throws UsageError where the model breaks what it promises: then there is nothing to be driven.
 */
export async function boundedModel(options: {
  readonly specFolder: string;
  readonly bounds: Bounds;
  readonly signal?: AbortSignal;
  readonly onProgress?: (statesCount: number) => void;
}): Promise<BoundedModel> {
  const { specFolder, bounds, signal, onProgress } = options;
  const text = readFileSync(join(specFolder, 'models', 'coverage.cfg'), 'utf8');
  const builder = new Builder();
  const result = await modelCheck({
    specFolder,
    module: MODULE,
    config: configOf(text, bounds),
    onState: (state) => builder.node(state),
    onStep: (from, to, action) => builder.edge(from, to, action.replace(ACTION_PREFIX, '')),
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress: ({ distinct }) => onProgress(distinct) }),
  });
  if (result.verdict !== 'ok') {
    const why = result.violation === undefined ? '' : ` (${result.violation.kind})`;
    throw new UsageError(
      `the model ${MODULE} is ${result.verdict}${why}`,
      'Run `npx vitest run test/spec` to see why.',
    );
  }
  return builder.finish(bounds);
}

/** Equal states give equal text: sets are sorted. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if ('#set' in value) return `{${(value['#set'] as unknown[]).map(canonical).sort().join()}}`;
  const fields = Object.entries(value).map(([name, field]) => `${name}:${canonical(field)}`);
  return `(${fields.sort().join()})`;
}

class Builder {
  private variables: string[] = [];
  private readonly states: SpecState[] = [];
  private readonly indexes = new Map<string, number>();
  private readonly stateOfNode: number[] = [];
  private readonly edges: SpecEdge[][] = [];
  private readonly known: Set<string>[] = [];
  private readonly transitions: Transition[] = [];
  private readonly transitionIndexes = new Map<string, number>();

  node(full: SpecState): void {
    if (this.variables.length === 0) {
      this.variables = Object.keys(full)
        .filter((name) => !BOUNDING.has(name))
        .sort();
    }
    const key = this.keyOf(full);
    let index = this.indexes.get(key);
    if (index === undefined) {
      index = this.states.length;
      this.indexes.set(key, index);
      this.states.push(Object.fromEntries(this.variables.map((name) => [name, full[name] as ItfValue])));
    }
    this.stateOfNode.push(index);
    this.edges.push([]);
    this.known.push(new Set());
  }

  /** The same step may be found more than once, by different disjuncts. */
  edge(from: number, to: number, action: string): void {
    const known = this.known[from] as Set<string>;
    const key = `${action} ${to}`;
    if (known.has(key)) return;
    known.add(key);
    (this.edges[from] as SpecEdge[]).push({ action, to, transition: this.transitionOf(from, to, action) });
  }

  private transitionOf(fromNode: number, toNode: number, action: string): number {
    const from = this.stateOfNode[fromNode] as number;
    const to = this.stateOfNode[toNode] as number;
    const key = `${from} ${action} ${to}`;
    let index = this.transitionIndexes.get(key);
    if (index === undefined) {
      index = this.transitions.length;
      this.transitionIndexes.set(key, index);
      this.transitions.push({ action, from, to });
    }
    return index;
  }

  finish(bounds: Bounds): BoundedModel {
    const { variables, states, transitions, edges, stateOfNode, indexes } = this;
    const counts = this.countBehaviours();
    return {
      bounds,
      variables,
      states,
      transitions,
      keyOf: (state) => this.keyOf(state),
      stateIndex: (key) => indexes.get(key),
      nodes: stateOfNode.map((state, i) => ({
        state,
        edges: edges[i] as SpecEdge[],
        behavioursCount: counts[i] as number,
      })),
    };
  }

  /** Every edge leads to a node that was found later, since each counts a step more. */
  private countBehaviours(): number[] {
    const counts = new Array<number>(this.stateOfNode.length).fill(0);
    for (let node = counts.length - 1; node >= 0; node -= 1) {
      let sum = 0;
      for (const { to } of this.edges[node] as SpecEdge[]) {
        invariant(to > node, 'a step of the bounded model leads on');
        sum += 1 + (counts[to] as number);
      }
      counts[node] = sum;
    }
    return counts;
  }

  private keyOf(state: Readonly<Record<string, unknown>>): string {
    return this.variables.map((name) => canonical(state[name])).join('|');
  }
}
