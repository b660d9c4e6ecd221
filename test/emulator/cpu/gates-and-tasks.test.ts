import { describe, expect, test } from 'vitest';
import { setSegment } from '../../../emulator/cpu/segments.ts';
import {
  type BareMachine,
  bareMachine,
  CODE,
  descriptor,
  enterRing3,
  faultTaken,
  GDT,
  HANDLERS,
  IDT,
  INNER_STACK,
  Selector,
  STACK,
  setDescriptor,
  setFlags,
  TSS,
  withTables,
} from './bare-machine.ts';

const GATE = 0x33;
const TARGET = 0x2000;
const NT = 0x4000;

/** A 32-bit call gate of DPL 3 to ring 0 code at TARGET, where there is a HLT. */
function withCallGate(parametersCount = 0, access = 0xec): BareMachine {
  const m = withTables(bareMachine());
  setDescriptor(m, GATE, [(Selector.code0 << 16) | TARGET, (access << 8) | parametersCount]);
  m.setByte(TARGET, 0xf4);
  return m;
}

const callFar = (selector: number, offset = 0): number[] => [
  0x9a,
  offset & 0xff,
  (offset >> 8) & 0xff,
  0,
  0,
  selector & 0xff,
  selector >> 8,
];
const jumpFar = (selector: number, offset = 0): number[] => [0xea, ...callFar(selector, offset).slice(1)];

describe('call gates', () => {
  test('a call to an inner ring switches stacks and copies the parameters', () => {
    const m = withCallGate(2);
    enterRing3(m);
    m.setWord(STACK, 0x11);
    m.setWord(STACK + 4, 0x22);
    m.code(callFar(GATE));
    expect(m.step(2).kind).toBe('halted');
    expect([m.cpu.eip, m.cpu.cpl, m.cpu.regs[4]]).toEqual([TARGET + 1, 0, INNER_STACK - 24]);
    const words = [0, 4, 8, 12, 16, 20].map((at) => m.word(INNER_STACK - 24 + at));
    expect(words).toEqual([CODE + 7, Selector.code3, 0x11, 0x22, STACK, Selector.data3]);
  });

  test('retf n goes back and takes the parameters off both stacks', () => {
    const m = withCallGate(2);
    enterRing3(m);
    m.setByte(TARGET, 0xca);
    m.setByte(TARGET + 1, 8);
    m.code(callFar(GATE));
    m.step(2);
    expect([m.cpu.eip, m.cpu.cpl, m.cpu.regs[4]]).toEqual([CODE + 7, 3, STACK + 8]);
  });

  test('a call in the same ring stays on its stack', () => {
    const m = withCallGate();
    m.code(callFar(GATE));
    m.step(1);
    expect([m.cpu.eip, m.cpu.regs[4]]).toEqual([TARGET, STACK - 8]);
    expect([m.word(STACK - 8), m.word(STACK - 4)]).toEqual([CODE + 7, Selector.code0]);
  });

  test.each([
    ['a gate of too low a DPL', 0x8c, 13],
    ['a gate that is not present', 0x6c, 11],
  ])('%s faults with the gate', (_name, access, vector) => {
    const m = withCallGate(0, access);
    enterRing3(m);
    m.code(callFar(GATE));
    const taken = faultTaken(m);
    expect([taken.vector, taken.frame[0], taken.frame[1]]).toEqual([vector, GATE & 0xfffc, CODE]);
  });

  test('a jump through a gate may not change the ring', () => {
    const m = withCallGate();
    enterRing3(m);
    m.code(jumpFar(GATE));
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[0]]).toEqual([13, Selector.code0]);
  });

  test('a conforming segment is run at the caller’s privilege', () => {
    const m = withTables(bareMachine());
    setDescriptor(m, GATE, descriptor({ access: 0x9f }));
    enterRing3(m);
    m.code(callFar(GATE, TARGET));
    m.step(1);
    expect([m.cpu.eip, m.cpu.cpl, m.cpu.segmentSelector[1]]).toEqual([TARGET, 3, GATE]);
  });
});

const TSS_2 = 0xb100;
const TASK = 0x38;
const TASK_STACK = 0x7000;

