import { describe, expect, test } from 'vitest';
import { nameOf, QEMU_DEVIATIONS, withoutRf } from './deviations.ts';
import { RIVALS, type Rival, runHere, runRival, versionOf } from './emulators.ts';
import { readGolden, sha256 } from './golden.ts';
import { ORACLE_ROMS } from './roms/all.ts';

/**
 * The same ROMs here, on Bochs and on QEMU: protection, paging, mode and task switches, A20, debug registers,
 * reset. Bochs must agree in every line, QEMU in all that deviations.ts does not name.
 */

const roms = ORACLE_ROMS.map(({ make, rivals }) => ({ rom: make(), rivals }));
const cases = roms.flatMap(({ rom, rivals }) => rivals.map((rival) => ({ name: rom.name, rom, rival })));
const ours = new Map(roms.map(({ rom }) => [rom.name, runHere(rom)]));

/** The lines that differ, by name, and what each says. */
function differences(name: string, rival: Rival, theirs: readonly string[]): Map<string, string> {
  const here = ours.get(name) ?? [];
  const same = (line: string | undefined): string | undefined =>
    rival === 'qemu' && line !== undefined ? withoutRf(line) : line;
  const found = new Map<string, string>();
  for (let n = 0; n < Math.max(here.length, theirs.length); n += 1) {
    if (same(here[n]) === same(theirs[n])) continue;
    found.set(nameOf(here[n] ?? theirs[n] ?? ''), `here:   ${here[n]}\n${rival}: ${theirs[n]}`);
  }
  return found;
}

function compare(name: string, rival: Rival, theirs: readonly string[]): void {
  const found = differences(name, rival, theirs);
  const expected = rival === 'qemu' ? (QEMU_DEVIATIONS[name] ?? []).flatMap(({ lines }) => lines) : [];
  const surprises = [...found].filter(([line]) => !expected.includes(line)).map(([, both]) => both);
  expect(surprises.join('\n\n')).toBe('');
  expect(expected.filter((line) => !found.has(line))).toEqual([]);
}

describe('the ROMs say something', () => {
  test.each(roms.map(({ rom }) => rom))(
    '$name comes to its end here, and no two of its lines have one name',
    ({ name }) => {
      const lines = ours.get(name) ?? [];
      expect(lines.filter((line) => line.startsWith('('))).toEqual([]);
      expect(lines.length).toBeGreaterThan(1);
      if (name !== 'reset') expect(new Set(lines.map(nameOf)).size).toBe(lines.length);
    },
  );

  test('a wrong line is seen, and a deviation that is none', () => {
    const right = readGolden('rights', 'bochs').lines;
    expect(() => compare('rights', 'bochs', right.with(5, `${right[5]} `))).toThrow();
    expect(() => compare('rights', 'bochs', right.slice(1))).toThrow();
    expect(() => compare('loads', 'qemu', ours.get('loads') ?? [])).toThrow('null in DS');
  });
});

describe('what Bochs and QEMU printed when they were last asked', () => {
  test.each(cases)('$name on $rival', ({ rom, rival }) => {
    const golden = readGolden(rom.name, rival);
    // The ROM has changed since: `npm run golden:pc` asks them anew.
    expect(golden.romSha256).toBe(sha256(rom));
    compare(rom.name, rival, golden.lines);
  });
});

describe('what they print now', () => {
  const versions = new Map(RIVALS.map((rival) => [rival, versionOf(rival)]));
  for (const rival of RIVALS)
    if (versions.get(rival) === undefined)
      console.warn(`SKIPPED: ${rival} is not installed; compared with what it printed once instead`);
  for (const { name, rom, rival } of cases) {
    test.skipIf(versions.get(rival) === undefined)(`${name} on ${rival}`, () => {
      compare(name, rival, runRival(rival, rom));
    });
  }
});
