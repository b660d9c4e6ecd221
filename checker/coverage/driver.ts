/** Drives the kernel one decision at a time, and sees its runs as steps between states of the spec. */
import { invariant } from '../../emulator/invariant.ts';
import type { StateId } from '../../kernel-model/abstraction/abstract-state.ts';
import type { Observation } from '../../kernel-model/programs/workload.ts';
import type { SchemeDefinition } from '../../kernel-model/schemes/scheme.ts';
import type { Mutation } from '../../kernel-model/system.ts';
import type { BoundedModel, SpecState } from './bounded-model.ts';
import type { ConcreteGraph } from './concrete.ts';
import { type Decision, DrivenSystem, type Moment, type RawRun } from './driven-system.ts';
import { inNamesOfModel, type Naming, PIDS } from './naming.ts';
import { operationsOf } from './operations.ts';
import { returnsOf } from './returns.ts';
import { complaint, type Expected, type Operation } from './script.ts';

/** The actions of `Consistency`. The others are about pages, and leave every variable of the promise as it is. */
export const PROMISED_ACTIONS: ReadonlySet<string> = new Set([
  ...['PowerOn', 'Crash', 'Start', 'Shutdown', 'Restored', 'Recovered', 'Enter', 'Send', 'Leave', 'Settle'],
]);

/** What one process has been made to do so far, and what must have come of it. */
interface Script {
  readonly operations: readonly Operation[];
  /** The process has not come to the last of them: power failed before, and it will do it all the same. */
  readonly isLastAhead: boolean;
  /** For each operation that has come back: what it must have given. */
  readonly expected: readonly (Expected | undefined)[];
}

/** How a standing came about: decisions, and where power failed in the runs that they led to. */
export interface History {
  readonly before: History | null;
  readonly naming: Naming;
  readonly decision: Decision;
  /** Entries of that run's store log after which power failed; absent where it did not. */
  readonly crashPosition?: number;
}

/** A machine at which the driver decides, and all that has led there. */
export interface Standing {
  readonly moment: Moment;
  readonly scripts: readonly Script[];
  readonly history: History | null;
  /** A number that all of its history goes into, and nothing else: what is left to chance is decided by it. */
  readonly salt: number;
  /** The process that runs makes its call or fault again with its first instruction, whatever the driver would like. */
  readonly isBound: boolean;
}

/** A state of the promise that the machine has shown. One object a state, of all drivers of a model. */
export interface Seen {
  readonly state: SpecState;
  /** Its index in the model; undefined where the model has it not. */
  readonly index: number | undefined;
}

export interface Step {
  readonly action: string;
  readonly after: Seen;
  /** Entries of the run's store log that had happened. */
  readonly position: number;
}

/** One run, as the spec sees it. */
export interface DrivenRun {
  readonly history: History;
  /** As of the standing that it ends in. */
  readonly salt: number;
  /** The process that runs stood on a call or fault that it had made before. */
  readonly isRepeat: boolean;
  readonly steps: readonly Step[];
  /** crashes[i]: power has failed after i steps. Absent where it was not asked for. */
  readonly crashes: readonly (Standing | 'no crash point' | undefined)[];
  readonly end:
    | { readonly kind: 'standing'; readonly standing: Standing }
    | Exclude<RawRun['end'], { kind: 'moment' }>;
  /** What a process has kept of its calls is not what the behaviour says. */
  readonly complaint: string | null;
}

export interface DriverOptions {
  readonly model: BoundedModel;
  readonly scheme: SchemeDefinition;
  readonly mutate?: Mutation;
  readonly naming: Naming;
  readonly scripts?: readonly (readonly Operation[])[];
  /** Keeps every step, pages included. */
  readonly concrete?: ConcreteGraph;
}

