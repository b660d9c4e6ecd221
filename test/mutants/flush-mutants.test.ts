/** Every write-back and every fence of `page-shadow-flush` is needed: without it a promise is broken under px86. */
import { describe, expect, it } from 'vitest';
import { type Exploration, explore } from '../../checker/explore/explorer.ts';
import type { SystemUnderTest } from '../../checker/explore/system.ts';
import { graphInput } from '../../checker/judge/graph-input.ts';
import { RECOVERY_ENDS } from '../../checker/judge/open-ends.ts';
import { violationsOf } from '../../checker/judge/violations.ts';
import { readPromises } from '../../checker/spec-promises.ts';
import { checkGraph } from '../../checker/tla/engine.ts';
import type { Persistency } from '../../emulator/persistency/model.ts';
import { flushMutants } from '../../kernel-model/mutants/flush-mutants.ts';
import { pageShadow } from '../../kernel-model/schemes/page-shadow.ts';
import { FENCES, pageShadowFlush, WRITE_BACKS } from '../../kernel-model/schemes/page-shadow-flush.ts';
import type { SchemeDefinition } from '../../kernel-model/schemes/scheme.ts';
import { type KernelSystem, type Mutation, SPEC_VARIABLES } from '../../kernel-model/system.ts';
import { booted, failedAt, named, systemOf } from '../checker/explore/systems.ts';

const PX86: Persistency = { model: 'px86', atomicBytes: 4 };
/** Enough for each mutant to show its fault from where it is begun. */
const SEGMENTS_MAX = 100;

/** Somebody must wait for recovery to have a page to write that the failed epoch had not. */
const workloadFor = (name: string): string =>
  name.includes('forgotten') ? 'wait-and-write' : 'write-and-send';

const make = (name: string, scheme: SchemeDefinition, mutate?: Mutation): KernelSystem =>
  systemOf(named(workloadFor(name)), scheme, mutate, PX86);

/** The system as it is when the failure comes that leads to the fault in the fewest further ones. */
const BEGINNINGS: readonly (readonly [name: string, system: (kernel: KernelSystem) => SystemUnderTest])[] = [
  ['first-tables', (kernel) => kernel],
  ['clean-word', (kernel) => failedAt(kernel, (steps) => steps.findLast(({ action }) => action === 'Leave'))],
  // Power fails when the process has written to its own page; what is missed is in the recovery from that.
  ['restored', (kernel) => failedAt(kernel, ownWrite)],
  // Recovery wakes the waiter, and so records another page than the epoch that failed.
  ['forgotten', (kernel) => failedAt(kernel, (steps) => ownWrite(steps.filter(whileOneWaits(kernel))))],
];
const whileOneWaits =
  (kernel: KernelSystem) =>
  ({ state }: { state: number }): boolean =>
    kernel.stateOf(state).core.status.includes('waiting');
const ownWrite: Parameters<typeof failedAt>[1] = (steps) =>
  steps.find(({ action, args }) => action === 'Write' && /^user\d\.data$/.test(`${args[0]}`));

const beginning = (name: string, kernel: KernelSystem): SystemUnderTest =>
  (BEGINNINGS.find(([part]) => name.includes(part))?.[1] ?? booted)(kernel);

/** The promises that the steps and states of an exploration break. */
async function broken(kernel: KernelSystem, exploration: Exploration): Promise<Set<string>> {
  const binding = { module: 'KernelTrace', constants: kernel.specConstants, variables: SPEC_VARIABLES };
  const input = graphInput({ system: kernel, exploration, binding, promises: readPromises() });
  // It may begin after a failure.
  const result = await checkGraph({ ...input, initial: [], explain: false });
  expect(result.errors).toEqual([]);
  const promises = violationsOf(exploration.graph.edges, result).map(({ promise }) => promise);
  const ends = exploration.openEnds.some(({ kind }) => kind === 'broken') ? [RECOVERY_ENDS.name] : [];
  return new Set([...promises, ...ends]);
}

describe('under px86', { timeout: 120_000 }, () => {
  it('there is a mutant without each write-back and each fence', () => {
    expect(flushMutants).toHaveLength(WRITE_BACKS.length + FENCES.length);
    expect(new Set(flushMutants.map(({ name }) => name)).size).toBe(flushMutants.length);
  });

  it.each(flushMutants)('$name breaks $expected', async ({ name, expected, mutate }) => {
    const kernel = make(name, pageShadowFlush, mutate);
    const exploration = explore(beginning(name, kernel), {
      depth: 1,
      reduce: true,
      segmentsMax: SEGMENTS_MAX,
    });
    expect([...(await broken(kernel, exploration))]).toContain(expected);
  });

  it.each(['first-tables', 'clean-word', 'restored', 'forgotten', 'booted'])(
    'with all of them nothing is broken from where they are begun: %s',
    async (name) => {
      const kernel = make(name, pageShadowFlush);
      const exploration = explore(beginning(name, kernel), { depth: 1, reduce: true });
      expect(exploration.limit).toBeUndefined();
      expect(exploration.openEnds).toEqual([]);
      const { found, expected, run } = exploration.tally.images;
      expect(found).toBe(expected);
      expect(run < found).toBe(true);
      expect([...(await broken(kernel, exploration))]).toEqual([]);
    },
  );

  it('page-shadow, which has none of them, is broken', async () => {
    const kernel = make('', pageShadow);
    const exploration = explore(booted(kernel), { depth: 1, reduce: true, segmentsMax: SEGMENTS_MAX });
    expect([...(await broken(kernel, exploration))]).toContain('AtomicEpoch');
  });
});
