/** The cache as a part of the machine: volatile, in its key, seen through the MMU. */
import { describe, expect, it } from 'vitest';
import type { Assembler } from '../../../emulator/assembler/assembler.ts';
import { setSegment } from '../../../emulator/cpu/segments.ts';
import { Machine } from '../../../emulator/machine.ts';
import type { NativeCode, NativePort } from '../../../emulator/native.ts';
import type { Persistency } from '../../../emulator/persistency/model.ts';
import { type BareMachine, bareMachine, faultTaken, withTables } from '../cpu/bare-machine.ts';
import { at } from './litmus.ts';

const px86: Persistency = { model: 'px86', atomicBytes: 4 };

function ran(program: (a: Assembler) => void, persistency: Persistency = px86): BareMachine {
  const m = bareMachine({ persistency });
  m.code((a) => {
    program(a);
    a.hlt();
  });
  m.step(1000);
  return m;
}

/** Native code that does `work` at reset and halts. */
function native(work: (port: NativePort) => void, persistency?: Persistency): Machine {
  const code: NativeCode = {
    reset(port) {
      work(port);
      port.halt();
    },
    interrupt() {
      throw new Error('no interrupt is expected');
    },
  };
  const options = persistency === undefined ? {} : { persistency };
  const machine = new Machine({ memoryBytes: 1 << 16, makeNative: () => code, ...options });
  machine.run({ instructionsMax: 1000 });
  return machine;
}

describe('the cache', () => {
  it('is empty where stores are durable at once', () => {
    const m = ran((a) => a.mov(at('x'), 1), { model: 'sc', atomicBytes: 4 });
    expect(m.machine.nvm.cache).toBeNull();
    expect(m.machine.cacheKey(() => true)).toBe('');
    expect(m.machine.volatileKey()).toBe(m.machine.processorKey());
  });

  it('tells machines apart that differ in what is durable only', () => {
    const waits = ran((a) => a.mov(at('x'), 1).nop()).machine;
    const flushed = ran((a) => a.mov(at('x'), 1).clflush(at('x'))).machine;
    expect(waits.nvm.words[0x20000 >>> 2]).toBe(flushed.nvm.words[0x20000 >>> 2]);
    expect(waits.cacheKey(() => true)).not.toBe('');
    expect(flushed.cacheKey(() => true)).toBe('');
    expect(waits.cacheKey((page) => page !== 0x20)).toBe('');
  });

  it('tells a write-back that waits for its fence from none', () => {
    const none = ran((a) => a.mov(at('x'), 1)).machine;
    const waiting = ran((a) => a.mov(at('x'), 1).clwb(at('x'))).machine;
    expect(waiting.cacheKey(() => true)).not.toBe(none.cacheKey(() => true));
  });

  it('knows no difference between histories that no failure can tell apart', () => {
    const once = ran((a) => a.mov(at('x'), 1).mov(at('x'), 2)).machine;
    const again = ran((a) => a.mov(at('x'), 1).mov(at('x'), 2).mov(at('x'), 1).mov(at('x'), 2)).machine;
    expect(again.cacheKey(() => true)).toBe(once.cacheKey(() => true));
    const silent = ran((a) => a.mov(at('x'), 0)).machine;
    expect(silent.cacheKey(() => true)).toBe('');
  });

  it('is lost at a reset and kept by a new log', () => {
    const { machine } = ran((a) => a.mov(at('x'), 1));
    const key = machine.cacheKey(() => true);
    machine.nvm.beginRun();
    expect(machine.cacheKey(() => true)).toBe(key);
    machine.reset();
    expect(machine.cacheKey(() => true)).toBe('');
  });

  it('is saved and put back with what is volatile', () => {
    const { machine } = ran((a) => a.mov(at('x'), 1).clwb(at('x')));
    const key = machine.volatileKey();
    const saved = machine.saveVolatile();
    machine.nvm.beginRun();
    machine.reset();
    expect(machine.volatileKey()).not.toBe(key);
    machine.restoreVolatile(saved);
    expect(machine.volatileKey()).toBe(key);
    machine.nvm.cache?.fence();
    expect(machine.cacheKey(() => true)).toBe('');
    machine.restoreVolatile(saved);
    expect(machine.volatileKey()).toBe(key);
  });

  it('forgets the stores that are taken back', () => {
    const { machine } = ran((a) => a.mov(at('x'), 1).mov(at('y'), 1).clflush(at('y')).mov(at('z'), 1));
    machine.nvm.undoTo(1);
    expect(machine.nvm.cache?.now().dirtyLines()).toEqual([0x20000 >>> 6]);
  });
});

describe('instructions', () => {
  it('that flush fault as a load does, and have then flushed nothing', () => {
    const m = withTables(bareMachine({ persistency: px86 }));
    setSegment(m.cpu, 3, { selector: 0x10, base: 0, limit: 0x1ffff, attributes: 0xc093 });
    m.code((a) => a.mov('eax', 1).clwb(at('x')));
    expect(faultTaken(m).vector).toBe(13);
    expect(m.machine.nvm.cache?.flushes.length).toBe(0);
  });

  it('INVD stops the run where it would lose stores, and is nothing where there are none', () => {
    const clean = bareMachine({ persistency: px86 });
    clean.code((a) => a.emit('invd').hlt());
    expect(clean.step(10).kind).toBe('halted');
    const dirty = bareMachine({ persistency: px86 });
    dirty.code((a) => a.mov(at('x'), 1).emit('invd').hlt());
    expect(dirty.step(10)).toMatchObject({ kind: 'unimplemented', what: 'INVD with stores in the cache' });
  });

  it('of native code flush through the MMU and take an instruction each', () => {
    const work = (port: NativePort): void => {
      port.store32(0x100, 1);
      port.store32(0x200, 2);
      port.store32(0x300, 3);
      port.clflush(0x104);
      port.clwb(0x200);
      port.sfence();
      port.clwb(0x300);
    };
    const cached = native(work, px86);
    expect(cached.nvm.cache?.now().dirtyLines()).toEqual([0x300 >>> 6]);
    expect(native(work).instructionsCount).toBe(cached.instructionsCount);
    expect(cached.instructionsCount).toBe(8);
  });
});