export class Driver {
  readonly driven: DrivenSystem;
  /** Runs made so far. */
  runsCount = 0;
  /** Power failures made so far. */
  crashesCount = 0;
  /** Every step of the kernel's own that was seen, pages included. */
  readonly actionsSeen = new Map<string, number>();
  readonly naming: Naming;
  private readonly model: BoundedModel;
  private readonly seen = new Map<StateId, Seen>();
  private readonly seenByKey = new Map<string, Seen>();
  private readonly concrete: ConcreteGraph | undefined;
  private scripts: readonly Script[] = [];

  constructor(options: DriverOptions) {
    this.model = options.model;
    this.naming = options.naming;
    this.concrete = options.concrete;
    this.driven = new DrivenSystem({
      scheme: options.scheme,
      naming: options.naming,
      mustObserve: (pid, observation) => this.judge(pid, observation),
      ...(options.mutate === undefined ? {} : { mutate: options.mutate }),
      ...(options.scripts === undefined ? {} : { scripts: options.scripts }),
    });
  }

  start(): Standing {
    const scripts = PIDS.map((): Script => ({ operations: [], isLastAhead: false, expected: [] }));
    return { moment: this.driven.blank(), scripts, history: null, salt: SALT, isBound: false };
  }

  /** The variables of the promise, as the machine shows them, in the names of the model. */
  seenAs(id: StateId): Seen {
    let seen = this.seen.get(id);
    if (seen === undefined) {
      const all = this.driven.system.stateAsItf(id) as SpecState;
      const { variables } = this.model;
      const own = Object.fromEntries(variables.map((name) => [name, all[name] ?? 'no such variable']));
      const state = inNamesOfModel(own, this.naming);
      const key = this.model.keyOf(state);
      seen = this.seenByKey.get(key) ?? { state, index: this.model.stateIndex(key) };
      this.seenByKey.set(key, seen);
      this.seen.set(id, seen);
    }
    return seen;
  }

  /** What the driver can decide here. None where the machine is at rest. */
  decisionsAt(standing: Standing): Decision[] {
    const { moment, scripts, isBound } = standing;
    if (moment.kind === 'off') return [{ kind: 'power on' }];
    if (moment.kind === 'rest') return [];
    const { state } = this.seenAs(moment.state);
    const { causes } = this.model.bounds;
    const isLet = causes === undefined || causes.includes('serial');
    const interrupt: Decision[] = moment.isInterruptDue && isLet ? [{ kind: 'interrupt' }] : [];
    // Who waits for an interrupt that the bounds leave out waits for ever: nothing is to be decided.
    if (state.mode !== 'user') return moment.isInterruptDue ? interrupt : [{ kind: 'go on' }];
    const pid = state.current as number;
    const script = scripts[pid - 1];
    invariant(script !== undefined, `there is no process ${pid}`);
    if (isBound || script.isLastAhead) return [...interrupt, { kind: 'go on' }];
    const index = script.operations.length;
    const operations = operationsOf(pid, state, this.naming).filter((each) => this.isWithinBounds(each));
    return [
      ...interrupt,
      ...operations.map((operation): Decision => ({ kind: 'operation', pid, index, operation })),
    ];
  }

  private isWithinBounds({ enters }: Operation): boolean {
    const { calls, causes } = this.model.bounds;
    if (causes !== undefined && !causes.includes(enters.cause)) return false;
    return enters.call === undefined || calls === undefined || calls.includes(enters.call);
  }

  /**
   * @param turn tells decisions at one standing apart.
   * @param wantsCrash whether power is to fail, in a copy, after this many steps of the run.
   */
  run(
    from: Standing,
    decision: Decision,
    turn: number,
    wantsCrash: (stepsCount: number) => boolean,
  ): DrivenRun {
    this.runsCount += 1;
    this.scripts = withDecision(from.scripts, decision);
    const raw = this.driven.run(from.moment, decision);
    const { naming } = this;
    const history: History = { before: from.history, naming, decision };
    const steps = this.stepsOf(raw, history);
    const scriptsAfter = this.scriptsAfter(from, decision, steps);
    const last = scriptsAfter.at(-1) ?? from.scripts;
    const salt = mix(from.salt, turn);
    const isRepeat = from.isBound && decision.kind === 'go on';
    return {
      history,
      salt,
      isRepeat,
      steps,
      end: this.endOf(raw, { scripts: last, history, salt }),
      complaint: this.complaintAbout(from, last),
      // Last, since it takes the run back.
      crashes: this.crashesOf({ raw, steps, from, scriptsAfter, history, salt, wantsCrash }),
    };
  }

