import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Cover } from '../../checker/cli/coverage.ts';
import { coverInParallel, type RunShare } from '../../checker/cli/parallel-coverage.ts';
import { type CoverageOptions, coverShare } from '../../checker/coverage/coverage.ts';
import { coverageSchema } from '../../checker/report/coverage.ts';
import type { CoverageReport } from '../../checker/report/coverage-model.ts';
import type { Progress } from '../../checker/run-api.ts';
import { coverageReport, violatedCoverage } from '../checker/report/coverage-fixture.ts';
import { fukugen } from './built.ts';
import { run } from './fake.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fukugen-coverage-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function covering(report: CoverageReport): { cover: Cover; asked: CoverageOptions[] } {
  const asked: CoverageOptions[] = [];
  const cover: Cover = async (options) => {
    asked.push(options);
    return report;
  };
  return { cover, asked };
}

describe('fukugen coverage', () => {
  it('drives the default scheme within the default bounds', async () => {
    const { cover, asked } = covering(coverageReport);
    const { exitCode, stdout, stderr } = await run('coverage --no-progress', { cover });
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^✔ consistent {2}page-shadow/);
    expect(asked).toEqual([{ scheme: 'page-shadow', stepsMax: 11, crashesMax: 2, calls: [], causes: [] }]);
  });

  it('takes bounds, a mutant, calls and causes', async () => {
    const { cover, asked } = covering(violatedCoverage);
    const line = 'coverage --mutant no-flush --steps 8 --crashes 1 --call send --call exit --cause call';
    expect((await run(line, { cover })).exitCode).toBe(1);
    expect(asked).toEqual([
      {
        scheme: 'page-shadow',
        mutant: 'no-flush',
        stepsMax: 8,
        crashesMax: 1,
        calls: ['send', 'exit'],
        causes: ['call'],
      },
    ]);
  });

  it('exits with 3 where it is in doubt', async () => {
    const { cover } = covering({ ...coverageReport, verdict: 'undecided', undecided: ['vacuous'] });
    expect((await run('coverage', { cover })).exitCode).toBe(3);
  });

  it('gives JSON to a file beside the text, or to standard output alone', async () => {
    const { cover } = covering(coverageReport);
    const file = join(folder, 'coverage.json');
    expect((await run(`coverage --json ${file}`, { cover })).stdout).toMatch(/^✔ consistent/);
    expect(coverageSchema.parse(JSON.parse(readFileSync(file, 'utf8')))).toEqual(coverageReport);
    const { stdout } = await run('coverage --json', { cover });
    expect(JSON.parse(stdout)).toEqual(coverageReport);
    expect(readdirSync(folder)).toEqual(['coverage.json']);
  });

  it.each([
    ['--scheme page-shdaow', /no scheme 'page-shdaow'/],
    ['--mutant no-flsuh', /no mutant 'no-flsuh'/],
    ['--steps 0', /whole number from 1 on/],
    ['--call fork', /The calls are exit, read/],
    ['--cause luck', /The causes are call, tick/],
    ['--json /no/such/folder/x.json', /there is no folder/],
    ['--depth 2', /no option '--depth'/],
  ])('refuses %s', async (flags, message) => {
    const { cover, asked } = covering(coverageReport);
    const { exitCode, stdout, stderr } = await run(`coverage ${flags}`, { cover });
    expect([exitCode, stdout, asked]).toEqual([2, '', []]);
    expect(stderr).toMatch(message);
  });
});

describe('coverage in several runs at once', () => {
  const options = { scheme: 'page-shadow', stepsMax: 6, crashesMax: 1, calls: ['exit'], causes: ['call'] };

  it('adds the shares and their progress up', async () => {
    const seen: Progress[] = [];
    const shares: string[] = [];
    const runShare: RunShare = async (each, share, hooks) => {
      shares.push(`${share.index} of ${share.count}`);
      hooks.onProgress({
        phase: 'drive',
        subject: 'page-shadow',
        done: 10 * (share.index + 1),
        unit: 'behaviours',
      });
      return coverShare(each, share, { ...hooks, onProgress: () => {} });
    };
    const hooks = { signal: new AbortController().signal, onProgress: (each: Progress) => seen.push(each) };
    const report = await coverInParallel(runShare, options, hooks, 2);
    expect(shares).toEqual(['0 of 2', '1 of 2']);
    expect(seen.map(({ done }) => done)).toEqual([10, 30]);
    expect(report.behaviours.all).toBeGreaterThan(10);
    expect(report.findings).toEqual([]);
  });

  it('ends all where one fails', async () => {
    const signals: AbortSignal[] = [];
    const runShare: RunShare = async (_options, share, { signal }) => {
      signals.push(signal);
      if (share.index === 1) throw new Error('it broke');
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    };
    const hooks = { signal: new AbortController().signal, onProgress: () => {} };
    await expect(coverInParallel(runShare, options, hooks, 2)).rejects.toThrow('it broke');
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
  });
});

describe('the built command', { timeout: 120_000 }, () => {
  // As few calls as show a failure being told of.
  const few = [
    'coverage',
    '--no-progress',
    '--call',
    'send',
    '--cause',
    'call',
    '--steps',
    '8',
    '--crashes',
    '1',
  ];

  it('covers the kernel', async () => {
    const file = join(folder, 'coverage.json');
    const { exitCode, stdout, stderr } = await fukugen([...few, '--json', file]);
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(stdout).toMatch(/^✔ consistent {2}page-shadow · behaviours of up to 8 steps and 1 power failure/);
    const report = coverageSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    expect(report.actions.shown).toBe(report.actions.all);
  });

  it('finds a faulty kernel', async () => {
    const { exitCode, stdout } = await fukugen([...few, '--mutant', 'notice-twice']);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/✘ the kernel took the step "Recovered with a notice", and left what/);
    expect(stdout).toMatch(/step +Recovered: .*notices\[1\]: 0 → 2/);
    expect(stdout).toMatch(/allowed +Recovered: .*notices\[1\]: 0 → 1/);
  });
});
