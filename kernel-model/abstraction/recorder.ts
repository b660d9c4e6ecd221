/**
 * Turns one run of the machine into a path of abstract states and labelled steps.
 *
 * The kernel names its own events through the probe; the rest is seen from outside: stores to important pages
 * (`Write`), translations that the TLB comes to hold or forgets (`Fill`, `Flush`), device effects (`Send`).
 * Sets are read from the machine, never derived from the event's name: a `Protect` that protected nothing
 * leaves the page writable in the recorded state, and the spec's step is then false.
 *
 * What the recorder looks at in pages it notes as read, so that two runs that agree on every word read also
 * agree on their paths. What it takes over from before the run (the state at the crash) is the caller's key.
 */
import { invariant } from '../../emulator/invariant.ts';
import type { MachineApi } from '../../emulator/machine-api.ts';
import { Pte } from '../layout.ts';
import type { ImportantPage, MemoryPlan } from '../plan.ts';
import type { KernelEvent, KernelPhase, Probe } from '../probe.ts';
import type { Workload } from '../programs/workload.ts';
import type { SchemeDefinition } from '../schemes/scheme.ts';
import {
  type AbstractState,
  type Core,
  copySets,
  emptySets,
  type Mode,
  type PageSets,
  type StateId,
} from './abstract-state.ts';
import { decodeBoot, decodeCore, observe } from './decode.ts';
import { nothingPromised } from './nothing-promised.ts';
import type { PageWitness } from './page-witness.ts';
import type { CommittedPages, EventArg, PathStep, PhaseMark } from './path.ts';
import type { StateStore } from './state-store.ts';

export interface RecorderOptions {
  readonly plan: MemoryPlan;
  readonly workload: Workload;
  readonly scheme: SchemeDefinition;
  readonly states: StateStore;
  /** Compares the contents of pages wherever their hashes are equal. */
  readonly witness?: PageWitness;
}

const PTE_STATUS_BITS = Pte.accessed | Pte.dirty | Pte.writable;

export class Recorder implements Probe {
  readonly path: PathStep[] = [];
  readonly phases: PhaseMark[] = [];
  committed: CommittedPages;

  private readonly options: RecorderOptions;
  private readonly pages: readonly ImportantPage[];
  /** Index of the important page in a frame, or −1; likewise for shadow frames. */
  private readonly pageOfFrame: Int16Array;
  private readonly pageOfShadow: Int16Array;
  private machine: MachineApi | null = null;
  private mode: Mode = 'off';
  private boot: AbstractState['boot'] = 'uninitialised';
  private core: Core;
  private ledger: readonly number[] = [];
  private misled: readonly number[] = [];
  private sets: PageSets;
  private seenLogLength = 0;
  /** The entry that makes the next commit durable, as the kernel has told; −1 for none. */
  private commitEntry = -1;

  constructor(options: RecorderOptions) {
    this.options = options;
    this.pages = options.plan.important;
    const framesCount = options.plan.primaryPagesCount * 2;
    this.pageOfFrame = new Int16Array(framesCount).fill(-1);
    this.pageOfShadow = new Int16Array(framesCount).fill(-1);
    this.pages.forEach((page, i) => {
      this.pageOfFrame[page.frame] = i;
      this.pageOfShadow[page.shadowFrame] = i;
    });
    this.sets = emptySets(this.pages.length);
    this.core = nothingPromised(options.plan, options.workload);
    this.committed = this.initialCommitted();
  }

  /** Nothing was ever committed. */
  initialCommitted(): CommittedPages {
    return { low: new Int32Array(this.pages.length), high: new Int32Array(this.pages.length) };
  }

  /** The machine that is recorded; called once, since machine and recorder need each other. */
  attach(machine: MachineApi): void {
    this.machine = machine;
  }

  /** The state of a machine that was never switched on. */
  initialState(): StateId {
    return this.options.states.intern({
      boot: 'uninitialised',
      mode: 'off',
      core: nothingPromised(this.options.plan, this.options.workload),
      ledger: [],
      misled: [],
      sets: emptySets(this.pages.length),
    });
  }

  /** Goes on from a state: before a power-on, or in the middle of a run that is taken up again. */
  begin(from: StateId, committed: CommittedPages): void {
    const state = this.options.states.get(from);
    this.boot = state.boot;
    this.mode = state.mode;
    this.core = state.core;
    this.ledger = state.ledger;
    this.misled = state.misled;
    this.sets = copySets(state.sets);
    this.committed = committed;
    this.path.length = 0;
    this.phases.length = 0;
    this.seenLogLength = this.theMachine().nvm.log.length;
    this.commitEntry = -1;
  }

  currentState(): StateId {
    const { boot, mode, core, ledger, misled, sets } = this;
    return this.options.states.intern({ boot, mode, core, ledger, misled, sets });
  }

  /** `Crash` from a state that a run was in: power fails, the TLB is gone. */
  crash(from: StateId): StateId {
    const state = this.options.states.get(from);
    const sets = copySets(state.sets);
    sets.cached.fill(0);
    return this.options.states.intern({ ...state, mode: 'off', sets });
  }

