/**
 * The main job on one workload, whole:
 *
 *     system       workload + kernel + machine                  kernel-model/system
 *     exploration  every crash of it, and of every recovery     explore
 *     judgement    every step and state against the spec        tla
 *     report       certificate, findings, doubts                judge
 */
import { type KernelSystem, SPEC_VARIABLES } from '../kernel-model/system.ts';
import { crashPointInfo } from './crash-point.ts';
import { digest } from './digest.ts';
import { expectationsOf } from './expectations.ts';
import { type Exploration, explore } from './explore/explorer.ts';
import { replayRun } from './explore/replay.ts';
import { certificateOf } from './judge/certificate.ts';
import { checkWithEngines, type Judgement } from './judge/engines.ts';
import { explainViolation } from './judge/explain.ts';
import { type FindingContext, findingsOf } from './judge/findings.ts';
import { graphInput } from './judge/graph-input.ts';
import { openEndDoubts, openEndFindings } from './judge/open-ends.ts';
import { vacuityOf } from './judge/vacuity.ts';
import { countByPromise, violationsOf } from './judge/violations.ts';
import { exploreInParts, type PartsPlan } from './parts/explore-in-parts.ts';
import { formatReplayLine } from './replay-line.ts';
import type { Finding, WorkloadReport } from './report/model.ts';
import type { CheckOptions, EngineChoice, RunHooks } from './run-api.ts';
import { readPromises } from './spec-promises.ts';
import { makeSubject, programHash, type SubjectName } from './subject.ts';

export interface WorkloadResult {
  readonly report: WorkloadReport;
  readonly programHash: string;
  /** How many edges and states break each promise, consequences included. */
  readonly broken: Readonly<Record<string, number>>;
}

/** Depths that are checked by themselves before the one that is asked for: what they show is shorter. */
const SHALLOW_DEPTHS = 2;

type DepthOptions = Pick<CheckOptions, 'depth' | 'engine' | 'reduction' | 'spill'> & {
  readonly verifyHash?: boolean;
  /** Segments to run at most; past it the exploration is incomplete and the result undecided. */
  readonly segmentsMax?: number;
  /** Present where it is made in parts. */
  readonly plan?: PartsPlan;
};

/**
 * Checks with one crash in a run, then with two, then to `options.depth`, and stops at the first depth at which
 * something is wrong: what it then shows is the shortest way there, and what already fails with one crash
 * need not be crashed twice.
 */
export async function checkWorkload(
  subject: SubjectName,
  options: DepthOptions,
  hooks: RunHooks,
): Promise<WorkloadResult> {
  for (let depth = 1; depth < Math.min(options.depth, SHALLOW_DEPTHS + 1); depth += 1) {
    const shallow = await checkAtDepth(subject, { ...options, depth, engine: 'embedded' }, hooks);
    if (shallow.report.findings.length === 0) continue;
    const isLast = options.engine === 'embedded';
    return isLast ? shallow : checkAtDepth(subject, { ...options, depth }, hooks);
  }
  return checkAtDepth(subject, options, hooks);
}

/** Checks with exactly this many crashes in a run at most. */
export async function checkAtDepth(
  subject: SubjectName,
  options: DepthOptions,
  hooks: RunHooks,
): Promise<WorkloadResult> {
  const verifyHash = options.verifyHash === true;
  const system = makeSubject(subject, { verifyHash });
  const exploration = await exploreSubject(system, subject, options, hooks);
  const total = exploration.graph.edges.length;
  hooks.onProgress({ phase: 'check', subject: subject.workload, done: 0, total, unit: 'edges' });
  const judged = await judge({ system, subject, exploration, engine: options.engine, signal: hooks.signal });
  const report: WorkloadReport = {
    workload: subject.workload,
    certificate: certificateOf(exploration, { depth: options.depth, verifyHash }),
    findings: judged.findings,
    engines: judged.judgement.engines,
    vacuous: vacuityOf(exploration, judged.judgement.result, expectationsOf(system, options.depth)),
    undecided: [...judged.undecided, ...(exploration.limit === undefined ? [] : [exploration.limit])],
    actions: countActions(exploration),
  };
  return { report, programHash: programHash(system), broken: judged.broken };
}

async function exploreSubject(
  system: KernelSystem,
  subject: SubjectName,
  options: DepthOptions,
  hooks: RunHooks,
): Promise<Exploration> {
  const { depth, plan } = options;
  const spill = options.spill === undefined ? {} : { spill: options.spill };
  const verifyHash = options.verifyHash === true;
  const { signal } = hooks;
  const onProgress = (done: number): void =>
    hooks.onProgress({ phase: 'crash', subject: subject.workload, done, unit: 'crash points' });
  // With one crash in a run it is done before threads have started.
  if (plan !== undefined && (plan.isRequired || depth > 1)) {
    const of = { subject, depth, verifyHash, ...spill };
    const exploration = await exploreInParts({ system, of, plan, signal, onProgress });
    if (exploration !== null) return exploration;
  }
  const limit = options.segmentsMax === undefined ? {} : { segmentsMax: options.segmentsMax };
  const { reduction: reduce } = options;
  return explore(system, { depth, reduce, verifyHash, ...limit, ...spill, signal, onProgress });
}

/** Checks the graph of an exploration (or of one replayed run) against the spec and tells what is wrong. */
export async function judge(options: {
  readonly system: KernelSystem;
  readonly subject: SubjectName;
  readonly exploration: Exploration;
  readonly engine: EngineChoice;
  readonly signal: AbortSignal;
}): Promise<{
  judgement: Judgement;
  findings: Finding[];
  undecided: string[];
  broken: Record<string, number>;
}> {
  const { system, subject, exploration } = options;
  const promises = readPromises();
  const binding = { module: 'KernelTrace', constants: system.specConstants, variables: SPEC_VARIABLES };
  const input = graphInput({ system, exploration, binding, promises });
  const judgement = await checkWithEngines(input, options.engine, options.signal);
  const violations = violationsOf(exploration.graph.edges, judgement.result);
  const print = fingerprint(system);
  const context: FindingContext = {
    system,
    workload: subject.workload,
    promises,
    replayLine: (crashes, choices = []) => formatReplayLine({ ...subject, crashes, choices, print }),
    crashPoint: (run, index) => crashPointInfo(system, run, index),
    explain: (violation) => explainViolation(input, violation),
  };
  const broken = openEndFindings(exploration, context);
  const counts = countByPromise(violations);
  for (const finding of broken) counts[finding.promise] = (counts[finding.promise] ?? 0) + finding.count;
  return {
    judgement,
    findings: [...(await findingsOf(violations, context)), ...broken],
    undecided: [...judgement.doubts, ...openEndDoubts(exploration)],
    broken: counts,
  };
}

/** A print of the run without a failure: another kernel, program or emulator gives another. */
export function fingerprint(system: KernelSystem): string {
  const run = replayRun(system, []);
  return digest(`${system.machine.nvm.hash()} ${run?.lastLogLength} ${run?.steps.length}`).slice(0, 8);
}

function countActions(exploration: Exploration): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { action } of exploration.graph.edges) counts[action] = (counts[action] ?? 0) + 1;
  return counts;
}
