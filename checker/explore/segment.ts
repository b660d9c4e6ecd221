/**
 * A segment: one deterministic stretch of a run, from a power-on or a joint to the next joint or to the end.
 * What it reads before it writes decides it entirely.
 */

import { invariant } from '../../emulator/invariant.ts';
import type { StopReason, VolatileState } from '../../emulator/machine-api.ts';
import type { LineCache } from '../../emulator/persistency/line-cache.ts';
import { leavesChoices, type RecordedRun, recordedRun } from '../../emulator/persistency/walk.ts';
import { careWordsCount } from './cache-words.ts';
import { loopAddresses } from './loop-addresses.ts';
import type { Committed, PathStep, Phase, StateIndex, SystemUnderTest } from './system.ts';
import { WordSet } from './word-set.ts';

/** Where a segment starts. The NVM contents are whatever the machine's NVM holds. */
export type SegmentStart =
  | { readonly kind: 'power-on'; readonly state: StateIndex; readonly committed: Committed }
  | { readonly kind: 'joint'; readonly joint: Joint };

/** A kernel exit with everything committed: what is volatile, and what is promised. */
export interface Joint {
  readonly state: StateIndex;
  readonly committed: Committed;
  readonly volatile: VolatileState;
  /** All that is volatile but the cache. */
  readonly volatileKey: string;
  /** What waits in the cache; null where every store is durable at once. */
  readonly cache: LineCache | null;
}

export type SegmentEnd =
  | { readonly kind: 'joint'; readonly joint: Joint }
  | { readonly kind: 'settled' }
  /** The guest's kernel gave up, or the machine stopped in a way that no correct kernel makes it. */
  | { readonly kind: 'broken'; readonly why: string; readonly state: StateIndex }
  /** The budget of instructions ran out. */
  | { readonly kind: 'hung'; readonly why: string; readonly state: StateIndex }
  /** The emulator lacks something: nothing is known of this run. */
  | { readonly kind: 'unknown'; readonly why: string; readonly state: StateIndex };

/** What is said of a run that comes back to a joint of its own. */
export const ENDLESS = 'it comes back to where it was, and never ends';

export interface Segment {
  /** Entries of the store log: word index and new word; −1 as the index of an effect. */
  readonly words: Int32Array;
  readonly values: Int32Array;
  readonly path: readonly PathStep[];
  readonly phases: readonly { readonly position: number; readonly phase: Phase }[];
  readonly startState: StateIndex;
  /** The same with what the cache was asked for; null where a failure leaves nothing but memory as it is. */
  readonly recorded: RecordedRun | null;
  /** Live-in words: read before written. */
  readonly liveIn: WordSet;
  /** Stores and effects as the memory itself counted them, apart from the log. */
  readonly countedByMemory: number;
  readonly end: SegmentEnd;
}

/** Runs the machine from `start` to the next joint or end. The machine is left there. */
export function runSegment(system: SystemUnderTest, start: SegmentStart): Segment {
  const { machine, observer } = system;
  const { nvm } = machine;
  const countedBefore = nvm.storesCount + nvm.effectsCount;
  machine.ledger.truncate(0);
  nvm.beginRun();
  if (start.kind === 'power-on') {
    observer.begin(start.state, start.committed);
    machine.reset();
    observer.powerOn();
  } else {
    machine.restoreVolatile(start.joint.volatile);
    observer.begin(start.joint.state, start.joint.committed);
  }
  const end = runToEnd(system);
  observer.sync();
  const { log } = nvm;
  const words = new Int32Array(log.length);
  const values = log.newWord.slice(0, log.length);
  for (let i = 0; i < log.length; i += 1) words[i] = log.isEffect(i) ? -1 : (log.address[i] as number) >>> 2;
  return {
    words,
    values,
    recorded: leavesChoices(nvm) ? recordedRun(nvm) : null,
    path: [...observer.path],
    phases: [...observer.phases],
    startState: start.kind === 'power-on' ? start.state : start.joint.state,
    liveIn: new WordSet(careWordsCount(nvm), nvm.liveIn),
    countedByMemory: nvm.storesCount + nvm.effectsCount - countedBefore,
    end,
  };
}

export function runToEnd(system: SystemUnderTest): SegmentEnd {
  const { machine, observer } = system;
  const deadline = machine.instructionsCount + system.instructionsMax;
  for (;;) {
    const stepsBefore = observer.path.length;
    const stop = runMachine(system, deadline - machine.instructionsCount);
    const state = observer.currentState();
    switch (stop.kind) {
      case 'native-exit':
        if (observer.path.slice(stepsBefore).some((s) => s.action === system.jointAction)) {
          return { kind: 'joint', joint: jointNow(system) };
        }
        break;
      case 'halted':
      case 'idle-forever':
        observer.settle();
        return { kind: 'settled' };
      case 'budget':
        return hungEnd(system, state);
      case 'unimplemented':
        return { kind: 'unknown', why: `${stop.what} at ${stop.eip.toString(16)}h`, state };
      case 'triple-fault':
        return { kind: 'broken', why: `triple fault at ${stop.eip.toString(16)}h`, state };
      case 'native-fault-loop':
        return { kind: 'broken', why: `the kernel faults for ever at ${stop.address.toString(16)}h`, state };
      case 'panic':
        return { kind: 'broken', why: `kernel panic: ${stop.why}`, state };
    }
  }
}

/**
 * The budget is used up. Where the spec says that this stretch ends (a recovery) that is a violation; elsewhere
 * nothing is known.
 */
function hungEnd(system: SystemUnderTest, state: StateIndex): SegmentEnd {
  const where = loopAddresses(system);
  const why = `no end after ${system.instructionsMax} instructions, ${where}`;
  if (system.isRecovering(state)) return { kind: 'broken', why: `the recovery has ${why}`, state };
  return { kind: 'hung', why, state };
}

type Stop = StopReason | { readonly kind: 'panic'; readonly why: string };

/** A panic of the guest's kernel comes as an error through the machine: it is a result, not a fault of ours. */
function runMachine(system: SystemUnderTest, instructionsMax: number): Stop {
  try {
    return system.machine.run({ instructionsMax: Math.max(0, instructionsMax), stopAtNativeExit: true });
  } catch (error) {
    if (error instanceof Error && error.name === 'KernelPanic') return { kind: 'panic', why: error.message };
    throw error;
  }
}

function jointNow(system: SystemUnderTest): Joint {
  const { machine, observer } = system;
  observer.sync();
  invariant(observer.path.length > 0, 'a joint has a path');
  return {
    state: observer.currentState(),
    committed: observer.committed,
    volatile: machine.saveVolatile(),
    volatileKey: machine.processorKey(),
    cache: machine.nvm.cache?.save().cache ?? null,
  };
}
