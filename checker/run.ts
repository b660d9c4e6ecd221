/** What the command line runs: the catalogue, the check, a replay, the mutants. */
import { mutants } from '../kernel-model/mutants/catalogue.ts';
import { flushMutants } from '../kernel-model/mutants/flush-mutants.ts';
import { workloads } from '../kernel-model/programs/catalogue.ts';
import { schemes } from '../kernel-model/schemes/catalogue.ts';
import { checkWorkload, fingerprint } from './check-workload.ts';
import { packageVersion } from './cli/version.ts';
import { digest } from './digest.ts';
import { UsageError } from './errors.ts';
import { PartsDisagree } from './explore/assemble.ts';
import { verdictOf } from './gate/verdict.ts';
import { mutantsMatrix } from './mutants-matrix.ts';
import { headerOf, mergePlan, type OpenPlan, openPlan } from './parts/plans.ts';
import { replay } from './replay.ts';
import type { CheckReport, WorkloadReport } from './report/model.ts';
import type { CheckOptions, MergeOptions, RunHooks, Runner } from './run-api.ts';
import { readPromises } from './spec-promises.ts';
import { makeSubject, type SubjectName } from './subject.ts';

const DEFAULT_DEPTH = 2;

export const runner: Runner = {
  catalogue: () => ({
    schemes: schemes.map(({ name, describe }) => ({ name, sentence: describe })),
    workloads: workloads.map(({ name, describe, inDefaultSuite }) => ({
      name,
      sentence: describe,
      inDefaultSuite,
    })),
    mutants: [...mutants, ...flushMutants].map(({ name, sentence, expected }) => ({
      name,
      sentence,
      expected,
    })),
    promises: readPromises(),
    defaults: { scheme: schemes[0]?.name ?? '', depth: DEFAULT_DEPTH },
  }),
  check,
  merge,
  replay,
  mutantsMatrix,
};

async function check(options: CheckOptions, hooks: RunHooks): Promise<CheckReport> {
  if (options.persistency !== undefined && options.depth === Number.POSITIVE_INFINITY) {
    throw new UsageError(
      'the fixpoint is explored only where every store is durable at once and whole',
      'Give a depth, or leave out --persistency and --atomic.',
    );
  }
  const header = headerOf(options, namesOf(options.workloads), printOf(options));
  return checkAsPlanned(options, openPlan(options, header), hooks);
}

async function merge({ files, engine }: MergeOptions, hooks: RunHooks): Promise<CheckReport> {
  const opened = mergePlan(files);
  const { scheme, workloads: names, mutant, persistency, depth, verifyHash, programHash } = opened.header;
  const options: CheckOptions = {
    ...{ scheme, workloads: names, depth: Number(depth), engine, verifyHash, reduction: true, threads: 1 },
    ...(mutant === undefined ? {} : { mutant }),
    ...(persistency === undefined ? {} : { persistency }),
  };
  if (opened.header.fukugen !== packageVersion() || programHash !== printOf(options)) {
    throw new UsageError(
      'these shards are of another version of fukugen, its kernel or its programs',
      'Merge them with the version that made them, or make them again.',
    );
  }
  return checkAsPlanned(options, opened, hooks);
}

async function checkAsPlanned(
  options: CheckOptions,
  opened: OpenPlan,
  hooks: RunHooks,
): Promise<CheckReport> {
  const started = performance.now();
  const { plan } = opened;
  const reports: WorkloadReport[] = [];
  const hashes: string[] = [];
  try {
    for (const subject of subjectsOf(options)) {
      const planned = plan === undefined ? options : { ...options, plan };
      const result = await checkWorkload(subject, planned, hooks);
      reports.push(result.report);
      hashes.push(result.programHash);
    }
  } catch (error) {
    if (!(error instanceof PartsDisagree)) throw error;
    throw new UsageError(
      `the parts on file do not go together: ${error.message}`,
      'Begin with new files; these are left as they are.',
    );
  } finally {
    opened.close();
  }
  const { shard } = options;
  const isShare = shard === undefined ? [] : [`only shard ${shard.index} of ${shard.count} was explored`];
  const doubts = [...opened.doubts(), ...isShare];
  const workloadReports = reports.map((each) => ({ ...each, undecided: [...each.undecided, ...doubts] }));
  return reportOf(options, workloadReports, hashes, (performance.now() - started) / 1000);
}

function reportOf(
  options: CheckOptions,
  reports: readonly WorkloadReport[],
  hashes: readonly string[],
  seconds: number,
): CheckReport {
  const { scheme, mutant, persistency, depth, engine, verifyHash, reduction } = options;
  const engines = new Set(reports.flatMap((r) => r.engines.map((e) => `${e.name} ${e.version}`)));
  const workloadNames = reports.map((each) => each.workload);
  // What decides the result, and not how the work is divided.
  const configuration = {
    scheme,
    mutant,
    persistency,
    workloads: workloadNames,
    depth: String(depth),
    engine,
    verifyHash,
    reduction,
  };
  return {
    format: 'fukugen-report/1',
    verdict: verdictOf(reports),
    scheme,
    ...(mutant === undefined ? {} : { mutant }),
    ...(persistency === undefined ? {} : { persistency }),
    workloads: reports,
    provenance: {
      fukugen: packageVersion(),
      node: process.version,
      programHash: digest(hashes.join()),
      configurationHash: digest(JSON.stringify(configuration)),
      engines: [...engines],
    },
    seconds,
  };
}

const namesOf = (workloadNames: readonly string[]): readonly string[] =>
  workloadNames.length > 0 ? workloadNames : workloads.filter((w) => w.inDefaultSuite).map((w) => w.name);

const subjectsOf = ({ scheme, workloads: names, mutant, persistency }: CheckOptions): SubjectName[] =>
  namesOf(names).map((workload) => ({
    ...{ scheme, workload },
    ...(mutant === undefined ? {} : { mutant }),
    ...(persistency === undefined ? {} : { persistency }),
  }));

/** A print of the runs without a failure: parts of another kernel, program or emulator are told by it. */
const printOf = (options: CheckOptions): string =>
  digest(
    subjectsOf(options)
      .map((subject) => fingerprint(makeSubject(subject)))
      .join(),
  );
