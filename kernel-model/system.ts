/** Puts a workload, a kernel and the machine together: what the explorer explores. */
import { Machine } from '../emulator/machine.ts';
import type { MachineApi, MachineOptions } from '../emulator/machine-api.ts';
import type { NativeCode } from '../emulator/native.ts';
import type { NvmSnapshot } from '../emulator/nvm/nvm.ts';
import type { Persistency } from '../emulator/persistency/model.ts';
import {
  type AbstractState,
  PAGE_SET_NAMES,
  type StateId,
  stateOfText,
  textOfState,
} from './abstraction/abstract-state.ts';
import { PageWitness } from './abstraction/page-witness.ts';
import { Recorder } from './abstraction/recorder.ts';
import { StateStore } from './abstraction/state-store.ts';
import { Kernel, type KernelParts } from './kernel.ts';
import { PIPE_CAPACITY_BYTES } from './layout.ts';
import { type MemoryPlan, planMemory } from './plan.ts';
import type { Workload } from './programs/workload.ts';
import { endsGiven } from './programs/workload.ts';
import { Recovery } from './recovery.ts';
import type { SchemeDefinition } from './schemes/scheme.ts';

export interface KernelSystem {
  readonly machine: MachineApi;
  readonly observer: Recorder;
  readonly plan: MemoryPlan;
  readonly workload: Workload;
  readonly scheme: SchemeDefinition;
  readonly blank: NvmSnapshot;
  readonly jointAction: string;
  readonly instructionsMax: number;
  readonly statesCount: number;
  stateAsItf(state: number): Record<string, unknown>;
  isRecovering(state: number): boolean;
  stateText(state: number): string;
  stateOfText(text: string): number;
  stateOf(state: number): AbstractState;
  /** The constants of spec/KernelTrace.tla for this workload and scheme, in ITF. */
  readonly specConstants: Readonly<Record<string, SpecConstant>>;
}

export type SpecConstant =
  | number
  | string
  | { readonly '#set': readonly (number | string)[] }
  | readonly SpecConstant[];

/** The variables of spec/KernelTrace.tla. */
export const SPEC_VARIABLES = [
  ...['boot', 'mode', 'cause', 'current', 'status', 'call', 'answer', 'notices', 'pending'],
  ...['queue', 'pipe', 'readers', 'writers', 'ledger', 'misled'],
  ...PAGE_SET_NAMES,
] as const;

/** Replaces parts of the kernel: a mutant. */
export type Mutation = (parts: KernelParts) => KernelParts;

/** Far more than any segment of the workloads needs; past it a run counts as hung. */
const INSTRUCTIONS_MAX = 3_000_000;

export function makeSystem(options: {
  workload: Workload;
  scheme: SchemeDefinition;
  mutate?: Mutation;
  /** Other devices than the timer and the one serial port that there are otherwise. */
  platform?: NonNullable<MachineOptions['platform']>;
  /** What a power failure may leave of the stores before it; absent: every store is durable at once. */
  persistency?: Persistency;
  /** Compares contents wherever two hashes of pages are equal. */
  verifyHash?: boolean;
}): KernelSystem {
  const { workload, scheme } = options;
  const plan = planMemory(workload);
  const states = new StateStore(plan.important.length);
  const observer = new Recorder({
    ...{ plan, workload, scheme, states },
    ...(options.verifyHash === true ? { witness: new PageWitness() } : {}),
  });
  const standard: KernelParts = {
    plan,
    workload,
    makeScheme: (door, memoryPlan) => scheme.make(door, memoryPlan),
    makeRecovery: (kernel) => new Recovery(kernel),
    makeKernel: (parts, port, probe) => new Kernel(parts, port, probe),
  };
  const parts = options.mutate?.(standard) ?? standard;
  // The kernel is made anew at every entry: it can keep nothing but what is in NVM.
  const makeNative = (): NativeCode => ({
    reset: (port) => parts.makeKernel(parts, port, observer).reset(),
    interrupt: (vector, port) => parts.makeKernel(parts, port, observer).interrupt(vector),
  });
  const machine = new Machine({
    memoryBytes: plan.memoryBytes,
    ...(options.persistency === undefined ? {} : { persistency: options.persistency }),
    makeNative,
    serialByteInstructions: workload.serialByteInstructions,
    ...(options.platform === undefined ? {} : { platform: options.platform }),
  });
  observer.attach(machine);
  return {
    machine,
    observer,
    plan,
    workload,
    scheme,
    blank: machine.nvm.snapshot(),
    jointAction: 'Leave',
    instructionsMax: INSTRUCTIONS_MAX,
    get statesCount() {
      return states.statesCount;
    },
    stateText: (state) => textOfState(states.get(state as StateId)),
    stateOfText: (text) => states.intern(stateOfText(text)),
    stateOf: (state) => states.get(state as StateId),
    isRecovering: (state) => {
      const { mode } = states.get(state as StateId);
      return mode === 'reset' || mode === 'restored';
    },
    stateAsItf: (state) => asItf(states.get(state as StateId), plan),
    specConstants: specConstants(workload, scheme, plan),
  };
}

function specConstants(
  workload: Workload,
  scheme: SchemeDefinition,
  plan: MemoryPlan,
): Record<string, SpecConstant> {
  const pids = workload.programs.map((_, i) => i + 1);
  const pipes = Array.from({ length: workload.pipesCount }, (_, i) => i);
  const { readers, writers } = endsGiven(workload);
  return {
    Proc: { '#set': pids },
    Pipe: { '#set': pipes.map((pipe) => pipe + 1) },
    Byte: { '#set': Array.from({ length: 256 }, (_, byte) => byte) },
    PipeCapacity: PIPE_CAPACITY_BYTES,
    Readers: readers.map(asSet),
    Writers: writers.map(asSet),
    Page: { '#set': plan.important.map((page) => page.name).sort() },
    Commit: scheme.commit,
  };
}

const asSet = (members: readonly number[]) => ({ '#set': members });

/** The spec's variables, in ITF: functions over 1..N are sequences, sets of pages are sets of names. */
function asItf(state: AbstractState, plan: MemoryPlan): Record<string, unknown> {
  const { boot, mode, core, ledger, misled, sets } = state;
  const pageSets = PAGE_SET_NAMES.map((name) => {
    const names = plan.important.filter((_, i) => sets[name][i] === 1).map((page) => page.name);
    return [name, { '#set': names.sort() }];
  });
  return {
    boot,
    mode,
    cause: core.cause,
    current: core.current,
    status: core.status,
    call: core.call,
    answer: core.answer,
    notices: core.notices,
    pending: asSet(core.pending),
    queue: core.queue,
    pipe: core.pipe,
    readers: core.readers.map(asSet),
    writers: core.writers.map(asSet),
    ledger,
    misled: { '#set': misled },
    ...Object.fromEntries(pageSets),
  };
}
