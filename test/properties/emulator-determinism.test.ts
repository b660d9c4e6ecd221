import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BareMachine, bareMachine, CODE, HANDLERS, withTables } from '../emulator/cpu/bare-machine.ts';

/**
 * The same image gives the same state after any number of instructions, however the run is cut into pieces and
 * whether the code is decoded anew or not. The code is random bytes in ring 0, so it does everything.
 */

const INSTRUCTIONS_COUNT = 400;

/** Faults go on at the code's start, so that a program goes on after what it may not do. */
function machineWith(code: readonly number[], registers: readonly number[]): BareMachine {
  const m = withTables(bareMachine({ openBus: true }));
  m.code(code);
  for (let vector = 0; vector < 32; vector += 1) {
    // jmp CODE + vector
    const distance = CODE + vector - (HANDLERS + vector * 16 + 5);
    [0xe9, distance & 0xff, (distance >> 8) & 0xff, (distance >> 16) & 0xff, (distance >> 24) & 0xff].forEach(
      (byte, n) => {
        m.setByte(HANDLERS + vector * 16 + n, byte);
      },
    );
  }
  registers.forEach((value, n) => {
    if (n !== 4) m.cpu.regs[n] = value;
  });
  return m;
}

/** Where it stands: what stopped it, time, registers and all, memory. */
const state = (m: BareMachine, stop: string): string =>
  [stop, m.machine.instructionsCount, m.machine.volatileKey(), m.machine.nvm.hash()].join(' ');

function runIn(m: BareMachine, pieces: readonly number[]): string {
  let left = INSTRUCTIONS_COUNT;
  for (let n = 0; left > 0; n += 1) {
    const before = m.machine.instructionsCount;
    const stop = m.step(Math.min(left, pieces[n % pieces.length] ?? 1));
    if (stop.kind !== 'budget') return state(m, stop.kind);
    left -= m.machine.instructionsCount - before;
  }
  return state(m, 'budget');
}

const word = fc.oneof(fc.integer({ min: 0, max: 0xfffff }), fc.integer());
const program = fc.record({
  code: fc.array(fc.nat({ max: 255 }), { minLength: 40, maxLength: 200 }),
  registers: fc.array(word, { minLength: 8, maxLength: 8 }),
  pieces: fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }),
});

test('a run in pieces is the run in one', () => {
  const ends = new Map<string, number>();
  fc.assert(
    fc.property(program, ({ code, registers, pieces }) => {
      const whole = runIn(machineWith(code, registers), [INSTRUCTIONS_COUNT]);
      expect(runIn(machineWith(code, registers), pieces)).toBe(whole);
      const end = whole.split(' ')[0] ?? '';
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }),
    { numRuns: 400, seed: 3 },
  );
  // Not vacuous: many of the programs have really gone on to the end of their time.
  expect(ends.get('budget') ?? 0).toBeGreaterThan(100);
});

test('a run after undo and restore is the run that was taken back', () => {
  fc.assert(
    fc.property(program, ({ code, registers, pieces }) => {
      const m = machineWith(code, registers);
      const memory = m.machine.nvm.snapshot();
      const volatile = m.machine.saveVolatile();
      const first = runIn(m, pieces);
      m.machine.nvm.undoTo(0);
      m.machine.restoreVolatile(volatile);
      expect(runIn(m, [INSTRUCTIONS_COUNT])).toBe(first);
      m.machine.nvm.restore(memory);
      m.machine.nvm.beginRun();
      m.machine.restoreVolatile(volatile);
      expect(runIn(m, [7])).toBe(first);
    }),
    { numRuns: 200, seed: 4 },
  );
});
