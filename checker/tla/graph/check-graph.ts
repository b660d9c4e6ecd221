/** Checks a graph of recorded states and steps against a module: every edge, every state, all at once. */

import { UsageError } from '../../errors.ts';
import {
  type BadEdge,
  type BadState,
  type EvaluationFailure,
  type GraphEdge,
  type GraphInput,
  type GraphResult,
  type ItfValue,
  NOT_EXPLAINED,
} from '../api.ts';
import { explain } from '../check/explain.ts';
import { type CountedPromise, countingPredicate } from '../check/premise.ts';
import { EvaluationError, SpecError } from '../errors.ts';
import { type Predicate, Program } from '../program.ts';
import type { Frame } from '../value/frame.ts';
import { Interner } from '../value/intern.ts';
import { fromItf } from '../value/itf.ts';
import type { Value } from '../value/value.ts';
import { stuttering } from './stuttering.ts';

type State = readonly Value[];

/** @throws UsageError if the graph's variables are not the module's, or a state lacks one. */
function loadStates(input: GraphInput, program: Program): State[] {
  const names = program.compiler.variables.map((variable) => variable.name);
  const unknown = input.variables.find((name) => !names.includes(name));
  const missing = names.find((name) => !input.variables.includes(name));
  if (unknown !== undefined || missing !== undefined) {
    const what =
      unknown === undefined ? `lacks ${missing}` : `has ${unknown}, which the module does not declare`;
    throw new UsageError(
      `The graph's variables are not those of ${input.module}: it ${what}`,
      'Every VARIABLE of the module must have a value in every state.',
    );
  }
  const interner = new Interner();
  return input.states.map((state, index) =>
    names.map((name) => {
      const value = state[name];
      if (value === undefined) throw new UsageError(`State ${index} gives no value to ${name}`);
      return interner.intern(fromItf(value));
    }),
  );
}

/** The applications of actions to arguments, each compiled once. */
class Actions {
  private readonly program: Program;
  /** By name and number of arguments. */
  private readonly predicates = new Map<string, (Predicate | SpecError)[]>();
  private readonly frames = new Map<string, Frame>();
  private readonly simple = new Map<ItfValue | undefined, Frame>();

  constructor(program: Program) {
    this.program = program;
  }

  /** The action of an edge and its arguments; a SpecError if there is no such operator. */
  of(edge: GraphEdge): { readonly predicate: Predicate; readonly args: Frame } | SpecError {
    let byCount = this.predicates.get(edge.action);
    if (byCount === undefined) {
      byCount = [];
      this.predicates.set(edge.action, byCount);
    }
    let predicate = byCount[edge.args.length];
    if (predicate === undefined) {
      predicate = this.compile(edge);
      byCount[edge.args.length] = predicate;
    }
    if (predicate instanceof SpecError) return predicate;
    return { predicate, args: this.arguments(edge.args) };
  }

  /** The arguments as values, made once: there are many edges, but few different arguments. */
  private arguments(args: readonly ItfValue[]): Frame {
    const only = args.length === 1 && typeof args[0] !== 'object';
    const text = only ? '' : JSON.stringify(args);
    const known = only ? this.simple.get(args[0]) : this.frames.get(text);
    if (known !== undefined) return known;
    const made = args.map(fromItf);
    if (only) this.simple.set(args[0], made);
    else this.frames.set(text, made);
    return made;
  }

  private compile(edge: GraphEdge): Predicate | SpecError {
    try {
      return this.program.predicate(edge.action, edge.args.length);
    } catch (error) {
      if (error instanceof SpecError) return error;
      throw error;
    }
  }
}

class GraphChecker {
  private readonly input: GraphInput;
  private readonly program: Program;
  private readonly states: readonly State[];
  private readonly badEdges: BadEdge[] = [];
  private readonly badStates: BadState[] = [];
  private readonly errors: EvaluationFailure[] = [];
  private readonly actions: Record<string, number> = {};
  private readonly premises: Record<string, number> = {};

  constructor(input: GraphInput, program: Program, states: readonly State[]) {
    this.input = input;
    this.program = program;
    this.states = states;
  }

  run(): GraphResult {
    const start = performance.now();
    this.checkStates();
    this.checkEdges();
    const { states, edges } = this.input;
    this.badEdges.sort((a, b) => a.edge - b.edge);
    return {
      badEdges: this.badEdges,
      badStates: this.badStates,
      errors: this.errors,
      actions: this.actions,
      premises: this.premises,
      statesCount: states.length,
      edgesCount: edges.length,
      seconds: (performance.now() - start) / 1000,
    };
  }

  private enter(from: number, to: number | undefined): void {
    const machine = this.program.machine;
    const state = this.states[from];
    const next = to === undefined ? undefined : this.states[to];
    if (state === undefined || (to !== undefined && next === undefined)) {
      throw new UsageError(
        `The graph refers to state ${state === undefined ? from : to}, which it does not have`,
      );
    }
    if (machine.current !== state) machine.useCurrent(state);
    machine.next = (next ?? []) as Value[];
  }

