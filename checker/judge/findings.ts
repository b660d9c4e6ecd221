/**
 * From violations to findings: those with the same root are one finding. The root is the first bad step on
 * the way there; what goes wrong after it is counted, not told again.
 */
import { invariant } from '../../emulator/invariant.ts';
import type { Edge } from '../explore/abstract-graph.ts';
import type { ReplayedRun, ReplayedStep } from '../explore/replay.ts';
import type { SystemUnderTest } from '../explore/system.ts';
import type { CrashPointInfo, Finding, TraceStep } from '../report/model.ts';
import type { SpecPromise } from '../spec-promises.ts';
import type { Explanation } from './explain.ts';
import { STEP, type Violation } from './violations.ts';
import { runTwice } from './witness.ts';

export interface FindingContext {
  readonly system: SystemUnderTest;
  readonly workload: string;
  readonly promises: readonly SpecPromise[];
  /** Makes the replay line for crashes at these positions that leave these images. */
  replayLine(crashes: readonly number[], choices?: readonly string[]): string;
  crashPoint(run: ReplayedRun, index: number): CrashPointInfo;
  explain(violation: Violation): Promise<Explanation>;
}

/** A finding while others with its root are still being added. */
type GrowingFinding = Finding & { count: number; alsoBreaks: string[] };

/** More than this many different roots are not told apart any further: they are counted under the last. */
const FINDINGS_MAX = 12;

export async function findingsOf(
  violations: readonly Violation[],
  context: FindingContext,
): Promise<Finding[]> {
  const findings: GrowingFinding[] = [];
  const byRoot = new Map<string, GrowingFinding>();
  const byEdge = new Map<Edge, GrowingFinding>();
  const bad = new Map<string, Violation[]>();
  for (const violation of violations) {
    const key = stepKey(violation.edge.from, violation.edge.to, violation.edge.action);
    bad.set(key, [...(bad.get(key) ?? []), violation]);
  }
  for (const violation of violations) {
    const { promise, edge } = violation;
    const root = rootOf(violation);
    const known = byRoot.get(root) ?? (findings.length >= FINDINGS_MAX ? findings.at(-1) : undefined);
    if (known !== undefined) {
      known.count += 1;
      continue;
    }
    const sameStep = byEdge.get(edge);
    if (sameStep !== undefined) {
      sameStep.count += 1;
      if (promise !== STEP && promise !== sameStep.promise) sameStep.alsoBreaks.push(promise);
      byRoot.set(root, sameStep);
      continue;
    }
    const beside = knownBeside(violation, bad, byRoot);
    if (beside !== undefined) {
      beside.count += 1;
      if (promise !== STEP && promise !== beside.promise && !beside.alsoBreaks.includes(promise)) {
        beside.alsoBreaks.push(promise);
      }
      byRoot.set(root, beside);
      continue;
    }
    const told = tell(violation, bad, context);
    const first = told.cause === undefined ? undefined : byRoot.get(rootOf(told.cause));
    if (first !== undefined) {
      first.count += 1;
      byRoot.set(root, first);
      continue;
    }
    if (promise === STEP && violations.some((v) => v.edge === edge && v.promise !== STEP)) continue;
    const finding = await told.finding();
    findings.push(finding);
    byEdge.set(edge, finding);
    byRoot.set(root, finding);
  }
  return findings;
}

const stepKey = (from: number, to: number, action: string): string => `${from} ${to} ${action}`;
const rootOf = (v: Violation): string => `${v.promise} ${v.edge.action}`;

/** The finding whose promise the same step breaks: what else the step breaks comes of the same root. */
function knownBeside(
  { edge }: Violation,
  bad: ReadonlyMap<string, readonly Violation[]>,
  byRoot: ReadonlyMap<string, GrowingFinding>,
): GrowingFinding | undefined {
  const others = bad.get(stepKey(edge.from, edge.to, edge.action)) ?? [];
  const other = others.find((v) => v.promise !== STEP && byRoot.has(rootOf(v)));
  return other === undefined ? undefined : byRoot.get(rootOf(other));
}

