import fc from 'fast-check';
import { compareAll, describeFailure, shrink } from './compare.ts';
import { EmulatedProcessor } from './emulated.ts';
import type { NativeProcessor } from './native.ts';
import { assemble, sequence } from './sequence.ts';

const BATCH = 2000;

export interface CampaignResult {
  readonly compared: number;
  readonly discarded: number;
  /** Cases that ended in each vector. */
  readonly vectors: ReadonlyMap<number, number>;
  /** How often each kind of instruction stood in a case. */
  readonly names: ReadonlyMap<string, number>;
  /** The first failures, shrunk, as text; `failuresCount` counts all. */
  readonly failures: readonly string[];
  readonly failuresCount: number;
  /** Instructions that compiled code has executed. */
  readonly compiledCount: number;
}

/** Compares random sequences on both machines until `count` have been compared. Same seed, same cases. */
export function campaign(
  native: NativeProcessor,
  options: {
    readonly count: number;
    readonly seed: number;
    /** Compares compiled code; see `EmulatedProcessor`. */
    readonly isCompiled?: boolean;
    readonly onProgress?: (compared: number) => void;
  },
): CampaignResult {
  const emulated = new EmulatedProcessor({ isCompiled: options.isCompiled ?? false });
  const vectors = new Map<number, number>();
  const names = new Map<string, number>();
  const failures: string[] = [];
  let compared = 0;
  let discarded = 0;
  let failuresCount = 0;
  for (let batch = 0; compared < options.count; batch += 1) {
    const seed = (options.seed + Math.imul(batch, 0x9e3779b1)) | 0;
    const cases = fc.sample(sequence, { numRuns: BATCH, seed }).map(assemble);
    const verdict = compareAll(native, emulated, cases);
    compared += verdict.compared;
    discarded += verdict.discarded;
    failuresCount += verdict.failures.length;
    for (const [vector, n] of verdict.vectors) vectors.set(vector, (vectors.get(vector) ?? 0) + n);
    for (const one of cases) for (const name of one.names) names.set(name, (names.get(name) ?? 0) + 1);
    for (const { testCase } of verdict.failures.slice(0, Math.max(0, 5 - failures.length))) {
      const small = shrink(native, emulated, testCase);
      const [again] = compareAll(native, emulated, [small]).failures;
      failures.push(describeFailure(small, again?.found ?? []));
    }
    options.onProgress?.(compared);
  }
  const { compiledCount } = emulated;
  return { compared, discarded, vectors, names, failures, failuresCount, compiledCount };
}