/** A second task at TARGET in ring 0, and the first one's TSS known to its descriptor. */
function withTask(options: { eip?: number } = {}): BareMachine {
  const m = withTables(bareMachine());
  setDescriptor(m, TASK, descriptor({ base: TSS_2, limit: 0x67, access: 0x89, flags: 0 }));
  m.setWord(TSS_2 + 0x20, options.eip ?? TARGET);
  m.setWord(TSS_2 + 0x24, 2);
  m.setWord(TSS_2 + 0x28, 0xabcd);
  m.setWord(TSS_2 + 0x38, TASK_STACK);
  for (const [offset, selector] of [
    [0x48, Selector.data0],
    [0x4c, Selector.code0],
    [0x50, Selector.data0],
    [0x54, Selector.data0],
  ] as const) {
    m.setWord(TSS_2 + offset, selector);
  }
  m.setByte(TARGET, 0xf4);
  return m;
}

const isBusy = (m: BareMachine, selector: number): boolean =>
  ((m.word(GDT + (selector & 0xfff8) + 4) >>> 9) & 1) === 1;

describe('task switches', () => {
  test('a jump to a TSS saves one task and loads the other', () => {
    const m = withTask();
    m.code(jumpFar(TASK));
    m.cpu.regs[3] = 0x1234;
    setFlags(m, 0x402);
    expect(m.step(2).kind).toBe('halted');
    expect([m.cpu.eip, m.cpu.regs[0], m.cpu.regs[4]]).toEqual([TARGET + 1, 0xabcd, TASK_STACK]);
    expect([m.word(TSS + 0x20), m.word(TSS + 0x34), m.word(TSS + 0x24)]).toEqual([CODE + 7, 0x1234, 0x402]);
    expect([isBusy(m, Selector.tss), isBusy(m, TASK)]).toEqual([false, true]);
    expect(m.cpu.mmu.cr0 & 8).toBe(8);
    expect(m.eflags() & NT).toBe(0);
  });

  test('a call leaves a back link and NT, and iret follows it', () => {
    const m = withTask();
    m.setByte(TARGET, 0xcf);
    m.code([...callFar(TASK), 0xf4]);
    m.cpu.regs[3] = 0x77;
    m.step(1);
    expect([m.word(TSS_2) & 0xffff, m.eflags() & NT]).toEqual([Selector.tss, NT]);
    expect([isBusy(m, Selector.tss), isBusy(m, TASK)]).toEqual([true, true]);
    m.step(1);
    expect([m.cpu.eip, m.cpu.regs[3], m.cpu.segmentSelector[7]]).toEqual([CODE + 7, 0x77, Selector.tss]);
    expect([isBusy(m, Selector.tss), isBusy(m, TASK), m.eflags() & NT]).toEqual([true, false, 0]);
    expect(m.word(TSS_2 + 0x20)).toBe(TARGET + 1);
  });

  test('a busy task is #GP with its selector', () => {
    const m = withTask();
    m.code(jumpFar(Selector.tss));
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[0], frame[1]]).toEqual([13, Selector.tss, CODE]);
  });

  test('a TSS that is too short is #TS', () => {
    const m = withTask();
    setDescriptor(m, TASK, descriptor({ base: TSS_2, limit: 0x66, access: 0x89, flags: 0 }));
    m.code(jumpFar(TASK));
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[0], frame[1]]).toEqual([10, TASK, CODE]);
  });

  test('a bad stack of the new task is #TS in the new task', () => {
    const m = withTask();
    m.setWord(TSS_2 + 0x50, Selector.code0);
    m.code(jumpFar(TASK));
    // The fault is delivered in a task without a stack, through a gate that needs one: so to a task gate.
    m.setWord(IDT + 10 * 8, Selector.tss << 16);
    m.setWord(IDT + 10 * 8 + 4, 0x8500);
    m.setByte(CODE + 7, 0xf4);
    expect(m.step(2).kind).toBe('halted');
    expect([m.cpu.segmentSelector[7], m.cpu.eip]).toEqual([Selector.tss, CODE + 8]);
    expect(m.word(STACK - 4)).toBe(Selector.code0);
    expect(m.word(TSS_2 + 0x20)).toBe(TARGET);
  });

  test('an interrupt through a task gate, with its error code', () => {
    const m = withTask();
    m.setWord(IDT + 13 * 8, TASK << 16);
    m.setWord(IDT + 13 * 8 + 4, 0x8500);
    enterRing3(m);
    m.code([0xcd, 0x22]);
    expect(m.step(3).kind).toBe('halted');
    expect([m.cpu.segmentSelector[7], m.cpu.regs[4]]).toEqual([TASK, TASK_STACK - 4]);
    expect([m.word(TASK_STACK - 4), m.word(TSS + 0x20)]).toEqual([0x22 * 8 + 2, CODE]);
  });

  test('a 16-bit TSS', () => {
    const m = withTask();
    setDescriptor(m, TASK, descriptor({ base: TSS_2, limit: 0x2b, access: 0x81, flags: 0 }));
    for (let at = 0; at < 0x2c; at += 4) m.setWord(TSS_2 + at, 0);
    m.setWord(TSS_2 + 0x0c, TARGET << 16);
    m.setWord(TSS_2 + 0x10, 2 | (0x55 << 16));
    m.setWord(TSS_2 + 0x20, Selector.data0 << 16);
    m.setWord(TSS_2 + 0x24, Selector.code0 | (Selector.data0 << 16));
    m.setWord(TSS_2 + 0x28, Selector.data0);
    m.code(jumpFar(TASK));
    m.step(1);
    expect([m.cpu.eip, (m.cpu.regs[0] as number) & 0xffff]).toEqual([TARGET, 0x55]);
  });
});

