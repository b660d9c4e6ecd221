/**
 * `fukugen coverage`, whole: the bounded model's behaviours, the kernel driven along each of them, and what came
 * of it. A walk's share can run in a thread of its own; `reportOf` adds the shares up.
 */

import { schemes } from '../../kernel-model/schemes/catalogue.ts';
import { packageVersion } from '../cli/version.ts';
import { digest } from '../digest.ts';
import { UsageError } from '../errors.ts';
import type { CoverageFinding, CoverageReport } from '../report/coverage-model.ts';
import type { RunHooks } from '../run-api.ts';
import { specFolder } from '../spec-promises.ts';
import { find, findMutant, MUTATED_SCHEME, programHash } from '../subject.ts';
import {
  type BoundedModel,
  type Bounds,
  boundedModel,
  type SpecState,
  type Transition,
} from './bounded-model.ts';
import { ConcreteGraph, type ConcreteJudgement, judgeConcrete } from './concrete.ts';
import { concreteFinding } from './concrete-findings.ts';
import { Driver } from './driver.ts';
import { kindOf } from './kinds.ts';
import { NAMINGS } from './naming.ts';
import { REASONS } from './reasons.ts';
import { Counter, shortest, summed, type Tally } from './tally.ts';
import { type Share, Walk } from './walk.ts';
import { firstDifference, type Kernel } from './whole-run.ts';

export interface CoverageOptions {
  /** A name of the catalogue. */
  readonly scheme: string;
  readonly mutant?: string;
  readonly stepsMax: number;
  readonly crashesMax: number;
  /** Empty for all. */
  readonly calls: readonly string[];
  /** Empty for all. */
  readonly causes: readonly string[];
}

/** What one share of the walk gives. */
export interface CoverageShare {
  readonly tally: Tally;
  readonly runs: number;
  readonly crashes: number;
  /** Different steps, pages included, that were judged against PageShadow and every promise. */
  readonly stepsJudged: number;
  readonly stepsSeen: Readonly<Record<string, number>>;
  readonly programHash: string;
  readonly model: {
    readonly states: readonly SpecState[];
    readonly transitions: readonly Transition[];
    readonly behavioursCount: number;
  };
  readonly seconds: number;
}

/** Behaviours between two words about progress. */
const TELL_EVERY = 500;

/**
 * Drives the behaviours of one share.
 * @throws UsageError for a scheme or mutant that there is not.
 */
export async function coverShare(
  options: CoverageOptions,
  share: Share,
  hooks: RunHooks,
): Promise<CoverageShare> {
  const started = performance.now();
  const subject = subjectOf(options);
  const model = await boundedModel({
    specFolder: specFolder(),
    bounds: boundsOf(options),
    signal: hooks.signal,
    onProgress: (done) => hooks.onProgress({ phase: 'model', subject: options.scheme, done, unit: 'states' }),
  });
  const concrete = NAMINGS.map(() => new ConcreteGraph());
  const drivers = NAMINGS.map(
    (naming, i) => new Driver({ model, naming, ...subject, concrete: concrete[i] as ConcreteGraph }),
  );
  const counter = new Counter({
    model,
    onBehaviours: progressOf(model, options, hooks),
    driveAgain: (path, way) => firstDifference({ model, kernel: subject, path, way }),
  });
  new Walk({ model, drivers, listener: counter, share }).run();
  const stepsSeen: Record<string, number> = {};
  for (const [action, count] of drivers.flatMap((driver) => [...driver.actionsSeen])) {
    stepsSeen[action] = (stepsSeen[action] ?? 0) + count;
  }
  const judged = await judgeAll(model, subject, drivers, concrete);
  return {
    tally: withJudgement(counter.result(), judged),
    stepsJudged: judged.stepsCount,
    runs: drivers.reduce((sum, driver) => sum + driver.runsCount, 0),
    crashes: drivers.reduce((sum, driver) => sum + driver.crashesCount, 0),
    stepsSeen,
    programHash: drivers.map((driver) => programHash(driver.driven.system)).join(),
    model: {
      states: model.states,
      transitions: model.transitions,
      behavioursCount: model.nodes[0]?.behavioursCount ?? 0,
    },
    seconds: (performance.now() - started) / 1000,
  };
}

