/**
 * The comparison itself: all behaviours of the bounded model, step by step, beside what the kernel does.
 *
 *     at each behaviour so far, with every way in which the kernel has shown it:
 *       let the driver decide everything that it can decide here, and see what the kernel does
 *       a step that the kernel takes and the model has not     disagreement
 *       a step that both have                                  shown: go on from there
 *       a step that only the model has                         not shown: for a reason, or a finding
 */
import type { BoundedModel, SpecEdge, SpecState } from './bounded-model.ts';
import type { Driver, History } from './driver.ts';
import { type Reason, reasonOf } from './reasons.ts';
import { isRepeat, next, type Observed, type Way } from './ways.ts';

export interface PathStep {
  readonly action: string;
  readonly after: SpecState;
}

/** The kernel did what the model does not allow after `path`, which it had shown. */
export interface Disagreement {
  readonly path: readonly PathStep[];
  readonly what:
    | { readonly kind: 'step'; readonly step: PathStep; readonly allowed: readonly PathStep[] }
    /** The kernel gave up, or never came to an end. */
    | { readonly kind: 'broken'; readonly why: string }
    /** A call gave its process something else than what it did. */
    | { readonly kind: 'result'; readonly why: string };
  readonly history: History | null;
}

export interface WalkListener {
  /** The kernel has shown a step of the model, at the end of a behaviour that it had not shown before. */
  shown(from: number, edge: SpecEdge): void;
  /** The kernel has not shown a step of the model; so many behaviours begin with it. */
  notShown(from: number, edge: SpecEdge, reason: Reason, behavioursCount: number): void;
  /** Likewise, and there is no reason for it. */
  unexplained(path: readonly PathStep[], from: number, edge: SpecEdge, behavioursCount: number): void;
  /** A behaviour that has been shown to its end, and in which ways. */
  ended(path: readonly PathStep[], ways: readonly Way[]): void;
  disagrees(disagreement: Disagreement): void;
  /** The emulator lacks something: nothing is known of what would have come. */
  unknown(why: string): void;
}

/** Behaviours are dealt out by their first steps, so that several walks share one model. */
export interface Share {
  readonly index: number;
  readonly count: number;
}

/** Behaviours of this length are dealt out; the shorter ones belong to the first share. */
const DEALT_STEPS = 5;

export class Walk {
  private readonly model: BoundedModel;
  private readonly drivers: readonly Driver[];
  private readonly listener: WalkListener;
  private readonly share: Share;
  private readonly path: PathStep[] = [];
  private crashesCount = 0;
  private dealtCount = 0;

  constructor(options: {
    readonly model: BoundedModel;
    readonly drivers: readonly Driver[];
    readonly listener: WalkListener;
    readonly share?: Share;
  }) {
    this.model = options.model;
    this.drivers = options.drivers;
    this.listener = options.listener;
    this.share = options.share ?? { index: 0, count: 1 };
  }

  /** Goes through all behaviours of its share. */
  run(): void {
    const ways = this.drivers.map((driver): Way => ({ kind: 'standing', driver, standing: driver.start() }));
    this.visit(0, ways);
  }

  private visit(node: number, ways: readonly Way[]): void {
    const edges = this.model.nodes[node]?.edges ?? [];
    if (edges.length === 0) return this.listener.ended(this.path, ways);
    const observed = ways.flatMap((way) => next(way, this.place()));
    const onward = this.matched(edges, observed);
    for (const edge of edges) {
      const waysOn = onward.get(edge);
      if (waysOn === undefined) this.tellNotShown({ node, edge, ways, observed });
      else this.follow(node, edge, waysOn);
    }
  }

  private follow(node: number, edge: SpecEdge, ways: readonly Way[]): void {
    if (this.isOurs()) this.listener.shown(node, edge);
    this.path.push({ action: edge.action, after: this.stateOf(edge.to) });
    if (edge.action === 'Crash') this.crashesCount += 1;
    if (this.path.length !== DEALT_STEPS || this.dealtCount++ % this.share.count === this.share.index) {
      this.visit(edge.to, ways);
    }
    if (edge.action === 'Crash') this.crashesCount -= 1;
    this.path.pop();
  }

  /** Of each step that both have, the ways on. What only the kernel has is told. */
  private matched(edges: readonly SpecEdge[], observed: readonly Observed[]): Map<SpecEdge, Way[]> {
    const onward = new Map<SpecEdge, Way[]>();
    for (const each of observed) {
      if (each.kind === 'no crash point') continue;
      if (each.kind !== 'step') {
        this.tellEnd(each);
        continue;
      }
      const { action, after, way } = each;
      const edge = edges.find((e) => e.action === action && this.model.nodes[e.to]?.state === after.index);
      if (edge === undefined) this.disagree(edges, each);
      else {
        const known = onward.get(edge) ?? [];
        if (way !== null) known.push(way);
        onward.set(edge, known);
      }
    }
    return onward;
  }

  private place() {
    const { stepsMax, crashesMax } = this.model.bounds;
    const stepsLeft = stepsMax - this.path.length;
    return { stepsLeft, crashableSteps: this.crashesCount < crashesMax ? stepsLeft : 0 };
  }

  /** What lies before the dealing is told by the first share only. */
  private isOurs(): boolean {
    return this.path.length >= DEALT_STEPS || this.share.index === 0;
  }

  private tellEnd(end: Extract<Observed, { readonly why: string }>): void {
    if (!this.isOurs()) return;
    const { kind, why, history } = end;
    if (kind === 'unknown') this.listener.unknown(why);
    else this.listener.disagrees({ path: [...this.path], what: { kind, why }, history });
  }

  private disagree(edges: readonly SpecEdge[], observed: Extract<Observed, { kind: 'step' }>): void {
    if (!this.isOurs()) return;
    const { action, after, history } = observed;
    const allowed = edges
      .filter((edge) => edge.action === action)
      .map((edge) => ({ action, after: this.stateOf(edge.to) }));
    const step = { action, after: after.state };
    this.listener.disagrees({ path: [...this.path], what: { kind: 'step', step, allowed }, history });
  }

  private tellNotShown(at: {
    readonly node: number;
    readonly edge: SpecEdge;
    readonly ways: readonly Way[];
    readonly observed: readonly Observed[];
  }): void {
    if (!this.isOurs()) return;
    const { node, edge, ways, observed } = at;
    const behavioursCount = 1 + (this.model.nodes[edge.to]?.behavioursCount ?? 0);
    const reason = reasonOf({
      before: this.stateOf(node),
      action: edge.action,
      after: this.stateOf(edge.to),
      lastAction: this.path.at(-1)?.action ?? '',
      observed: observed.flatMap((each) =>
        each.kind === 'step' ? [{ action: each.action, after: each.after.state }] : [],
      ),
      lastCalls: this.lastCalls(),
      isRepeat: ways.every(isRepeat),
      hasNoCrashPoint: observed.some(({ kind }) => kind === 'no crash point'),
    });
    if (reason !== undefined) this.listener.notShown(node, edge, reason, behavioursCount);
    else this.listener.unexplained([...this.path], node, edge, behavioursCount);
  }

  /** Of each process, the call that it made last. */
  private lastCalls(): (string | undefined)[] {
    const calls: (string | undefined)[] = [];
    for (const { action, after } of this.path) {
      if (action !== 'Enter' || after.cause !== 'call') continue;
      const index = (after.current as number) - 1;
      calls[index] = (after.call as readonly string[])[index];
    }
    return calls;
  }

  private stateOf(node: number): SpecState {
    return this.model.states[this.model.nodes[node]?.state ?? 0] as SpecState;
  }
}
