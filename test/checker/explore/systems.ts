/** Systems for the explorer's tests, and graphs in a form in which two explorations can be compared. */
import type { AbstractGraph } from '../../../checker/explore/abstract-graph.ts';
import { type Exploration, explore } from '../../../checker/explore/explorer.ts';
import { type ReplayedStep, replayRun } from '../../../checker/explore/replay.ts';
import { runSegment, type SegmentStart } from '../../../checker/explore/segment.ts';
import { SegmentWalk } from '../../../checker/explore/segment-walk.ts';
import type { Committed, StateIndex, SystemUnderTest } from '../../../checker/explore/system.ts';
import { type Persistency, STRICT } from '../../../emulator/persistency/model.ts';
import { workloads } from '../../../kernel-model/programs/catalogue.ts';
import type { Workload } from '../../../kernel-model/programs/workload.ts';
import { pageShadow } from '../../../kernel-model/schemes/page-shadow.ts';
import type { SchemeDefinition } from '../../../kernel-model/schemes/scheme.ts';
import { type KernelSystem, type Mutation, makeSystem } from '../../../kernel-model/system.ts';

export function named(name: string): Workload {
  const entry = workloads.find((w) => w.name === name);
  if (entry === undefined) throw new Error(`no workload ${name}`);
  return entry.make();
}

export const systemOf = (
  workload: Workload,
  scheme: SchemeDefinition = pageShadow,
  mutate?: Mutation,
  persistency: Persistency = STRICT,
): KernelSystem => makeSystem({ workload, scheme, persistency, ...(mutate === undefined ? {} : { mutate }) });

/** Visits every crash point of one run from a power-on; NVM holds the image of the point meanwhile. */
export function walkRun(
  system: SystemUnderTest,
  powerOn: SegmentStart,
  visit: (position: number, walk: SegmentWalk) => void,
): void {
  const { nvm } = system.machine;
  let start = powerOn;
  for (let base = 0; ; ) {
    const before = nvm.snapshot();
    const segment = runSegment(system, start);
    nvm.restore(before);
    const walk = new SegmentWalk(segment, start, nvm);
    let isPoint = start.kind === 'power-on' || walk.advance();
    for (; isPoint; isPoint = walk.advance()) visit(base + walk.position, walk);
    base += segment.words.length;
    if (segment.end.kind !== 'joint') return;
    start = { kind: 'joint', joint: segment.end.joint };
  }
}

export interface CrashImage {
  readonly hash: string;
  readonly off: StateIndex;
  readonly committed: Committed;
}

/** The images that the given crash positions of a run leave, and the states of the machine without power. */
export function crashImages(
  system: SystemUnderTest,
  from: { state: StateIndex; committed: Committed },
  positions: ReadonlySet<number>,
): (CrashImage & {
  position: number;
  snapshot: ReturnType<SystemUnderTest['machine']['nvm']['snapshot']>;
})[] {
  const { nvm } = system.machine;
  const images: ReturnType<typeof crashImages> = [];
  walkRun(system, { kind: 'power-on', ...from }, (position, walk) => {
    if (!positions.has(position)) return;
    const off = system.observer.crash(walk.state);
    images.push({ position, hash: nvm.hash(), off, committed: walk.committed, snapshot: nvm.snapshot() });
  });
  return images;
}

export const fromTheStart = (system: SystemUnderTest): { state: StateIndex; committed: Committed } => ({
  state: system.observer.initialState(),
  committed: system.observer.initialCommitted(),
});

/**
 * The same system with the first boot behind it: it begins without power, as a crash right after `Start`
 * leaves it. Spares the tens of thousands of crash points of building everything.
 */
export const booted = (system: KernelSystem): SystemUnderTest =>
  failedAt(system, (steps) => steps.find((step) => step.action === 'Start'));

/** The same system with a failure behind it, right after a step of the run without one. */
export function failedAt(
  system: KernelSystem,
  choose: (steps: readonly ReplayedStep[]) => ReplayedStep | undefined,
): SystemUnderTest {
  const { machine, observer } = system;
  const step = choose(replayRun(system, [])?.steps ?? []);
  if (step === undefined) throw new Error('the run has no such step');
  machine.nvm.restore(system.blank);
  const [image] = crashImages(system, fromTheStart(system), new Set([step.position]));
  if (image === undefined) throw new Error(`no image at ${step.action}`);
  const running = Object.create(observer, {
    initialState: { value: () => image.off },
    initialCommitted: { value: () => image.committed },
  }) as typeof observer;
  return {
    machine,
    observer: redirected(observer, running),
    blank: image.snapshot,
    jointAction: system.jointAction,
    instructionsMax: system.instructionsMax,
    isRecovering: (state) => system.isRecovering(state),
    stateText: (state) => system.stateText(state),
    stateOfText: (text) => system.stateOfText(text),
    stateAsItf: (state) => system.stateAsItf(state),
    get statesCount() {
      return system.statesCount;
    },
  };
}

/** What `over` has of its own, and everything else from `observer` itself. */
function redirected<T extends object>(observer: T, over: T): T {
  return new Proxy(observer, {
    get: (target, name) => {
      const value: unknown = Reflect.get(Object.hasOwn(over, name) ? over : target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

type Named = (state: StateIndex) => string;

/** States by content, each written out once. `without` leaves variables out. */
export function contents(system: SystemUnderTest, without: readonly string[] = []): Named {
  const texts = new Map<StateIndex, string>();
  return (state) => {
    let text = texts.get(state);
    if (text === undefined) {
      const variables = Object.entries(system.stateAsItf(state)).filter(([name]) => !without.includes(name));
      text = JSON.stringify(Object.fromEntries(variables));
      texts.set(state, text);
    }
    return text;
  };
}

export const edgeText = (
  edge: { from: StateIndex; to: StateIndex; action: string; args: readonly unknown[] },
  name: Named,
): string => `${edge.action} ${JSON.stringify(edge.args)}\n${name(edge.from)}\n${name(edge.to)}`;

export const edgesOf = (graph: AbstractGraph, name: Named): Set<string> =>
  new Set(graph.edges.map((edge) => edgeText(edge, name)));

/** Both sets are equal; where not, says how many are missing and shows one. */
export function difference(a: ReadonlySet<string>, b: ReadonlySet<string>): string {
  const onlyA = [...a].filter((text) => !b.has(text));
  const onlyB = [...b].filter((text) => !a.has(text));
  if (onlyA.length + onlyB.length === 0) return '';
  return `${onlyA.length} only in the first, ${onlyB.length} only in the second:\n${onlyA[0] ?? onlyB[0]}`;
}

export function totals(exploration: Exploration): { found: number; run: number; equal: number } {
  const total = { found: 0, run: 0, equal: 0 };
  for (const count of exploration.tally.classes.values()) {
    total.found += count.found;
    total.run += count.run;
    total.equal += count.equal;
  }
  return total;
}

export const exploreAll = (system: SystemUnderTest, depth: number, reduce = true): Exploration =>
  explore(system, { depth, reduce });
