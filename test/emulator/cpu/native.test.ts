import { describe, expect, test } from 'vitest';
import { Machine } from '../../../emulator/machine.ts';
import type { StopReason } from '../../../emulator/machine-api.ts';
import {
  Gpr,
  NATIVE_BASE,
  NATIVE_ENTRY_BYTES,
  type NativeCode,
  type NativePort,
} from '../../../emulator/native.ts';
import { PowerFailure } from '../../../emulator/nvm/nvm.ts';
import { StoreOrigin } from '../../../emulator/nvm/store-log.ts';
import { descriptor } from './bare-machine.ts';

/** Physical layout of the tests' own little kernel; everything is mapped to itself. */
const GDT = 0x2000;
const IDT = 0x3000;
const TSS = 0x4000;
const STACK_TOP = 0x6000;
const USER_CODE = 0x7000;
const DIRECTORY = 0x10000;
const TABLE = 0x11000;
const PROTECTED = 0x20000;
const IDLE_CODE = 0x8000;

interface Parts {
  readonly interrupt: (vector: number, port: NativePort) => void;
  /** Runs once everything is set up, just before the first IRET. */
  readonly beforeExit?: (port: NativePort) => void;
  readonly exit?: 'user' | 'idle';
  readonly userCode?: readonly number[];
}

/** Writes its tables, turns paging with WP on, protects one page, and goes to user mode or to the idle loop. */
function reset(port: NativePort, parts: Parts): void {
  const put = (address: number, words: readonly number[]): void => {
    words.forEach((word, n) => {
      port.store32(address + 4 * n, word);
    });
  };
  const flat = (access: number): [number, number] => descriptor({ access });
  const tss = descriptor({ base: TSS, limit: 0x67, access: 0x89, flags: 0 });
  put(GDT, [0, 0, ...flat(0x9b), ...flat(0x93), ...flat(0xfb), ...flat(0xf3), ...tss]);
  put(TSS, [0, STACK_TOP, 0x10]);
  for (let vector = 0; vector < 256; vector += 1) {
    const handler = NATIVE_BASE + vector * NATIVE_ENTRY_BYTES;
    put(IDT + 8 * vector, [(8 << 16) | (handler & 0xffff), (handler & 0xffff0000) | 0xee00]);
  }
  for (let page = 0; page < 64; page += 1) port.store32(TABLE + 4 * page, (page << 12) | 7);
  port.store32(TABLE + 4 * (PROTECTED >>> 12), PROTECTED | 5);
  port.store32(DIRECTORY, TABLE | 7);
  (parts.userCode ?? [0xcd, 0x80, 0xeb, 0xfe]).forEach((byte, n) => {
    port.store8(USER_CODE + n, byte);
  });
  [0xf4, 0xeb, 0xfd].forEach((byte, n) => {
    port.store8(IDLE_CODE + n, byte);
  });
  port.writeCr(3, DIRECTORY);
  port.writeCr(0, 0x80010001);
  port.lgdt(GDT, 0x2f);
  port.lidt(IDT, 0x7ff);
  port.loadCs(8);
  for (const segment of ['ss', 'ds', 'es', 'fs', 'gs'] as const) port.loadSegment(segment, 0x10);
  port.ltr(0x28);
  port.writeGpr(Gpr.esp, STACK_TOP);
  const dataSelector = parts.exit === 'idle' ? 0x10 : 0x23;
  for (const segment of ['ds', 'es', 'fs', 'gs'] as const) port.loadSegment(segment, dataSelector);
  parts.beforeExit?.(port);
  if (parts.exit === 'idle') put(STACK_TOP - 12, [IDLE_CODE, 8, 0x202]);
  else put(STACK_TOP - 20, [USER_CODE, 0x1b, 0x202, 0x9000, 0x23]);
  port.writeGpr(Gpr.esp, STACK_TOP - (parts.exit === 'idle' ? 12 : 20));
  port.iret();
}

function boot(parts: Parts): { machine: Machine; stop: StopReason; made: () => number } {
  let made = 0;
  const makeNative = (): NativeCode => {
    made += 1;
    return { reset: (port) => reset(port, parts), interrupt: parts.interrupt };
  };
  const machine = new Machine({ memoryBytes: 1 << 18, makeNative });
  const stop = machine.run({ instructionsMax: 100_000, stopAtNativeExit: true });
  return { machine, stop, made: () => made };
}

/** Lets the page be written: what a kernel with shadow pages does at the first write. */
function unprotect(port: NativePort): void {
  port.store32(TABLE + 4 * (PROTECTED >>> 12), PROTECTED | 7);
  port.writeGpr(Gpr.esp, port.readGpr(Gpr.esp) + 4);
  port.iret();
}

