/**
 * The explorer: every crash point of a workload, and of every recovery, down to a depth of nested crashes.
 *
 *     explore a line (a run from a power-on):
 *       run a segment, from here to the next joint
 *       for every crash point in it: the image is known → count it as equal
 *                                    otherwise explore the line that starts there
 *       the joint is known → the line is done; otherwise go on from it
 */
import { invariant } from '../../emulator/invariant.ts';
import type { NvmSnapshot } from '../../emulator/nvm/nvm.ts';
import { AbstractGraph, type Provenance } from './abstract-graph.ts';
import { type Future, FutureMemo, JointMemo } from './memo.ts';
import { ENDLESS, type Joint, runSegment, type Segment, type SegmentStart } from './segment.ts';
import { SegmentWalk } from './segment-walk.ts';
import { type JointId, Succession } from './succession.ts';
import type { StateIndex, SystemUnderTest } from './system.ts';
import { Tally } from './tally.ts';
import { WordSet } from './word-set.ts';

export interface ExploreOptions {
  /** Crashes nested in one run, at most. 0: only the run without a failure. */
  readonly depth: number;
  /** False runs every crash point and joins nothing: for checking the reductions. */
  readonly reduce: boolean;
  /** Segments to run at most; past it the exploration is incomplete and says so. */
  readonly segmentsMax?: number;
  readonly onProgress?: (found: number, run: number) => void;
  readonly signal?: AbortSignal;
}

/** A run that did not come to a joint or a settled end. */
export interface OpenEnd {
  readonly kind: 'broken' | 'hung' | 'unknown';
  readonly why: string;
  readonly state: StateIndex;
  readonly provenance: Provenance;
}

export interface Exploration {
  readonly graph: AbstractGraph;
  readonly tally: Tally;
  readonly openEnds: readonly OpenEnd[];
  readonly initial: StateIndex;
  readonly jointsCount: number;
  /** Why it is incomplete; absent when everything was explored. */
  readonly limit?: string;
  /** How often the exploration began again because a page turned out to be live. */
  readonly restartsCount: number;
}

/** Where a line is: the crashes that led to it, and how many log entries precede its present segment. */
interface Line {
  readonly crashes: readonly number[];
  base: number;
  /** The joint that it came to last. */
  lastJoint: JointId | null;
}

const newLine = (crashes: readonly number[]): Line => ({ crashes, base: 0, lastJoint: null });

export function explore(system: SystemUnderTest, options: ExploreOptions): Exploration {
  const { nvm } = system.machine;
  const live = new Uint8Array(nvm.pagesCount).fill(1);
  for (const page of system.deadPagesHint) live[page] = 0;
  for (let restartsCount = 0; ; restartsCount += 1) {
    nvm.restore(system.blank);
    const explorer = new Explorer(system, options, live);
    const exploration = explorer.run(restartsCount);
    if (!explorer.mustRestart || exploration.limit !== undefined) return exploration;
  }
}

/** Points between two reports of progress. */
const POINTS_PER_REPORT = 1 << 15;
/** Kernel exits in one run past which it counts as hung. */
const SEGMENTS_MAX = 20_000;

class SegmentsLimit extends Error {
  override name = 'SegmentsLimit';
}

class Explorer {
  private readonly system: SystemUnderTest;
  private readonly options: ExploreOptions;
  private readonly graph = new AbstractGraph();
  private readonly tally = new Tally();
  private readonly futures = new FutureMemo();
  private readonly joints: JointMemo;
  private readonly openEnds: OpenEnd[] = [];
  private readonly succession = new Succession();
  /** By the id of a joint: what there is to say if no run from it ends. */
  private readonly ifEndless: OpenEnd[] = [];
  private jointsCount = 0;
  private pointsSinceReport = 0;

  constructor(system: SystemUnderTest, options: ExploreOptions, live: Uint8Array) {
    this.system = system;
    this.options = options;
    this.joints = new JointMemo(live);
  }

  get mustRestart(): boolean {
    return this.joints.grew;
  }

  run(restartsCount: number): Exploration {
    const { observer } = this.system;
    const initial = observer.initialState();
    const start = { kind: 'power-on', state: initial, committed: observer.initialCommitted() } as const;
    const limit = this.untilLimit(() => {
      this.exploreLine(start, this.options.depth, newLine([]));
    });
    invariant(this.mustRestart || this.succession.isUnique, 'runs from equal joints go the same way');
    const endless = this.succession.circles().flatMap((id) => this.ifEndless[id] ?? []);
    const { graph, tally, jointsCount } = this;
    const openEnds = [...this.openEnds, ...endless];
    return { graph, tally, openEnds, initial, jointsCount, restartsCount, ...limit };
  }

  /** Explores; says so when the limit of segments cuts it short. */
  private untilLimit(exploreAll: () => void): { limit?: string } {
    try {
      exploreAll();
      return {};
    } catch (error) {
      if (error instanceof SegmentsLimit) return { limit: error.message };
      throw error;
    }
  }