interface Judged {
  readonly stepsCount: number;
  readonly findings: readonly CoverageFinding[];
  readonly findingsCount: number;
  readonly errors: readonly string[];
}

async function judgeAll(
  model: BoundedModel,
  kernel: Kernel,
  drivers: readonly Driver[],
  graphs: readonly ConcreteGraph[],
): Promise<Judged> {
  const judgements: ConcreteJudgement[] = [];
  for (const [i, driver] of drivers.entries()) {
    judgements.push(await judgeConcrete(driver.driven.system, graphs[i] as ConcreteGraph));
  }
  const broken = judgements.flatMap((judgement) => judgement.broken);
  return {
    stepsCount: judgements.reduce((sum, { stepsCount }) => sum + stepsCount, 0),
    findings: broken.map((each) => concreteFinding(model, kernel, each)),
    findingsCount: broken.reduce((sum, { count }) => sum + count, 0),
    errors: judgements.flatMap(({ errors }) => errors.slice(0, 3)),
  };
}

function withJudgement(tally: Tally, judged: Judged): Tally {
  return {
    ...tally,
    findings: shortest([...tally.findings, ...judged.findings]),
    findingsCount: tally.findingsCount + judged.findingsCount,
    unknown: [...tally.unknown, ...judged.errors.map((error) => `a step could not be judged: ${error}`)],
  };
}

const boundsOf = ({ stepsMax, crashesMax, calls, causes }: CoverageOptions): Bounds => ({
  stepsMax,
  crashesMax,
  ...(calls.length === 0 ? {} : { calls }),
  ...(causes.length === 0 ? {} : { causes }),
});

function subjectOf(options: CoverageOptions): Kernel {
  const scheme = find(schemes, options.scheme, 'scheme');
  if (options.mutant === undefined) return { scheme };
  if (options.scheme !== MUTATED_SCHEME) {
    throw new UsageError(
      `mutants are of scheme ${MUTATED_SCHEME}, not of ${options.scheme}`,
      'leave --scheme out',
    );
  }
  return { scheme, mutate: findMutant(options.mutant).mutate };
}

function progressOf(model: BoundedModel, options: CoverageOptions, hooks: RunHooks): (count: number) => void {
  const subject = options.mutant ?? options.scheme;
  const total = model.nodes[0]?.behavioursCount ?? 0;
  let done = 0;
  let told = 0;
  return (count) => {
    done += count;
    if (done - told < TELL_EVERY) return;
    told = done;
    hooks.signal.throwIfAborted();
    hooks.onProgress({ phase: 'drive', subject, done, total, unit: 'behaviours' });
  };
}

/** Adds the shares up. They must be all the shares of one walk. */
export function reportOf(
  options: CoverageOptions,
  shares: readonly [CoverageShare, ...CoverageShare[]],
  seconds: number,
): CoverageReport {
  const [{ model, programHash: hash }] = shares;
  const tally = summed(shares.map((share) => share.tally));
  const sum = (of: (share: CoverageShare) => number): number => shares.reduce((n, share) => n + of(share), 0);
  const graph = graphOf(model, tally);
  const kinds = kindsOf(model, tally);
  const actions = new Set(model.transitions.map(({ action }) => action));
  const actionsShown = new Set(tally.shown.map((index) => model.transitions[index]?.action));
  const isReached = (index: number): boolean => graph.states[index]?.shown === true;
  const report: Omit<CoverageReport, 'verdict' | 'undecided'> = {
    format: 'fukugen-coverage/1',
    scheme: options.scheme,
    ...(options.mutant === undefined ? {} : { mutant: options.mutant }),
    bounds: {
      steps: options.stepsMax,
      crashes: options.crashesMax,
      ...(options.calls.length === 0 ? {} : { calls: options.calls }),
      ...(options.causes.length === 0 ? {} : { causes: options.causes }),
    },
    behaviours: {
      all: model.behavioursCount,
      shown: tally.behavioursShown,
      unexplained: tally.behavioursUnexplained,
    },
    actions: { all: actions.size, shown: actionsShown.size },
    kinds,
    transitions: { all: model.transitions.length, shown: tally.shown.length },
    states: { all: model.states.length, shown: graph.states.filter(({ shown }) => shown).length },
    notShown: notShownFor(tally, graph),
    transitionsBeyond: graph.transitions.filter(({ shown, from }) => !shown && !isReached(from)).length,
    stepsSeen: sumOf(shares.map((share) => share.stepsSeen)),
    driven: {
      runs: sum((share) => share.runs),
      crashes: sum((share) => share.crashes),
      again: tally.againCount,
      stepsJudged: sum((share) => share.stepsJudged),
    },
    findingsCount: tally.findingsCount,
    findings: tally.findings,
    graph,
    provenance: {
      fukugen: packageVersion(),
      node: process.version,
      programHash: digest(hash),
      modelHash: digest(JSON.stringify(model)),
    },
    seconds,
  };
  const undecided = doubtsOf(report, tally);
  const verdict = tally.findingsCount > 0 ? 'violated' : undecided.length > 0 ? 'undecided' : 'consistent';
  return { ...report, verdict, undecided };
}

