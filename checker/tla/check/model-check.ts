/** Breadth-first model checking, in TLC's order and with TLC's counts. */
import { setImmediate } from 'node:timers/promises';
import type { ModelInput, ModelResult, ModelStep, ModelViolation } from '../api.ts';
import { type Config, configValue, parseConfig } from '../config/config.ts';
import { EvaluationError } from '../errors.ts';
import { ActionCompiler, type Step } from '../next/action.ts';
import { textAt } from '../parse/ast.ts';
import { Program } from '../program.ts';
import { equal } from '../value/compare.ts';
import type { Evaluator } from '../value/frame.ts';
import { Interner } from '../value/intern.ts';
import { toItf } from '../value/itf.ts';
import type { Value } from '../value/value.ts';
import { type Check, collectChecks, initAndNext, isTrue } from './checks.ts';
import { explain } from './explain.ts';
import { StateTable } from './states.ts';
import { PermutedIds, permutationsOf } from './symmetry.ts';

/** Thrown to stop the search. */
class Stop extends Error {
  readonly violation: (search: Search) => ModelViolation;

  constructor(violation: (search: Search) => ModelViolation) {
    super('violation');
    this.violation = violation;
  }
}

const TOO_DEEP = 'Evaluating this nests too deeply (endless recursion?)';

/** Milliseconds between two looks at the clock's consequences: progress and abortion. */
const BREATH_MS = 200;

class Search {
  private readonly input: ModelInput;
  private readonly program: Program;
  private readonly config: Config;
  private readonly interner = new Interner();
  private readonly table: StateTable;
  /** With symmetry or a view: the rows that stand for a state's class, in step with `table`. */
  private readonly classes: StateTable | undefined;
  private readonly permuted: readonly PermutedIds[];
  private readonly view: Evaluator | undefined;
  private readonly width: number;
  private readonly row: Int32Array;
  private readonly initStep: Step;
  private readonly nextStep: Step;
  private readonly enumerator: ActionCompiler;
  private readonly invariants: readonly Check[];
  private readonly stepChecks: readonly Check[];
  private readonly initialChecks: readonly Check[];
  private readonly constraints: readonly Evaluator[];
  private readonly actionConstraints: readonly Evaluator[];
  private readonly actions: Record<string, number> = {};
  private readonly start = performance.now();
  private generated = 0;
  private depth = 1;
  /** The state that is being left, and the one being judged, for the trace of an error. */
  private leaving = -1;
  private judged: readonly Value[] | undefined;

  constructor(input: ModelInput, program: Program, config: Config) {
    this.input = input;
    this.program = program;
    this.config = config;
    const c = program.compiler;
    this.width = c.variables.length;
    this.row = new Int32Array(this.width);
    this.table = new StateTable(this.width);
    const { init, next } = initAndNext(program, config);
    this.enumerator = new ActionCompiler(c);
    this.initStep = this.enumerator.step(init.expr, { ...init.env, primed: true }, undefined);
    this.nextStep = this.enumerator.step(next.expr, next.env, config.next ?? 'Next');
    const checks = collectChecks(program, config);
    this.invariants = checks.filter((check) => check.kind === 'invariant');
    this.stepChecks = checks.filter(
      (check) => check.kind === 'action property' || check.kind === 'refinement',
    );
    this.initialChecks = checks.filter((check) => check.kind === 'initial property');
    const evaluators = (names: readonly string[]): Evaluator[] =>
      names.map((name) => program.predicate(name).compiled.body);
    this.constraints = evaluators(config.constraints);
    this.actionConstraints = evaluators(config.actionConstraints);
    const permutations = config.symmetry === undefined ? [] : permutationsOf(program, config.symmetry);
    this.permuted = permutations.map((permutation) => new PermutedIds(this.interner, permutation));
    this.view = config.view === undefined ? undefined : program.predicate(config.view).compiled.body;
    const grouped = this.permuted.length > 0 || this.view !== undefined;
    this.classes = grouped ? new StateTable(this.view === undefined ? this.width : 1) : undefined;
  }

  async run(): Promise<ModelResult> {
    let violation: ModelViolation | undefined;
    let limit = false;
    try {
      violation = this.assumptions();
      if (violation === undefined) limit = !(await this.explore());
    } catch (error) {
      violation = this.violationOf(error);
    }
    const verdict =
      violation === undefined
        ? limit
          ? 'limit'
          : 'ok'
        : violation.kind === 'evaluation'
          ? 'error'
          : 'violated';
    const bytes = this.table.bytes + (this.classes?.bytes ?? 0);
    const found = violation !== undefined && 'trace' in violation ? violation.trace.length : 0;
    return {
      verdict,
      generated: this.generated,
      distinct: this.table.count,
      depth: Math.max(this.depth, found),
      actions: this.actions,
      ...(violation === undefined ? {} : { violation }),
      seconds: (performance.now() - this.start) / 1000,
      bytesPerState: this.table.count === 0 ? 0 : bytes / this.table.count,
    };
  }

