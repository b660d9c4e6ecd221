import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseReport } from '../../checker/report/schema.ts';
import { renderTerminal } from '../../checker/report/terminal.ts';
import { InternalFault } from '../../emulator/invariant.ts';
import { readItf } from '../../traces/itf.ts';
import { finding, report, undecided, violated } from '../checker/report/fixtures.ts';
import { run } from './fake.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fukugen-cli-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** What a file holds of a report: not how long it took. */
const timeless = ({ seconds: _, ...rest }: typeof violated) => ({
  ...rest,
  workloads: rest.workloads.map((each) => ({
    ...each,
    engines: each.engines.map(({ seconds: _each, ...engine }) => engine),
  })),
});
const giving = (each: typeof violated) => ({ runner: { check: async () => each } });

describe('fukugen check', () => {
  it('asks for the defaults and prints the report', async () => {
    const { exitCode, stdout, asked } = await run('check');
    expect(exitCode).toBe(0);
    expect(stdout).toBe(renderTerminal(report(), { color: false }));
    expect(asked).toEqual([
      {
        scheme: 'page-shadow',
        workloads: [],
        depth: 2,
        engine: 'auto',
        verifyHash: false,
        reduction: true,
        threads: availableParallelism() > 2 ? availableParallelism() : 1,
        spill: { limitBytes: Math.floor(totalmem() / 4), folder: tmpdir() },
      },
    ]);
  });

  it('hands on every option', async () => {
    const line =
      'check --scheme thesis --workload pipes --workload serial --workload pipes --mutant no-flush --depth 3 --engine both --no-reduction --no-progress --threads 3 --memory 7 --spill . --resume parts --shard 2/5';
    const { asked, stderr } = await run(line);
    expect(asked).toEqual([
      {
        scheme: 'thesis',
        workloads: ['pipes', 'serial'],
        mutant: 'no-flush',
        depth: 3,
        engine: 'both',
        verifyHash: false,
        reduction: false,
        threads: 3,
        spill: { limitBytes: 7 * 2 ** 20, folder: '.' },
        resume: 'parts',
        shard: { index: 2, count: 5 },
      },
    ]);
    expect(stderr).toBe('');
  });

  it('takes a depth, or explores to the fixpoint, and compares contents when told to', async () => {
    const { asked } = await run('check --depth fixpoint --verify-hash');
    expect(asked).toMatchObject([{ depth: Number.POSITIVE_INFINITY, verifyHash: true, threads: 1 }]);
    for (const wrong of ['0', '-1', 'all', '1.5', '']) {
      const { exitCode, stderr } = await run(`check --depth=${wrong}`);
      expect([wrong, exitCode]).toEqual([wrong, 2]);
      expect(stderr).toContain("or 'fixpoint'");
    }
  });

  it.each([
    [violated, 1],
    [undecided, 3],
  ])('ends with the exit code of its verdict', async (each, code) => {
    expect((await run('check', giving(each))).exitCode).toBe(code);
  });

  it('writes every report that is asked for', async () => {
    const flags = ['json', 'junit', 'sarif', 'html'].map((kind) => `--${kind} ${join(folder, kind)}`);
    const itf = join(folder, 'traces');
    const outcome = await run(`check ${flags.join(' ')} --itf ${itf} --github`, giving(violated));
    expect(outcome.exitCode).toBe(1);
    expect(readdirSync(folder).sort()).toEqual(['html', 'json', 'junit', 'sarif', 'traces']);
    expect(parseReport(readFileSync(join(folder, 'json'), 'utf8'))).toEqual(timeless(violated));
    expect(readFileSync(join(folder, 'junit'), 'utf8')).toContain('<failure');
    expect(readFileSync(join(folder, 'sarif'), 'utf8')).toContain('"2.1.0"');
    expect(readFileSync(join(folder, 'html'), 'utf8')).toContain('<!doctype html>');
    expect(outcome.stdout).toContain('::error file=spec/PageShadow.tla');
    const [name] = readdirSync(itf);
    expect(name).toBe('01-pipes-AtomicEpoch.itf.json');
    const trace = readItf(readFileSync(join(itf, name ?? ''), 'utf8'), name ?? '');
    expect(trace.runs[0]?.steps.map(({ action }) => action)).toEqual(
      finding.trace.slice(1).map(({ action }) => action),
    );
  });

  it('prints JSON alone on standard output when no file is named', async () => {
    const { stdout } = await run('check --json', giving(violated));
    expect(parseReport(stdout)).toEqual(timeless(violated));
  });

  it('shows progress on standard error only, and none when quiet', async () => {
    expect((await run('check')).stderr).toBe('crash points: pipes: 10 of 1,600 points\n');
    expect((await run('check --quiet')).stderr).toBe('');
  });

  it('colours what a terminal shows, unless NO_COLOR says no', async () => {
    const csi = String.fromCharCode(27);
    expect((await run('check', { isTTY: true })).stdout).toContain(csi);
    expect((await run('check', { isTTY: true, env: { NO_COLOR: '1' } })).stdout).not.toContain(csi);
    expect((await run('check', { isTTY: true, env: { TERM: 'dumb' } })).stdout).not.toContain(csi);
    expect((await run('check', { env: { FORCE_COLOR: '1' } })).stdout).toContain(csi);
  });
});

