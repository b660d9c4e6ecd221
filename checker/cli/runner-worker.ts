/** The thread in which a run computes: started by worker-runner.ts with a Task, ends when it has answered. */
import { parentPort, workerData } from 'node:worker_threads';
import { invariant, unreachable } from '../../emulator/invariant.ts';
import type { RunHooks } from '../run-api.ts';
import { errorData, type Task, type WorkerMessage } from './worker-protocol.ts';

const port = parentPort;
invariant(port !== null, 'this module runs in a worker only');
const say = (message: WorkerMessage): void => port.postMessage(message);

const controller = new AbortController();
// The only message there is says to end.
port.on('message', () => controller.abort(new Error('the run was told to end')));

/** Loads only what the task needs, and does it. */
async function start(task: Task, hooks: RunHooks): Promise<unknown> {
  if (task.kind === 'judge') {
    const { checkWithEngines } = await import('../judge/engines.ts');
    return checkWithEngines(task.input, task.engine, hooks.signal);
  }
  if (task.kind === 'coverage') {
    const { coverShare } = await import('../coverage/coverage.ts');
    return coverShare(task.options, task.share, hooks);
  }
  const { runner } = await import('../run.ts');
  switch (task.kind) {
    case 'check':
      return runner.check(task.options, hooks);
    case 'merge':
      return runner.merge(task.options, hooks);
    case 'replay':
      return runner.replay(task.line, hooks);
    case 'mutants':
      return runner.mutantsMatrix(task.options, hooks);
    default:
      return unreachable(task);
  }
}

try {
  const value = await start(workerData as Task, {
    onProgress: (progress) => say({ kind: 'progress', progress }),
    signal: controller.signal,
  });
  say({ kind: 'done', value });
} catch (error) {
  say({ kind: 'failed', error: errorData(error) });
}
port.close();