  /** Explores a run from its power-on to its end. Returns the words of the image that decide all of it. */
  private exploreLine(powerOn: SegmentStart, budget: number, line: Line): WordSet {
    const { nvm } = this.system.machine;
    this.options.signal?.throwIfAborted();
    let care: WordSet | null = null;
    let start = powerOn;
    for (let segmentsCount = 0; ; segmentsCount += 1) {
      const before = budget > 0 ? nvm.snapshot() : null;
      if (this.tally.segmentsRun >= (this.options.segmentsMax ?? Number.POSITIVE_INFINITY)) {
        throw new SegmentsLimit(`stopped after ${this.tally.segmentsRun} segments`);
      }
      const segment = runSegment(this.system, start);
      this.tally.segmentsRun += 1;
      this.addToGraph(segment, line);
      const segmentCare =
        before === null
          ? this.careWithoutCrash(segment)
          : this.crashEverywhere(segment, before, start, budget, line);
      if (care === null) care = segmentCare;
      else this.joints.noteReads(segmentCare);
      line.base += segment.words.length;
      if (segment.end.kind !== 'joint') {
        if (line.lastJoint !== null) this.succession.follow(line.lastJoint, 'end');
        this.noteEnd(segment, line);
        return care;
      }
      const { joint } = segment.end;
      if (this.options.reduce && this.isJoined(joint, budget, line)) return care;
      this.jointsCount += 1;
      if (segmentsCount === SEGMENTS_MAX) {
        this.openEnds.push(hung(`no end after ${SEGMENTS_MAX} kernel exits`, joint, line));
        return care;
      }
      start = { kind: 'joint', joint };
    }
  }

  /** Whether what follows a joint has been explored already, or is being explored now by a line further up. */
  private isJoined(joint: Joint, budget: number, line: Line): boolean {
    const { id, isKnown } = this.joints.meet(joint, this.system.machine.nvm, budget);
    if (line.lastJoint !== null) this.succession.follow(line.lastJoint, id);
    line.lastJoint = id;
    this.ifEndless[id] ??= hung(ENDLESS, joint, line);
    if (isKnown) this.tally.rejoined += 1;
    return isKnown;
  }

  /**
   * Crashes a segment at every point of it. NVM is put back to the segment's start, taken through it entry by
   * entry, and left at its end. Returns the words of the start that decide everything that can follow.
   */
  private crashEverywhere(
    segment: Segment,
    before: NvmSnapshot,
    start: SegmentStart,
    budget: number,
    line: Line,
  ): WordSet {
    const { nvm } = this.system.machine;
    this.tally.expected += segment.countedByMemory + (start.kind === 'power-on' ? 1 : 0);
    nvm.restore(before);
    const care = segment.liveIn;
    const walk = new SegmentWalk(segment, start, nvm);
    let future: Future | null = null;
    // The point before the first store belongs to the segment that a power-on starts; elsewhere it is the
    // last point of the segment before.
    let isPoint = start.kind === 'power-on' || walk.advance();
    for (; isPoint; isPoint = walk.advance()) {
      this.reportProgress();
      if (future !== null && this.isUnread(walk, future)) {
        this.tally.equal(walk.crashClass, 'unread-store');
        continue;
      }
      future = this.crashAt(walk, budget - 1, line);
      care.addAllExcept(future.care, walk.written);
    }
    if (segment.end.kind === 'joint') this.joints.addLive(care, walk.written);
    return care;
  }

  /** Whether the last store changed nothing that any run from here on reads before writing it. */
  private isUnread(walk: SegmentWalk, future: Future): boolean {
    return this.options.reduce && walk.promisesUnchanged && (walk.word < 0 || !future.care.has(walk.word));
  }

  /** Power fails at the walk's cursor: what follows is known, or is explored now. */
  private crashAt(walk: SegmentWalk, budget: number, line: Line): Future {
    const { machine, observer } = this.system;
    const position = line.base + walk.position;
    const off = observer.crash(walk.state);
    this.graph.add(
      { from: walk.state, to: off, action: 'Crash', args: [] },
      { crashes: line.crashes, position },
    );
    const key = this.futures.key({ state: off, committed: walk.committed, budget });
    const image = machine.nvm.snapshot();
    const known = this.options.reduce ? this.futures.find(key, image) : undefined;
    if (known !== undefined) {
      this.tally.equal(walk.crashClass, 'same-reads');
      return known;
    }
    this.tally.run(walk.crashClass);
    const powerOn = { kind: 'power-on', state: off, committed: walk.committed } as const;
    const care = this.exploreLine(powerOn, budget, newLine([...line.crashes, position]));
    machine.nvm.restore(image);
    const future = { care, image };
    this.futures.add(key, future);
    return future;
  }

  /** The words that decide a segment in which nothing crashes, and what follows it. */
  private careWithoutCrash(segment: Segment): WordSet {
    const care = segment.liveIn;
    const written = new WordSet(this.system.machine.nvm.words.length);
    for (const word of segment.words) if (word >= 0) written.add(word);
    if (segment.end.kind === 'joint') this.joints.addLive(care, written);
    return care;
  }

  private addToGraph(segment: Segment, line: Line): void {
    let from = segment.startState;
    for (const { action, args, state, position } of segment.path) {
      this.graph.add(
        { from, to: state, action, args },
        { crashes: line.crashes, position: line.base + position },
      );
      from = state;
    }
  }

  private noteEnd(segment: Segment, line: Line): void {
    const { end } = segment;
    if (end.kind === 'joint' || end.kind === 'settled') return;
    const provenance = { crashes: line.crashes, position: line.base };
    this.openEnds.push({ kind: end.kind, why: end.why, state: end.state, provenance });
  }

  private reportProgress(): void {
    this.pointsSinceReport += 1;
    if (this.pointsSinceReport < POINTS_PER_REPORT) return;
    this.tally.found += this.pointsSinceReport;
    this.pointsSinceReport = 0;
    this.options.signal?.throwIfAborted();
    this.options.onProgress?.(this.tally.found, this.tally.segmentsRun);
  }
}

function hung(why: string, joint: Joint, line: Line): OpenEnd {
  const provenance = { crashes: line.crashes, position: line.base };
  return { kind: 'hung', why, state: joint.state, provenance };
}
