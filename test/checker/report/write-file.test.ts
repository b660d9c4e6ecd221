import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { UsageError } from '../../../checker/errors.ts';
import { writeFileWhole } from '../../../checker/report/write-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fukugen-write-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('writes a new file and replaces an old one, leaving nothing else', () => {
  const path = join(folder, 'report.json');
  writeFileWhole(path, 'one');
  writeFileWhole(path, 'two');
  expect(readFileSync(path, 'utf8')).toBe('two');
  expect(readdirSync(folder)).toEqual(['report.json']);
});

it('leaves the old content and no temporary file when it cannot write', () => {
  const path = join(folder, 'taken');
  mkdirSync(path);
  writeFileSync(join(path, 'inside'), '');
  expect(() => writeFileWhole(path, 'text')).toThrow(UsageError);
  expect(readdirSync(folder)).toEqual(['taken']);
  expect(() => writeFileWhole(join(folder, 'nowhere', 'a.json'), 'text')).toThrow(/cannot write .*a\.json/);
});
