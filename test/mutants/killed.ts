import { expect, it } from 'vitest';
import { checkAtDepth } from '../../checker/check-workload.ts';
import { MUTANT_SEGMENTS_MAX, MUTANTS_WORKLOAD } from '../../checker/mutants-matrix.ts';
import { MUTATED_SCHEME, type SubjectName } from '../../checker/subject.ts';
import type { Mutant } from '../../kernel-model/mutants/mutant.ts';

const hooks = { onProgress() {}, signal: new AbortController().signal };

/** One test a mutant: it is killed, and by the promise that names its fault. */
export function testKilled(mutants: readonly Mutant[]): void {
  it.each(mutants.map((m) => [m.name, m.expected] as const))(
    '%s is killed by %s',
    async (mutant, expected) => {
      const subject = { scheme: MUTATED_SCHEME, workload: MUTANTS_WORKLOAD, mutant };
      // Most faults show with one crash in a run, which is quick; the others need one in a recovery.
      let broken = await brokenAtDepth(subject, 1);
      if (broken[expected] === undefined) broken = await brokenAtDepth(subject, 2);
      expect(Object.keys(broken)).toContain(expected);
      expect(broken[expected]).toBeGreaterThan(0);
    },
  );
}

async function brokenAtDepth(subject: SubjectName, depth: number): Promise<Readonly<Record<string, number>>> {
  const options = { depth, engine: 'embedded', reduction: true, segmentsMax: MUTANT_SEGMENTS_MAX } as const;
  return (await checkAtDepth(subject, options, hooks)).broken;
}