  /** `PowerOn`: call right after the machine's reset. */
  powerOn(): void {
    if (this.storesMayBeLost()) this.lose();
    this.mode = 'reset';
    // What the failure really left counts, also where no event told of it.
    this.readSets();
    this.sets.recorded.forEach((isRecorded, i) => {
      if (isRecorded) this.sets.due[i] = 1;
    });
    this.step('PowerOn');
    this.phases.push({ position: this.logLength(), phase: this.boot === 'running' ? 'recovery' : 'boot' });
  }

  /** `Lose`: what the failure took of stores that were not durable yet, as far as the spec sees it. */
  private lose(): void {
    const before = this.currentState();
    this.readSets();
    this.pages.forEach((page, i) => {
      this.sets.whole[i] = this.sets.recorded[i] === 1 && this.shadowIsWhole(page, i) ? 1 : 0;
    });
    if (this.currentState() !== before) this.push(this.logLength(), 'Lose', []);
  }

  private storesMayBeLost(): boolean {
    const { model, atomicBytes } = this.theMachine().nvm.persistency;
    return model !== 'sc' || atomicBytes !== 4;
  }

  /** `Settle`: the run is over; judges what every process has observed. */
  settle(): void {
    this.sync();
    const { plan, workload } = this.options;
    const { nvm } = this.theMachine();
    const misled: number[] = [];
    workload.programs.forEach((program, i) => {
      const observation = observe(nvm, { plan, workload, pid: i + 1, ledger: this.ledger });
      if (program.mustObserve(observation) !== null) misled.push(i + 1);
    });
    this.misled = misled;
    this.mode = 'rest';
    this.step('Settle');
  }

  /** Takes in what has happened since the last event. Call before looking at `path`. */
  sync(): void {
    const { nvm } = this.theMachine();
    const { log } = nvm;
    if (this.boot !== 'running') {
      this.seenLogLength = log.length;
      return;
    }
    this.noticeTlb();
    for (let i = this.seenLogLength; i < log.length; i += 1) {
      if (log.isEffect(i)) this.effect(log.address[i] as number, i + 1);
      else
        this.storeSeen(
          log.address[i] as number,
          (log.oldWord[i] as number) ^ (log.newWord[i] as number),
          i + 1,
        );
    }
    this.seenLogLength = log.length;
  }

  phase(phase: KernelPhase): void {
    const inRecovery = this.mode === 'reset' || this.mode === 'restored';
    const shown = phase === 'commit' && inRecovery ? 'recovery' : phase;
    this.phases.push({ position: this.logLength(), phase: shown });
  }

  commitStored(): void {
    this.commitEntry = this.logLength() - 1;
  }

  event(event: KernelEvent): void {
    this.sync();
    switch (event.kind) {
      case 'Start':
        this.boot = decodeBoot(this.theMachine().nvm);
        this.ledger = [];
        this.commit('kernel', 'boot');
        return this.commitStep('Start');
      case 'Enter':
        this.commit('kernel');
        return this.commitStep('Enter', event.cause);
      case 'Leave':
        this.commit('user');
        this.mode = this.core.current === 0 ? 'idle' : 'user';
        return this.commitStep('Leave');
      case 'Recovered':
        this.commit('kernel', 'boot');
        this.sets.due.fill(0);
        return this.commitStep('Recovered');
      case 'Restored':
        this.mode = 'restored';
        this.lookAtPages();
        this.readCoreAfterRestore();
        return this.step('Restored');
      case 'Shutdown':
        this.boot = decodeBoot(this.theMachine().nvm);
        this.mode = 'halted';
        return this.commitStep('Shutdown');
      case 'Restore':
        this.look(this.indexOf(event.page));
        return this.step('Restore', event.page);
      case 'Record':
      case 'Unprotect':
      case 'Protect':
        return this.step(event.kind, event.page);
      case 'Forget':
        return this.step('Forget');
    }
  }

  private commit(mode: Mode, cause?: string): void {
    const { nvm } = this.theMachine();
    const low = new Int32Array(this.pages.length);
    const high = new Int32Array(this.pages.length);
    this.pages.forEach((page, i) => {
      nvm.notePageRead(page.frame);
      this.options.witness?.confirm(nvm, page.frame);
      low[i] = nvm.pageHashLow[page.frame] as number;
      high[i] = nvm.pageHashHigh[page.frame] as number;
    });
    this.committed = { low, high };
    this.sets.changed.fill(0);
    this.mode = mode;
    this.readCore();
    if (cause !== undefined) this.core = { ...this.core, cause };
  }

  /** `boot` is this recorder's word for a section that no entry began; NVM says `none` of it. */
  private readCoreAfterRestore(): void {
    const wasBoot = this.core.cause === 'boot';
    this.readCore();
    if (wasBoot && this.core.cause === 'none') this.core = { ...this.core, cause: 'boot' };
  }

