import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Judge } from '../../checker/cli/program.ts';
import { checkWithEngines } from '../../checker/judge/engines.ts';
import { checkGraph } from '../../checker/tla/engine.ts';
import { readNdjson } from '../../traces/ndjson.ts';
import { embedded } from '../checker/report/fixtures.ts';
import { run } from './fake.ts';

const lift = (name: string): string =>
  fileURLToPath(new URL(`../../docs/examples/lift/${name}`, import.meta.url));

describe('the example of docs/TRACES.md', () => {
  it.each([
    ['good.ndjson', []],
    ['faulty.ndjson', ['--faulty']],
  ])('%s is what the controller writes', (name, args) => {
    const { stdout, status } = spawnSync(process.execPath, [lift('controller.mjs'), ...args], {
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    expect(stdout).toBe(readFileSync(lift(name), 'utf8'));
    expect(readNdjson(stdout, name).runs).toHaveLength(1);
  });
});

describe('docs/TRACES.md', () => {
  const page = readFileSync(fileURLToPath(new URL('../../docs/TRACES.md', import.meta.url)), 'utf8');
  const embeddedOnly: Judge = async (input) => ({
    result: await checkGraph(input),
    engines: [embedded],
    doubts: [],
  });
  const files = 'docs/examples/lift';

  it.each([
    ['good', 0],
    ['faulty', 1],
  ])('shows what the command prints for the %s trace', async (name, code) => {
    const line = `trace check ${files}/${name}.ndjson --spec ${files}/Lift.tla --map ${files}/lift.map.json`;
    const { exitCode, stdout } = await run(line, { judge: embeddedOnly });
    expect(exitCode).toBe(code);
    expect(page).toContain(stdout);
  });
});

describe('fukugen trace check', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fukugen-trace-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const withLift = `--spec ${lift('Lift.tla')} --map ${lift('lift.map.json')}`;

  it('reads NDJSON with its mapping and ITF without one', async () => {
    const good = await run(`trace check ${lift('good.ndjson')} ${withLift} --json`);
    expect([good.exitCode, good.stderr]).toEqual([0, '']);
    expect(JSON.parse(good.stdout)).toMatchObject({ verdict: 'consistent', module: 'Lift', runs: 1 });
    const itf = file('a.itf.json', '{"vars":["floor"],"states":[{"floor":1},{"floor":2}]}');
    expect((await run(`trace check ${itf} --spec ${lift('Lift.tla')}`)).stdout).toMatch(
      /1 run · 2 states · 1 distinct step/,
    );
  });

  it.each([
    ['nothing', /required option '--spec <file>' not specified/],
    [withLift, /missing required argument 'file'/],
    [`x ${withLift}`, /there is no file x\n {2}Name the trace\./],
    [lift('good.ndjson'), /required option '--spec <file>' not specified/],
    [`${lift('good.ndjson')} --spec ${lift('lift.map.json')}`, /lift\.map\.json is no TLA\+ module/],
    [`${lift('good.ndjson')} --spec nowhere.tla`, /there is no file nowhere\.tla/],
    [
      `${lift('good.ndjson')} --spec ${lift('Lift.tla')} --map ${lift('Lift.tla')}`,
      /Lift\.tla:1:\d+: not JSON/,
    ],
    [
      `${lift('good.ndjson')} --spec ${lift('Lift.tla')} --map ${lift('')}`,
      /there is no file .*\n {2}Name the mapping file/,
    ],
    [`${lift('Lift.tla')} ${withLift}`, /Lift\.tla:1:\d+: not JSON.*\n.*Informal Trace Format/],
    [`${lift('good.ndjson')} ${withLift} --engine quick`, /engines are auto, embedded, tlc and both/],
  ])('refuses %s', async (rest, message) => {
    const { exitCode, stdout, stderr } = await run(`trace check ${rest === 'nothing' ? '' : rest}`);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect([exitCode, stdout]).toEqual([2, '']);
  });

  it('refuses a trace that was cut short, wherever it was cut', async () => {
    const whole = readFileSync(lift('good.ndjson'), 'utf8');
    for (const share of [0.1, 0.5, 0.99]) {
      const cut = file('cut.ndjson', whole.slice(0, Math.floor(whole.length * share)));
      const { exitCode, stderr } = await run(`trace check ${cut} ${withLift}`);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(/cut\.ndjson:\d+:\d+: .*\n {2}The file is cut short/);
    }
  });

  const header = '{"format":"fukugen-trace/1","variables":["floor","door","lit"]}';
  const start = '{"state":{"floor":1,"door":"shut","lit":{"#set":[]}}}';
  const press = '{"action":"Press","args":[2],"changes":{"lit":{"#set":[2]}}}';
  const end = (steps: number) => `{"end":{"runs":1,"steps":${steps}}}`;
  const map = (over: object): string =>
    JSON.stringify({ format: 'fukugen-map/1', constants: { Floors: 4 }, ...over });
  it.each([
    ['has no step', [start], {}, /the trace has no step/],
    [
      'has an event that no action matches',
      [start, '{"action":"Fly","args":[],"changes":{"floor":4}}'],
      {},
      /an event that no action matches: Fly with 0 arguments .*trace line 3/,
    ],
    [
      'has an event with arguments that no action takes',
      [start, '{"action":"Press","args":[],"changes":{"lit":{"#set":[2]}}}'],
      {},
      /an event that no action matches: Press with 0 arguments/,
    ],
    [
      'never takes an action that the mapping names',
      [start, press],
      { actions: { Press: 'Press', Shut: 'Shut' } },
      /the action Shut of the mapping was never taken/,
    ],
    [
      'never comes to the premise of a promise',
      [start, press],
      { actionProperties: ['NeverMovesOpen'] },
      /the premise of NeverMovesOpen never held/,
    ],
  ])('is undecided, by the engine itself, where the trace %s', async (_what, lines, over, message) => {
    const trace = file('a.ndjson', `${[header, ...lines, end(lines.length - 1)].join('\n')}\n`);
    const mapping = file('a.map.json', map(over));
    const real: Judge = (input) => checkWithEngines(input, 'embedded', new AbortController().signal);
    const line = `trace check ${trace} --spec ${lift('Lift.tla')} --map ${mapping}`;
    const { exitCode, stdout } = await run(line, { judge: real });
    expect(stdout).toMatch(message);
    expect(exitCode).toBe(3);
  });

  it('knows its subcommand', async () => {
    expect((await run('trace chekc')).stderr).toMatch(/no command 'chekc'\n {2}Did you mean 'check'\?/);
    expect((await run('trace')).exitCode).toBe(2);
  });
});
