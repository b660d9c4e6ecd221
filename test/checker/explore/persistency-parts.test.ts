/** With a cache too, parts that were explored apart make the same whole. */
import { expect, it } from 'vitest';
import { assemble } from '../../../checker/explore/assemble.ts';
import { explore } from '../../../checker/explore/explorer.ts';
import { type ExportedPart, PartsExplorer } from '../../../checker/explore/parts.ts';
import { type Summary, summarize } from '../../../checker/explore/summary.ts';
import type { Persistency } from '../../../emulator/persistency/model.ts';
import { type ToyProgram, toySystem } from './toy-system.ts';

/** Stores that wait over kernel exits, in lines that recovery reads and in others. */
const toy: ToyProgram = {
  parts: [
    [
      { kind: 'store', word: 0, value: 1 },
      { kind: 'store', word: 2, value: 1 },
    ],
    [
      { kind: 'writeBack', line: 0 },
      { kind: 'commit', word: 1, value: 2 },
    ],
    [{ kind: 'fence' }, { kind: 'store', word: 3, value: 2 }, { kind: 'commit', word: 1, value: 3 }],
  ],
  readsCount: 2,
  seed: 3,
};
const DEPTH = 2;

function told({ graph, tally, jointsCount }: Summary, nameOf: (state: number) => string): unknown {
  const { images, classes } = tally;
  const edges = graph.edges.map(({ from, to, action, provenance }) => [
    ...[nameOf(from), action, nameOf(to), provenance.crashes, provenance.choices, provenance.position],
  ]);
  return { edges, jointsCount, classes: [...classes], images: Object.values(images).map(String) };
}

it.each<Persistency>([
  { model: 'px86', atomicBytes: 4 },
  { model: 'px86', atomicBytes: 1 },
  { model: 'sc', atomicBytes: 1 },
])('under $model, atomic $atomicBytes', (persistency) => {
  const make = () => toySystem(toy, persistency);
  const alone = make();
  const whole = explore(alone, { depth: DEPTH, reduce: true });
  expect(whole.jointsCount).toBeGreaterThan(2);
  const explorers = [1, 2, 3].map(() => new PartsExplorer(make(), { depth: DEPTH, reduce: true }));
  const parts = [0, 1, 2].map((segment) => explorers[segment]?.explore(segment) as ExportedPart);
  const system = make();
  const { trunk } = new PartsExplorer(system, { depth: DEPTH, reduce: true });
  if (trunk === null) throw new Error('the run has no end');
  const merged = summarize(
    assemble({ system, trunk, depth: DEPTH, parts: JSON.parse(JSON.stringify(parts)) as ExportedPart[] }),
  );
  expect(told(merged, system.stateText)).toEqual(told(whole, alone.stateText));
});
