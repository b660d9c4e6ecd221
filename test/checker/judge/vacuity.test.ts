/** Each thing that would make a green mean nothing is noticed on the kernel itself, and ends with exit code 3. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkAtDepth, judge } from '../../../checker/check-workload.ts';
import { expectationsOf } from '../../../checker/expectations.ts';
import { explore } from '../../../checker/explore/explorer.ts';
import { exitCodeOf } from '../../../checker/gate/exit-codes.ts';
import { verdictOf } from '../../../checker/gate/verdict.ts';
import { vacuityOf } from '../../../checker/judge/vacuity.ts';
import { readPromises, specFolder } from '../../../checker/spec-promises.ts';
import { makeSubject } from '../../../checker/subject.ts';
import { workloads } from '../../../kernel-model/programs/catalogue.ts';

const signal = new AbortController().signal;
const subject = { scheme: 'page-shadow', workload: 'serial' };

/** One crash in a run of `serial`: a whole exploration that is soon done. */
const explored = () => {
  const system = makeSubject(subject);
  return { system, exploration: explore(system, { depth: 1, reduce: true }) };
};

describe('a whole exploration', () => {
  it('lacks nothing', async () => {
    const { system, exploration } = explored();
    const { judgement, undecided } = await judge({
      system,
      subject,
      exploration,
      engine: 'embedded',
      signal,
    });
    expect(undecided).toEqual([]);
    expect(vacuityOf(exploration, judgement.result, expectationsOf(system, 1))).toEqual([]);
  });

  it('and is undecided where an event of it is one that no action matches', async () => {
    const { system, exploration } = explored();
    const edges = exploration.graph.edges.map((edge) =>
      edge.action === 'Shutdown' ? { ...edge, action: 'Explode' } : edge,
    );
    const graph = Object.create(exploration.graph, { edges: { value: edges } });
    const changed = { ...exploration, graph };
    const { judgement, undecided } = await judge({
      system,
      subject,
      exploration: changed,
      engine: 'embedded',
      signal,
    });
    expect(undecided.join()).toMatch(/an event that no action matches: Explode with 0 arguments/);
    expect(vacuityOf(changed, judgement.result, expectationsOf(system, 1))).toEqual([
      'action Shutdown was never taken',
    ]);
  });

  it('is vacuous where a promise’s premise never held, or a class of crash points has no member', async () => {
    const { system, exploration } = explored();
    const { judgement } = await judge({ system, subject, exploration, engine: 'embedded', signal });
    // It has no pipe, and no crash in a recovery: to expect them is to miss them.
    const { actions } = expectationsOf(system, 1);
    const expected = {
      actions,
      classes: ['user', 'recovery'],
      promises: ['EndsKept', 'RunnableOnce'],
    } as const;
    expect(vacuityOf(exploration, judgement.result, expected)).toEqual([
      'no crash point of class recovery',
      'the premise of EndsKept never held',
    ]);
  });
});

it('an exploration that was cut short says all that it lacks, and is no pass', async () => {
  const options = { depth: 1, engine: 'embedded', reduction: true, segmentsMax: 3 } as const;
  const { report } = await checkAtDepth(subject, options, { onProgress() {}, signal });
  expect(report.findings).toEqual([]);
  expect(report.vacuous).toContain('action Shutdown was never taken');
  expect(report.vacuous).toContain('no crash point of class shutdown');
  expect(report.vacuous).toContain('the premise of NobodyWaitsAtRest never held');
  expect(exitCodeOf(verdictOf([report]))).toBe(3);
});

describe('of the default suite is expected', () => {
  const expected = workloads
    .filter((w) => w.inDefaultSuite)
    .map((w) => expectationsOf(makeSubject({ scheme: 'page-shadow', workload: w.name }), 2));
  const all = (what: 'actions' | 'promises' | 'classes') => new Set(expected.flatMap((e) => [...e[what]]));

  it('the premise of every promise', () => {
    expect([...all('promises')].sort()).toEqual(
      readPromises()
        .map((p) => p.name)
        .sort(),
    );
  });

  it('every event that a trace can have', () => {
    const module = readFileSync(`${specFolder()}/KernelTrace.tla`, 'utf8');
    const events = /Events: ([\s\S]*?)\(`Tear`/.exec(module)?.[1]?.match(/[A-Z][a-z]\w+/g) ?? [];
    // `Lose` is one only where stores wait in a cache or tear, which they do not in the default suite.
    const here = events.filter((event) => event !== 'Lose');
    expect(here.length).toBe(18);
    expect([...all('actions')].sort()).toEqual(here.sort());
  });

  it('every class of crash points', () => {
    const classes = ['user', 'privileged', 'commit', 'recovery', 'boot', 'shutdown', 'device'];
    expect([...all('classes')].sort()).toEqual(classes.sort());
  });
});
