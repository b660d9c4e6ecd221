/** For the tests of `fukugen coverage`: small bounds, and a kernel driven within them. */
import type { BoundedModel } from '../../../checker/coverage/bounded-model.ts';
import { Driver } from '../../../checker/coverage/driver.ts';
import { NAMINGS } from '../../../checker/coverage/naming.ts';
import type { Reason } from '../../../checker/coverage/reasons.ts';
import { type Disagreement, type PathStep, Walk } from '../../../checker/coverage/walk.ts';
import type { Way } from '../../../checker/coverage/ways.ts';
import { firstDifference, type Kernel } from '../../../checker/coverage/whole-run.ts';
import type { RunHooks } from '../../../checker/run-api.ts';

export const silent: RunHooks = { onProgress: () => {}, signal: new AbortController().signal };

export interface Covered {
  shown: number;
  notShown: number;
  unexplained: number;
  /** The behaviours without reason, and the step that was missed. */
  readonly missed: string[];
  readonly reasons: Map<string, number>;
  readonly disagreements: Disagreement[];
  /** Where a behaviour driven in one go was different, of so many. */
  readonly differences: string[];
  again: number;
  /** Of those driven again. */
  readonly examples: { readonly path: readonly PathStep[]; readonly way: Way }[];
}

const wordsOf = (path: readonly PathStep[]): string => path.map(({ action }) => action).join(' ');

/** Drives a kernel through the model. @param againEvery of so many ended ways one is driven again in one go. */
export function cover(model: BoundedModel, kernel: Kernel, againEvery = Number.POSITIVE_INFINITY): Covered {
  const covered: Covered = {
    shown: 0,
    notShown: 0,
    unexplained: 0,
    missed: [],
    reasons: new Map(),
    disagreements: [],
    differences: [],
    again: 0,
    examples: [],
  };
  let ended = 0;
  const again = (path: readonly PathStep[], way: Way): void => {
    ended += 1;
    if (ended % againEvery !== 0) return;
    covered.again += 1;
    covered.examples.push({ path: [...path], way });
    const difference = firstDifference({ model, kernel, path, way });
    if (difference !== null) covered.differences.push(difference);
  };
  const listener = {
    shown: () => {
      covered.shown += 1;
    },
    notShown: (_from: number, _edge: unknown, reason: Reason, count: number) => {
      covered.notShown += count;
      covered.reasons.set(reason.name, (covered.reasons.get(reason.name) ?? 0) + count);
    },
    unexplained: (path: readonly PathStep[], _from: number, edge: { action: string }, count: number) => {
      covered.unexplained += count;
      covered.missed.push(`${wordsOf(path)} ${edge.action}`);
    },
    ended: (path: readonly PathStep[], ways: readonly Way[]) => {
      for (const way of ways) again(path, way);
    },
    disagrees: (disagreement: Disagreement) => {
      covered.disagreements.push(disagreement);
    },
    unknown: (why: string) => {
      throw new Error(why);
    },
  };
  const drivers = NAMINGS.map((naming) => new Driver({ model, naming, ...kernel }));
  new Walk({ model, drivers, listener }).run();
  return covered;
}
