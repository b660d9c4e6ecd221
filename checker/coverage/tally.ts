/** What one walk found, as data that can go from one thread to another and be added up. */
import type { CoverageFinding } from '../report/coverage-model.ts';
import type { BoundedModel, SpecEdge, SpecState } from './bounded-model.ts';
import { behaviourText, drivingText, kindOf } from './kinds.ts';
import type { Reason } from './reasons.ts';
import type { Disagreement, PathStep, WalkListener } from './walk.ts';
import type { Way } from './ways.ts';

/** Findings that are kept; the others are counted. */
export const FINDINGS_MAX = 10;

export interface Met {
  readonly transition: number;
  readonly reason: string;
  steps: number;
  behaviours: number;
}

export interface Tally {
  readonly behavioursShown: number;
  readonly behavioursUnexplained: number;
  /** Indexes of transitions. */
  readonly shown: readonly number[];
  readonly met: readonly Met[];
  readonly findingsCount: number;
  readonly findings: readonly CoverageFinding[];
  readonly unknown: readonly string[];
  /** Behaviours that were driven a second time, in one go. */
  readonly againCount: number;
  /** Where that showed something else. */
  readonly againDiffers: readonly string[];
}

export interface CounterOptions {
  readonly model: BoundedModel;
  /** Is told how many behaviours more are accounted for. */
  readonly onBehaviours: (count: number) => void;
  /** Drives a behaviour in one go: null where it shows the same, otherwise what is different. */
  readonly driveAgain: (path: readonly PathStep[], way: Way) => string | null;
}

/** One way in so many in which a behaviour was shown is driven again. */
const AGAIN_EVERY = 1000;

/** Listens to a walk and counts. */
export class Counter implements WalkListener {
  private readonly model: BoundedModel;
  private readonly onBehaviours: (count: number) => void;
  private readonly transitionsShown = new Set<number>();
  private readonly met = new Map<string, Met>();
  private readonly findings: CoverageFinding[] = [];
  private readonly unknowns = new Set<string>();
  private shownCount = 0;
  private unexplainedCount = 0;
  private findingsCount = 0;
  private readonly driveAgain: CounterOptions['driveAgain'];
  private againCount = 0;
  private readonly againDiffers: string[] = [];

  constructor(options: CounterOptions) {
    this.model = options.model;
    this.onBehaviours = options.onBehaviours;
    this.driveAgain = options.driveAgain;
  }

  shown(_from: number, edge: SpecEdge): void {
    this.shownCount += 1;
    this.transitionsShown.add(edge.transition);
    this.onBehaviours(1);
  }

  notShown(_from: number, edge: SpecEdge, reason: Reason, behavioursCount: number): void {
    const key = `${edge.transition} ${reason.name}`;
    let met = this.met.get(key);
    if (met === undefined) {
      met = { transition: edge.transition, reason: reason.name, steps: 0, behaviours: 0 };
      this.met.set(key, met);
    }
    met.steps += 1;
    met.behaviours += behavioursCount;
    this.onBehaviours(behavioursCount);
  }

  unexplained(path: readonly PathStep[], _from: number, edge: SpecEdge, behavioursCount: number): void {
    this.unexplainedCount += behavioursCount;
    this.onBehaviours(behavioursCount);
    const { action, to } = this.model.transitions[edge.transition] ?? { action: edge.action, to: 0 };
    const before = this.last(path);
    const after = this.model.states[to] as SpecState;
    this.keep({
      kind: 'not shown',
      what: `the spec allows "${kindOf(before, action, after)}" here; the kernel did not show it, and no reason is known why it need not`,
      behaviour: behaviourText(path, this.first()),
      before,
      step: { action, after },
      allowed: [],
      driving: [],
    });
  }

  ended(path: readonly PathStep[], ways: readonly Way[]): void {
    for (const way of ways) {
      const { salt } = way.kind === 'within' ? way.run : way.standing;
      if (salt % AGAIN_EVERY !== 0) continue;
      this.againCount += 1;
      const difference = this.driveAgain(path, way);
      if (difference !== null)
        this.againDiffers.push(`${behaviourText(path, this.first()).join(', ')}: ${difference}`);
    }
  }

