/** The longest test by far, in a file of its own so that others run beside it. */
import { expect, it } from 'vitest';
import { program, workloadOf } from '../../kernel-model/run.ts';
import { booted, contents, difference, edgesOf, exploreAll, systemOf, totals } from './systems.ts';

const exitsAtOnce = workloadOf([program({ name: 'exits', build: () => undefined })]);

// Everything after the first boot of a process that exits at once: about 5,200 crash points.
it('the reductions leave no step out and add none: all crash points run one by one give the same graph', () => {
  const system = booted(systemOf(exitsAtOnce));
  const name = contents(system);
  const reduced = exploreAll(system, 1);
  const full = exploreAll(system, 1, false);
  expect(totals(full)).toEqual({ found: full.tally.expected, run: full.tally.expected, equal: 0 });
  expect(totals(reduced).found).toBe(full.tally.expected);
  expect(totals(reduced).run).toBeLessThan(full.tally.expected / 50);
  expect(difference(edgesOf(reduced.graph, name), edgesOf(full.graph, name))).toBe('');
  expect(full.graph.edges.length).toBeGreaterThan(100);
}, 240_000);