  private failed(error: unknown, where: { edge?: number; state?: number }): void {
    if (error instanceof RangeError) {
      this.errors.push({ ...where, message: 'Evaluating this nests too deeply (endless recursion?)' });
      return;
    }
    if (!(error instanceof EvaluationError)) throw error;
    const at = error.at;
    const place = at === undefined ? {} : { module: at.source.module, line: at.line };
    this.errors.push({ ...where, message: error.message, ...place });
  }

  private checkStates(): void {
    const { compiler } = this.program;
    if (this.input.initial.length > 0) {
      const init = this.program.predicate(this.input.init);
      for (const state of this.input.initial) {
        this.checkState(state, init, () => init.compiled.body([undefined]));
      }
    }
    for (const name of this.input.invariants) {
      const predicate = this.program.predicate(name);
      const counting = countingPredicate(compiler, predicate);
      this.states.forEach((_, state) => {
        this.checkState(state, predicate, counting.holds);
      });
      this.premises[name] = counting.premises();
    }
  }

  private checkState(state: number, predicate: Predicate, holds: () => Value): void {
    this.enter(state, undefined);
    try {
      const verdict = holds();
      if (verdict === true) return;
      if (verdict !== false) throw new EvaluationError(`${predicate.name} is not a formula`);
      const { conjunct } = this.explain(predicate, []);
      this.badStates.push({ state, name: predicate.name, conjunct });
    } catch (error) {
      this.failed(error, { state });
    }
  }

  /** Edges are visited by the state they leave: what depends on that state alone is computed once. */
  private checkEdges(): void {
    const { edges } = this.input;
    const order = edges.map((_, index) => index);
    order.sort((a, b) => (edges[a]?.from ?? 0) - (edges[b]?.from ?? 0) || a - b);
    const actions = new Actions(this.program);
    const promises = this.input.actionProperties.map((name) => this.promise(name, 'property'));
    const refinements = (this.input.refinements ?? []).map((name) => this.promise(name, 'refinement'));
    for (const index of order) {
      const edge = edges[index] as GraphEdge;
      this.enter(edge.from, edge.to);
      this.checkAction(index, edge, actions);
      for (const promise of promises) this.checkPromise(index, promise);
      for (const promise of refinements) this.checkPromise(index, promise);
    }
    for (const { name, counting } of promises) this.premises[name] = counting.premises();
  }

  private promise(name: string, why: 'property' | 'refinement'): EdgePromise {
    const predicate = this.program.predicate(name);
    const stutters = why === 'refinement' ? stuttering(this.program, predicate) : undefined;
    return { name, why, predicate, stutters, counting: countingPredicate(this.program.compiler, predicate) };
  }

  private checkAction(index: number, edge: GraphEdge, actions: Actions): void {
    const action = actions.of(edge);
    if (action instanceof SpecError) {
      const message = `an event that no action matches: ${edge.action} with ${edge.args.length} arguments (${action.message})`;
      this.errors.push({ edge: index, message });
      return;
    }
    const { predicate, args } = action;
    try {
      const verdict = predicate.compiled.body([undefined, ...args]);
      if (verdict === true) {
        this.actions[edge.action] = (this.actions[edge.action] ?? 0) + 1;
        return;
      }
      if (verdict !== false) throw new EvaluationError(`${edge.action} is not a formula`);
      this.bad(index, 'action', predicate, args);
    } catch (error) {
      this.failed(error, { edge: index });
    }
  }

  private checkPromise(index: number, promise: EdgePromise): void {
    try {
      if (promise.counting.holds()) return;
      if (promise.stutters?.() === true) return;
      this.bad(index, promise.why, promise.predicate, []);
    } catch (error) {
      this.failed(error, { edge: index });
    }
  }

  private bad(edge: number, why: BadEdge['why'], predicate: Predicate, args: Frame): void {
    const { conjunct, differing } = this.explain(predicate, args);
    this.badEdges.push({ edge, why, name: predicate.name, conjunct, differing });
  }

  private explain(predicate: Predicate, args: Frame): Pick<BadEdge, 'conjunct' | 'differing'> {
    if (this.input.explain === false) return { conjunct: NOT_EXPLAINED, differing: [] };
    return explain(this.program.compiler, predicate, args);
  }
}

interface EdgePromise {
  readonly name: string;
  readonly why: 'property' | 'refinement';
  readonly predicate: Predicate;
  /** Whether nothing changes that a refinement sees. */
  readonly stutters: (() => boolean) | undefined;
  readonly counting: CountedPromise;
}

/**
 * Checks the whole graph with the embedded engine.
 * @throws UsageError for a module that does not load, a graph whose variables are not the module's, an unknown
 * invariant, property or Init.
 */
export async function checkGraph(input: GraphInput): Promise<GraphResult> {
  const program = await Program.load({
    folder: input.specFolder,
    module: input.module,
    constants: () => new Map(Object.entries(input.constants).map(([name, value]) => [name, fromItf(value)])),
  });
  return new GraphChecker(input, program, loadStates(input, program)).run();
}