  disagrees({ path, what, history }: Disagreement): void {
    const before = this.last(path);
    const common = {
      kind: 'disagreement' as const,
      behaviour: behaviourText(path, this.first()),
      before,
      driving: drivingText(history),
    };
    if (what.kind === 'step') {
      const kind = kindOf(before, what.step.action, what.step.after);
      const allowed = what.allowed.map(({ after }) => after);
      const why =
        allowed.length === 0 ? 'which the spec does not allow here' : 'and left what the spec does not allow';
      this.keep({ ...common, what: `the kernel took the step "${kind}", ${why}`, step: what.step, allowed });
    } else {
      const told =
        what.kind === 'result'
          ? 'a call gave what the behaviour does not'
          : 'the kernel did not come to an end';
      this.keep({ ...common, what: `${told}: ${what.why}`, allowed: [] });
    }
  }

  unknown(why: string): void {
    this.unknowns.add(`the emulator lacks something: ${why}`);
  }

  result(): Tally {
    return {
      behavioursShown: this.shownCount,
      behavioursUnexplained: this.unexplainedCount,
      shown: [...this.transitionsShown],
      met: [...this.met.values()],
      findingsCount: this.findingsCount,
      findings: this.findings,
      unknown: [...this.unknowns],
      againCount: this.againCount,
      againDiffers: this.againDiffers,
    };
  }

  private keep(finding: CoverageFinding): void {
    this.findingsCount += 1;
    this.findings.push(finding);
    if (this.findings.length > FINDINGS_MAX * 2)
      this.findings.splice(0, this.findings.length, ...shortest(this.findings));
  }

  private first(): SpecState {
    return this.model.states[this.model.nodes[0]?.state ?? 0] as SpecState;
  }

  private last(path: readonly PathStep[]): SpecState {
    return path.at(-1)?.after ?? this.first();
  }
}

/** The findings to be shown: disagreements first, then by how short their behaviour is; each sentence once. */
export function shortest(findings: readonly CoverageFinding[]): CoverageFinding[] {
  const rank = (finding: CoverageFinding): number =>
    finding.behaviour.length + (finding.kind === 'disagreement' ? 0 : 1000);
  const kept = new Map<string, CoverageFinding>();
  for (const finding of findings.toSorted((a, b) => rank(a) - rank(b) || compare(textOf(a), textOf(b)))) {
    const key = `${finding.kind} ${finding.what}`;
    if (!kept.has(key)) kept.set(key, finding);
  }
  return [...kept.values()].slice(0, FINDINGS_MAX);
}

const textOf = (finding: CoverageFinding): string =>
  `${finding.behaviour.join()} ${finding.what} ${finding.driving.join()}`;
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The sum of what several walks found. */
export function summed(tallies: readonly Tally[]): Tally {
  const met = new Map<string, Met>();
  for (const each of tallies.flatMap((tally) => tally.met)) {
    const key = `${each.transition} ${each.reason}`;
    const known = met.get(key);
    if (known === undefined) met.set(key, { ...each });
    else {
      known.steps += each.steps;
      known.behaviours += each.behaviours;
    }
  }
  const sum = (of: (tally: Tally) => number): number =>
    tallies.reduce((total, tally) => total + of(tally), 0);
  return {
    behavioursShown: sum((t) => t.behavioursShown),
    behavioursUnexplained: sum((t) => t.behavioursUnexplained),
    shown: [...new Set(tallies.flatMap((t) => t.shown))].sort((a, b) => a - b),
    met: [...met.values()].sort((a, b) => a.transition - b.transition || compare(a.reason, b.reason)),
    findingsCount: sum((t) => t.findingsCount),
    findings: shortest(tallies.flatMap((t) => t.findings)),
    unknown: [...new Set(tallies.flatMap((t) => t.unknown))].sort(),
    againCount: sum((t) => t.againCount),
    againDiffers: tallies.flatMap((t) => t.againDiffers).sort(),
  };
}
