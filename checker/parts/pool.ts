/** Explores parts on several threads. A thread that dies takes with it only the part that it was at. */
import { setMaxListeners } from 'node:events';
import { Piscina } from 'piscina';
import type { ExportedPart } from '../explore/parts.ts';
import type { PartOf, PartTask } from './part-task.ts';

export interface PartsOrder {
  readonly of: PartOf;
  readonly segments: readonly number[];
  readonly threadsCount: number;
  /** The module that explores a part; the one beside this file unless a test says otherwise. */
  readonly workerFile?: string;
  /** Called with each part as it comes. */
  onPart(part: ExportedPart): void;
  readonly signal: AbortSignal;
}

/** A thread that has died is replaced; a part at which threads die again and again is given up. */
const ATTEMPTS_MAX = 2;

/** @returns why parts are missing; empty where none is. */
export async function exploreOnThreads(order: PartsOrder): Promise<string[]> {
  const { of, segments, threadsCount, signal } = order;
  // Every part that waits listens to it.
  setMaxListeners(0, signal);
  const pool = new Piscina({
    filename: order.workerFile ?? new URL('./part-task.js', import.meta.url).href,
    minThreads: threadsCount,
    maxThreads: threadsCount,
    concurrentTasksPerWorker: 1,
  });
  const lost: string[] = [];
  const explore = async (segment: number): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        order.onPart((await pool.run({ of, segment } satisfies PartTask, { signal })) as ExportedPart);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!isDeath(error)) throw error;
        if (attempt < ATTEMPTS_MAX) continue;
        lost.push(`a worker thread died ${attempt} times at part ${segment}: ${(error as Error).message}`);
        return;
      }
    }
  };
  try {
    // The last segments first: what follows from them is the least, and is known when the others lead there.
    await Promise.all([...segments].reverse().map(explore));
    return lost;
  } finally {
    await pool.destroy();
  }
}

/** Whether a thread ended instead of answering: out of memory, or killed. Errors of the work itself are others. */
function isDeath(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ERR_WORKER_OUT_OF_MEMORY' || error.message.startsWith('worker exited with code');
}
