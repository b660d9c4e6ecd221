/**
 * The kernel under the driver's hand: it runs from one moment at which nothing is decided to the next, and the
 * driver decides what is not the kernel's to decide: what the process that runs does next, whether the serial
 * port's interrupt comes now, and where power fails.
 */
import { invariant } from '../../emulator/invariant.ts';
import type { StopReason, VolatileState } from '../../emulator/machine-api.ts';
import type { NvmSnapshot } from '../../emulator/nvm/nvm.ts';
import { PAGE_SIZE_BYTES } from '../../emulator/units.ts';
import type { StateId } from '../../kernel-model/abstraction/abstract-state.ts';
import type { CommittedPages, PathStep } from '../../kernel-model/abstraction/path.ts';
import { Frame, frameAddress, Proc } from '../../kernel-model/layout.ts';
import type { Observation } from '../../kernel-model/programs/workload.ts';
import type { SchemeDefinition } from '../../kernel-model/schemes/scheme.ts';
import { type KernelSystem, type Mutation, makeSystem } from '../../kernel-model/system.ts';
import { HeldPlatform } from './held-line.ts';
import { type Naming, named, PIDS } from './naming.ts';
import { QUANTUM_INSTRUCTIONS } from './operations.ts';
import { encode, filesOf, type Operation, recordOffset, scriptedProgram, symbolOf } from './script.ts';

/** Far more than any step needs; past it a run counts as hung. */
const INSTRUCTIONS_MAX = 300_000;
const WORDS_PER_PAGE = PAGE_SIZE_BYTES / 4;

/** A machine at a point at which the driver decides. Immutable. */
export interface Moment {
  /** off: power has failed. exit: the kernel has just left, to a process or to idling. rest: nothing comes of itself. */
  readonly kind: 'off' | 'exit' | 'rest';
  readonly nvm: NvmSnapshot;
  /** Absent where power is off. */
  readonly volatile?: VolatileState;
  /** The serial port asks for an interrupt. */
  readonly isInterruptDue: boolean;
  readonly state: StateId;
  readonly committed: CommittedPages;
}

export type Decision =
  | { readonly kind: 'power on' }
  /** Process `pid` does what its script says at `index`. */
  | {
      readonly kind: 'operation';
      readonly pid: number;
      readonly index: number;
      readonly operation: Operation;
    }
  | { readonly kind: 'interrupt' }
  /** Whoever runs goes on with what it is at; nobody, where nobody runs. */
  | { readonly kind: 'go on' };

/** One run from a moment to the next. */
export interface RawRun {
  readonly start: StateId;
  /** What the last commit before it left, with what has been written into a script since. */
  readonly committed: CommittedPages;
  readonly path: readonly PathStep[];
  /** Entries of its store log. */
  readonly logLength: number;
  readonly end:
    | { readonly kind: 'moment'; readonly moment: Moment }
    /** The kernel gave up, or never came to an end. */
    | { readonly kind: 'broken'; readonly why: string }
    /** The emulator lacks something. */
    | { readonly kind: 'unknown'; readonly why: string };
}

export interface DrivenOptions {
  readonly scheme: SchemeDefinition;
  readonly mutate?: Mutation;
  readonly naming: Naming;
  /** What the processes do where that is known from the start; else it is written in as it is decided. */
  readonly scripts?: readonly (readonly Operation[])[];
  /** What a process must have observed at the end of a run. */
  readonly mustObserve: (pid: number, observation: Observation) => string | null;
}

export class DrivenSystem {
  readonly system: KernelSystem;
  private readonly platform = new HeldPlatform();
  /** By the model's names. */
  private readonly scripts: readonly {
    /** The kernel's name of the process. */
    readonly kernelPid: number;
    readonly scriptAddress: number;
    readonly keptAddress: number;
    /** Where a process stands that does again what it had begun: its call, or its fault. */
    readonly boundAddresses: readonly number[];
    readonly frame: number;
    readonly keptFrame: number;
    /** Its index among the important pages. */
    readonly pageIndex: number;
  }[];

