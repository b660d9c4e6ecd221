import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mem } from '../../emulator/assembler/operands.ts';
import { makePc } from '../../emulator/platform/pc.ts';
import { mapRom } from '../../emulator/platform/rom-image.ts';
import { makeRom } from '../emulator/platform/guest-images.ts';

const MEMORY_BYTES = 2 ** 20;
/** Counts in memory what it reads from the timer, and takes timer interrupts meanwhile. */
const rom = makeRom((a) => {
  const out = (port: number, ...values: readonly number[]): void => {
    for (const value of values) a.mov('al', value).out(port, 'al');
  };
  a.xor('ax', 'ax').mov('ds', 'ax').mov('es', 'ax').mov('ss', 'ax').mov('sp', 0x7000).mov('di', 0x8000);
  a.mov(mem.word({ displacement: 0x20 * 4 }), a.addressOf('tick')).mov(
    mem.word({ displacement: 0x20 * 4 + 2 }),
    0xf000,
  );
  out(0x20, 0x11);
  out(0x21, 0x20, 0x04, 0x01, 0xfe);
  out(0x43, 0x34);
  out(0x40, 201, 0);
  a.sti().label('again').mov('al', 0).out(0x43, 'al').in('al', 0x40).stosb().in('al', 0x40).stosb();
  a.and('di', 0x7fff).or('di', 0x4000).mov('cx', 7).label('wait').loop('wait').jmp('again');
  a.label('tick')
    .push('ax')
    .inc(mem.word({ displacement: 0x600 }));
  out(0x20, 0x20);
  a.pop('ax').iret();
});

/** The machine after the pieces, each run by a call of its own; where asked, saved and restored in between. */
function runPieces(pieces: readonly { readonly count: number; readonly restores: boolean }[]): string {
  const ignore = (): void => {};
  const { machine } = makePc({
    memoryBytes: MEMORY_BYTES,
    roms: mapRom(rom),
    onSerial: ignore,
    onDebug: ignore,
    onPost: ignore,
  });
  for (const { count, restores } of pieces) {
    expect(machine.run({ instructionsMax: count })).toEqual({ kind: 'budget' });
    if (!restores) continue;
    const saved = machine.saveVolatile();
    const memory = machine.nvm.snapshot();
    machine.run({ instructionsMax: 333 });
    machine.nvm.restore(memory);
    machine.restoreVolatile(saved);
  }
  expect(machine.nvm.load8(0x600)).toBeGreaterThan(0);
  return `${machine.nvm.hash()} ${machine.volatileKey()}`;
}

describe('a run of the PC', () => {
  it('ends the same however it is cut in pieces, saved and restored', () => {
    const total = 3000;
    const whole = runPieces([{ count: total, restores: false }]);
    const piece = fc.record({ count: fc.integer({ min: 1, max: 400 }), restores: fc.boolean() });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const rest = total - pieces.reduce((sum, { count }) => sum + count, 0);
        fc.pre(rest > 0);
        expect(runPieces([...pieces, { count: rest, restores: false }])).toBe(whole);
      }),
      { numRuns: 60, seed: 386 },
    );
  });
});
