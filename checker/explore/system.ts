/**
 * The system under test, as the explorer sees it: a machine, and an observer that turns its runs into paths
 * of abstract states. The explorer knows nothing else; our kernel is the first such system.
 */

import type { MachineApi } from '../../emulator/machine-api.ts';
import type { NvmSnapshot } from '../../emulator/nvm/nvm.ts';

/** Index of an abstract state in the system's own store. */
export type StateIndex = number;

export type EventArg = string | number | readonly string[];

export interface PathStep {
  /** How many entries of the run's store log had happened. */
  readonly position: number;
  readonly action: string;
  readonly args: readonly EventArg[];
  readonly state: StateIndex;
  /** What is promised from this step on. */
  readonly committed: Committed;
  /** The entry of the store log that makes this commit durable: without that store the step has not been. */
  readonly commitEntry?: number;
}

export type Phase = 'boot' | 'recovery' | 'privileged' | 'commit' | 'user' | 'shutdown';

/** What the outside remembers of the last commit; only the system looks into it. */
export interface Committed {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

export interface Observer {
  readonly path: readonly PathStep[];
  readonly phases: readonly { readonly position: number; readonly phase: Phase }[];
  readonly committed: Committed;
  /** The state of a machine that was never switched on, and what is promised of it: nothing. */
  initialState(): StateIndex;
  initialCommitted(): Committed;
  currentState(): StateIndex;
  /** Starts or goes on from a state; positions of the path count from the log's present start. */
  begin(from: StateIndex, committed: Committed): void;
  /** The state after power failed in `from`. */
  crash(from: StateIndex): StateIndex;
  powerOn(): void;
  settle(): void;
  sync(): void;
}

export interface SystemUnderTest {
  readonly machine: MachineApi;
  readonly observer: Observer;
  /** Memory before the first power-on. */
  readonly blank: NvmSnapshot;
  /** Actions after which the run is at a joint: a kernel exit with everything committed. */
  readonly jointAction: string;
  /** Instructions between two joints past which a run counts as hung. */
  readonly instructionsMax: number;
  /** Whether the system has power and has not come to run its processes again. */
  isRecovering(state: StateIndex): boolean;
  /** An abstract state as text, and the state that a text stands for: for exchange with another process. */
  stateText(state: StateIndex): string;
  stateOfText(text: string): StateIndex;
  /** The abstract state as the spec's variables, in ITF. */
  stateAsItf(state: StateIndex): Record<string, unknown>;
  readonly statesCount: number;
}
