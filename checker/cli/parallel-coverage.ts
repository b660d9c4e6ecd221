import { invariant } from '../../emulator/invariant.ts';
import { type CoverageOptions, type CoverageShare, reportOf } from '../coverage/coverage.ts';
import type { Share } from '../coverage/walk.ts';
import type { CoverageReport } from '../report/coverage-model.ts';
import type { Progress, RunHooks } from '../run-api.ts';

/** Drives one share, as coverShare does. */
export type RunShare = (options: CoverageOptions, share: Share, hooks: RunHooks) => Promise<CoverageShare>;

/**
 * Drives all behaviours in so many runs at the same time. What comes out does not depend on how many there are, but
 * for what each of them counts for itself: its runs, and how often it saw a broken promise.
 */
export async function coverInParallel(
  run: RunShare,
  options: CoverageOptions,
  hooks: RunHooks,
  runsCount: number,
): Promise<CoverageReport> {
  const started = performance.now();
  const controller = new AbortController();
  const signal = AbortSignal.any([hooks.signal, controller.signal]);
  const done = new Array<number>(runsCount).fill(0);
  const onProgress = (index: number, progress: Progress): void => {
    done[index] = progress.done;
    // Every run finds the same states of the model; the behaviours are each one's own.
    const isShared = progress.phase === 'model';
    const sum = isShared ? progress.done : done.reduce((total, each) => total + each, 0);
    hooks.onProgress({ ...progress, done: sum });
  };
  const runs = done.map((_, index) =>
    run(options, { index, count: runsCount }, { signal, onProgress: (p) => onProgress(index, p) }),
  );
  try {
    const [first, ...others] = await Promise.all(runs);
    invariant(first !== undefined, 'there is a run');
    return reportOf(options, [first, ...others], (performance.now() - started) / 1000);
  } catch (error) {
    controller.abort(error);
    await Promise.allSettled(runs);
    throw error;
  }
}
