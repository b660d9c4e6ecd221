/** The ways in which the kernel has shown a behaviour, and what it does next in each, whatever the driver decides. */
import { unreachable } from '../../emulator/invariant.ts';
import type { Decision } from './driven-system.ts';
import type { DrivenRun, Driver, History, Seen, Standing } from './driver.ts';

/** In the middle of a run, or where the driver decides. */
export type Way =
  | { readonly kind: 'within'; readonly driver: Driver; readonly run: DrivenRun; readonly stepsCount: number }
  | { readonly kind: 'standing'; readonly driver: Driver; readonly standing: Standing };

/** What the kernel did next, in one way. */
export type Observed =
  | {
      readonly kind: 'step';
      readonly action: string;
      readonly after: Seen;
      /** How it goes on from there; null where the run has ended in a way from which it does not. */
      readonly way: Way | null;
      readonly history: History | null;
    }
  /** Power cannot fail here. */
  | { readonly kind: 'no crash point' }
  | {
      readonly kind: 'broken' | 'unknown' | 'result';
      readonly why: string;
      readonly history: History | null;
    };

/** Where in a behaviour this is. */
export interface Place {
  /** Steps that may still be taken. */
  readonly stepsLeft: number;
  /** Power may fail here, and in so many more steps; 0 where it has failed often enough. */
  readonly crashableSteps: number;
}

export function next(way: Way, place: Place): Observed[] {
  switch (way.kind) {
    case 'within':
      return [
        ...stepOf(way.driver, way.run, way.stepsCount),
        ...crashOf(way.driver, way.run, way.stepsCount),
      ];
    case 'standing':
      return nextOf(way.driver, way.standing, place);
    default:
      return unreachable(way);
  }
}

/** The process that runs is about to do what it is bound to: its next step is nobody's choice. */
export function isRepeat(way: Way): boolean {
  if (way.kind === 'within') return way.run.isRepeat;
  return way.standing.isBound;
}

function nextOf(driver: Driver, standing: Standing, place: Place): Observed[] {
  const observed: Observed[] = [];
  const canCrash = place.crashableSteps > 0 && standing.moment.kind !== 'off';
  if (canCrash) observed.push(crashed(driver, driver.crash(standing)));
  const decisions = driver.decisionsAt(standing);
  decisions.forEach((decision, turn) => {
    // The last step is the entry: how a call goes on from there is beyond the bound.
    if (place.stepsLeft === 1 && decisions.findIndex((other) => entersAlike(other, decision)) < turn) return;
    // One of the runs is crashed before its first step: in all of them the spec's state is the same there.
    const isEarly = canCrash && standing.salt % decisions.length === turn;
    const run = driver.run(standing, decision, turn, (steps) =>
      steps === 0 ? isEarly : steps < place.crashableSteps,
    );
    observed.push(...stepOf(driver, run, 0), ...endOf(run));
    const early = run.crashes[0];
    // A failure on the way to the first step: the process has begun, and nothing of it may be left.
    if (early !== undefined && early !== 'no crash point') observed.push(crashed(driver, early));
  });
  return observed;
}

function entersAlike(a: Decision, b: Decision): boolean {
  if (a.kind !== 'operation' || b.kind !== 'operation') return a === b;
  const [one, other] = [a.operation.enters, b.operation.enters];
  return one.cause === other.cause && one.call === other.call;
}

function stepOf(driver: Driver, run: DrivenRun, stepsCount: number): Observed[] {
  const step = run.steps[stepsCount];
  if (step === undefined) return [];
  return [
    {
      kind: 'step',
      action: step.action,
      after: step.after,
      way: wayOn(driver, run, stepsCount + 1),
      history: run.history,
    },
  ];
}

function wayOn(driver: Driver, run: DrivenRun, stepsCount: number): Way | null {
  if (stepsCount < run.steps.length) return { kind: 'within', driver, run, stepsCount };
  return run.end.kind === 'standing' ? { kind: 'standing', driver, standing: run.end.standing } : null;
}

function crashOf(driver: Driver, run: DrivenRun, stepsCount: number): Observed[] {
  const crash = run.crashes[stepsCount];
  if (crash === undefined) return [];
  return [crash === 'no crash point' ? { kind: 'no crash point' } : crashed(driver, crash)];
}

function crashed(driver: Driver, standing: Standing): Observed {
  const after = driver.seenAs(standing.moment.state);
  return {
    kind: 'step',
    action: 'Crash',
    after,
    way: { kind: 'standing', driver, standing },
    history: standing.history,
  };
}

/** What is wrong with a run apart from its steps. */
function endOf(run: DrivenRun): Observed[] {
  const { end, complaint, history } = run;
  const observed: Observed[] = [];
  if (end.kind !== 'standing') observed.push({ kind: end.kind, why: end.why, history });
  if (complaint !== null) observed.push({ kind: 'result', why: complaint, history });
  return observed;
}
