/**
 * Runs a workload once with power failing at given places, and keeps every step: the way from a provenance
 * back to something that a person can read. Nothing is skipped and nothing is known beforehand.
 */
import { type Nvm, PowerFailure } from '../../emulator/nvm/nvm.ts';
import type { LogEntry } from '../../emulator/nvm/store-log.ts';
import { leavesChoices, PersistencyWalk, recordedRun } from '../../emulator/persistency/walk.ts';
import { CommitWindow } from './commit-window.ts';
import { applyChoice, parseChoice } from './point-images.ts';
import { ENDLESS, runToEnd, type SegmentEnd } from './segment.ts';
import type { Committed, PathStep, Phase, StateIndex, SystemUnderTest } from './system.ts';

/** Kernel exits past which a run counts as hung. */
const JOINTS_MAX = 20_000;

/** One crash of a replay, with what is known of the moment. */
export interface ReplayedCrash {
  readonly position: number;
  /** The entry of the store log just before the failure; absent before the first. */
  readonly entry?: LogEntry;
  readonly phase: Phase;
  /** Linear address of the instruction, and the ring, at the failure. */
  readonly eip: number;
  readonly cpl: number;
  readonly state: StateIndex;
  /** Which image it left, as `choiceText` words it; absent: memory as the run saw it. */
  readonly choice?: string;
}

export interface ReplayedStep extends PathStep {
  /** Which run it belongs to: 0 before the first crash. */
  readonly run: number;
}

export interface ReplayedRun {
  readonly initial: StateIndex;
  readonly steps: readonly ReplayedStep[];
  readonly crashes: readonly ReplayedCrash[];
  /** How the last run ended: settled, or not at all. */
  readonly end: Exclude<SegmentEnd, { kind: 'joint' }>;
  /** Log entries of the last run. */
  readonly lastLogLength: number;
}

/**
 * @param crashes log positions at which power fails, outermost first; each counts from its own power-on. One
 * past the end of a run is the moment when it has come to rest.
 * @param choices which image each of them leaves, as `choiceText` words it; absent: memory as the run saw it.
 * @returns null when a run ended before its crash position was reached, or there is no such image: they are not
 * of this system.
 */
export function replayRun(
  system: SystemUnderTest,
  crashes: readonly number[],
  choices: readonly string[] = [],
): ReplayedRun | null {
  const { machine, observer } = system;
  const { nvm } = machine;
  const steps: ReplayedStep[] = [];
  const seen: ReplayedCrash[] = [];
  const initial = observer.initialState();
  let state = initial;
  let committed = observer.initialCommitted();
  nvm.restore(system.blank);
  for (const [run, position] of crashes.entries()) {
    powerOn(system, state, committed);
    const failure = runUntilPowerFails(system, position + storesAhead(nvm, choices[run] ?? ''));
    observer.sync();
    const taken = observer.path.filter((step) => step.position <= position);
    if (failure === null) return null;
    const before = taken.at(-1)?.state ?? state;
    const seenHere = crashHere(system, position, before);
    const image = leaveImage(system, {
      position,
      failure,
      choice: choices[run] ?? '',
      taken,
      state,
      committed,
    });
    if (image === null) return null;
    seen.push({ ...seenHere, ...(choices[run] === undefined ? {} : { choice: choices[run] }) });
    for (const step of image.steps) steps.push({ ...step, run });
    state = observer.crash(image.state);
    committed = image.committed;
    steps.push({ position, action: 'Crash', args: [], state, committed, run });
  }
  powerOn(system, state, committed);
  const end = runToLastEnd(system);
  observer.sync();
  for (const step of observer.path) steps.push({ ...step, run: crashes.length });
  return { initial, steps, crashes: seen, end, lastLogLength: nvm.log.length };
}

/** Without a cache it is the store in flight that tears: it is let happen, looked at and taken back. */
function storesAhead(nvm: Nvm, choice: string): number {
  return nvm.cache === null && choice !== '' ? 1 : 0;
}

interface Failure {
  /** Log entries before the last kernel exit: commits among them count. */
  readonly exitPosition: number;
  /** The run was over and the machine at rest. */
  readonly isAtRest: boolean;
}

interface LeftImage {
  readonly steps: readonly PathStep[];
  readonly state: StateIndex;
  readonly committed: Committed;
}