  private assumptions(): ModelViolation | undefined {
    const { compiler, spec } = this.program;
    for (const { body } of spec.root.assumptions) {
      const value = compiler.compile(body, compiler.rootEnv())([undefined]);
      if (value === true) continue;
      const { at } = body;
      return { kind: 'assumption', module: at.source.module, line: at.line, text: textAt(at) };
    }
    return undefined;
  }

  /** False if a limit stopped it. */
  private async explore(): Promise<boolean> {
    const successors: { row: Int32Array; action: string }[] = [];
    const { machine } = this.program;
    this.enumerator.found = () => {
      for (let i = 0; i < this.width; i++) {
        const value = machine.next[i];
        if (value === undefined) throw this.unassigned(i);
        this.row[i] = this.interner.idOf(value);
      }
      successors.push({ row: this.row.slice(), action: machine.action });
    };
    this.initialStates(successors);
    let levelEnd = this.table.count;
    let breath = performance.now();
    const from = new Int32Array(this.width);
    for (let index = 0; index < this.table.count; index++) {
      if (index === levelEnd) {
        this.depth++;
        levelEnd = this.table.count;
      }
      if ((index & 63) === 0 && performance.now() - breath > BREATH_MS) {
        await this.breathe(index);
        breath = performance.now();
      }
      if (this.input.statesMax !== undefined && this.table.count >= this.input.statesMax) return false;
      this.table.read(index, from);
      successors.length = 0;
      this.leaving = index;
      this.judged = undefined;
      const state = this.values(from);
      machine.useCurrent(state);
      machine.next = new Array<Value | undefined>(this.width).fill(undefined);
      this.nextStep.run([undefined], undefined);
      if (successors.length === 0 && this.config.deadlock) {
        throw new Stop((search) => ({ kind: 'deadlock', trace: search.trace(index) }));
      }
      for (const successor of successors) this.judge(state, successor, index);
    }
    return true;
  }

  private async breathe(index: number): Promise<void> {
    this.input.onProgress?.({
      depth: this.depth,
      generated: this.generated,
      distinct: this.table.count,
      queued: this.table.count - index,
      seconds: (performance.now() - this.start) / 1000,
    });
    await setImmediate();
    this.input.signal?.throwIfAborted();
    this.program.enter();
  }

  private unassigned(index: number): EvaluationError {
    const name = this.program.compiler.variables[index]?.name ?? '?';
    const where =
      this.leaving < 0 ? 'The initial state' : `A successor state (action ${this.program.machine.action})`;
    return new EvaluationError(`${where} is not completely specified: ${name} has no value`);
  }

  private values(row: Int32Array): Value[] {
    const state: Value[] = new Array(this.width);
    for (let i = 0; i < this.width; i++) state[i] = this.interner.values[row[i] as number] as Value;
    return state;
  }

  private initialStates(successors: { row: Int32Array; action: string }[]): void {
    const { machine } = this.program;
    machine.useCurrent([]);
    machine.next = new Array<Value | undefined>(this.width).fill(undefined);
    this.initStep.run([undefined], undefined);
    for (const { row } of successors) {
      this.generated++;
      const state = this.values(row);
      this.judged = state;
      machine.useCurrent(state);
      machine.next = [];
      const known = this.constraints.every(isTrue) ? this.enter(row, -1) : -1;
      if (known >= 0) continue;
      for (const check of [...this.invariants, ...this.initialChecks]) {
        if (!check.test()) throw this.broken(check, -1, state);
      }
    }
  }

  /** The index of a state that was known, or a negative number for a new one, which is added. */
  private enter(row: Int32Array, predecessor: number): number {
    if (this.classes !== undefined) {
      const known = this.classes.add(this.representative(row), -1);
      if (known >= 0) return known;
    }
    const index = this.table.add(row, predecessor);
    if (index < 0) this.input.onState?.(this.named(this.values(row)));
    return index;
  }

