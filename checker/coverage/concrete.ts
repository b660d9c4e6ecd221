/**
 * The driven runs once more, as `fukugen check` sees runs: every step of theirs, those of pages among them, against
 * `PageShadow` and every promise. What the spec of the promise cannot see, such as a page that can be written
 * while it has no copy, is seen here.
 */
import type { StateId } from '../../kernel-model/abstraction/abstract-state.ts';
import type { EventArg } from '../../kernel-model/abstraction/path.ts';
import { type KernelSystem, SPEC_VARIABLES } from '../../kernel-model/system.ts';
import { STEP } from '../judge/violations.ts';
import { readPromises, type SpecPromise, specFolder } from '../spec-promises.ts';
import type { GraphInput, ItfValue } from '../tla/api.ts';
import { checkGraph } from '../tla/engine.ts';
import type { History } from './driver.ts';

interface ConcreteStep {
  readonly from: StateId;
  readonly action: string;
  readonly args: readonly EventArg[];
  readonly to: StateId;
  /** How it was first come to. */
  readonly history: History | null;
}

/** More states than one driver ever sees: two of their numbers make one that is exact. */
const STATES_MAX = 2 ** 26;

/** Every different step that a driver has seen. */
export class ConcreteGraph {
  readonly steps: ConcreteStep[] = [];
  private readonly known = new Map<number, ConcreteStep[]>();

  add(step: ConcreteStep): void {
    const key = step.from * STATES_MAX + step.to;
    const same = this.known.get(key);
    if (same === undefined) this.known.set(key, [step]);
    else if (same.some((each) => each.action === step.action && isSame(each.args, step.args))) return;
    else same.push(step);
    this.steps.push(step);
  }
}

const isSame = (a: readonly EventArg[], b: readonly EventArg[]): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b);

/** A promise that the driven runs broke. */
export interface BrokenPromise {
  readonly name: string;
  readonly sentence: string;
  readonly thesis: string;
  /** Steps and states that break it. */
  readonly count: number;
  /** The one with the shortest history. */
  readonly step: { readonly action: string; readonly before: ItfState; readonly after: ItfState };
  readonly history: History | null;
}

type ItfState = Readonly<Record<string, ItfValue>>;

export interface ConcreteJudgement {
  readonly stepsCount: number;
  readonly statesCount: number;
  readonly broken: readonly BrokenPromise[];
  /** What could not be evaluated. */
  readonly errors: readonly string[];
}

const asItf = (arg: EventArg): ItfValue => (typeof arg === 'object' ? { '#set': arg } : arg);

/** @throws UsageError where the spec does not load. */
export async function judgeConcrete(system: KernelSystem, graph: ConcreteGraph): Promise<ConcreteJudgement> {
  const promises = readPromises();
  const names = (kind: SpecPromise['kind']): string[] =>
    promises.filter((promise) => promise.kind === kind).map(({ name }) => name);
  const states = Array.from({ length: system.statesCount }, (_, i) => system.stateAsItf(i) as ItfState);
  const input: GraphInput = {
    specFolder: specFolder(),
    module: 'KernelTrace',
    constants: system.specConstants,
    variables: SPEC_VARIABLES,
    states,
    initial: [system.observer.initialState()],
    init: 'Init',
    edges: graph.steps.map(({ from, to, action, args }) => ({ from, to, action, args: args.map(asItf) })),
    invariants: names('state'),
    actionProperties: names('step'),
    refinements: ['AbstractNext'],
    explain: false,
  };
  const result = await checkGraph(input);
  const into = new Map(graph.steps.toReversed().map((step) => [step.to as number, step]));
  const bad = [
    ...result.badEdges.map(({ edge, why, name }) => ({
      name: why === 'property' ? name : STEP,
      step: graph.steps[edge],
    })),
    ...result.badStates.map(({ state, name }) => ({ name, step: into.get(state) })),
  ];
  return {
    stepsCount: graph.steps.length,
    statesCount: states.length,
    broken: brokenPromises(bad, states, promises),
    errors: result.errors.map(({ message }) => message),
  };
}

function brokenPromises(
  bad: readonly { readonly name: string; readonly step: ConcreteStep | undefined }[],
  states: readonly ItfState[],
  promises: readonly SpecPromise[],
): BrokenPromise[] {
  const byName = new Map<string, { step: ConcreteStep; count: number }>();
  for (const { name, step } of bad) {
    if (step === undefined) continue;
    const known = byName.get(name);
    if (known === undefined) byName.set(name, { step, count: 1 });
    else {
      known.count += 1;
      if (lengthOf(step.history) < lengthOf(known.step.history)) known.step = step;
    }
  }
  return [...byName].map(([name, { step, count }]) => {
    const promise = promises.find((each) => each.name === name);
    return {
      name,
      sentence: promise?.sentence ?? 'Every step is one that the spec allows.',
      thesis: promise?.thesis ?? '',
      count,
      step: {
        action: step.action,
        before: states[step.from] as ItfState,
        after: states[step.to] as ItfState,
      },
      history: step.history,
    };
  });
}

function lengthOf(history: History | null): number {
  let length = 0;
  for (let at = history; at !== null; at = at.before) length += 1;
  return length;
}