  private readCore(): void {
    const { plan, workload } = this.options;
    this.core = decodeCore(this.theMachine().nvm, plan, workload);
  }

  /** Appends a step to the state that the machine shows now. */
  private step(action: string, ...args: EventArg[]): void {
    this.readSets();
    this.push(this.logLength(), action, args);
  }

  private commitStep(action: string, ...args: EventArg[]): void {
    this.step(action, ...args);
    const step = this.path.pop();
    invariant(step !== undefined, 'a step was just made');
    const isTold = this.commitEntry >= 0 && this.commitEntry === this.logLength() - 1;
    this.path.push(isTold ? { ...step, commitEntry: this.commitEntry } : step);
    this.commitEntry = -1;
  }

  private push(position: number, action: string, args: readonly EventArg[]): void {
    this.path.push({ position, action, args, state: this.currentState(), committed: this.committed });
  }

  /** Reads protection and record from NVM. */
  private readSets(): void {
    const { nvm } = this.theMachine();
    const { scheme } = this.options;
    const { writable, recorded, whole } = this.sets;
    this.pages.forEach((page, i) => {
      const isRunning = this.boot === 'running';
      writable[i] = isRunning && (nvm.load32(page.pteAddress) & Pte.writable) !== 0 ? 1 : 0;
      const wasRecorded = recorded[i] === 1;
      recorded[i] = isRunning && scheme.isRecorded(nvm, page) ? 1 : 0;
      if (recorded[i] === 0) whole[i] = 0;
      else if (!wasRecorded) whole[i] = this.shadowIsWhole(page, i) ? 1 : 0;
    });
  }

  private shadowIsWhole(page: ImportantPage, i: number): boolean {
    return this.isAsCommitted(page.shadowFrame, i);
  }

  /** Compares one page with its content at the last commit. */
  private look(i: number): void {
    const page = this.pages[i];
    invariant(page !== undefined, `no important page ${i}`);
    this.sets.changed[i] = this.isAsCommitted(page.frame, i) ? 0 : 1;
  }

  /** Whether a frame holds what page `i` held at the last commit. */
  private isAsCommitted(frame: number, i: number): boolean {
    const { nvm } = this.theMachine();
    nvm.notePageRead(frame);
    const isEqual =
      nvm.pageHashLow[frame] === this.committed.low[i] && nvm.pageHashHigh[frame] === this.committed.high[i];
    if (isEqual) this.options.witness?.confirm(nvm, frame);
    return isEqual;
  }

  private lookAtPages(): void {
    for (let i = 0; i < this.pages.length; i += 1) this.look(i);
  }

  private noticeTlb(): void {
    const machine = this.theMachine();
    const filled: string[] = [];
    const flushed: string[] = [];
    const now = new Uint8Array(this.pages.length);
    this.pages.forEach((page, i) => {
      const entry = machine.tlbEntry(page.linear);
      const isCached = entry?.writable === true && entry.frame === page.frame;
      now[i] = isCached ? 1 : 0;
      if (isCached && this.sets.cached[i] === 0) filled.push(page.name);
      if (!isCached && this.sets.cached[i] === 1) flushed.push(page.name);
    });
    const position = this.seenLogLength;
    if (flushed.length > 0) {
      this.pages.forEach((_, i) => {
        if (now[i] === 0) this.sets.cached[i] = 0;
      });
      this.push(position, 'Flush', [flushed]);
    }
    if (filled.length > 0) {
      this.sets.cached.set(now);
      this.push(position, 'Fill', [filled]);
    }
  }

  private effect(ledgerIndex: number, position: number): void {
    const entry = this.theMachine().ledger.entries[ledgerIndex];
    invariant(entry !== undefined, `the ledger has no entry ${ledgerIndex}`);
    this.ledger = [...this.ledger, entry.value];
    this.push(position, 'Send', [entry.value]);
  }

  private storeSeen(address: number, difference: number, position: number): void {
    const frame = address >>> 12;
    const i = this.pageOfFrame[frame] as number;
    if (i >= 0 && this.sets.changed[i] === 0 && this.mode !== 'reset') {
      const content =
        this.pages[i]?.name.endsWith('.table') === true ? difference & ~PTE_STATUS_BITS : difference;
      if (content === 0) return;
      this.sets.changed[i] = 1;
      const name = this.pages[i]?.name ?? '';
      this.push(position, 'Write', [name]);
      return;
    }
    const shadowOf = this.pageOfShadow[frame] as number;
    const page = this.pages[shadowOf];
    if (page === undefined || this.sets.whole[shadowOf] === 0) return;
    this.sets.whole[shadowOf] = this.shadowIsWhole(page, shadowOf) ? 1 : 0;
  }

  private indexOf(name: string): number {
    return this.pages.findIndex((p) => p.name === name);
  }

  private logLength(): number {
    return this.theMachine().nvm.log.length;
  }

  private theMachine(): MachineApi {
    invariant(this.machine !== null, 'the recorder has no machine');
    return this.machine;
  }
}