/** Replays the way to a violation. `cause` is an earlier violation on that way. */
function tell(
  violation: Violation,
  bad: ReadonlyMap<string, readonly Violation[]>,
  context: FindingContext,
): { finding: () => Promise<GrowingFinding>; cause?: Violation } {
  const { edge } = violation;
  const run = runTwice(context.system, crashesTo(edge), edge.provenance.choices);
  const { steps } = run;
  const isThere = (s: ReplayedStep, i: number): boolean =>
    s.action === edge.action &&
    s.state === edge.to &&
    // What the TLB held when power failed is lost with it, and seen only at the next event: a replay that ends
    // here may not have noticed it yet.
    (s.action === 'Crash' || before(steps, i, run) === edge.from);
  const at = steps.findIndex(isThere);
  invariant(at >= 0, `the step ${edge.action} was seen once and not again`);
  let cause: Violation | undefined;
  for (let i = 0; i < at && cause === undefined; i += 1) {
    const step = steps[i];
    if (step === undefined) continue;
    const known = bad.get(stepKey(before(steps, i, run), step.state, step.action));
    cause = known?.find((v) => v.promise !== STEP) ?? known?.[0];
  }
  const finding = async (): Promise<GrowingFinding> => {
    const explanation = await context.explain(violation);
    return build({ violation, explanation, run, at, context });
  };
  return cause === undefined ? { finding } : { finding, cause };
}

/** The crashes of the shortest run that shows a step; where the step is a failure itself, that one too. */
function crashesTo({ action, provenance: { crashes, position } }: Edge): readonly number[] {
  return action === 'Crash' ? [...crashes, position] : crashes;
}

function before(steps: readonly ReplayedStep[], index: number, run: ReplayedRun): number {
  return steps[index - 1]?.state ?? run.initial;
}

function build(options: {
  readonly violation: Violation;
  readonly explanation: Explanation;
  readonly run: ReplayedRun;
  readonly at: number;
  readonly context: FindingContext;
}): GrowingFinding {
  const { violation, explanation, run, at, context } = options;
  const { edge, promise } = violation;
  const { conjunct, differing, allowed } = explanation;
  const { system, promises, workload } = context;
  const words = promises.find((p) => p.name === promise);
  const { action, module, line, text } = { ...conjunct, action: edge.action };
  return {
    promise,
    sentence: words?.sentence ?? 'Every step of the machine is a step of the spec.',
    thesis: words?.thesis ?? 'thesis §3',
    workload,
    crashes: run.crashes.map((_, i) => context.crashPoint(run, i)),
    step: { action, args: edge.args, conjunct: text, module, line },
    before: system.stateAsItf(edge.from),
    after: system.stateAsItf(edge.to),
    differing: differing.length > 0 ? differing : changedVariables(system, edge.from, edge.to),
    trace: traceTo(run, at, system),
    ...(Object.keys(allowed).length > 0 ? { allowed } : {}),
    alsoBreaks: [],
    count: 1,
    replay: context.replayLine(crashesTo(edge), edge.provenance.choices),
  };
}

function changedVariables(system: SystemUnderTest, from: number, to: number): string[] {
  const a = system.stateAsItf(from);
  const b = system.stateAsItf(to);
  return Object.keys(b).filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]));
}

const COMMITS = new Set(['Start', 'Enter', 'Leave', 'Recovered']);

/** From the last commit before the last crash up to the failing step. */
function traceTo(run: ReplayedRun, at: number, system: SystemUnderTest): TraceStep[] {
  const end = at < 0 ? run.steps.length : at + 1;
  const lastCrash = run.steps.slice(0, end).findLastIndex((s) => s.action === 'Crash');
  const upTo = lastCrash < 0 ? end - 1 : lastCrash;
  const start = Math.max(
    0,
    run.steps.slice(0, upTo).findLastIndex((s) => COMMITS.has(s.action)),
  );
  return run.steps
    .slice(start, end)
    .map(({ action, args, state }) => ({ action, args, state: system.stateAsItf(state) }));
}
