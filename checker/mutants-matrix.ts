/** `fukugen mutants`: which promise each mutant of the kernel breaks. */
import { mutants } from '../kernel-model/mutants/catalogue.ts';
import type { Mutant } from '../kernel-model/mutants/mutant.ts';
import { checkAtDepth } from './check-workload.ts';
import { verdictOf } from './gate/verdict.ts';
import { RECOVERY_ENDS } from './judge/open-ends.ts';
import { STEP } from './judge/violations.ts';
import type { Verdict, WorkloadReport } from './report/model.ts';
import type { MutantRow, MutantsMatrix, MutantsOptions, RunHooks } from './run-api.ts';
import { readPromises } from './spec-promises.ts';
import { findMutant } from './subject.ts';

/** The workload that shows every fault in the fewest steps. */
export const MUTANTS_WORKLOAD = 'small';
/** Enough for every mutant to show its fault. Past it the exploration is incomplete, and says so. */
export const MUTANT_SEGMENTS_MAX = 1200;

/** Depths that a mutant is tried at before the one that is asked for. */
const SHALLOW_DEPTHS = 2;

interface Outcome {
  readonly verdict: Verdict;
  readonly broken: Readonly<Record<string, number>>;
}

export async function mutantsMatrix(options: MutantsOptions, hooks: RunHooks): Promise<MutantsMatrix> {
  const chosen = options.mutants.length > 0 ? options.mutants.map(findMutant) : mutants;
  const clean = await outcomeOf(undefined, options, hooks);
  const rows: MutantRow[] = [];
  for (const [done, mutant] of chosen.entries()) {
    hooks.onProgress({ phase: 'mutants', subject: mutant.name, done, total: chosen.length, unit: 'mutants' });
    const started = performance.now();
    const { verdict, broken } = await outcomeOf(mutant, options, hooks);
    const seconds = (performance.now() - started) / 1000;
    rows.push({
      mutant: mutant.name,
      sentence: mutant.sentence,
      expected: mutant.expected,
      broken,
      verdict,
      seconds,
    });
  }
  const promises = [...readPromises().map((p) => p.name), RECOVERY_ENDS.name, STEP];
  return { format: 'fukugen-mutants/1', scheme: options.scheme, clean, promises, rows };
}

/**
 * Crashes once in a run, then twice, up to the depth, until the promise that names the fault is broken: most
 * faults show with one crash, which is quick. The kernel without mutation is crashed to the full depth.
 */
async function outcomeOf(
  mutant: Mutant | undefined,
  options: MutantsOptions,
  hooks: RunHooks,
): Promise<Outcome> {
  if (mutant !== undefined) {
    for (let depth = 1; depth < Math.min(options.depth, SHALLOW_DEPTHS + 1); depth += 1) {
      const shallow = await outcomeAtDepth(mutant, { ...options, depth }, hooks);
      if ((shallow.broken[mutant.expected] ?? 0) > 0) return shallow;
    }
  }
  return outcomeAtDepth(mutant, options, hooks);
}

async function outcomeAtDepth(
  mutant: Mutant | undefined,
  options: MutantsOptions,
  hooks: RunHooks,
): Promise<Outcome> {
  const names = options.workloads.length > 0 ? options.workloads : [MUTANTS_WORKLOAD];
  // A mutant that is violated is violated however little was explored; the clean kernel is explored whole.
  const limit = mutant === undefined ? {} : { segmentsMax: MUTANT_SEGMENTS_MAX };
  const broken: Record<string, number> = {};
  const reports: WorkloadReport[] = [];
  for (const workload of names) {
    const subject = {
      scheme: options.scheme,
      workload,
      ...(mutant === undefined ? {} : { mutant: mutant.name }),
    };
    const result = await checkAtDepth(
      subject,
      { ...options, ...limit, reduction: true },
      { ...hooks, onProgress() {} },
    );
    reports.push(result.report);
    for (const [promise, count] of Object.entries(result.broken))
      broken[promise] = (broken[promise] ?? 0) + count;
  }
  return { verdict: verdictOf(reports), broken };
}
