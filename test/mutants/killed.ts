import { expect, it } from 'vitest';
import { checkAtDepth } from '../../checker/check-workload.ts';
import { MUTANT_SEGMENTS_MAX, MUTANTS_WORKLOAD } from '../../checker/mutants-matrix.ts';
import { MUTATED_SCHEME } from '../../checker/subject.ts';
import type { Mutant } from '../../kernel-model/mutants/mutant.ts';

const hooks = { onProgress() {}, signal: new AbortController().signal };
const options = { depth: 2, engine: 'embedded', reduction: true } as const;

/** One test a mutant: it is killed, and by the promise that names its fault. */
export function testKilled(mutants: readonly Mutant[]): void {
  it.each(mutants.map((m) => [m.name, m.expected] as const))(
    '%s is killed by %s',
    async (mutant, expected) => {
      const subject = { scheme: MUTATED_SCHEME, workload: MUTANTS_WORKLOAD, mutant };
      const { broken } = await checkAtDepth(subject, { ...options, segmentsMax: MUTANT_SEGMENTS_MAX }, hooks);
      expect(Object.keys(broken)).toContain(expected);
      expect(broken[expected]).toBeGreaterThan(0);
    },
  );
}