  /** Power fails at this very moment, before anything else happens. */
  crash(standing: Standing): Standing {
    this.crashesCount += 1;
    const { naming } = this;
    const before = standing.history;
    const history: History = { before, naming, decision: { kind: 'go on' }, crashPosition: 0 };
    const salt = mix(standing.salt, CRASH_TURN);
    const moment = this.driven.crashAt(standing.moment);
    this.concrete?.add({ from: standing.moment.state, action: 'Crash', args: [], to: moment.state, history });
    return { ...standing, moment, history, salt, isBound: false };
  }

  private stepsOf(raw: RawRun, history: History): Step[] {
    const steps: Step[] = [];
    let before = this.seenAs(raw.start);
    let from = raw.start;
    for (const { action, args, state, position } of raw.path) {
      this.concrete?.add({ from, action, args, to: state, history });
      from = state;
      this.actionsSeen.set(action, (this.actionsSeen.get(action) ?? 0) + 1);
      const after = this.seenAs(state);
      if (PROMISED_ACTIONS.has(action) || after !== before) steps.push({ action, after, position });
      before = after;
    }
    return steps;
  }

  /** The scripts before each step and after the last: operations are begun, calls come back. */
  private scriptsAfter(from: Standing, decision: Decision, steps: readonly Step[]): (readonly Script[])[] {
    const entered = steps[0]?.action === 'Enter' && decision.kind !== 'interrupt';
    const runner = this.seenAs(from.moment.state).state.current as number;
    const decided = withDecision(from.scripts, decision);
    const all = [
      decided.map((script, i) => (entered && i === runner - 1 ? { ...script, isLastAhead: false } : script)),
    ];
    let before = this.seenAs(from.moment.state).state;
    for (const step of steps) {
      const after = step.after.state;
      let scripts = all.at(-1) as readonly Script[];
      for (const { pid, how } of returnsOf(before, step.action, after)) {
        scripts = scripts.map((script, i) =>
          i === pid - 1 ? withReturn(script, how, { before, after }) : script,
        );
      }
      all.push([...scripts]);
      before = after;
    }
    return all;
  }

  private endOf(raw: RawRun, rest: Pick<Standing, 'scripts' | 'history' | 'salt'>): DrivenRun['end'] {
    if (raw.end.kind !== 'moment') return raw.end;
    const { moment } = raw.end;
    const { mode, current } = this.seenAs(moment.state).state;
    const isBound = moment.kind === 'exit' && mode === 'user' && this.driven.isBound(current as number);
    return { kind: 'standing', standing: { moment, ...rest, isBound } };
  }