describe('bad input to fukugen check gets one clear message, exit 2 and no run', () => {
  it.each([
    [
      'check --scheme page-shdaow',
      /no scheme 'page-shdaow'\n {2}Did you mean 'page-shadow'\? There are the schemes page-shadow, thesis\./,
    ],
    ['check --scheme zzz', /no scheme 'zzz'\n {2}There are the schemes/],
    ['check --workload pips', /no workload 'pips'\n {2}Did you mean 'pipes'\?/],
    ['check --mutant none', /no mutant 'none'\n {2}There are the mutants no-flush\./],
    [
      'check --shceme thesis',
      /no option '--shceme'\n {2}Did you mean '--scheme'\? There are the options of check --scheme, --workload/,
    ],
    ['check --depth 0', /--depth <n>.*'0' is invalid.*whole number from 1/],
    ['check --depth two', /whole number from 1/],
    ['check --engine apalache', /engines are auto, embedded, tlc and both/],
    ['check --scheme', /--scheme <name>.*argument missing/],
    ['check extra', /too many arguments/],
    [
      'check --html /no/such/folder/report.html',
      /cannot write \/no\/such\/folder\/report\.html: there is no folder/,
    ],
  ])('%s', async (line, message) => {
    const { exitCode, stdout, stderr, asked } = await run(line);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect([exitCode, stdout, asked]).toEqual([2, '', []]);
  });

  it('a folder where a file belongs, and a file where a folder belongs', async () => {
    writeFileSync(join(folder, 'file'), '');
    expect((await run(`check --json ${folder}`)).stderr).toContain('it is a folder');
    expect((await run(`check --itf ${join(folder, 'file')}`)).stderr).toContain('is a file');
  });
});

describe('when things go wrong', () => {
  it('a fault of our own is exit 4, with what a bug report needs', async () => {
    const fail = async (): Promise<never> => {
      throw new InternalFault('internal fault: no such page');
    };
    const { exitCode, stderr } = await run('check --quiet', { runner: { check: fail } });
    expect(exitCode).toBe(4);
    expect(stderr).toMatch(/this is a bug in fukugen.*\n.*fukugen check --quiet\n.*no such page/);
    const any = async (): Promise<never> => {
      throw new TypeError('x is undefined');
    };
    expect((await run('check', { runner: { check: any } })).exitCode).toBe(4);
  });

  it('a report whose verdict its own data does not support is a fault, not a green', async () => {
    const green = { ...violated, verdict: 'consistent' as const };
    const { exitCode, stderr } = await run(`check --json ${join(folder, 'a.json')}`, giving(green));
    expect(exitCode).toBe(4);
    expect(stderr).toContain('the report says consistent, its data violated');
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends the run, leaves no file and exits %i', async (signal, code) => {
    let send = (_: 'SIGINT' | 'SIGTERM'): void => {};
    const check = (_: unknown, hooks: { signal: AbortSignal }): Promise<never> =>
      new Promise((_resolve, reject) => {
        // What a child that was killed makes of it; the command line knows better.
        hooks.signal.addEventListener('abort', () => reject(new Error('the child has gone')));
        send(signal);
      });
    const { exitCode, stdout, stderr, endedNow } = await run(`check --json ${join(folder, 'a.json')}`, {
      runner: { check },
      onStart: (way) => {
        send = way;
      },
    });
    expect([exitCode, stdout, endedNow]).toEqual([code, '', null]);
    expect(stderr).toBe('fukugen: interrupted; no result\n');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('a run that ends in spite of Ctrl-C gives no result either, and a second Ctrl-C ends at once', async () => {
    let send = (_: 'SIGINT'): void => {};
    const { exitCode, stdout, endedNow } = await run('check', {
      runner: {
        check: async () => {
          send('SIGINT');
          send('SIGINT');
          return report();
        },
      },
      onStart: (way) => {
        send = way;
      },
    });
    expect([exitCode, stdout, endedNow]).toEqual([130, '', 130]);
  });
});
