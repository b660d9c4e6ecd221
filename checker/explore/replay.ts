/**
 * Runs a workload once with power failing at given places, and keeps every step: the way from a provenance
 * back to something that a person can read. Nothing is skipped and nothing is known beforehand.
 */
import { PowerFailure } from '../../emulator/nvm/nvm.ts';
import type { LogEntry } from '../../emulator/nvm/store-log.ts';
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
 * @param crashes log positions at which power fails, outermost first; each counts from its own power-on.
 * @returns null when a run ended before its crash position was reached: the positions are not of this system.
 */
export function replayRun(system: SystemUnderTest, crashes: readonly number[]): ReplayedRun | null {
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
    const failed = position === 0 || runUntilPowerFails(system, position);
    observer.sync();
    for (const step of observer.path) if (step.position <= position) steps.push({ ...step, run });
    if (!failed) return null;
    const before = steps.at(-1)?.state ?? state;
    seen.push(crashHere(system, position, before));
    state = observer.crash(before);
    committed = observer.committed;
    steps.push({ position, action: 'Crash', args: [], state, committed, run });
  }
  powerOn(system, state, committed);
  const end = runToLastEnd(system);
  observer.sync();
  for (const step of observer.path) steps.push({ ...step, run: crashes.length });
  return { initial, steps, crashes: seen, end, lastLogLength: nvm.log.length };
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

function runUntilPowerFails(system: SystemUnderTest, position: number): boolean {
  const { nvm } = system.machine;
  nvm.powerFailsAtLogLength = position;
  try {
    while (runToEnd(system).kind === 'joint');
    return nvm.log.length === position;
  } catch (error) {
    if (error instanceof PowerFailure) return true;
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
  const entry = position === 0 ? undefined : machine.nvm.log.entry(position - 1);
  return { position, phase, eip, cpl, state, ...(entry === undefined ? {} : { entry }) };
}
