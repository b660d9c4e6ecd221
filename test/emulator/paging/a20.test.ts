import { describe, expect, test } from 'vitest';
import { makePc } from '../../../emulator/platform/pc.ts';
import { mapRom } from '../../../emulator/platform/rom-image.ts';
import { bareMachine, CODE } from '../cpu/bare-machine.ts';

const MIB = 0x100000;
const LOW = 0x2000;

/** A PC of 4 MiB whose processor is nowhere: memory is reached through its MMU. */
function makeMachine() {
  const nothing = (): void => {};
  const rom = new Uint8Array(0x10000).fill(0xf4);
  return makePc({
    memoryBytes: 4 * MIB,
    roms: mapRom(rom),
    onSerial: nothing,
    onDebug: nothing,
    onPost: nothing,
  }).machine;
}

/** Both handles: each of them opens the gate. */
function close(machine: ReturnType<typeof makeMachine>): void {
  machine.write(0x92, 0, 1);
  machine.write(0x64, 0xd1, 1);
  machine.write(0x60, 0xdd, 1);
}

describe('the A20 gate', () => {
  test('is open after reset', () => {
    const { cpu } = makeMachine();
    cpu.mmu.store32(LOW, 1);
    cpu.mmu.store32(LOW + MIB, 2);
    expect([cpu.mmu.load32(LOW), cpu.mmu.load32(LOW + MIB)]).toEqual([1, 2]);
  });

  test('closed, it makes odd megabytes those below, for loads and stores', () => {
    const machine = makeMachine();
    const { mmu } = machine.cpu;
    [0, 1, 2, 3].forEach((n) => {
      mmu.store32(LOW + n * MIB, n + 1);
    });
    close(machine);
    expect([0, 1, 2, 3].map((n) => mmu.load32(LOW + n * MIB))).toEqual([1, 1, 3, 3]);
    mmu.store32(LOW + MIB, 9);
    machine.write(0x92, 2, 1);
    expect([0, 1, 2, 3].map((n) => mmu.load32(LOW + n * MIB))).toEqual([9, 2, 3, 4]);
  });

  test('a dword over the end of the first megabyte goes on at 0 while it is closed', () => {
    const { cpu, machine } = bareMachine();
    cpu.mmu.setA20(false);
    cpu.mmu.store32(MIB - 2, 0x11223344);
    expect([machine.nvm.words[0], machine.nvm.words[MIB / 4 - 1]]).toEqual([0x1122, 0x33440000]);
    expect(cpu.mmu.load32(MIB - 2)).toBe(0x11223344);
  });

  test('stands behind the page tables', () => {
    const machine = makeMachine();
    const { mmu } = machine.cpu;
    mmu.store32(LOW, 1);
    mmu.store32(LOW + MIB, 2);
    // Linear 400000h leads to LOW + 1 MiB.
    mmu.store32(0x4004, 0x5003);
    mmu.store32(0x5000, (LOW + MIB) | 3);
    mmu.setCr3(0x4000);
    mmu.setCr0(0x80000011 | 0);
    expect(mmu.load32(0x400000)).toBe(2);
    close(machine);
    expect(mmu.load32(0x400000)).toBe(1);
  });

  test('code is fetched through it', () => {
    const m = bareMachine();
    m.code([0x40, 0xf4]);
    m.cpu.mmu.setA20(false);
    m.cpu.eip = CODE + MIB;
    expect(m.step(2).kind).toBe('halted');
    expect(m.cpu.regs[0]).toBe(1);
  });

  test('is part of what is saved, and of the key', () => {
    const machine = makeMachine();
    const open = machine.saveVolatile();
    const key = machine.volatileKey();
    close(machine);
    expect(machine.volatileKey()).not.toBe(key);
    machine.restoreVolatile(open);
    machine.cpu.mmu.store32(LOW, 1);
    machine.cpu.mmu.store32(LOW + MIB, 2);
    expect(machine.cpu.mmu.load32(LOW)).toBe(1);
  });
});