  /** The row that stands for all states equal to this one by symmetry, or its view. */
  private representative(row: Int32Array): Int32Array {
    if (this.view !== undefined) return Int32Array.of(this.interner.idOf(this.view([undefined])));
    let best = row;
    for (const permuted of this.permuted) {
      const other = row.map((id) => permuted.idOf(id));
      if (isBefore(other, best)) best = other;
    }
    return best;
  }

  private judge(from: readonly Value[], successor: { row: Int32Array; action: string }, index: number): void {
    const { machine } = this.program;
    this.generated++;
    this.actions[successor.action] = (this.actions[successor.action] ?? 0) + 1;
    const state = this.values(successor.row);
    this.judged = state;
    let inModel = true;
    let before = true;
    if (this.constraints.length > 0 || this.classes !== undefined) {
      machine.useCurrent(state);
      machine.next = [];
      before = false;
      inModel = this.constraints.every(isTrue);
    }
    if (inModel && this.actionConstraints.length > 0) {
      machine.useCurrent(from);
      machine.next = state;
      before = true;
      inModel = this.actionConstraints.every(isTrue);
      if (this.classes !== undefined) machine.useCurrent(state);
    }
    const known = inModel ? this.enter(successor.row, index) : -1;
    if (inModel) this.input.onStep?.(index, known < 0 ? -1 - known : known, successor.action);
    if (known < 0 && this.invariants.length > 0) {
      machine.useCurrent(state);
      machine.next = [];
      before = false;
      for (const check of this.invariants) if (!check.test()) throw this.broken(check, index, state);
    }
    if (this.stepChecks.length === 0) return;
    if (!before || machine.current !== from) machine.useCurrent(from);
    machine.next = state;
    for (const check of this.stepChecks) if (!check.test()) throw this.broken(check, index, state);
  }

  private broken(check: Check, predecessor: number, state: readonly Value[]): Stop {
    const { conjunct } = explain(this.program.compiler, check.predicate, []);
    const { kind, name } = check;
    return new Stop((search) => ({ kind, name, conjunct, trace: search.trace(predecessor, state) }));
  }

  private violationOf(error: unknown): ModelViolation {
    if (error instanceof Stop) return error.violation(this);
    const evaluation = error instanceof RangeError ? new EvaluationError(TOO_DEEP) : error;
    if (!(evaluation instanceof EvaluationError)) throw error;
    const { message, at } = evaluation;
    const place = at === undefined ? {} : { module: at.source.module, line: at.line };
    let trace: ModelStep[] = [];
    try {
      if (this.table.count > 0) trace = this.trace(this.leaving, this.judged);
    } catch (second) {
      if (!(second instanceof EvaluationError)) throw second;
    }
    return { kind: 'evaluation', message, ...place, trace };
  }

  /** The shortest way to a state of the table, and one more state. */
  private trace(index: number, last?: readonly Value[]): ModelStep[] {
    const rows: Int32Array[] = [];
    for (let at = index; at >= 0; at = this.table.predecessor(at)) {
      const row = new Int32Array(this.width);
      this.table.read(at, row);
      rows.unshift(row);
    }
    const states = rows.map((row) => this.values(row));
    if (last !== undefined) states.push([...last]);
    return states.map((state, i) => ({
      action: i === 0 ? 'Initial predicate' : this.actionBetween(states[i - 1] as Value[], state),
      state: this.named(state),
    }));
  }

  /** The action that leads from one state to the other: found by going through Next again. */
  private actionBetween(from: readonly Value[], to: readonly Value[]): string {
    const { machine } = this.program;
    let name: string | undefined;
    this.enumerator.found = () => {
      if (name === undefined && to.every((value, i) => equal(value, machine.next[i] as Value)))
        name = machine.action;
    };
    machine.useCurrent(from);
    machine.next = new Array<Value | undefined>(this.width).fill(undefined);
    this.nextStep.run([undefined], undefined);
    return name ?? 'Next';
  }

  private named(state: readonly Value[]): ModelStep['state'] {
    return Object.fromEntries(
      this.program.compiler.variables.map(({ name }, i) => [name, toItf(state[i] as Value)]),
    );
  }
}

function isBefore(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/**
 * Explores all states of a model.
 * @throws UsageError for a module or configuration that cannot be used; the signal's reason when aborted.
 */
export async function modelCheck(input: ModelInput): Promise<ModelResult> {
  const config = parseConfig(input.config, `the configuration of ${input.module}`);
  const program = await Program.load({
    folder: input.specFolder,
    module: input.module,
    words: config.words,
    constants: () => new Map([...config.constants].map(([name, value]) => [name, configValue(value)])),
    replaced: config.replaced,
  });
  return new Search(input, program, config).run();
}
