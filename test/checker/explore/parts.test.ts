import { describe, expect, it } from 'vitest';
import { assemble } from '../../../checker/explore/assemble.ts';
import { type ExportedPart, PartsExplorer } from '../../../checker/explore/parts.ts';
import { type Summary, summarize } from '../../../checker/explore/summary.ts';
import type { SystemUnderTest } from '../../../checker/explore/system.ts';
import { runTrunk } from '../../../checker/explore/trunk.ts';
import { mutants } from '../../../kernel-model/mutants/catalogue.ts';
import { pageShadow } from '../../../kernel-model/schemes/page-shadow.ts';
import { thesis } from '../../../kernel-model/schemes/thesis.ts';
import type { Mutation } from '../../../kernel-model/system.ts';
import { program, workloadOf } from '../../kernel-model/run.ts';
import { exploreAll, named, systemOf } from './systems.ts';

const exitsAtOnce = workloadOf([program({ name: 'exits', build: () => undefined })]);
const ANY = Number.POSITIVE_INFINITY;

/** All of a summary as text, states by content. */
function textOf(system: SystemUnderTest, { graph, tally, openEnds, initial, jointsCount }: Summary): string {
  const name = (state: number): string => system.stateText(state);
  return JSON.stringify(
    {
      edges: graph.edges.map((edge) => ({ ...edge, from: name(edge.from), to: name(edge.to) })),
      tally: {
        ...tally,
        classes: [...tally.classes],
        reasons: [...tally.reasons],
        images: Object.values(tally.images).map(String),
      },
      openEnds: openEnds.map((end) => ({ ...end, state: name(end.state) })),
      initial: name(initial),
      jointsCount,
    },
    null,
    1,
  );
}

/** Explores in parts by several explorers, each on a machine of its own, and puts the parts together elsewhere. */
function inParts(make: () => SystemUnderTest, depth: number, explorersCount: number): string {
  const explorers = Array.from(
    { length: explorersCount },
    () => new PartsExplorer(make(), { depth, reduce: true }),
  );
  const system = make();
  const trunk = runTrunk(system);
  if (trunk === null) throw new Error('the run has no end');
  const parts: ExportedPart[] = trunk.segments
    .map((_, segment) => explorers[(segment * 7) % explorersCount]?.explore(segment) as ExportedPart)
    // As it would come out of a file.
    .map((part) => JSON.parse(JSON.stringify(part)) as ExportedPart)
    .reverse();
  return textOf(system, summarize(assemble({ system, trunk, depth, parts })));
}

describe('the parts of an exploration are the whole', { timeout: 300_000 }, () => {
  it.each([
    ['exits at once', exitsAtOnce, 1, 1],
    ['exits at once', exitsAtOnce, 2, 3],
    ['exits at once', exitsAtOnce, ANY, 2],
    ['pipe', named('pipe'), 2, 2],
    ['pipe', named('pipe'), ANY, 2],
    ['two-senders', named('two-senders'), 1, 4],
  ] as const)('of $0, depth $2, explored by $3', (_name, workload, depth, explorersCount) => {
    const make = () => systemOf(workload);
    const whole = make();
    expect(inParts(make, depth, explorersCount)).toBe(textOf(whole, exploreAll(whole, depth)));
  });

  it.each([
    ['thesis', thesis, undefined],
    ...mutants.slice(0, 6).map((m) => [m.name, pageShadow, m.mutate] as const),
  ] as readonly (readonly [string, typeof thesis, Mutation | undefined])[])(
    'also of a kernel that is wrong: %s',
    (_name, scheme, mutate) => {
      const make = () => systemOf(exitsAtOnce, scheme, mutate);
      for (const depth of [1, 2]) {
        const whole = make();
        expect(inParts(make, depth, 2)).toBe(textOf(whole, exploreAll(whole, depth)));
      }
    },
  );
});
