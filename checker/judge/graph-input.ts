/** The graph of an exploration, in the words of the TLA+ engines. */
import type { Exploration } from '../explore/explorer.ts';
import type { SystemUnderTest } from '../explore/system.ts';
import { type SpecPromise, specFolder } from '../spec-promises.ts';
import type { GraphInput, ItfValue } from '../tla/api.ts';

/** What the system says of itself to the spec. */
export interface SpecBinding {
  readonly module: string;
  readonly constants: Readonly<Record<string, ItfValue>>;
  readonly variables: readonly string[];
}

const setOf = (values: readonly string[]): ItfValue => ({ '#set': values });

/** An event's argument as the spec takes it: a list of pages is a set. */
const asItf = (arg: string | number | readonly string[]): ItfValue =>
  typeof arg === 'object' ? setOf(arg) : arg;

export function graphInput(options: {
  readonly system: SystemUnderTest;
  readonly exploration: Exploration;
  readonly binding: SpecBinding;
  readonly promises: readonly SpecPromise[];
}): GraphInput {
  const { system, exploration, binding, promises } = options;
  const names = (kind: SpecPromise['kind']): string[] =>
    promises.filter((p) => p.kind === kind).map((p) => p.name);
  const states = Array.from(
    { length: system.statesCount },
    (_, i) => system.stateAsItf(i) as Readonly<Record<string, ItfValue>>,
  );
  return {
    specFolder: specFolder(),
    module: binding.module,
    constants: binding.constants,
    variables: binding.variables,
    states,
    initial: [exploration.initial],
    init: 'Init',
    edges: exploration.graph.edges.map(({ from, to, action, args }) => ({
      from,
      to,
      action,
      args: args.map(asItf),
    })),
    invariants: names('state'),
    actionProperties: names('step'),
    refinements: ['AbstractNext'],
  };
}
