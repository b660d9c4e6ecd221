import { describe, expect, it } from 'vitest';
import { DebugConsole, DebugExit, PostPort } from '../../../emulator/devices/debug-ports.ts';
import { GuestExit } from '../../../emulator/devices/guest-requests.ts';
import { IoBus } from '../../../emulator/devices/io-bus.ts';

describe('debug ports', () => {
  it('prints on port E9h, and says E9h when read', () => {
    const printed: number[] = [];
    const bus = new IoBus([new DebugConsole((value) => printed.push(value))]);
    bus.write(0xe9, 0x41, 1, 0);
    expect(printed).toEqual([0x41]);
    expect(bus.read(0xe9, 1, 0)).toBe(0xe9);
  });

  it('ends the run with an odd exit code', () => {
    const bus = new IoBus([new DebugExit()]);
    const codeOf = (value: number): number => {
      try {
        bus.write(0xf4, value, 4, 0);
      } catch (error) {
        if (error instanceof GuestExit) return error.exitCode;
        throw error;
      }
      return -1;
    };
    expect([codeOf(0), codeOf(16), codeOf(0xff)]).toEqual([1, 33, 255]);
  });

  it('tells POST codes and keeps the last', () => {
    const codes: number[] = [];
    const post = new PostPort((value) => codes.push(value), 0x190);
    const bus = new IoBus([post]);
    bus.write(0x190, 0x12, 1, 0);
    bus.write(0x190, 0x34, 1, 0);
    expect(codes).toEqual([0x12, 0x34]);
    expect(bus.read(0x190, 1, 0)).toBe(0x34);
    const saved = bus.save();
    bus.reset();
    expect(bus.read(0x190, 1, 0)).toBe(0);
    bus.restore(saved);
    expect(bus.read(0x190, 1, 0)).toBe(0x34);
  });
});
