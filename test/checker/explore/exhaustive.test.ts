/** The longest test by far, in a file of its own so that others run beside it. */
import { expect, it } from 'vitest';
import { program, workloadOf } from '../../kernel-model/run.ts';
import { booted, contents, difference, edgesOf, exploreAll, systemOf, totals } from './systems.ts';

const exitsAtOnce = workloadOf([program({ name: 'exits', build: () => undefined })]);

const sendsOne = workloadOf([
  program({
    name: 'sends',
    files: [{ kind: 3, index: 0 }],
    build: (a) => a.systemCall('write', 0, a.addressOf('results'), 1),
  }),
]);

// Everything after the first boot: some five thousand crash points each.
it.each([
  ['exits at once', exitsAtOnce],
  ['sends a byte', sendsOne],
] as const)(
  'the reductions leave no step out and add none: all crash points of a process that %s, run one by one',
  (_what, workload) => {
    const system = booted(systemOf(workload));
    const name = contents(system);
    const reduced = exploreAll(system, 1);
    const full = exploreAll(system, 1, false);
    expect(totals(full)).toEqual({ found: full.tally.expected, run: full.tally.expected, equal: 0 });
    expect(totals(reduced).found).toBe(full.tally.expected);
    expect(totals(reduced).run).toBeLessThan(full.tally.expected / 50);
    expect(difference(edgesOf(reduced.graph, name), edgesOf(full.graph, name))).toBe('');
    expect(full.graph.edges.length).toBeGreaterThan(100);
  },
  600_000,
);