/** Gives NVM the content that the failure leaves; a commit that it has not is none of the steps. */
function leaveImage(
  system: SystemUnderTest,
  at: {
    readonly position: number;
    readonly failure: Failure;
    readonly choice: string;
    readonly taken: readonly PathStep[];
    readonly state: StateIndex;
    readonly committed: Committed;
  },
): LeftImage | null {
  const { nvm } = system.machine;
  const { taken, failure, position } = at;
  const { state, committed } = taken.at(-1) ?? at;
  const whole = { steps: taken, state, committed };
  if (!leavesChoices(nvm)) return at.choice === '' ? whole : null;
  const run = recordedRun(nvm);
  if (storesAhead(nvm, at.choice) > 0) nvm.undoTo(position);
  const walk = new PersistencyWalk(run, nvm.persistency);
  while (walk.position < position && walk.advance());
  if (failure.isAtRest) walk.finish();
  const crashChoices = walk.choices();
  const combination = parseChoice(crashChoices, at.choice);
  if (combination === null) return null;
  const lacked = windowAt(at, run.words).firstLacked(crashChoices, combination);
  applyChoice(nvm, crashChoices, combination);
  if (lacked === undefined) return whole;
  const first = taken.findIndex((step) => step.commitEntry === lacked.entry);
  return { steps: taken.slice(0, first), state: lacked.state, committed: lacked.committed };
}

/** The commits that nobody relies on yet. */
function windowAt(
  at: {
    readonly failure: Failure;
    readonly taken: readonly PathStep[];
    readonly state: StateIndex;
    readonly committed: Committed;
    readonly position: number;
  },
  words: Int32Array,
): CommitWindow {
  const window = new CommitWindow();
  if (at.failure.isAtRest) return window;
  const lastEffect = words.subarray(0, at.position).lastIndexOf(-1);
  let { state, committed } = at;
  for (const step of at.taken) {
    const entry = step.commitEntry ?? -1;
    if (entry >= at.failure.exitPosition && entry > lastEffect) {
      window.add({ entry, word: words[entry] as number, state, committed });
    }
    state = step.state;
    committed = step.committed;
  }
  return window;
}

/** Runs on to an end that is no joint. A run that comes back to where it was has none. */
function runToLastEnd(system: SystemUnderTest): ReplayedRun['end'] {
  const joints = new Set<string>();
  for (;;) {
    const end = runToEnd(system);
    if (end.kind !== 'joint') return end;
    const { state, volatileKey } = end.joint;
    const key = `${state} ${system.machine.nvm.hash()} ${volatileKey}`;
    if (joints.has(key)) return { kind: 'hung', why: ENDLESS, state };
    joints.add(key);
    if (joints.size === JOINTS_MAX) {
      return { kind: 'hung', why: `no end after ${JOINTS_MAX} kernel exits`, state };
    }
  }
}

function powerOn(system: SystemUnderTest, from: StateIndex, committed: Committed): void {
  const { machine, observer } = system;
  machine.nvm.beginRun();
  machine.ledger.truncate(0);
  observer.begin(from, committed);
  machine.reset();
  observer.powerOn();
}

/** Null when the run is over before. */
function runUntilPowerFails(system: SystemUnderTest, position: number): Failure | null {
  const { nvm } = system.machine;
  let exitPosition = 0;
  if (position === 0) return { exitPosition, isAtRest: false };
  nvm.powerFailsAtLogLength = position;
  try {
    while (runToEnd(system).kind === 'joint') if (nvm.log.length < position) exitPosition = nvm.log.length;
    if (nvm.log.length === position) return { exitPosition, isAtRest: false };
    const isAtRest = nvm.cache !== null && nvm.log.length + 1 === position;
    return isAtRest ? { exitPosition, isAtRest } : null;
  } catch (error) {
    if (error instanceof PowerFailure) return { exitPosition, isAtRest: false };
    throw error;
  } finally {
    nvm.powerFailsAtLogLength = Number.POSITIVE_INFINITY;
  }
}

function crashHere(system: SystemUnderTest, position: number, state: StateIndex): ReplayedCrash {
  const { machine, observer } = system;
  const marks = observer.phases.filter((m) => m.position < Math.max(1, position));
  const { eip, cpl } = machine;
  const phase = marks.at(-1)?.phase ?? 'user';
  const entry =
    position === 0 ? undefined : machine.nvm.log.entry(Math.min(position, machine.nvm.log.length) - 1);
  return { position, phase, eip, cpl, state, ...(entry === undefined ? {} : { entry }) };
}