  constructor(options: DrivenOptions) {
    const programs = PIDS.map((kernelPid) => {
      const pid = named(kernelPid, options.naming);
      return scriptedProgram({
        name: `process ${pid}`,
        files: filesOf(pid),
        operations: options.scripts?.[pid - 1] ?? [],
        mustObserve: (observation) => options.mustObserve(pid, observation),
      });
    });
    this.system = makeSystem({
      workload: {
        name: 'coverage',
        describe: 'two processes that do what a behaviour of the spec has them do',
        programs,
        pipesCount: 1,
        quantumInstructions: QUANTUM_INSTRUCTIONS,
        serialByteInstructions: 1,
      },
      scheme: options.scheme,
      platform: this.platform.make,
      ...(options.mutate === undefined ? {} : { mutate: options.mutate }),
    });
    this.scripts = PIDS.map((pid) => this.placeOf(named(pid, options.naming)));
  }

  /** The machine that was never switched on. */
  blank(): Moment {
    const { observer, blank } = this.system;
    return {
      kind: 'off',
      nvm: blank,
      isInterruptDue: false,
      state: observer.initialState(),
      committed: observer.initialCommitted(),
    };
  }

  /** Runs from a moment, as decided, to the next. The machine is left there. */
  run(from: Moment, decision: Decision): RawRun {
    const { machine, observer } = this.system;
    machine.nvm.restore(from.nvm);
    let { committed } = from;
    if (decision.kind === 'operation') committed = this.writeScript(decision, committed);
    machine.nvm.beginRun();
    machine.ledger.truncate(0);
    if (from.volatile === undefined) {
      invariant(decision.kind === 'power on', 'a machine without power can only be switched on');
      observer.begin(from.state, committed);
      machine.reset();
      observer.powerOn();
    } else {
      machine.restoreVolatile(from.volatile);
      this.platform.line.restore(from.isInterruptDue);
      observer.begin(from.state, committed);
      if (decision.kind === 'interrupt') this.letInterruptCome();
    }
    const end = this.runToMoment();
    return { start: from.state, committed, path: [...observer.path], logLength: machine.nvm.log.length, end };
  }

  /**
   * What power failing after `position` entries of the run's log leaves. Right after that run only, and where
   * there are several, from the last to the first, since each takes back what came after.
   */
  crashImage(run: RawRun, position: number): { readonly moment: Moment; readonly before: StateId } {
    const { machine, observer } = this.system;
    machine.nvm.undoTo(position);
    const before = run.path.findLast(
      // `Settle` is what we say of a run that has ended; power may as well fail before we say it.
      (step) => step.position <= position && step.action !== 'Settle',
    );
    const state = before?.state ?? run.start;
    const moment: Moment = {
      kind: 'off',
      nvm: machine.nvm.snapshot(),
      isInterruptDue: false,
      state: observer.crash(state),
      committed: before?.committed ?? run.committed,
    };
    return { moment, before: state };
  }

  /** What power failing at this very moment leaves. */
  crashAt(moment: Moment): Moment {
    const { nvm, committed } = moment;
    const state = this.system.observer.crash(moment.state);
    return { kind: 'off', nvm, isInterruptDue: false, state, committed };
  }

  /** The process stands on its call or fault, and makes it again with its first instruction. */
  isBound(pid: number): boolean {
    const script = this.scripts[pid - 1];
    invariant(script !== undefined, `there is no process ${pid}`);
    const record = frameAddress(Frame.procs) + script.kernelPid * Proc.sizeBytes;
    const eip = (this.system.machine.nvm.words[(record + Proc.eip) >>> 2] as number) >>> 0;
    return script.boundAddresses.includes(eip);
  }

  /** Bytes of what process `pid` has kept of its calls, as memory holds them now. */
  keptBytes(pid: number, offset: number, lengthBytes: number): number[] {
    const script = this.scripts[pid - 1];
    invariant(script !== undefined, `there is no process ${pid}`);
    const start = frameAddress(script.keptFrame) + (script.keptAddress & (PAGE_SIZE_BYTES - 1)) + offset;
    return [...this.system.machine.nvm.bytes.subarray(start, start + lengthBytes)];
  }

  /** The interrupt that the serial port asks for comes now. */
  letInterruptCome(): void {
    this.platform.line.letThrough();
  }