describe('virtual-8086 mode', () => {
  /** A frame for IRETD to V86 mode at 0100:0000, whose code is at 1000h. */
  function inV86(bytes: readonly number[], eflags = 0x20002): BareMachine {
    const m = withTables(bareMachine());
    m.code(bytes);
    m.setByte(0x5000, 0xcf);
    const frame = [0, CODE >> 4, eflags, 0x100, 0x700, 0x200, 0x300, 0x400, 0x500];
    frame.forEach((word, n) => {
      m.setWord(STACK - 36 + 4 * n, word);
    });
    m.cpu.regs[4] = STACK - 36;
    m.cpu.eip = 0x5000;
    m.step(1);
    return m;
  }

  test('iretd enters it, with segments of real mode at ring 3', () => {
    const m = inV86([0x90]);
    expect([m.cpu.cpl, m.cpu.eip, m.cpu.segmentBase[1]]).toEqual([3, 0, CODE]);
    expect([0, 2, 3, 4, 5].map((seg) => m.cpu.segmentSelector[seg])).toEqual([
      0x200, 0x700, 0x300, 0x400, 0x500,
    ]);
    m.step(1);
    expect(m.cpu.eip).toBe(1);
  });

  test('an exception leaves it with nine words and null segments', () => {
    const m = inV86([0x0f, 0x0b]);
    const { vector, frame } = faultTaken(m);
    expect(vector).toBe(6);
    expect(frame.slice(0, 5)).toEqual([0, CODE >> 4, 0x30002, 0x100, 0x700]);
    expect([20, 24, 28, 32].map((at) => m.word((m.cpu.regs[4] as number) + at))).toEqual([
      0x200, 0x300, 0x400, 0x500,
    ]);
    expect([m.cpu.cpl, m.cpu.segmentSelector[3], m.cpu.isV86]).toEqual([0, 0, false]);
  });

  test.each([
    ['int', [0xcd, 0x21]],
    ['cli', [0xfa]],
    ['pushf', [0x9c]],
    ['iret', [0xcf]],
    ['hlt', [0xf4]],
  ])('%s is #GP(0) with IOPL 0', (_name, bytes) => {
    const m = inV86(bytes);
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[0], frame[1]]).toEqual([13, 0, 0]);
  });

  test('with IOPL 3 cli and pushf work, and protected mode instructions do not', () => {
    const m = inV86([0xfa, 0x9c, 0x0f, 0x00, 0xc0], 0x23202);
    m.step(2);
    expect(m.eflags() & 0x200).toBe(0);
    expect(m.word(0x70fc) >>> 16).toBe(0x3002);
    expect(faultTaken(m).vector).toBe(6);
  });
});

