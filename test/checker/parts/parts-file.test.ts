import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../checker/errors.ts';
import type { ExportedPart } from '../../../checker/explore/parts.ts';
import type { PartsHeader } from '../../../checker/parts/part-schema.ts';
import { openPartsFile, PartsWriter, readPartsFile } from '../../../checker/parts/parts-file.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fukugen-parts-'));
  path = join(folder, 'parts');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const header: PartsHeader = {
  ...{ format: 'fukugen-parts/1', fukugen: '0.1.0', scheme: 'page-shadow', workloads: ['pipe'] },
  ...{ depth: '2', verifyHash: false, programHash: 'abc' },
};
const record = {
  ...{ kind: 'joint', startState: 0, path: [[1, 'Crash', ['a'], 0]], logLength: 7, ranges: [] },
  ...{ found: [['user', 3]], expected: 3, end: { kind: 'settled' } },
} as const satisfies ExportedPart['record'];
const part = (segment: number): ExportedPart => ({
  ...{ segment, states: [`état ${segment}`], record, care: 'AAAA', written: 'AAAA', classes: [] },
});

function write(count: number): void {
  const { writer } = openPartsFile(path, header);
  for (let segment = 0; segment < count; segment += 1) writer.add('pipe', 2, part(segment));
  writer.close();
}
const segments = () => readPartsFile(path).entries.map(({ part: each }) => each.segment);

describe('a file of parts', () => {
  it('gives back what was written, and is gone on with', () => {
    write(3);
    expect(readPartsFile(path)).toMatchObject({ header, damagedCount: 0, isCutShort: false });
    expect(readPartsFile(path).entries[1]).toEqual({ workload: 'pipe', depth: '2', part: part(1) });
    const { known, writer } = openPartsFile(path, header);
    expect(known).toHaveLength(3);
    writer.add('pipe', 2, part(3));
    writer.close();
    expect(segments()).toEqual([0, 1, 2, 3]);
  });

  it('loses nothing but the line that was cut short, wherever it was', () => {
    write(3);
    const whole = readFileSync(path);
    const ends = [...whole.keys()].filter((i) => whole[i] === 10).map((i) => i + 1);
    for (let length = ends[0] ?? 0; length < whole.length; length += 1) {
      writeFileSync(path, whole.subarray(0, length));
      const kept = ends.filter((end) => end <= length).length - 1;
      const { known, writer, damagedCount } = openPartsFile(path, header);
      expect([length, known.length, damagedCount]).toEqual([length, kept, 0]);
      writer.add('pipe', 2, part(9));
      writer.close();
      expect(segments()).toEqual([...[0, 1, 2].slice(0, kept), 9]);
    }
  });

  it('notices a change in the middle, says so, and keeps the rest', () => {
    write(4);
    const whole = readFileSync(path);
    const at = whole.indexOf('état 1') + 5;
    whole[at] = (whole[at] ?? 0) ^ 1;
    writeFileSync(path, whole);
    expect(segments()).toEqual([0, 2, 3]);
    expect(openPartsFile(path, header).damagedCount).toBe(1);
  });

  it.each([
    ['nothing at all', ''],
    ['something else', '{"format":"fukugen-report/1"}\n'],
    ['a damaged first line', '0000000000000000 {"format":"fukugen-parts/1"}\n'],
  ])('is refused and left alone where it is %s', (_what, text) => {
    writeFileSync(path, text);
    expect(() => openPartsFile(path, header)).toThrow(UsageError);
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it.each([
    ['scheme', { scheme: 'thesis' }],
    ['depth', { depth: '3' }],
    ['programHash', { programHash: 'other' }],
    ['shard', { shard: { index: 1, count: 2 } }],
    ['mutant', { mutant: 'no-flush' }],
  ])('is refused where it is of another %s', (key, over) => {
    write(1);
    const before = readFileSync(path);
    expect(() => openPartsFile(path, { ...header, ...over })).toThrow(`of another check: its ${key} is`);
    expect(readFileSync(path)).toEqual(before);
  });

  it('is refused where it cannot be read or written', () => {
    expect(() => readPartsFile(join(folder, 'none'))).toThrow(UsageError);
    expect(() => readPartsFile(folder)).toThrow('it is no file');
    expect(() => openPartsFile(join(folder, 'no', 'such', 'folder'), header)).toThrow(UsageError);
  });

  it.skipIf(!existsSync('/dev/full'))('says that the disk is full, once, and lets the work go on', () => {
    const writer = new PartsWriter('/dev/full', openSync('/dev/full', 'w'), 0);
    writer.begin(header);
    writer.add('pipe', 2, part(0));
    expect(writer.failure).toMatch(/^cannot write \/dev\/full: ENOSPC/);
    writer.close();
  });
});
