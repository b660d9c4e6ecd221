/**
 * A small system for comparing explorations: native code that, at power-on, reads words of NVM, each by what it
 * found in the one before, and then stores and flushes as it is told, in parts with a kernel exit between them.
 * What it has read is its abstract state. Everything else of its memory is durable before the first store.
 */
import type { Committed, Observer, PathStep, SystemUnderTest } from '../../../checker/explore/system.ts';
import { Machine } from '../../../emulator/machine.ts';
import { Gpr, NATIVE_BASE, NATIVE_ENTRY_BYTES, type NativePort } from '../../../emulator/native.ts';
import type { Persistency } from '../../../emulator/persistency/model.ts';

export type ToyOp =
  /** A commit tells the observer of itself: the store is what makes it durable. */
  | { readonly kind: 'store' | 'commit'; readonly word: number; readonly value: number }
  | { readonly kind: 'flush' | 'writeBack'; readonly line: number }
  | { readonly kind: 'fence' | 'writeBackAll' | 'effect' };

export interface ToyProgram {
  readonly parts: readonly (readonly ToyOp[])[];
  /** How many words recovery reads, and where it begins. */
  readonly readsCount: number;
  readonly seed: number;
}

const GDT = 0x1000;
const IDT = 0x1400;
const CODE = 0x1900;
const STACK_TOP = 0x1a40;
const PART = 0x1b00;
const DATA = 0x2000;
const VECTOR = 0x80;
const CR0_PE = 1;
const LINES = 3;
const addressOf = (word: number): number => DATA + (word % LINES) * 64 + Math.floor(word / LINES) * 4;

class ToyObserver implements Observer {
  readonly path: PathStep[] = [];
  readonly phases = [{ position: 0, phase: 'user' as const }];
  readonly committed: Committed = { low: new Int32Array(0), high: new Int32Array(0) };
  readonly names: string[] = [];
  machine: Machine | null = null;
  private state = 'never on';
  private effectsSeen = 0;

  initialState(): number {
    return this.intern('never on');
  }
  initialCommitted(): Committed {
    return this.committed;
  }
  currentState(): number {
    return this.intern(this.state);
  }
  begin(from: number): void {
    this.state = this.names[from] ?? '';
    this.path.length = 0;
    this.effectsSeen = 0;
  }
  /** What was committed is known after the failure. */
  crash(from: number): number {
    return this.intern(`off ${/#\d+/.exec(this.names[from] ?? '')?.[0] ?? ''}`);
  }
  powerOn(): void {
    this.step('PowerOn', `on ${/#\d+/.exec(this.state)?.[0] ?? ''}`);
  }
  settle(): void {
    this.step('Settle', `${this.state} settled`);
  }
  /** An effect is a step, at its place in the log. */
  sync(): void {
    const { log } = this.nvm();
    for (; this.effectsSeen < log.length; this.effectsSeen += 1) {
      if (log.isEffect(this.effectsSeen)) this.step('Effect', `${this.state}!`, this.effectsSeen + 1);
    }
  }
  read(values: readonly number[]): void {
    this.step('Read', `${this.state} read ${values.join('.')}`);
  }
  leave(part: number): void {
    this.sync();
    this.step('Leave', `${this.state.replace(/ part.*/, '')} part ${part}`);
  }
  commit(value: number): void {
    this.sync();
    const entry = this.nvm().log.length - 1;
    this.step('Commit', `${this.state.replace(/ ?#\d+/, '')} #${value}`);
    const step = this.path.pop();
    if (step !== undefined) this.path.push({ ...step, commitEntry: entry });
  }
  stateOf(name: string): number {
    return this.intern(name);
  }
  private step(action: string, state: string, position = this.nvm().log.length): void {
    this.state = state;
    this.path.push({ position, action, args: [], state: this.intern(state), committed: this.committed });
  }
  private intern(name: string): number {
    const known = this.names.indexOf(name);
    return known >= 0 ? known : this.names.push(name) - 1;
  }
  private nvm(): Machine['nvm'] {
    if (this.machine === null) throw new Error('the observer has no machine');
    return this.machine.nvm;
  }
}

