import { expect, it } from 'vitest';
import { explore } from '../../../checker/explore/explorer.ts';
import { STRICT } from '../../../emulator/persistency/model.ts';
import { toySystem } from './toy-system.ts';

/** A system whose images all have one hash, if told so. */
function toy(hashesCollide: boolean) {
  const store = (word: number, value: number) => ({ kind: 'store', word, value }) as const;
  const parts = [[store(0, 1), store(1, 2), store(3, 1)], [store(0, 2)]];
  const system = toySystem({ parts, readsCount: 3, seed: 5 }, STRICT);
  if (hashesCollide) system.machine.nvm.hash = () => '0';
  return system;
}

it('hashes that are equal where images are not are found out with verifyHash, and end the exploration', () => {
  const { limit } = explore(toy(true), { depth: 1, reduce: true, verifyHash: true });
  expect(limit).toMatch(/^two images that differ in page \d+ have the same hash/);
  expect(explore(toy(false), { depth: 1, reduce: true, verifyHash: true }).limit).toBeUndefined();
});

it('they hide nothing even without: what decides the future is compared all the same', () => {
  const steps = (hashesCollide: boolean) => {
    const system = toy(hashesCollide);
    return explore(system, { depth: 2, reduce: true }).graph.edges.map(
      ({ from, to, action }) => `${action} ${system.names[from]} ${system.names[to]}`,
    );
  };
  expect(steps(true)).toEqual(steps(false));
  expect(steps(true).length).toBeGreaterThan(5);
});