describe('the native window', () => {
  test('reset runs native code, whose IRET goes to ring 3', () => {
    const { machine, stop } = boot({ interrupt: (_vector, port) => port.iret() });
    expect(stop).toEqual({ kind: 'native-exit' });
    expect([machine.eip, machine.cpl]).toEqual([USER_CODE, 3]);
  });

  test('an interrupt is handled by a native object of its own', () => {
    const seen: number[] = [];
    const { machine, made } = boot({
      interrupt: (vector, port) => {
        seen.push(vector, port.load32(port.readGpr(Gpr.esp)));
        port.iret();
      },
    });
    const stop = machine.run({ instructionsMax: 1000, stopAtNativeExit: true });
    expect(stop).toEqual({ kind: 'native-exit' });
    expect(seen).toEqual([0x80, USER_CODE + 2]);
    expect(made()).toBe(2);
  });

  test('native code that does not end in iret is our own fault', () => {
    const { machine } = boot({ interrupt: () => {} });
    expect(() => machine.run({ instructionsMax: 100 })).toThrow(/ends in iret/);
  });

  test('a store to a read-only page is handled by nested native code and tried again', () => {
    const frames: number[][] = [];
    const { machine, stop, made } = boot({
      interrupt: (vector, port) => {
        const esp = port.readGpr(Gpr.esp);
        frames.push([vector, ...[0, 4, 8, 12].map((at) => port.load32(esp + at)), port.readCr(2)]);
        unprotect(port);
      },
      beforeExit: (port) => {
        port.setStoreOrigin(StoreOrigin.recovery);
        port.store32(PROTECTED + 8, 0x1234);
      },
    });
    expect(stop).toEqual({ kind: 'native-exit' });
    expect(machine.nvm.words[(PROTECTED + 8) >>> 2]).toBe(0x1234);
    // Error code: present, write. EIP is the reset entry, since that is what was interrupted.
    expect(frames).toEqual([[14, 3, 0xff001000, 8, 0x10002, PROTECTED + 8]]);
    expect(made()).toBe(2);
  });

  test('stores are attributed to whom native code says, pushes to the kernel', () => {
    const { machine } = boot({
      interrupt: (_vector, port) => unprotect(port),
      beforeExit: (port) => {
        port.setStoreOrigin(StoreOrigin.recovery);
        port.store32(PROTECTED, 1);
      },
    });
    const { log } = machine.nvm;
    const entries = Array.from({ length: log.length }, (_, i) => log.entry(i));
    const origins = (address: number): string[] =>
      entries.flatMap((e) => (e.kind === 'store' && e.address === address ? [e.origin] : []));
    expect(origins(PROTECTED)).toEqual(['recovery']);
    expect(origins(STACK_TOP - 16)).toContain('kernel');
    expect(origins(GDT + 8)).toEqual(['kernel']);
  });

  test('a handler that mends nothing stops the run with the address', () => {
    const { stop } = boot({
      interrupt: (_vector, port) => {
        port.writeGpr(Gpr.esp, port.readGpr(Gpr.esp) + 4);
        port.iret();
      },
      beforeExit: (port) => port.store32(PROTECTED + 4, 1),
    });
    expect(stop).toEqual({ kind: 'native-fault-loop', address: PROTECTED + 4 });
  });

  test('without a gate the fault of native code is a triple fault', () => {
    const { stop } = boot({
      interrupt: (_vector, port) => port.iret(),
      beforeExit: (port) => {
        port.lidt(0, 0);
        port.store32(PROTECTED, 1);
      },
    });
    expect(stop).toMatchObject({ kind: 'triple-fault' });
  });

  test('halt stops everything, from a nested handler too', () => {
    const after: string[] = [];
    const { machine, stop } = boot({
      interrupt: (_vector, port) => port.halt(),
      beforeExit: (port) => {
        port.store32(PROTECTED, 1);
        after.push('never');
      },
    });
    expect([stop, after]).toEqual([{ kind: 'halted' }, []]);
    expect(machine.run({ instructionsMax: 10 })).toEqual({ kind: 'halted' });
  });

  test('native code that never ends is given up after the budget', () => {
    const { stop } = boot({
      interrupt: (_vector, port) => port.iret(),
      beforeExit: (port) => {
        for (;;) port.load32(0);
      },
    });
    expect(stop).toEqual({ kind: 'budget' });
  });

  test('power fails in the middle of native code', () => {
    const machine = new Machine({
      memoryBytes: 1 << 18,
      makeNative: () => ({ reset: (port) => reset(port, { interrupt: () => {} }), interrupt: () => {} }),
    });
    machine.nvm.powerFailsAtLogLength = 3;
    expect(() => machine.run({ instructionsMax: 1000 })).toThrow(PowerFailure);
    expect(machine.nvm.log.length).toBe(3);
    machine.nvm.powerFailsAtLogLength = Number.POSITIVE_INFINITY;
    machine.reset();
    expect(machine.run({ instructionsMax: 100_000, stopAtNativeExit: true })).toEqual({
      kind: 'native-exit',
    });
  });
});