function sumOf(records: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const [name, count] of records
    .flatMap((each) => Object.entries(each))
    .sort(([a], [b]) => (a < b ? -1 : 1))) {
    total[name] = (total[name] ?? 0) + count;
  }
  return total;
}

function graphOf(model: CoverageShare['model'], tally: Tally): CoverageReport['graph'] {
  const shown = new Set(tally.shown);
  const reasons = new Map(tally.met.toReversed().map(({ transition, reason }) => [transition, reason]));
  // Where everything begins is shown by being there.
  const reached = new Set([0, ...tally.shown.map((index) => model.transitions[index]?.to ?? 0)]);
  return {
    states: model.states.map((state, index) => ({ shown: reached.has(index), state })),
    transitions: model.transitions.map(({ from, action, to }, index) => {
      const reason = shown.has(index) ? undefined : reasons.get(index);
      return { from, action, to, shown: shown.has(index), ...(reason === undefined ? {} : { reason }) };
    }),
  };
}

function kindsOf(model: CoverageShare['model'], tally: Tally): CoverageReport['kinds'] {
  const shown = new Set(tally.shown);
  const counts = new Map<string, { all: number; shown: number }>();
  model.transitions.forEach(({ from, action, to }, index) => {
    const kind = kindOf(model.states[from] as SpecState, action, model.states[to] as SpecState);
    const count = counts.get(kind) ?? { all: 0, shown: 0 };
    count.all += 1;
    if (shown.has(index)) count.shown += 1;
    counts.set(kind, count);
  });
  return [...counts].map(([kind, count]) => ({ kind, ...count })).sort((a, b) => (a.kind < b.kind ? -1 : 1));
}

function notShownFor(tally: Tally, graph: CoverageReport['graph']): CoverageReport['notShown'] {
  return REASONS.map(({ name, sentence }) => {
    const met = tally.met.filter(({ reason }) => reason === name);
    return {
      reason: name,
      sentence,
      steps: met.reduce((sum, each) => sum + each.steps, 0),
      behaviours: met.reduce((sum, each) => sum + each.behaviours, 0),
      transitions: graph.transitions.filter(({ reason }) => reason === name).length,
    };
  })
    .filter(({ steps }) => steps > 0)
    .sort((a, b) => b.behaviours - a.behaviours);
}

/** What would make a green mean nothing. */
function doubtsOf(report: Omit<CoverageReport, 'verdict' | 'undecided'>, tally: Tally): string[] {
  const doubts = [...tally.unknown];
  doubts.push(...tally.againDiffers.slice(0, 3).map((what) => `driven again in one go, ${what}`));
  const { all, shown, unexplained } = report.behaviours;
  const accounted =
    shown + unexplained + report.notShown.reduce((sum, { behaviours }) => sum + behaviours, 0);
  if (accounted !== all) doubts.push(`${accounted} behaviours are accounted for, but the model has ${all}`);
  const actionsShown = new Set(report.graph.transitions.filter((t) => t.shown).map((t) => t.action));
  const missing = [...new Set(report.graph.transitions.map((t) => t.action))].filter(
    (a) => !actionsShown.has(a),
  );
  if (shown === 0) doubts.push('vacuous: no behaviour was shown');
  for (const action of missing)
    doubts.push(`vacuous: the model takes ${action}, and the kernel never showed it`);
  if (!actionsShown.has('Recovered')) doubts.push('vacuous: no recovery is within the bounds');
  return doubts;
}