  /** Runs on from where the machine is. */
  runToMoment(): RawRun['end'] {
    const { machine, observer, jointAction } = this.system;
    const deadline = machine.instructionsCount + INSTRUCTIONS_MAX;
    for (;;) {
      const stepsBefore = observer.path.length;
      const stop = this.runMachine(deadline - machine.instructionsCount);
      if (typeof stop === 'string') return { kind: 'broken', why: stop };
      switch (stop.kind) {
        case 'native-exit':
          observer.sync();
          if (observer.path.slice(stepsBefore).some((step) => step.action === jointAction)) {
            return { kind: 'moment', moment: this.momentNow('exit') };
          }
          break;
        case 'halted':
        case 'idle-forever':
          observer.settle();
          return { kind: 'moment', moment: this.momentNow('rest') };
        case 'unimplemented':
          return { kind: 'unknown', why: stop.what };
        case 'budget':
          return { kind: 'broken', why: `no end after ${INSTRUCTIONS_MAX} instructions` };
        case 'triple-fault':
          return { kind: 'broken', why: 'triple fault' };
        case 'native-fault-loop':
          return { kind: 'broken', why: 'the kernel faults for ever' };
      }
    }
  }

  /** A panic of the guest's kernel comes as an error through the machine: here as its words. */
  private runMachine(instructionsMax: number): StopReason | string {
    try {
      return this.system.machine.run({
        instructionsMax: Math.max(0, instructionsMax),
        stopAtNativeExit: true,
      });
    } catch (error) {
      if (error instanceof Error && error.name === 'KernelPanic') return `kernel panic: ${error.message}`;
      throw error;
    }
  }

  private momentNow(kind: 'exit' | 'rest'): Moment {
    const { machine, observer } = this.system;
    return {
      kind,
      nvm: machine.nvm.snapshot(),
      volatile: machine.saveVolatile(),
      isInterruptDue: this.platform.line.isHeld,
      state: observer.currentState(),
      committed: observer.committed,
    };
  }

  /**
   * Writes an operation into a script's page, where the process has not read yet, and takes it for what the
   * page held at the last commit: as if the program had had it from the start.
   */
  private writeScript(
    decision: Extract<Decision, { kind: 'operation' }>,
    committed: CommittedPages,
  ): CommittedPages {
    const { nvm } = this.system.machine;
    const script = this.scripts[decision.pid - 1];
    invariant(script !== undefined, `there is no process ${decision.pid}`);
    const record = encode(decision.operation, { index: decision.index, ...script });
    const offset = (script.scriptAddress & (PAGE_SIZE_BYTES - 1)) + recordOffset(decision.index);
    record.forEach((word, i) => {
      nvm.setWord(script.frame * WORDS_PER_PAGE + (offset >>> 2) + i, word);
    });
    const low = committed.low.slice();
    const high = committed.high.slice();
    low[script.pageIndex] = nvm.pageHashLow[script.frame] as number;
    high[script.pageIndex] = nvm.pageHashHigh[script.frame] as number;
    return { low, high };
  }

  private placeOf(kernelPid: number): DrivenSystem['scripts'][number] {
    const { plan, workload } = this.system;
    const image = workload.programs[kernelPid - 1]?.image;
    const process = plan.processes[kernelPid - 1];
    invariant(image !== undefined && process !== undefined, `there is no process ${kernelPid}`);
    const pageOf = (address: number) => {
      const start = (address & ~(PAGE_SIZE_BYTES - 1)) >>> 0;
      const page = process.pages.find((each) => each.page.linear === start)?.page;
      invariant(page !== undefined, `process ${kernelPid} has no page at ${address}`);
      return page;
    };
    const scriptAddress = symbolOf(image, 'script');
    const keptAddress = symbolOf(image, 'kept');
    const page = pageOf(scriptAddress);
    return {
      kernelPid,
      scriptAddress,
      keptAddress,
      boundAddresses: [symbolOf(image, 'call'), symbolOf(image, 'fault')],
      frame: page.frame,
      keptFrame: pageOf(keptAddress).frame,
      pageIndex: plan.important.indexOf(page),
    };
  }
}
