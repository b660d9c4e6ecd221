/** Shards, threads and interruptions change nothing of a report, to the byte. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseReport } from '../../checker/report/schema.ts';
import { fukugen } from './built.ts';

let folder = '';
let whole = '';
const at = (name: string): string => join(folder, name);
const check = ['check', '--workload', 'pipe', '--engine', 'embedded', '--no-progress', '--quiet'];

async function reportOf(args: readonly string[], name: string): Promise<string> {
  const ended = await fukugen([...args, '--json', at(name)]);
  expect([ended.stderr, ended.exitCode]).toEqual(['', 0]);
  return readFileSync(at(name), 'utf8');
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fukugen-shards-'));
  whole = await reportOf([...check, '--threads', '1'], 'whole.json');
}, 150_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('a check that is divided', { timeout: 300_000 }, () => {
  it('into threads gives the same report', async () => {
    expect(await reportOf([...check, '--threads', '3'], 'threads.json')).toBe(whole);
  });

  it('into shards gives the same report, once they are put together', async () => {
    const files = [1, 2, 3].map((index) => at(`shard${index}`));
    for (const [i, file] of files.entries()) {
      const ended = await fukugen([...check, '--threads', '1', '--shard', `${i + 1}/3`, '--resume', file]);
      expect([ended.stderr, ended.exitCode]).toEqual(['', 0]);
      expect(ended.stdout).toMatch(
        /^shard \d of 3: \d+ crash points explored, no violation among them; no verdict/,
      );
    }
    const merge = ['merge', '--engine', 'embedded', '--no-progress', '--quiet'];
    expect(await reportOf([...merge, ...files.toReversed()], 'merged.json')).toBe(whole);
    const without = await fukugen([...merge, ...files.slice(0, 2)]);
    expect(without).toMatchObject({ exitCode: 2, stdout: '' });
    expect(without.stderr).toContain('shard 3 of 3 is in none of the files');
    // A shard that was not finished is no shard.
    const lines = readFileSync(files[0] as string, 'utf8').split('\n');
    writeFileSync(files[0] as string, `${lines.slice(0, -2).join('\n')}\n`);
    const unfinished = await fukugen([...merge, ...files]);
    expect(unfinished.exitCode).toBe(3);
    expect(unfinished.stdout).toMatch(/part \d+ of workload pipe is in none of the files/);
  });

  it('by being killed again and again gives the same report, nothing lost and nothing counted twice', async () => {
    const args = [...check, '--threads', '1', '--resume', at('killed')];
    let killsCount = 0;
    for (let wait = 700; ; wait = 700 + ((wait * 7919) % 1700)) {
      let timer: NodeJS.Timeout | undefined;
      const ended = await fukugen([...args, '--json', at('killed.json')], (child) => {
        timer = setTimeout(() => child.kill('SIGKILL'), wait);
      });
      clearTimeout(timer);
      if (ended.exitCode === 0) break;
      expect(ended.exitCode).toBe(null);
      killsCount += 1;
      if (killsCount === 8) {
        await reportOf(args, 'killed.json');
        break;
      }
    }
    expect(killsCount).toBeGreaterThan(0);
    expect(readFileSync(at('killed.json'), 'utf8')).toBe(whole);
  });

  it('and goes on from a damaged file keeps the rest, says so, and leaves the verdict open', async () => {
    const args = [...check, '--threads', '1', '--resume', at('damaged')];
    await reportOf(args, 'before.json');
    const bytes = readFileSync(at('damaged'));
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    writeFileSync(at('damaged'), bytes);
    const ended = await fukugen([...args, '--json', at('damaged.json')]);
    expect(ended.exitCode).toBe(3);
    expect(ended.stdout).toContain('is damaged: 1 of its lines');
    const report = parseReport(readFileSync(at('damaged.json'), 'utf8'));
    expect(report.workloads[0]?.certificate).toEqual(parseReport(whole).workloads[0]?.certificate);
  });
});