/** Reads as the program says; every value decides what is read next. */
function readAll(port: NativePort, { readsCount, seed }: ToyProgram): number[] {
  const values: number[] = [];
  let state = seed;
  for (let i = 0; i < readsCount; i += 1) {
    const value = port.load32(addressOf(state % (LINES * 2)));
    values.push(value);
    state = (Math.imul(state, 31) + value * 7919 + 17) >>> 3;
  }
  return values;
}

function obey(op: ToyOp, port: NativePort, observer: ToyObserver, effect: () => void): void {
  switch (op.kind) {
    case 'store':
      return port.store32(addressOf(op.word), op.value);
    case 'commit':
      port.store32(addressOf(op.word), op.value);
      return observer.commit(op.value);
    case 'flush':
      return port.clflush(DATA + op.line * 64);
    case 'writeBack':
      return port.clwb(DATA + op.line * 64);
    case 'fence':
      return port.sfence();
    case 'writeBackAll':
      return observer.machine?.nvm.cache?.writeBackAll();
    case 'effect':
      return effect();
  }
}

export function toySystem(
  program: ToyProgram,
  persistency: Persistency,
): SystemUnderTest & { readonly names: readonly string[] } {
  const observer = new ToyObserver();
  const part = (index: number, port: NativePort): void => {
    for (const op of program.parts[index] ?? []) {
      obey(op, port, observer, () => machine.nvm.noteEffect(0));
    }
    if (index === program.parts.length - 1) return port.halt();
    port.store32(PART, index + 1);
    port.clflush(PART);
    // The frame is the same each time, so that its line stays clean.
    [CODE, 8, 2].forEach((word, i) => {
      port.store32(STACK_TOP - 12 + i * 4, word);
    });
    port.clflush(STACK_TOP - 12);
    port.writeGpr(Gpr.esp, STACK_TOP - 12);
    observer.leave(index);
    port.iret();
  };
  const machine: Machine = new Machine({
    memoryBytes: 0x4000,
    persistency,
    makeNative: () => ({
      reset(port) {
        // Nothing is seen of a run before its first store.
        port.store32(PART, 0);
        port.clflush(PART);
        observer.read(readAll(port, program));
        port.writeCr(0, CR0_PE);
        port.lgdt(GDT, 15);
        port.lidt(IDT, VECTOR * 8 + 7);
        port.loadCs(8);
        part(0, port);
      },
      interrupt(_vector, port) {
        port.clflush(STACK_TOP - 12);
        part(port.load32(PART), port);
      },
    }),
  });
  observer.machine = machine;
  const handler = NATIVE_BASE + VECTOR * NATIVE_ENTRY_BYTES;
  const { nvm } = machine;
  for (const [address, word] of [
    [GDT + 8, 0x0000ffff],
    [GDT + 12, 0x00cf9b00],
    [IDT + VECTOR * 8, (8 << 16) | (handler & 0xffff)],
    [IDT + VECTOR * 8 + 4, (handler & 0xffff0000) | 0x8e00],
    [CODE, 0x000080cd],
    [STACK_TOP - 12, CODE],
    [STACK_TOP - 8, 8],
    [STACK_TOP - 4, 2],
  ] as const) {
    nvm.setWord(address >>> 2, word);
  }
  return {
    machine,
    observer,
    names: observer.names,
    blank: nvm.snapshot(),
    jointAction: 'Leave',
    instructionsMax: 10_000,
    isRecovering: () => false,
    stateText: (state) => observer.names[state] ?? '',
    stateOfText: (text) => observer.stateOf(text),
    stateAsItf: (state) => ({ state: observer.names[state] ?? '' }),
    get statesCount() {
      return observer.names.length;
    },
  };
}
