import { beforeAll, describe, expect, it } from 'vitest';
import { type Bounds, boundedModel } from '../../../checker/coverage/bounded-model.ts';
import { coverShare, reportOf } from '../../../checker/coverage/coverage.ts';
import { REASONS } from '../../../checker/coverage/reasons.ts';
import { firstDifference } from '../../../checker/coverage/whole-run.ts';
import { specFolder } from '../../../checker/spec-promises.ts';
import { Kernel } from '../../../kernel-model/kernel.ts';
import { mutants } from '../../../kernel-model/mutants/catalogue.ts';
import { pageShadow } from '../../../kernel-model/schemes/page-shadow.ts';
import { thesis } from '../../../kernel-model/schemes/thesis.ts';
import type { Mutation } from '../../../kernel-model/system.ts';
import { type Covered, cover, silent } from './covered.ts';

const modelOf = (bounds: Bounds) => boundedModel({ specFolder: specFolder(), bounds });
/** Everything, but not far. */
const broad = await modelOf({ stepsMax: 7, crashesMax: 1 });
/** Far enough for a process to wait for the serial port, and be told of a failure. */
const sending = await modelOf({
  stepsMax: 11,
  crashesMax: 1,
  calls: ['send'],
  causes: ['call', 'serial'],
});
const piping = await modelOf({
  stepsMax: 9,
  crashesMax: 1,
  calls: ['read', 'write'],
  causes: ['call', 'tick'],
});

const mutated = (name: string) => {
  const mutate = mutants.find((mutant) => mutant.name === name)?.mutate;
  if (mutate === undefined) throw new Error(`there is no mutant ${name}`);
  return { scheme: pageShadow, mutate };
};

describe.each([
  ['all calls', broad],
  ['the serial port', sending],
  ['the pipe', piping],
] as const)('the kernel driven along the spec: %s', (_name, model) => {
  let clean: Covered;
  beforeAll(() => {
    clean = cover(model, { scheme: pageShadow }, 40);
  }, 120_000);

  it('shows every behaviour, or there is a reason why not', () => {
    expect(clean.disagreements).toEqual([]);
    expect(clean.missed).toEqual([]);
    expect(clean.shown + clean.notShown).toBe(model.nodes[0]?.behavioursCount);
    expect(clean.shown).toBeGreaterThan(300);
  });

  it('gives no reason that there is not', () => {
    const names = REASONS.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...clean.reasons.keys()]));
    expect(clean.reasons.size).toBeGreaterThan(0);
  });

  it('shows the same in one go, with whole programs and nothing put back', () => {
    expect(clean.again).toBeGreaterThan(5);
    expect(clean.differences).toEqual([]);
  });
});

describe('a behaviour driven again in one go', { timeout: 120_000 }, () => {
  it('would be seen to show something else', () => {
    const { examples } = cover(sending, { scheme: pageShadow }, 15);
    const recovered = examples.filter(({ path }) => path.some(({ action }) => action === 'Recovered'));
    expect(recovered.length).toBeGreaterThan(3);
    // The same decisions, and a kernel that tells everybody of every reboot.
    const kernel = mutated('everybody-notified');
    for (const { path, way } of recovered) {
      expect(firstDifference({ model: sending, kernel, path, way })).toMatch(
        /^step \d+: Recovered, but Recovered/,
      );
    }
  });
});

describe('a faulty kernel driven along the spec', { timeout: 120_000 }, () => {
  it.each([
    ['notice-twice', sending, 'Recovered'],
    ['waiter-not-woken', sending, 'Recovered'],
    ['device-call-made-again', sending, 'Recovered'],
    ['aborted-call-not-told', sending, 'Recovered'],
    ['everybody-notified', piping, 'Recovered'],
    ['interrupted-call-lost', piping, 'Recovered'],
    ['no-restore', piping, 'Restored'],
  ] as const)('%s disagrees', (name, model, action) => {
    const { disagreements } = cover(model, mutated(name));
    const steps = disagreements.flatMap(({ what }) => (what.kind === 'step' ? [what.step.action] : []));
    expect(steps).toContain(action);
    for (const { history } of disagreements) expect(history).not.toBeNull();
  });

  it('that allows too little is found: what the spec allows is never shown, and nothing says why', () => {
    /** No memory of any process is good enough for it: every call that has some fails. */
    class Mistrustful extends Kernel {
      override userCanAccess(): boolean {
        return false;
      }
    }
    const mutate: Mutation = (parts) => ({
      ...parts,
      makeKernel: (...args) => new Mistrustful(...args),
    });
    const { disagreements, missed, unexplained } = cover(piping, { scheme: pageShadow, mutate });
    expect(disagreements).toEqual([]);
    expect(missed).toContain('PowerOn Start Leave Enter Leave');
    expect(unexplained).toBeGreaterThan(missed.length);
  });

  it('is not excused for what it does otherwise than the reasons say', () => {
    /** Nobody gives up its turn: the spec allows it, but no reason here says that the kernel does so. */
    class Selfish extends Kernel {
      constructor(...args: ConstructorParameters<typeof Kernel>) {
        super(...args);
        this.scheduler.rotate = () => {};
      }
    }
    const mutate: Mutation = (parts) => ({ ...parts, makeKernel: (...args) => new Selfish(...args) });
    const { disagreements, missed } = cover(piping, { scheme: pageShadow, mutate });
    expect(disagreements).toEqual([]);
    // After a tick, the other process does not run.
    expect(missed).toContain('PowerOn Start Leave Enter Leave');
  });

  it('that tears its commit is seen to have torn it', () => {
    const { disagreements } = cover(piping, { scheme: thesis });
    const torn = disagreements.filter(({ what }) => what.kind === 'step' && what.step.action === 'Restored');
    expect(torn.length).toBeGreaterThan(0);
  });
});

describe('shares of the behaviours', { timeout: 120_000 }, () => {
  const options = {
    scheme: 'page-shadow',
    stepsMax: 9,
    crashesMax: 1,
    calls: ['send', 'exit'],
    causes: ['call'],
  };

  it('add up to the same report, however many there are', async () => {
    const whole = await coverShare(options, { index: 0, count: 1 }, silent);
    const first = await coverShare(options, { index: 0, count: 3 }, silent);
    const others = await Promise.all([1, 2].map((index) => coverShare(options, { index, count: 3 }, silent)));
    const { driven, stepsSeen, ...report } = reportOf(options, [first, ...others], 1);
    const { driven: ran, stepsSeen: seen, ...expected } = reportOf(options, [whole], 1);
    expect(report).toEqual(expected);
    expect(report.verdict).toBe('consistent');
    // The first steps are taken in every share.
    expect(driven.runs).toBeGreaterThanOrEqual(ran.runs);
    expect(Object.keys(stepsSeen)).toEqual(Object.keys(seen));
  });

  it('are in doubt where one is missing', async () => {
    const part = await coverShare(options, { index: 0, count: 3 }, silent);
    const { verdict, undecided } = reportOf(options, [part], 1);
    expect(verdict).toBe('undecided');
    expect(undecided.join()).toMatch(/behaviours are accounted for, but the model has/);
  });

  it('are in doubt where the bounds allow no recovery', async () => {
    const small = { ...options, stepsMax: 4 };
    const { verdict, undecided } = reportOf(
      small,
      [await coverShare(small, { index: 0, count: 1 }, silent)],
      1,
    );
    expect(verdict).toBe('undecided');
    expect(undecided).toContain('vacuous: no recovery is within the bounds');
  });
});
