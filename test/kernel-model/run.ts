/** For the kernel's tests: small guest programs that keep the results of their calls, and one run of them. */

import { type ReplayedRun, replayRun } from '../../checker/explore/replay.ts';
import type { Operand } from '../../emulator/assembler/operands.ts';
import { mem } from '../../emulator/assembler/operands.ts';
import type { StopReason } from '../../emulator/machine-api.ts';
import type { AbstractState } from '../../kernel-model/abstraction/abstract-state.ts';
import { observe } from '../../kernel-model/abstraction/decode.ts';
import { FileKind } from '../../kernel-model/files.ts';
import { GuestAssembler } from '../../kernel-model/programs/guest.ts';
import type { GuestProgram, Observation, Workload } from '../../kernel-model/programs/workload.ts';
import { pageShadow } from '../../kernel-model/schemes/page-shadow.ts';
import type { SchemeDefinition } from '../../kernel-model/schemes/scheme.ts';
import { type KernelSystem, type Mutation, makeSystem } from '../../kernel-model/system.ts';

export const closed = { kind: FileKind.closed, index: 0 };
export const readEnd = (index: number) => ({ kind: FileKind.pipeRead, index });
export const writeEnd = (index: number) => ({ kind: FileKind.pipeWrite, index });
export const serialPort = { kind: FileKind.serial, index: 0 };

const RESULTS_MAX = 32;

/** Keeps EAX after each call in the word `results` + 4 n. */
export class ResultKeeper extends GuestAssembler {
  resultsCount = 0;

  /** Makes a system call by its number, whatever that is. */
  ask(number: number, ...args: readonly Operand[]): this {
    const registers = ['ebx', 'ecx', 'edx', 'esi'];
    args.forEach((value, i) => {
      this.emit('mov', registers[i] ?? 'edi', value);
    });
    this.emit('mov', 'eax', number).emit('int', 0x80);
    return this.keepResult();
  }

  /** Keeps EAX as the next result. */
  keepResult(): this {
    this.emit('mov', mem.dword({ displacement: this.addressOf('results', this.resultsCount * 4) }), 'eax');
    this.resultsCount += 1;
    return this;
  }
}

export const NR = { exit: 1, read: 3, write: 4, close: 6, getpid: 20, sigpending: 73, yield: 158, wait: 177 };

/** A program of a few calls; `data` puts labels into its data page; it exits with 0 unless `build` did. */
export function program(options: {
  name?: string;
  files?: GuestProgram['files'];
  build: (a: ResultKeeper) => void;
  data?: (a: ResultKeeper) => void;
  mustObserve?: (o: Observation) => string | null;
}): GuestProgram {
  const a = new ResultKeeper();
  a.label('_start');
  options.build(a);
  a.emit('xor', 'ebx', 'ebx').emit('mov', 'eax', NR.exit).emit('int', 0x80);
  a.section('data')
    .label('results')
    .reserve(RESULTS_MAX * 4);
  options.data?.(a);
  return {
    name: options.name ?? 'test',
    image: a.assemble(),
    files: options.files ?? [],
    mustObserve: options.mustObserve ?? (() => null),
  };
}

export function workloadOf(programs: readonly GuestProgram[], more: Partial<Workload> = {}): Workload {
  const pipes = programs
    .flatMap((p) => p.files)
    .filter((f) => f.kind === FileKind.pipeRead || f.kind === FileKind.pipeWrite);
  return {
    name: 'test',
    describe: '',
    programs,
    pipesCount: Math.max(0, ...pipes.map((f) => f.index + 1)),
    quantumInstructions: 400,
    serialByteInstructions: 2_000,
    ...more,
  };
}

export interface Outcome {
  readonly system: KernelSystem;
  readonly run: ReplayedRun;
  /** The last abstract state: after Settle. */
  readonly last: AbstractState;
  of(pid: number): Observation;
  /** The results that process `pid` kept, as signed numbers. */
  results(pid: number, count: number): number[];
}

/** Runs a workload once, with power failing at the given positions, to its end. */
export function runOnce(
  workload: Workload,
  options: { scheme?: SchemeDefinition; mutate?: Mutation; crashes?: readonly number[] } = {},
): Outcome {
  const { scheme = pageShadow, mutate, crashes = [] } = options;
  const system = makeSystem({ workload, scheme, ...(mutate === undefined ? {} : { mutate }) });
  const run = replayRun(system, crashes);
  if (run === null) throw new Error('the run ended before its crash');
  const last = system.stateOf(run.steps.at(-1)?.state ?? run.initial);
  const of = (pid: number): Observation =>
    observe(system.machine.nvm, { plan: system.plan, workload, pid, ledger: last.ledger });
  const results = (pid: number, count: number): number[] => {
    const bytes = Uint8Array.from(of(pid).bytes('results', count * 4));
    return Array.from({ length: count }, (_, i) => new DataView(bytes.buffer).getInt32(i * 4, true));
  };
  return { system, run, last, of, results };
}

/** Runs a workload for so many instructions only, settled or not. */
export function runFor(workload: Workload, instructionsMax: number): { stop: StopReason; of: Outcome['of'] } {
  const system = makeSystem({ workload, scheme: pageShadow });
  const { machine, observer, plan } = system;
  observer.begin(observer.initialState(), observer.initialCommitted());
  machine.reset();
  observer.powerOn();
  const stop = machine.run({ instructionsMax });
  const ledger = machine.ledger.entries.map((entry) => entry.value);
  return { stop, of: (pid) => observe(machine.nvm, { plan, workload, pid, ledger }) };
}

/** Runs one program alone and gives the results that it kept, after checking that the run ended well. */
export function resultsOf(options: Parameters<typeof program>[0]): number[] {
  const one = program(options);
  const outcome = runOnce(workloadOf([one]));
  if (outcome.run.end.kind !== 'settled') throw new Error(`the run is ${outcome.run.end.kind}`);
  if (outcome.last.boot !== 'clean') throw new Error('the machine did not shut down');
  const a = new ResultKeeper();
  a.label('_start');
  options.build(a);
  return outcome.results(1, a.resultsCount);
}
