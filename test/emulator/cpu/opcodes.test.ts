import { describe, expect, test } from 'vitest';
import { Seg } from '../../../emulator/cpu/cpu.ts';
import { setSegment } from '../../../emulator/cpu/segments.ts';
import { makePc } from '../../../emulator/platform/pc.ts';
import { mapRom } from '../../../emulator/platform/rom-image.ts';
import {
  type BareMachine,
  bareMachine,
  CODE,
  enterRing3,
  faultTaken,
  Selector,
  STACK,
  withTables,
} from './bare-machine.ts';

/** Opcodes that there are not: in 16- and in 32-bit code each is as long as it is here. */
const UNKNOWN: readonly (readonly number[])[] = [
  [0x0f, 0x0b],
  [0x0f, 0x04],
  [0x0f, 0xff],
  // Moves of the test registers are gone since the Pentium.
  [0x0f, 0x24, 0xf0],
  [0x0f, 0x26, 0xf8],
  [0x0f, 0x20, 0xc8],
  [0x8e, 0xc8],
  [0xfe, 0xd0],
  [0xff, 0xf8],
  [0xf0, 0x90],
];

const ring0 = (): BareMachine => withTables(bareMachine());
function ring3(): BareMachine {
  const m = ring0();
  enterRing3(m);
  return m;
}
function protected16(): BareMachine {
  const m = ring0();
  setSegment(m.cpu, Seg.cs, { selector: Selector.code0, base: 0, limit: 0xffff, attributes: 0x9b });
  return m;
}
function virtual8086(): BareMachine {
  const m = ring0();
  m.setByte(0x5000, 0xcf);
  [CODE, 0, 0x20002, 0x100, 0x700, 0, 0, 0, 0].forEach((word, n) => {
    m.setWord(STACK - 36 + 4 * n, word);
  });
  m.cpu.regs[4] = STACK - 36;
  m.cpu.eip = 0x5000;
  m.step(1);
  return m;
}

describe('an unknown opcode is #UD at its first byte', () => {
  test.each([
    ['32-bit ring 0', ring0],
    ['32-bit ring 3', ring3],
    ['16-bit protected mode', protected16],
    ['virtual-8086 mode', virtual8086],
  ] as const)('%s', (_name, make) => {
    for (const bytes of UNKNOWN) {
      const m = make();
      m.code(bytes);
      const { vector, frame } = faultTaken(m);
      expect([bytes, vector, frame[0]]).toEqual([bytes, 6, CODE]);
    }
  });

  test('real mode', () => {
    for (const bytes of UNKNOWN) {
      const m = bareMachine();
      m.machine.reset();
      m.code(bytes);
      m.cpu.segmentBase[Seg.cs] = 0;
      m.cpu.segmentSelector[Seg.cs] = 0;
      m.cpu.regs[4] = STACK;
      m.setWord(6 * 4, 0x5678);
      m.step(1);
      // Vector 6, and what it pushed: IP of the instruction.
      expect([bytes, m.cpu.eip, (m.word(STACK - 8) >>> 16) & 0xffff]).toEqual([bytes, 0x5678, CODE]);
    }
  });
});

describe('CPUID', () => {
  test('reports a local APIC where there is one', () => {
    const bare = bareMachine();
    bare.code([0x0f, 0xa2]);
    bare.cpu.regs[0] = 1;
    bare.step(1);
    const nothing = (): void => {};
    // mov eax, 1; cpuid; hlt, in 16-bit code at the reset vector
    const rom = new Uint8Array(0x10000).fill(0xf4);
    rom.set([0x66, 0xb8, 1, 0, 0, 0, 0x0f, 0xa2, 0xf4], 0xfff0);
    const { machine } = makePc({
      memoryBytes: 1 << 20,
      roms: mapRom(rom),
      onSerial: nothing,
      onDebug: nothing,
      onPost: nothing,
    });
    expect(machine.run({ instructionsMax: 10 }).kind).toBe('halted');
    const features = (edx: number | undefined): number[] =>
      [3, 8, 9, 15, 19].map((bit) => ((edx ?? 0) >>> bit) & 1);
    expect(features(bare.cpu.regs[2])).toEqual([1, 1, 0, 1, 1]);
    expect(features(machine.cpu.regs[2])).toEqual([1, 1, 1, 1, 1]);
  });
});