describe('real mode', () => {
  test('starts at FFFFFFF0h and takes interrupts through the vector table', () => {
    const m = bareMachine();
    m.machine.reset();
    expect([m.cpu.eip, (m.cpu.segmentBase[1] as number) >>> 0]).toEqual([0xfff0, 0xffff0000]);
    // int 21h at 0000:1000
    for (let seg = 0; seg < 6; seg += 1) {
      setSegment(m.cpu, seg, { selector: 0, base: 0, limit: 0xffff, attributes: 0x93 });
    }
    m.code([0xcd, 0x21]);
    m.cpu.regs[4] = 0x8000;
    m.setWord(0x21 * 4, 0x02000030);
    m.step(1);
    expect([m.cpu.segmentSelector[1], m.cpu.eip, m.cpu.regs[4]]).toEqual([0x200, 0x30, 0x7ffa]);
    expect([m.word(0x7ff8) >>> 16, m.word(0x7ffc) & 0xffff]).toEqual([CODE + 2, 0]);
  });

  test('an offset beyond 64 KB is #GP, without an error code', () => {
    const m = bareMachine();
    m.machine.reset();
    for (let seg = 0; seg < 6; seg += 1) {
      setSegment(m.cpu, seg, { selector: 0, base: 0, limit: 0xffff, attributes: 0x93 });
    }
    // mov eax, [ebx] under an address-size prefix
    m.code([0x67, 0x66, 0x8b, 0x03]);
    m.cpu.regs[3] = 0x10000;
    m.cpu.regs[4] = 0x8000;
    m.setWord(13 * 4, HANDLERS & 0xffff);
    m.step(1);
    expect([m.cpu.eip, m.cpu.regs[4]]).toEqual([HANDLERS & 0xffff, 0x7ffa]);
  });
});

describe('debug exceptions', () => {
  const DB = HANDLERS + 16;

  test('single step traps after the next instruction', () => {
    const m = withTables(bareMachine());
    m.code([0x9d, 0x40, 0x40]);
    m.setWord(STACK, 0x102);
    m.step(2);
    expect([m.cpu.eip, m.word(m.cpu.regs[4] as number), m.cpu.regs[0]]).toEqual([DB, CODE + 2, 1]);
    expect((m.cpu.dr[6] as number) & 0x4000).toBe(0x4000);
    expect(m.eflags() & 0x100).toBe(0);
  });

  test('an instruction breakpoint faults until its handler sets RF', () => {
    const m = withTables(bareMachine());
    // or dword [esp + 8], 10000h; iretd
    [0x81, 0x4c, 0x24, 0x08, 0x00, 0x00, 0x01, 0x00, 0xcf].forEach((byte, n) => {
      m.setByte(DB + n, byte);
    });
    m.code([0x90, 0x40, 0x41, 0xf4]);
    m.cpu.dr[0] = CODE + 1;
    m.cpu.dr[7] = 0x402;
    m.step(2);
    expect([m.cpu.eip, m.word(STACK - 12), m.word(STACK - 4) & 0x10000]).toEqual([DB, CODE + 1, 0]);
    expect((m.cpu.dr[6] as number) & 1).toBe(1);
    expect(m.step(10).kind).toBe('halted');
    expect([m.cpu.regs[0], m.cpu.regs[1]]).toEqual([1, 1]);
  });

  test('a data breakpoint traps after the write', () => {
    const m = withTables(bareMachine());
    // mov eax, 20002h; mov dr0, eax; mov eax, 000d0402h (4 bytes, writes); mov dr7, eax; mov [20000h], eax
    m.code((a) => {
      a.emit('mov', 'eax', 0x20002).emit('mov', 'dr0', 'eax');
      a.emit('mov', 'eax', 0x00050402).emit('mov', 'dr7', 'eax');
      a.bytes(0xa1, 0x00, 0x00, 0x02, 0x00, 0xa3, 0x00, 0x00, 0x02, 0x00, 0x40);
    });
    m.step(6);
    expect(m.cpu.eip).toBe(DB);
    expect((m.cpu.dr[6] as number) & 15).toBe(1);
    const returned = m.word(m.cpu.regs[4] as number);
    expect(m.machine.nvm.bytes[returned]).toBe(0x40);
  });
});

describe('the I/O permission bitmap', () => {
  test('lets ring 3 at the ports whose bits are clear', () => {
    const m = withTables(bareMachine());
    setSegment(m.cpu, 7, { selector: Selector.tss, base: TSS, limit: 0x90, attributes: 0x8b });
    m.setWord(TSS + 0x68 + 4, 0xffff0000 | 0xfffd);
    enterRing3(m);
    m.code([0xe4, 0x21, 0xe4, 0x22]);
    m.step(1);
    expect(m.cpu.eip).toBe(CODE + 2);
    const { vector, frame } = faultTaken(m);
    expect([vector, frame[1]]).toEqual([13, CODE + 2]);
  });
});
