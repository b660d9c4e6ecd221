/** With the reductions and without any, whole and in parts, to a depth and to the fixpoint: the same steps. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../checker/explore/assemble.ts';
import { explore } from '../../checker/explore/explorer.ts';
import { PartsExplorer } from '../../checker/explore/parts.ts';
import { type Summary, summarize } from '../../checker/explore/summary.ts';
import { runTrunk } from '../../checker/explore/trunk.ts';
import { STRICT } from '../../emulator/persistency/model.ts';
import { type ToyOp, type ToyProgram, toySystem } from '../checker/explore/toy-system.ts';

const op: fc.Arbitrary<ToyOp> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('store' as const, 'commit' as const),
      word: fc.nat(5),
      value: fc.constantFrom(1, 2, 0x0102),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('effect' as const) }) },
);
const program: fc.Arbitrary<ToyProgram> = fc.record({
  parts: fc.array(fc.array(op, { maxLength: 4 }), { minLength: 1, maxLength: 2 }),
  readsCount: fc.nat(4),
  seed: fc.nat(1000),
});

const ANY = Number.POSITIVE_INFINITY;
const toy = (each: ToyProgram) => toySystem(each, STRICT);

/** Every step by the names of its states, with how it is reached. */
const stepsOf = ({ graph }: Summary, names: readonly string[]): string[] =>
  graph.edges.map(({ from, to, action }) => `${names[from]} —${action}→ ${names[to]}`).sort();
const total = ({ tally }: Summary, field: 'found' | 'run' | 'equal'): number =>
  [...tally.classes.values()].reduce((sum, count) => sum + count[field], 0);

describe('random small systems', () => {
  it('show the same steps with the reductions as without any', () => {
    fc.assert(
      fc.property(program, fc.integer({ min: 0, max: 2 }), (each, depth) => {
        // Without reductions, two crashes are as many runs as there are pairs of points.
        const points = total(explore(toy(each), { depth: 1, reduce: true }), 'found');
        fc.pre(points ** depth <= 900);
        const [one, other] = [toy(each), toy(each)];
        const reduced = explore(one, { depth, reduce: true });
        const full = explore(other, { depth, reduce: false });
        expect(stepsOf(reduced, one.names)).toEqual(stepsOf(full, other.names));
        for (const each of [reduced, full]) {
          expect(total(each, 'found')).toBe(each.tally.expected);
          expect(total(each, 'run') + total(each, 'equal')).toBe(total(each, 'found'));
        }
        expect(total(full, 'equal')).toBe(0);
        expect(total(reduced, 'run')).toBeLessThanOrEqual(total(full, 'run'));
      }),
      { numRuns: 15 },
    );
  });

  it('show at the fixpoint what they show at any depth, and what some depth shows', () => {
    fc.assert(
      fc.property(program, (each) => {
        const system = toy(each);
        const all = new Set(
          stepsOf(explore(system, { depth: ANY, reduce: true, verifyHash: true }), system.names),
        );
        let before = -1;
        for (let depth = 0; ; depth += 1) {
          const at = toy(each);
          const shown = new Set(stepsOf(explore(at, { depth, reduce: true }), at.names));
          expect([...shown].filter((step) => !all.has(step))).toEqual([]);
          // Twice the same may be followed by more; four times it has not been seen to be.
          if (depth > 3 && shown.size === before) {
            expect(shown.size).toBe(all.size);
            return;
          }
          before = shown.size;
        }
      }),
      { numRuns: 15 },
    );
  });

  it('give the same whole from parts, to the last number', () => {
    fc.assert(
      fc.property(
        program,
        fc.constantFrom(1, 2, ANY),
        fc.integer({ min: 1, max: 3 }),
        (each, depth, count) => {
          const whole = toy(each);
          const system = toy(each);
          const trunk = runTrunk(system);
          if (trunk === null) throw new Error('a toy always ends');
          const explorers = Array.from(
            { length: count },
            () => new PartsExplorer(toy(each), { depth, reduce: true }),
          );
          const parts = trunk.segments.flatMap((_, i) => explorers[i % count]?.explore(i) ?? []);
          const put = summarize(assemble({ system, trunk, depth, parts }));
          const one = explore(whole, { depth, reduce: true });
          expect(stepsOf(put, system.names)).toEqual(stepsOf(one, whole.names));
          expect([...put.tally.classes]).toEqual([...one.tally.classes]);
          expect([...put.tally.reasons]).toEqual([...one.tally.reasons]);
          expect(put.graph.edges.map(({ provenance }) => provenance)).toEqual(
            one.graph.edges.map(({ provenance }) => provenance),
          );
        },
      ),
      { numRuns: 15 },
    );
  });
});
