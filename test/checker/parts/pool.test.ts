import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { exploreOnThreads } from '../../../checker/parts/pool.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fukugen-pool-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function explored(segments: readonly number[], signal = new AbortController().signal) {
  const came: number[] = [];
  const subject = { scheme: 'page-shadow', workload: join(folder, 'died') };
  const lost = exploreOnThreads({
    of: { subject, depth: 1, verifyHash: false },
    segments,
    threadsCount: 2,
    workerFile: fileURLToPath(new URL('./dying-worker.mjs', import.meta.url)),
    onPart: ({ segment }) => came.push(segment),
    signal,
  });
  return lost.then((reasons) => ({ reasons, came: came.sort((a, b) => a - b) }));
}

it('explores every part', async () => {
  expect(await explored([0, 1, 2, 4, 6, 7, 8])).toEqual({ reasons: [], came: [0, 1, 2, 4, 6, 7, 8] });
});

it('tries a part again whose thread died, gives up the one at which threads die always, and keeps the rest', async () => {
  const { reasons, came } = await explored([0, 1, 2, 3, 4, 5, 6]);
  expect(came).toEqual([0, 1, 2, 4, 5, 6]);
  expect(reasons).toEqual(['a worker thread died 2 times at part 3: worker exited with code: 1']);
});

it('does not take an error of the work for a death', async () => {
  await expect(explored([1, 9])).rejects.toThrow('an error of the work itself');
});

it('ends when told to', async () => {
  const control = new AbortController();
  control.abort(new Error('enough'));
  await expect(explored([0, 1], control.signal)).rejects.toThrow('enough');
});
