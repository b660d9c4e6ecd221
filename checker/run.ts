/** What the command line runs: the catalogue, the check, a replay, the mutants. */
import { mutants } from '../kernel-model/mutants/catalogue.ts';
import { workloads } from '../kernel-model/programs/catalogue.ts';
import { schemes } from '../kernel-model/schemes/catalogue.ts';
import { checkWorkload } from './check-workload.ts';
import { packageVersion } from './cli/version.ts';
import { digest } from './digest.ts';
import { verdictOf } from './gate/verdict.ts';
import { mutantsMatrix } from './mutants-matrix.ts';
import { replay } from './replay.ts';
import type { CheckReport, WorkloadReport } from './report/model.ts';
import type { CheckOptions, RunHooks, Runner } from './run-api.ts';
import { readPromises } from './spec-promises.ts';

const DEFAULT_DEPTH = 2;

export const runner: Runner = {
  catalogue: () => ({
    schemes: schemes.map(({ name, describe }) => ({ name, sentence: describe })),
    workloads: workloads.map(({ name, describe, inDefaultSuite }) => ({
      name,
      sentence: describe,
      inDefaultSuite,
    })),
    mutants: mutants.map(({ name, sentence, expected }) => ({ name, sentence, expected })),
    promises: readPromises(),
    defaults: { scheme: schemes[0]?.name ?? '', depth: DEFAULT_DEPTH },
  }),
  check,
  replay,
  mutantsMatrix,
};

async function check(options: CheckOptions, hooks: RunHooks): Promise<CheckReport> {
  const started = performance.now();
  const names =
    options.workloads.length > 0
      ? options.workloads
      : workloads.filter((w) => w.inDefaultSuite).map((w) => w.name);
  const reports: WorkloadReport[] = [];
  const hashes: string[] = [];
  for (const workload of names) {
    const mutant = options.mutant === undefined ? {} : { mutant: options.mutant };
    const subject = { scheme: options.scheme, workload, ...mutant };
    const result = await checkWorkload(subject, options, hooks);
    reports.push(result.report);
    hashes.push(result.programHash);
  }
  const engines = new Set(reports.flatMap((r) => r.engines.map((e) => `${e.name} ${e.version}`)));
  return {
    format: 'fukugen-report/1',
    verdict: verdictOf(reports),
    scheme: options.scheme,
    ...(options.mutant === undefined ? {} : { mutant: options.mutant }),
    workloads: reports,
    provenance: {
      fukugen: packageVersion(),
      node: process.version,
      programHash: digest(hashes.join()),
      configurationHash: digest(
        JSON.stringify({ ...options, depth: String(options.depth), workloads: names }),
      ),
      engines: [...engines],
    },
    seconds: (performance.now() - started) / 1000,
  };
}
