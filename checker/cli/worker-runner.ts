import { availableParallelism, totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { type ResourceLimits, Worker } from 'node:worker_threads';
import { InternalFault, unreachable } from '../../emulator/invariant.ts';
import type { CoverageShare } from '../coverage/coverage.ts';
import type { CheckReport } from '../report/model.ts';
import type { MutantsMatrix, ReplayResult, RunHooks, Runner } from '../run-api.ts';
import type { Cover } from './coverage.ts';
import { coverInParallel } from './parallel-coverage.ts';
import { mutantsInParallel } from './parallel-mutants.ts';
import type { Judge } from './program.ts';
import { type AbortMessage, errorFrom, type Task, type WorkerMessage } from './worker-protocol.ts';

/** Runs at the same time, at most: each holds the memory of a whole exploration. */
const RUNS_MAX = 4;
/** How long a run that was told to end may take to end its children before its thread is stopped. */
const GRACE_MS = 500;

/**
 * The runner, computing in a thread of its own. The command line stays awake beside it: Ctrl-C is heard and
 * progress is drawn while the run computes without pause.
 */
export async function workerRunner(): Promise<Runner> {
  const { runner } = await import('../run.ts');
  return {
    catalogue: runner.catalogue,
    // The worker's answers are the runner's own results; only their classes could be lost, and they have none.
    check: async (options, hooks) => (await runTask({ kind: 'check', options }, hooks)) as CheckReport,
    merge: async (options, hooks) => (await runTask({ kind: 'merge', options }, hooks)) as CheckReport,
    replay: async (line, hooks) => (await runTask({ kind: 'replay', line }, hooks)) as ReplayResult,
    mutantsMatrix: (options, hooks) => {
      const all = runner.catalogue().mutants.map(({ name }) => name);
      const mutants = options.mutants.length > 0 ? options.mutants : all;
      return mutantsInParallel(
        async (share, shareHooks) =>
          (await runTask({ kind: 'mutants', options: share }, shareHooks)) as MutantsMatrix,
        { ...options, mutants },
        hooks,
        Math.min(RUNS_MAX, availableParallelism()),
      );
    },
  };
}

/** The engines, judging in a thread of its own for the same reason. */
export const workerJudge: Judge = async (input, engine, signal) =>
  (await runTask({ kind: 'judge', input, engine }, { signal, onProgress: () => {} })) as Awaited<
    ReturnType<Judge>
  >;

/** Each share of the behaviours in a thread of its own. */
export const workerCover: Cover = (options, hooks) =>
  coverInParallel(
    async (each, share, shareHooks) =>
      (await runTask({ kind: 'coverage', options: each, share }, shareHooks)) as CoverageShare,
    options,
    hooks,
    Math.min(RUNS_MAX, availableParallelism()),
  );

/** A check may fill three quarters of the machine; by itself the engine stops at about 4 GiB. */
function limitsOf({ kind }: Task): ResourceLimits {
  if (kind !== 'check' && kind !== 'merge') return {};
  const heapBytes = Math.max(getHeapStatistics().heap_size_limit, totalmem() * 0.75);
  return { maxOldGenerationSizeMb: Math.floor(heapBytes / 2 ** 20) };
}

/** Starts a worker, and gives its answer or throws its error; the signal's reason when it was told to end. */
function runTask(task: Task, hooks: RunHooks): Promise<unknown> {
  const resourceLimits = limitsOf(task);
  const worker = new Worker(new URL('./runner-worker.js', import.meta.url), {
    workerData: task,
    resourceLimits,
  });
  return new Promise((resolve, reject) => {
    let graceTimer: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      worker.postMessage({ kind: 'abort' } satisfies AbortMessage);
      graceTimer = setTimeout(() => void worker.terminate(), GRACE_MS);
    };
    worker.on('message', (message: WorkerMessage) => {
      switch (message.kind) {
        case 'progress':
          return hooks.onProgress(message.progress);
        case 'done':
          return resolve(message.value);
        case 'failed':
          return reject(errorFrom(message.error));
        default:
          return unreachable(message);
      }
    });
    worker.on('error', reject);
    worker.on('exit', (code) => {
      clearTimeout(graceTimer);
      hooks.signal.removeEventListener('abort', onAbort);
      // After an answer this changes nothing.
      if (hooks.signal.aborted) reject(hooks.signal.reason);
      reject(new InternalFault(`internal fault: the run's thread ended with ${code} and no answer`));
    });
    hooks.signal.addEventListener('abort', onAbort);
    if (hooks.signal.aborted) onAbort();
  });
}