  private crashesOf(options: {
    readonly raw: RawRun;
    readonly steps: readonly Step[];
    readonly from: Standing;
    readonly scriptsAfter: readonly (readonly Script[])[];
    readonly history: History;
    readonly salt: number;
    readonly wantsCrash: (stepsCount: number) => boolean;
  }): DrivenRun['crashes'] {
    const { raw, steps, from, scriptsAfter, history, salt, wantsCrash } = options;
    const crashes: (Standing | 'no crash point' | undefined)[] = [];
    // After the last step it is at rest, or the driver decides: such a failure is `crash`.
    for (let i = steps.length - 1; i >= 0; i -= 1) {
      if (!wantsCrash(i)) continue;
      // Position 0 is the moment itself, which is crashed apart.
      const first = i === 0 ? 1 : (steps[i - 1]?.position ?? 0);
      const last = lastPositionBefore(steps[i]);
      if (last < first) {
        crashes[i] = 'no crash point';
        continue;
      }
      this.crashesCount += 1;
      const chance = mix(salt, CRASH_TURN + i);
      const crashPosition = spread(chance, first, last);
      const { moment, before } = this.driven.crashImage(raw, crashPosition);
      const cut = { ...history, crashPosition };
      this.concrete?.add({ from: before, action: 'Crash', args: [], to: moment.state, history: cut });
      const scripts = i === 0 ? withDecision(from.scripts, history.decision) : scriptsAfter[i];
      invariant(scripts !== undefined, 'there are scripts for each step');
      crashes[i] = {
        moment,
        scripts,
        history: cut,
        salt: chance,
        isBound: false,
      };
    }
    return crashes;
  }

  /** Looks at what the process that ran has kept of the calls before its last. */
  private complaintAbout(from: Standing, scripts: readonly Script[]): string | null {
    const { state } = this.seenAs(from.moment.state);
    if (state.mode !== 'user') return null;
    const pid = state.current as number;
    const script = scripts[pid - 1];
    if (script === undefined || script.isLastAhead) return null;
    return complaintOf(pid, script, (offset, length) => this.driven.keptBytes(pid, offset, length));
  }

  private judge(pid: number, observation: Observation): string | null {
    const script = this.scripts[pid - 1];
    if (script === undefined) return null;
    return complaintOf(pid, script, (offset, length) =>
      observation.bytes('kept', offset + length).slice(offset),
    );
  }
}

/** The last position at which power can fail before a step. */
function lastPositionBefore(step: Step | undefined): number {
  if (step === undefined) return -1;
  // All other steps are made by the store or effect at their position, `Settle` by none.
  return step.action === 'Settle' ? step.position : step.position - 1;
}

function withDecision(scripts: readonly Script[], decision: Decision): readonly Script[] {
  if (decision.kind !== 'operation') return scripts;
  return scripts.map((script, i) =>
    i === decision.pid - 1
      ? { ...script, operations: [...script.operations, decision.operation], isLastAhead: true }
      : script,
  );
}

function withReturn(
  script: Script,
  how: 'ok' | 'error' | 'eintr',
  step: { readonly before: SpecState; readonly after: SpecState },
): Script {
  const index = script.operations.length - 1;
  const operation = script.operations[index];
  if (operation === undefined) return script;
  const expected = [...script.expected];
  const { name, okResult, okData } = operation;
  const EINTR = 4;
  if (how === 'ok') {
    const result = okResult?.(step.before, step.after);
    expected[index] = { name, result, data: okData?.(step.before, step.after) ?? [] };
  } else expected[index] = { name, result: how === 'eintr' ? -EINTR : undefined, data: [] };
  return { ...script, expected };
}

/** The process has kept the results of all its calls but the last, which it may still be in. */
function complaintOf(
  pid: number,
  script: Script,
  keptBytes: (offset: number, lengthBytes: number) => readonly number[],
): string | null {
  for (let index = 0; index < script.operations.length - 1; index += 1) {
    const expected = script.expected[index];
    const wrong = expected === undefined ? null : complaint(expected, index, keptBytes);
    if (wrong !== null) return `process ${pid}: ${wrong}`;
  }
  return null;
}

const SALT = 0x51ed270b;
/** Tells failures apart from decisions, of which there are fewer. */
const CRASH_TURN = 1000;

/** A 32-bit mixture of two numbers (the finalizer of MurmurHash3). */
function mix(a: number, b: number): number {
  let hash = Math.imul(a, 31) + b;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A position in the range: its end, its beginning, or, in half of the cases, one between. */
function spread(chance: number, first: number, last: number): number {
  if ((chance & 3) === 0) return last;
  if ((chance & 3) === 1) return first;
  return first + ((chance >>> 2) % (last - first + 1));
}
