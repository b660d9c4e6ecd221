import { describe, expect, it } from 'vitest';
import { packageVersion } from '../../checker/cli/version.ts';
import { UsageError } from '../../checker/errors.ts';
import { catalogue, matrix, run } from './fake.ts';

describe('fukugen', () => {
  it('shows its version and its help', async () => {
    expect(await run('--version')).toMatchObject({
      exitCode: 0,
      stdout: `${packageVersion()}\n`,
      stderr: '',
    });
    const help = await run('--help');
    expect(help.exitCode).toBe(0);
    for (const command of ['check', 'replay', 'mutants', 'list']) {
      expect(help.stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    }
    expect((await run('help check')).stdout).toContain('--no-reduction');
  });

  it.each([
    [
      'chekc',
      /no command 'chekc'\n {2}Did you mean 'check'\? There are the commands check, replay, merge, mutants, list/,
    ],
    ['frobnicate', /no command 'frobnicate'\n {2}There are the commands/],
    ['', /no command was given\n {2}There are the commands/],
    ['--frobnicate', /no option '--frobnicate'/],
    ['help chekc', /no command 'chekc'/],
  ])('refuses %j', async (line, message) => {
    const { exitCode, stdout, stderr } = await run(line);
    expect(stderr).toMatch(message);
    expect([exitCode, stdout]).toEqual([2, '']);
  });
});

describe('fukugen replay', () => {
  it('shows every step and the same finding again, exit 1', async () => {
    const { exitCode, stdout, asked } = await run('replay thesis/pipes@1234');
    expect([exitCode, asked]).toEqual([1, ['thesis/pipes@1234']]);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('✘ violated  thesis · pipes');
    expect(lines.at(-1)).toBe(lines[0]);
    expect(stdout).toMatch(/6 {2}Protect\("procs"\) +writable −"procs"/);
    expect(stdout).toContain('✘ AtomicEpoch (thesis §3.4)');
  });

  it('gives the same as data', async () => {
    const data = JSON.parse((await run('replay thesis/pipes@1234 --json')).stdout);
    expect(data).toMatchObject({ format: 'fukugen-replay/1', verdict: 'violated', scheme: 'thesis' });
    expect(data.trace).toHaveLength(9);
  });

  it('refuses what is no replay line', async () => {
    const replay = async (): Promise<never> => {
      throw new UsageError('this is no replay line', 'Copy the whole line.');
    };
    expect(await run('replay x', { runner: { replay } })).toMatchObject({
      exitCode: 2,
      stderr: 'fukugen: this is no replay line\n  Copy the whole line.\n',
    });
    expect((await run('replay')).stderr).toMatch(/missing required argument 'line'/);
  });
});

describe('fukugen mutants', () => {
  it('prints the matrix, exit 0 when each is killed by its promise', async () => {
    const { exitCode, stdout } = await run('mutants');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/P1 {2}AtomicEpoch\n {2}P2 {2}WriteOnlyIfShadowed/);
    expect(stdout).toMatch(/no-flush +2 +7✔ +killed by WriteOnlyIfShadowed/);
    expect(stdout).toContain('1 mutant of page-shadow: 1 killed by the promise that names the fault');
  });

  const row = matrix.rows[0];
  it.each([
    ['survives', { verdict: 'consistent', broken: {} }, 1, 'survived'],
    ['is killed by another promise', { broken: { AtomicEpoch: 1 } }, 1, 'killed by another'],
    ['is undecided', { verdict: 'undecided', broken: {} }, 3, 'undecided'],
  ])('does not pass when a mutant %s', async (_name, over, code, outcome) => {
    const rows = [{ ...row, ...over }] as typeof matrix.rows;
    const runner = { mutantsMatrix: async () => ({ ...matrix, rows }) };
    const { exitCode, stdout } = await run('mutants --json', { runner });
    expect([exitCode, JSON.parse(stdout).rows[0].outcome]).toEqual([code, outcome]);
  });

  it('does not pass when the clean kernel is violated, or there is no mutant', async () => {
    const unclean = { ...matrix, clean: { verdict: 'violated' as const, broken: { AtomicEpoch: 1 } } };
    expect((await run('mutants', { runner: { mutantsMatrix: async () => unclean } })).exitCode).toBe(1);
    const none = { ...matrix, rows: [] };
    expect((await run('mutants', { runner: { mutantsMatrix: async () => none } })).exitCode).toBe(3);
  });

  it('knows the names of mutants', async () => {
    expect((await run('mutants --mutant no-flash')).stderr).toContain("Did you mean 'no-flush'?");
  });
});

describe('fukugen list', () => {
  it('names everything there is', async () => {
    const { stdout } = await run('list');
    for (const name of ['page-shadow', 'serial', 'no-flush', 'AtomicEpoch', 'breaks WriteOnlyIfShadowed']) {
      expect(stdout).toContain(name);
    }
    expect(JSON.parse((await run('list schemes --json')).stdout)).toEqual({ schemes: catalogue.schemes });
    expect((await run('list scheme')).stderr).toContain("Did you mean 'schemes'?");
  });
});
