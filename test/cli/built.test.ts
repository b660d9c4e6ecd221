import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageVersion } from '../../checker/cli/version.ts';
import { parseReport } from '../../checker/report/schema.ts';
import { readItf } from '../../traces/itf.ts';
import { fukugen } from './built.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fukugen-built-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

// The smallest real check: one process, crashes not nested, the engine that is always there.
const small = ['check', '--workload', 'serial', '--depth', '1', '--engine', 'embedded', '--no-progress'];

describe('the built command', { timeout: 150_000 }, () => {
  it('says its version, and what there is when a name is wrong', async () => {
    expect(await fukugen(['--version'])).toEqual({
      exitCode: 0,
      stdout: `${packageVersion()}\n`,
      stderr: '',
    });
    const wrong = await fukugen(['check', '--scheme', 'page-shdaow']);
    expect(wrong).toMatchObject({ exitCode: 2, stdout: '' });
    expect(wrong.stderr).toMatch(
      /^fukugen: there is no scheme 'page-shdaow'\n {2}Did you mean 'page-shadow'\?.*\n$/,
    );
  });

  it('finds page-shadow consistent, every crash point accounted for', async () => {
    const file = join(folder, 'report.json');
    const { exitCode, stdout, stderr } = await fukugen([...small, '--json', file]);
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(stdout).toMatch(/^✔ consistent {2}page-shadow · 1 workload/);
    const report = parseReport(readFileSync(file, 'utf8'));
    const [workload] = report.workloads;
    expect(workload?.certificate.found).toBeGreaterThan(10_000);
    expect(workload?.certificate.found).toBe(workload?.certificate.expected);
    expect(workload?.findings).toEqual([]);
    expect(readdirSync(folder)).toEqual(['report.json']);
  });

  it('finds the torn commit of the thesis scheme, and shows it again from its replay line', async () => {
    const file = join(folder, 'report.json');
    const outcome = await fukugen([
      ...small,
      '--scheme',
      'thesis',
      '--json',
      file,
      '--itf',
      join(folder, 'itf'),
    ]);
    expect([outcome.stderr, outcome.exitCode]).toEqual(['', 1]);
    const findings = parseReport(readFileSync(file, 'utf8')).workloads.flatMap((each) => each.findings);
    const torn = findings.find(({ promise }) => promise === 'AtomicEpoch');
    expect(torn).toMatchObject({ thesis: 'thesis §3.4', step: { action: 'Restored' } });
    expect(torn?.crashes).toMatchObject([
      { class: 'commit', store: { page: expect.stringContaining('page table') } },
    ]);
    for (const name of readdirSync(join(folder, 'itf'))) {
      const trace = readItf(readFileSync(join(folder, 'itf', name), 'utf8'), name);
      expect(trace.runs[0]?.steps.some(({ action }) => action === 'Crash')).toBe(true);
    }

    const again = await fukugen(['replay', torn?.replay ?? '', '--no-progress', '--json']);
    expect([again.stderr, again.exitCode]).toEqual(['', 1]);
    const replayed = JSON.parse(again.stdout);
    expect(replayed.crashes).toEqual(torn?.crashes);
    expect(replayed.findings).toContainEqual(
      expect.objectContaining({ promise: 'AtomicEpoch', step: torn?.step }),
    );
  });

  it('refuses a replay line that is none, or of other programs', async () => {
    const line = 'serial@page-shadow:100#00000000';
    for (const each of ['nonsense', line]) {
      const { exitCode, stdout, stderr } = await fukugen(['replay', each]);
      expect([exitCode, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^fukugen: .*\n {2}.+\n$/);
    }
  });

  it('leaves nothing behind when it is interrupted in the middle', async () => {
    const file = join(folder, 'report.json');
    let interruptedAt = 0;
    const { exitCode, stdout, stderr } = await fukugen(['check', '--json', file], (child) => {
      // The first line of progress says that the run is at work.
      child.stderr?.once('data', () => {
        interruptedAt = performance.now();
        child.kill('SIGINT');
      });
    });
    expect(interruptedAt).toBeGreaterThan(0);
    expect(performance.now() - interruptedAt).toBeLessThan(10_000);
    expect([exitCode, stdout]).toEqual([130, '']);
    expect(stderr).toMatch(/fukugen: interrupted; no result\n$/);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('checks a trace of another system, and finds its fault', async () => {
    const lift = fileURLToPath(new URL('../../docs/examples/lift/', import.meta.url));
    const spec = [
      '--spec',
      join(lift, 'Lift.tla'),
      '--map',
      join(lift, 'lift.map.json'),
      '--engine',
      'embedded',
    ];
    const good = await fukugen(['trace', 'check', join(lift, 'good.ndjson'), ...spec]);
    expect([good.stderr, good.exitCode]).toEqual(['', 0]);
    const faulty = await fukugen(['trace', 'check', join(lift, 'faulty.ndjson'), ...spec, '--json']);
    expect([faulty.stderr, faulty.exitCode]).toEqual(['', 1]);
    expect(JSON.parse(faulty.stdout).findings.map(({ name }: { name: string }) => name)).toEqual([
      'Move',
      'NeverMovesOpen',
    ]);
    const unknown = await fukugen([
      'trace',
      'check',
      join(lift, 'good.ndjson'),
      '--spec',
      join(lift, 'Lift.tla'),
    ]);
    expect(unknown.exitCode).toBe(2);
    expect(unknown.stderr).toMatch(/^fukugen: The constant Floors of Lift has no value\n {2}.+\n$/);
  });

  it('emulates a ROM: its output, its POST codes, its exit code', async () => {
    const rom = Buffer.alloc(0x10000, 0xf4);
    // cs: lodsb until 0, out to E9h; then AL = 10h to POST port 80h and to isa-debug-exit.
    const code = 'ba e9 00 be 40 00 2e ac 84 c0 74 03 ee eb f7 b0 10 e6 80 ba f4 00 ee'.replaceAll(' ', '');
    rom.write(code, 0, 'hex');
    rom.write('Hello from a ROM\n\0', 0x40);
    // At FFFFFFF0h: jmp to offset 0.
    rom.write('e90d00', 0xfff0, 'hex');
    const file = join(folder, 'hello.rom');
    writeFileSync(file, rom);
    const outcome = await fukugen(
      ['emulate', '--rom', file, '--instructions', '10000', '--post', '80h'],
      (child) => child.stdin?.end(),
    );
    expect(outcome).toEqual({ exitCode: 0x21, stdout: 'Hello from a ROM\n', stderr: 'POST 80h: 10\n' });
  });

  it('ends quietly when its reader has seen enough', async () => {
    const { exitCode, stderr } = await fukugen(['list'], (child) => child.stdout?.destroy());
    expect([exitCode, stderr]).toEqual([0, '']);
  });
});
