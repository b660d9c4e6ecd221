import { describe, expect, it } from 'vitest';
import { mutantsInParallel, type RunMutants } from '../../checker/cli/parallel-mutants.ts';
import type { MutantsMatrix, MutantsOptions, Progress } from '../../checker/run-api.ts';
import { matrix } from './fake.ts';

const [row] = matrix.rows;
const names = ['a', 'b', 'c', 'd', 'e'];
const options: MutantsOptions = {
  scheme: 'page-shadow',
  workloads: [],
  mutants: names,
  depth: 1,
  engine: 'embedded',
};

function matrixOf(mutants: readonly string[], clean: MutantsMatrix['clean'] = matrix.clean): MutantsMatrix {
  if (row === undefined) throw new Error('the fixture has a row');
  return { ...matrix, clean, rows: mutants.map((mutant) => ({ ...row, mutant })) };
}

const never = new AbortController().signal;
const deaf = { onProgress: () => {}, signal: never };

describe('mutants in several runs at once', () => {
  it('are dealt out, and come back in their order', async () => {
    const shares: (readonly string[])[] = [];
    const run: RunMutants = async ({ mutants }) => {
      shares.push(mutants);
      return matrixOf(mutants);
    };
    const result = await mutantsInParallel(run, options, deaf, 2);
    expect(shares).toEqual([
      ['a', 'c', 'e'],
      ['b', 'd'],
    ]);
    expect(result).toEqual(matrixOf(names));
    shares.length = 0;
    await mutantsInParallel(run, { ...options, mutants: ['c'] }, deaf, 4);
    expect(shares).toEqual([['c']]);
  });

  it('are counted together', async () => {
    const seen: Progress[] = [];
    const run: RunMutants = async ({ mutants }, { onProgress }) => {
      mutants.forEach((subject, done) => {
        onProgress({ phase: 'mutants', subject, done, total: mutants.length, unit: 'mutants' });
      });
      return matrixOf(mutants);
    };
    await mutantsInParallel(run, options, { signal: never, onProgress: (each) => seen.push(each) }, 2);
    expect(seen.map(({ done }) => done)).toEqual([0, 1, 2, 2, 3]);
    expect(new Set(seen.map(({ subject, total }) => `${subject} ${total}`))).toEqual(
      new Set(['page-shadow 5']),
    );
  });

  it('must agree on the kernel without mutation', async () => {
    const run: RunMutants = async ({ mutants }) =>
      matrixOf(mutants, { verdict: mutants.includes('a') ? 'consistent' : 'undecided', broken: {} });
    await expect(mutantsInParallel(run, options, deaf, 2)).rejects.toThrow(/came to different results/);
  });

  it('end together when one fails, and when they are told to', async () => {
    let ended = 0;
    const untilTold = (signal: AbortSignal): Promise<never> =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          ended++;
          reject(new Error('ended'));
        });
      });
    const failing: RunMutants = async ({ mutants }, { signal }) => {
      if (mutants.includes('a')) throw new Error('no such workload');
      return untilTold(signal);
    };
    await expect(mutantsInParallel(failing, options, deaf, 3)).rejects.toThrow('no such workload');
    expect(ended).toBe(2);

    const controller = new AbortController();
    const all = mutantsInParallel(
      (_, { signal }) => untilTold(signal),
      options,
      { ...deaf, signal: controller.signal },
      2,
    );
    controller.abort();
    await expect(all).rejects.toThrow('ended');
    expect(ended).toBe(4);
  });
});
