import { invariant } from '../../emulator/invariant.ts';
import type { MutantsMatrix, MutantsOptions, Progress, RunHooks } from '../run-api.ts';

/** Runs some of the mutants, as Runner.mutantsMatrix does. */
export type RunMutants = (options: MutantsOptions, hooks: RunHooks) => Promise<MutantsMatrix>;

/**
 * The matrix of all mutants named in the options, its rows computed in several runs at the same time. The
 * kernel without mutation is checked in every run; all must agree on it.
 * @param runsCount how many runs at once, at most.
 */
export async function mutantsInParallel(
  run: RunMutants,
  options: MutantsOptions,
  hooks: RunHooks,
  runsCount: number,
): Promise<MutantsMatrix> {
  const shares = dealt(options.mutants, runsCount);
  const done = shares.map(() => 0);
  const onProgress = (share: number, progress: Progress): void => {
    done[share] = progress.done;
    const sum = done.reduce((total, each) => total + each, 0);
    // One subject for all runs: they would take turns in the display otherwise.
    hooks.onProgress({ ...progress, subject: options.scheme, done: sum, total: options.mutants.length });
  };
  const matrices = await allOrStop(hooks.signal, (signal) =>
    shares.map((mutants, share) =>
      run({ ...options, mutants }, { signal, onProgress: (progress) => onProgress(share, progress) }),
    ),
  );
  return merged(matrices, options.mutants);
}

/** Deals names out like cards, so that each share has some of every kind. */
function dealt(names: readonly string[], sharesCount: number): string[][] {
  const count = Math.max(1, Math.min(sharesCount, names.length));
  return Array.from({ length: count }, (_, share) => names.filter((_name, index) => index % count === share));
}

/** Waits for all; when one fails the others are told to end, and are waited for. */
async function allOrStop<T>(
  signal: AbortSignal,
  start: (signal: AbortSignal) => Promise<T>[],
): Promise<readonly T[]> {
  const controller = new AbortController();
  const runs = start(AbortSignal.any([signal, controller.signal]));
  try {
    return await Promise.all(runs);
  } catch (error) {
    controller.abort(error);
    await Promise.allSettled(runs);
    throw error;
  }
}

function merged(matrices: readonly MutantsMatrix[], order: readonly string[]): MutantsMatrix {
  const [first, ...others] = matrices;
  invariant(first !== undefined, 'there is no share of mutants');
  for (const other of others) {
    const isSame = JSON.stringify(other.clean) === JSON.stringify(first.clean);
    invariant(isSame, 'two runs of the kernel without mutation came to different results');
  }
  const rows = matrices.flatMap((matrix) => matrix.rows);
  return { ...first, rows: rows.toSorted((a, b) => order.indexOf(a.mutant) - order.indexOf(b.mutant)) };
}
