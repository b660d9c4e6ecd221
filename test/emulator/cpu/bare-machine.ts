import { Assembler } from '../../../emulator/assembler/assembler.ts';
import type { Cpu } from '../../../emulator/cpu/cpu.ts';
import { readEflags, writeEflags } from '../../../emulator/cpu/flags.ts';
import { setSegment } from '../../../emulator/cpu/segments.ts';
import { Machine } from '../../../emulator/machine.ts';
import type { StopReason } from '../../../emulator/machine-api.ts';
import type { Persistency } from '../../../emulator/persistency/model.ts';

/**
 * A machine without native code, in flat 32-bit protected mode at CPL 0 with paging off, for tests of the
 * processor. Code goes to 1000h, the stack is below 8000h, an IDT at 9000h, a GDT at A000h, a TSS at B000h.
 */
export const CODE = 0x1000;
export const STACK = 0x8000;
export const IDT = 0x9000;
export const GDT = 0xa000;
export const TSS = 0xb000;
/** Where each vector's handler stands: one HLT for each, so that EIP tells which fault came. */
export const HANDLERS = 0xc000;
/** The stack that the TSS names for ring 0. */
export const INNER_STACK = 0xe000;
export const MEMORY_BYTES = 1 << 20;

export const Selector = {
  code0: 0x08,
  data0: 0x10,
  code3: 0x1b,
  data3: 0x23,
  tss: 0x28,
  spare: 0x30,
} as const;

export interface BareMachine {
  readonly machine: Machine;
  readonly cpu: Cpu;
  /** Runs `count` instructions. */
  step(count?: number): StopReason;
  /** Puts code at CODE and EIP there. */
  code(bytes: readonly number[] | ((a: Assembler) => void)): void;
  word(address: number): number;
  setWord(address: number, value: number): void;
  setByte(address: number, value: number): void;
  eflags(): number;
}

export function bareMachine(
  options: {
    readonly openBus?: boolean;
    readonly compileAfter?: number;
    readonly persistency?: Persistency;
  } = {},
): BareMachine {
  const machine = new Machine({ memoryBytes: MEMORY_BYTES, ...options });
  const { cpu, nvm } = machine;
  for (let seg = 0; seg < 6; seg += 1) {
    const isCode = seg === 1;
    setSegment(cpu, seg, {
      selector: isCode ? Selector.code0 : Selector.data0,
      base: 0,
      limit: -1,
      attributes: isCode ? 0xc09b : 0xc093,
    });
  }
  cpu.mmu.setCr0(0x11);
  cpu.eip = CODE;
  cpu.regs[4] = STACK;
  const setByte = (address: number, value: number): void => {
    const shift = (address & 3) * 8;
    const old = nvm.words[address >>> 2] as number;
    nvm.setWord(address >>> 2, (old & ~(0xff << shift)) | ((value & 0xff) << shift));
  };
  return {
    machine,
    cpu,
    step: (count = 1) => machine.run({ instructionsMax: count }),
    code(source) {
      let bytes: ArrayLike<number>;
      if (typeof source === 'function') {
        const a = new Assembler({ origin: CODE });
        source(a);
        bytes = a.assemble().segments[0]?.bytes ?? [];
      } else bytes = source;
      for (let n = 0; n < bytes.length; n += 1) setByte(CODE + n, bytes[n] as number);
      cpu.eip = CODE;
    },
    word: (address) => (nvm.words[address >>> 2] as number) >>> 0,
    setWord: (address, value) => nvm.setWord(address >>> 2, value | 0),
    setByte,
    eflags: () => readEflags(cpu) >>> 0,
  };
}

export function setFlags(m: BareMachine, eflags: number): void {
  writeEflags(m.cpu, eflags);
}

/** A descriptor's two words. */
export function descriptor(options: {
  readonly base?: number;
  readonly limit?: number;
  /** Access byte. */
  readonly access: number;
  /** G and D/B in bits 3 and 2. */
  readonly flags?: number;
}): [number, number] {
  const { base = 0, limit = 0xfffff, access, flags = 0xc } = options;
  const low = ((base & 0xffff) << 16) | (limit & 0xffff);
  const high =
    (base & 0xff000000) | (flags << 20) | (limit & 0xf0000) | (access << 8) | ((base >>> 16) & 0xff);
  return [low, high];
}

export function setDescriptor(m: BareMachine, selector: number, words: readonly [number, number]): void {
  m.setWord(GDT + (selector & 0xfff8), words[0]);
  m.setWord(GDT + (selector & 0xfff8) + 4, words[1]);
}

/** A gate in the IDT. `access`: 8Eh interrupt, 8Fh trap, EEh interrupt callable from ring 3. */
export function setGate(m: BareMachine, vector: number, access: number, selector = Selector.code0): void {
  const handler = HANDLERS + vector * 16;
  m.setWord(IDT + vector * 8, (selector << 16) | (handler & 0xffff));
  m.setWord(IDT + vector * 8 + 4, (handler & 0xffff0000) | (access << 8));
}

/** GDT, IDT, TSS, and a HLT for each vector's handler. */
export function withTables(m: BareMachine): BareMachine {
  setDescriptor(m, Selector.code0, descriptor({ access: 0x9b }));
  setDescriptor(m, Selector.data0, descriptor({ access: 0x93 }));
  setDescriptor(m, Selector.code3, descriptor({ access: 0xfb }));
  setDescriptor(m, Selector.data3, descriptor({ access: 0xf3 }));
  setDescriptor(m, Selector.tss, descriptor({ base: TSS, limit: 0x67, access: 0x8b, flags: 0 }));
  for (let vector = 0; vector < 256; vector += 1) {
    setGate(m, vector, 0x8e);
    m.setByte(HANDLERS + vector * 16, 0xf4);
  }
  m.setWord(TSS + 4, INNER_STACK);
  m.setWord(TSS + 8, Selector.data0);
  m.setWord(TSS + 0x64, 0x680000);
  const { cpu } = m;
  cpu.gdtBase = GDT;
  cpu.gdtLimit = 0x7f;
  cpu.idtBase = IDT;
  cpu.idtLimit = 0x7ff;
  setSegment(cpu, 7, { selector: Selector.tss, base: TSS, limit: 0x67, attributes: 0x8b });
  return m;
}

/** Ring 3 with flat segments. */
export function enterRing3(m: BareMachine): void {
  const { cpu } = m;
  for (let seg = 0; seg < 6; seg += 1) {
    const isCode = seg === 1;
    setSegment(cpu, seg, {
      selector: isCode ? Selector.code3 : Selector.data3,
      base: 0,
      limit: -1,
      attributes: isCode ? 0xc0fb : 0xc0f3,
    });
  }
  cpu.setCpl(3);
}

/** Which vector's handler the processor halted in, and its frame from the top of the stack. */
export function faultTaken(m: BareMachine, count = 3): { vector: number; frame: number[] } {
  const stop = m.step(count);
  if (stop.kind !== 'halted')
    throw new Error(`no fault: ${JSON.stringify(stop)} at ${m.cpu.eip.toString(16)}`);
  const vector = (m.cpu.eip - 1 - HANDLERS) >> 4;
  const esp = m.cpu.regs[4] as number;
  return { vector, frame: [0, 4, 8, 12, 16, 20].map((at) => m.word(esp + at)) };
}