describe('idle time', () => {
  /** Programs the interrupt controller and one tick of the timer. */
  const startTimer = (port: NativePort, ticks: number): void => {
    for (const [to, value] of [
      [0x20, 0x11],
      [0x21, 0x20],
      [0x21, 4],
      [0x21, 1],
      [0x21, 0xfe],
    ] as const) {
      port.out8(to, value);
    }
    port.out8(0x43, 0x30);
    port.out8(0x40, ticks & 0xff);
    port.out8(0x40, ticks >>> 8);
  };

  test('hlt skips to the timer, whose interrupt leaves the idle loop', () => {
    const seen: number[] = [];
    const { machine, stop } = boot({
      exit: 'idle',
      interrupt: (vector, port) => {
        seen.push(vector);
        port.out8(0x20, 0x20);
        port.iret();
      },
      beforeExit: (port) => startTimer(port, 50_000),
    });
    expect([stop.kind, machine.cpl]).toEqual(['native-exit', 0]);
    const before = machine.instructionsCount;
    expect(machine.run({ instructionsMax: 100_000, stopAtNativeExit: true })).toEqual({
      kind: 'native-exit',
    });
    expect(seen).toEqual([0x20]);
    expect(machine.instructionsCount - before).toBeGreaterThan(49_000);
    expect(machine.instructionsCount - before).toBeLessThan(50_100);
    expect(machine.run({ instructionsMax: 100_000 })).toEqual({ kind: 'idle-forever' });
  });

  test('a budget that ends before the event stops there, and the event comes in the next run', () => {
    const seen: number[] = [];
    const { machine } = boot({
      exit: 'idle',
      interrupt: (vector, port) => {
        seen.push(vector);
        port.iret();
      },
      beforeExit: (port) => startTimer(port, 5000),
    });
    expect(machine.run({ instructionsMax: 1000 })).toEqual({ kind: 'budget' });
    expect(seen).toEqual([]);
    machine.run({ instructionsMax: 10_000, stopAtNativeExit: true });
    expect(seen).toEqual([0x20]);
  });

  test('the port that nobody answers stops the run by name', () => {
    const { stop } = boot({
      interrupt: (_vector, port) => port.iret(),
      beforeExit: (port) => {
        port.in8(0x123);
      },
    });
    expect(stop).toMatchObject({ kind: 'unimplemented', what: expect.stringContaining('123h') });
  });
});

describe('volatile state', () => {
  const parts: Parts = {
    interrupt: (_vector, port) => port.iret(),
    userCode: [0x40, 0x89, 0x05, 0x00, 0xa0, 0x00, 0x00, 0xcd, 0x80, 0xeb, 0xf5],
  };

  test('what was saved can be run again to the same end', () => {
    const { machine } = boot(parts);
    machine.run({ instructionsMax: 57 });
    const memory = machine.nvm.snapshot();
    const volatile = machine.saveVolatile();
    const key = machine.volatileKey();
    machine.run({ instructionsMax: 1234 });
    const end = [machine.volatileKey(), machine.nvm.hash(), machine.instructionsCount];
    machine.nvm.restore(memory);
    machine.restoreVolatile(volatile);
    expect(machine.volatileKey()).toBe(key);
    machine.run({ instructionsMax: 1234 });
    expect([machine.volatileKey(), machine.nvm.hash(), machine.instructionsCount]).toEqual(end);
  });

  test('a run in pieces is the run in one', () => {
    const whole = boot(parts).machine;
    const pieces = boot(parts).machine;
    whole.run({ instructionsMax: 3000 });
    for (let left = 3000, n = 1; left > 0; n = (n * 7 + 3) % 50) {
      const before = pieces.instructionsCount;
      pieces.run({ instructionsMax: Math.min(left, n + 1) });
      left -= pieces.instructionsCount - before;
    }
    expect(pieces.instructionsCount).toBe(whole.instructionsCount);
    expect(pieces.volatileKey()).toBe(whole.volatileKey());
    expect(pieces.nvm.hash()).toBe(whole.nvm.hash());
  });

  test('the key does not know the absolute time', () => {
    const { machine } = boot({ ...parts, userCode: [0xeb, 0xfe] });
    machine.run({ instructionsMax: 10 });
    const key = machine.volatileKey();
    machine.run({ instructionsMax: 1000 });
    expect(machine.volatileKey()).toBe(key);
  });
});
