/**
 * A driven behaviour again, in one go: the processes' programs are whole from the start, the machine runs on from
 * its first power-on and is never put back, and power is cut where it was. What it shows must be the same: that
 * the driver writes programs as it goes, and goes back to try something else, is no part of what is shown.
 */
import { invariant } from '../../emulator/invariant.ts';
import { PowerFailure } from '../../emulator/nvm/nvm.ts';
import type { StateId } from '../../kernel-model/abstraction/abstract-state.ts';
import type { SchemeDefinition } from '../../kernel-model/schemes/scheme.ts';
import type { Mutation } from '../../kernel-model/system.ts';
import type { BoundedModel, SpecState } from './bounded-model.ts';
import { DrivenSystem } from './driven-system.ts';
import { type History, PROMISED_ACTIONS } from './driver.ts';
import { inNamesOfModel, PIDS } from './naming.ts';
import type { Operation } from './script.ts';
import type { PathStep } from './walk.ts';
import type { Way } from './ways.ts';

export interface Kernel {
  readonly scheme: SchemeDefinition;
  readonly mutate?: Mutation;
}

/** The steps of the promise that the kernel takes when it is driven so, in one go. */
export function wholeRun(model: BoundedModel, kernel: Kernel, history: History): PathStep[] {
  const entries = inOrder(history);
  const system = new DrivenSystem({
    ...kernel,
    naming: history.naming,
    scripts: PIDS.map((pid) => operationsOf(entries, pid)),
    mustObserve: () => null,
  });
  const run = new WholeRun(system);
  for (const entry of entries) run.go(entry);
  return run.steps(({ action, state }) => {
    const all = system.system.stateAsItf(state) as SpecState;
    const own = Object.fromEntries(model.variables.map((name) => [name, all[name] ?? 'no such variable']));
    return { action, after: inNamesOfModel(own, history.naming) };
  });
}

/** How far the whole run agrees with what the driver has seen: null, or the first step that differs. */
export function firstDifference(options: {
  readonly model: BoundedModel;
  readonly kernel: Kernel;
  readonly path: readonly PathStep[];
  readonly way: Way;
}): string | null {
  const { model, kernel, path, way } = options;
  const history = way.kind === 'within' ? way.run.history : way.standing.history;
  invariant(history !== null, 'something was decided');
  const whole = wholeRun(model, kernel, history);
  const at = path.findIndex(({ action, after }, i) => {
    const other = whole[i];
    return other?.action !== action || model.keyOf(other.after) !== model.keyOf(after);
  });
  return at < 0
    ? null
    : `step ${at + 1}: ${path[at]?.action}, but ${whole[at]?.action ?? 'nothing'} in one go`;
}

function inOrder(history: History): History[] {
  const entries: History[] = [];
  for (let at: History | null = history; at !== null; at = at.before) entries.unshift(at);
  return entries;
}

function operationsOf(entries: readonly History[], pid: number): Operation[] {
  const operations: Operation[] = [];
  for (const { decision } of entries) {
    if (decision.kind === 'operation' && decision.pid === pid)
      operations[decision.index] = decision.operation;
  }
  return operations;
}

interface RawStep {
  readonly action: string;
  readonly state: StateId;
}

class WholeRun {
  private readonly driven: DrivenSystem;
  private readonly raw: RawStep[] = [];
  private state: StateId;
  private committed: ReturnType<DrivenSystem['blank']>['committed'];

  constructor(driven: DrivenSystem) {
    this.driven = driven;
    const blank = driven.blank();
    this.state = blank.state;
    this.committed = blank.committed;
    driven.system.machine.nvm.restore(blank.nvm);
  }

  go({ decision, crashPosition }: History): void {
    const { machine, observer } = this.driven.system;
    if (decision.kind === 'power on') {
      machine.nvm.beginRun();
      machine.ledger.truncate(0);
      observer.begin(this.state, this.committed);
      machine.reset();
      observer.powerOn();
    }
    if (decision.kind === 'interrupt') this.driven.letInterruptCome();
    const start = decision.kind === 'power on' ? 0 : machine.nvm.log.length;
    if (crashPosition === undefined) this.driven.runToMoment();
    else this.runUntilPowerFails(start + crashPosition);
  }

  steps(of: (step: RawStep) => PathStep): PathStep[] {
    return [...this.raw, ...this.driven.system.observer.path]
      .filter(({ action }) => PROMISED_ACTIONS.has(action))
      .map(of);
  }

  private runUntilPowerFails(position: number): void {
    const { machine, observer } = this.driven.system;
    const { nvm } = machine;
    nvm.powerFailsAtLogLength = position;
    try {
      // Where nothing is stored from here on, the run comes to its end first.
      if (nvm.log.length < position) this.driven.runToMoment();
    } catch (error) {
      if (!(error instanceof PowerFailure)) throw error;
    } finally {
      nvm.powerFailsAtLogLength = Number.POSITIVE_INFINITY;
    }
    invariant(nvm.log.length === position, 'power fails where it did');
    observer.sync();
    const before = observer.path.filter((step) => step.position <= position && step.action !== 'Settle');
    const last = before.at(-1);
    invariant(last !== undefined, 'power was on');
    this.state = observer.crash(last.state);
    this.committed = last.committed;
    this.raw.push(...before, { action: 'Crash', state: this.state });
    // What was seen of this life is kept; the next begins with nothing.
    observer.begin(this.state, this.committed);
  }
}
