/** A class that is open: how far its segment has been walked through, and what it was found to lead to. */
import { invariant } from '../../emulator/invariant.ts';
import type { CrashClass } from '../report/model.ts';
import type { ClassRecord, PointRange, RecordEnd } from './class-graph.ts';
import { LooseClass, type LooseContext } from './loose-class.ts';
import type { ClassNode } from './memo.ts';
import type { Segment, SegmentStart } from './segment.ts';
import { SegmentWalk } from './segment-walk.ts';
import type { SystemUnderTest } from './system.ts';
import { WordSet } from './word-set.ts';

/** Kernel exits in one run past which it counts as hung. */
const EXITS_MAX = 20_000;

export type FrameRole = 'first' | 'repeat' | 'part';

const NO_ENTRIES = new Int32Array(0);
const NOTHING = new WordSet(0);

export class Frame {
  readonly node: ClassNode;
  /** Walked through again, since a class that it leads to cares for more than was known. */
  readonly isRepeat: boolean;
  /** Only the crash points are explored, not what follows the end. */
  readonly isPart: boolean;
  private readonly system: SystemUnderTest;
  /** Without its log while the frame is asleep. */
  private segment: Segment;
  private readonly logLength: number;
  /** None where no crash may happen any more, and while the frame is asleep. */
  private walk: SegmentWalk | null;
  /** The words stored to so far; none while the frame is asleep. */
  written: WordSet;
  /** How far the walk had come when the frame fell asleep. */
  private asleepAt: number | null = null;
  private readonly ranges: PointRange[] = [];
  /** What `settle` needs of this class once it is closed; follows what is found here. */
  readonly loosened: LooseClass;
  private readonly found = new Map<CrashClass, number>();
  private stage: 'before' | 'points' | 'joint' | 'end' = 'before';
  private end: RecordEnd = { kind: 'unexplored' };
  /** The class that the last point leads to. */
  private target: ClassNode | null = null;
  /** The class that was opened from here and is explored now. */
  private awaited: ClassNode | null = null;

  /** The segment has just been run from the class's start, so that NVM is at its end. */
  constructor(
    system: SystemUnderTest,
    node: ClassNode,
    segment: Segment,
    { role, context }: { readonly role: FrameRole; readonly context: LooseContext },
  ) {
    this.system = system;
    this.node = node;
    this.segment = segment;
    this.logLength = segment.words.length;
    this.isRepeat = role === 'repeat';
    this.isPart = role === 'part';
    this.loosened = new LooseClass(node, segment, context);
    const { nvm } = system.machine;
    if (node.budget > 0) {
      this.walk = new SegmentWalk(segment, node.start, nvm);
      this.written = this.walk.written;
    } else {
      this.walk = null;
      this.written = new WordSet(nvm.words.length);
      for (const word of segment.words) if (word >= 0) this.written.add(word);
    }
  }

  /** Goes on after another class was explored: NVM is what it was here. */
  resume(): void {
    const { nvm } = this.system.machine;
    if (this.asleepAt !== null) this.wake(this.asleepAt);
    if (this.awaited !== null) {
      if (this.stage === 'points') nvm.restore(this.awaited.image);
      this.leadTo(this.awaited);
      this.awaited = null;
    } else if (this.stage === 'before' && this.walk !== null) nvm.restore(this.node.image);
  }

  /**
   * Another class is explored now, and many may follow from it: gives up what can be worked out again, the log
   * and the walk through it. `resume` has it back.
   */
  sleep(): void {
    const { walk } = this;
    if (walk === null) return;
    this.asleepAt = walk.position;
    this.walk = null;
    this.written = NOTHING;
    this.loosened.restLog();
    this.segment = { ...this.segment, words: NO_ENTRIES, values: NO_ENTRIES };
    this.node.care.rest();
  }

  private wake(position: number): void {
    const { nvm } = this.system.machine;
    nvm.restore(this.node.image);
    this.segment = { ...this.segment, ...this.loosened.readLog() };
    const walk = new SegmentWalk(this.segment, this.node.start, nvm);
    while (walk.position < position) walk.advance();
    this.walk = walk;
    this.written = walk.written;
    this.asleepAt = null;
  }

  /** Goes to the next crash point, counted; false when there is none. */
  nextPoint(): boolean {
    const { walk } = this;
    if (walk === null || this.stage === 'joint' || this.stage === 'end') return false;
    // The point before the first store belongs to the segment that a power-on starts; elsewhere it is the last
    // point of the segment before.
    const isFirst = this.stage === 'before' && this.node.start.kind === 'power-on';
    this.stage = 'points';
    if (!isFirst && !walk.advance()) return false;
    this.found.set(walk.crashClass, (this.found.get(walk.crashClass) ?? 0) + 1);
    return true;
  }

  /** Whether the last store changed nothing that any run from here on reads before writing it. */
  isUnread(): boolean {
    const { walk, target } = this;
    if (walk === null || target === null || !walk.promisesUnchanged) return false;
    return walk.word < 0 || !target.care.has(walk.word);
  }

  /** Power fails at this point: the start that it leaves, with NVM as it is. */
  crashHere(): SegmentStart {
    const { walk } = this;
    invariant(walk !== null, 'power fails only while crashes are left');
    return { kind: 'power-on', state: this.system.observer.crash(walk.state), committed: walk.committed };
  }

  /** The joint that the segment ends at, once; NVM is at the end. */
  nextJoint(): SegmentStart | null {
    if (this.stage === 'joint' || this.stage === 'end') return null;
    const { end } = this.segment;
    this.stage = end.kind === 'joint' ? 'joint' : 'end';
    if (end.kind !== 'joint') {
      this.end = end;
      return null;
    }
    if (this.node.exitsCount < EXITS_MAX) return end;
    const { state } = end.joint;
    this.end = { kind: 'hung', why: `no end after ${EXITS_MAX} kernel exits`, state };
    return null;
  }

  /** What follows here is what follows from `target`, once that has been explored. */
  await(target: ClassNode): void {
    this.awaited = target;
  }

  /** What follows here is what follows from `target`: of its care, all that is not written before counts here too. */
  leadTo(target: ClassNode): void {
    const { node } = this;
    if (this.stage === 'joint') this.leadsOn(target);
    else this.addRange(target);
    node.care.addAllExcept(target.care, this.written);
    if (!target.isSettled && target.low < node.low) node.low = target.low;
  }

  record(): ClassRecord {
    const { segment, node, ranges, found, end } = this;
    const isPowerOn = node.start.kind === 'power-on';
    return {
      kind: node.start.kind,
      startState: segment.startState,
      path: segment.path.map(({ position, action, args, state }) => ({ position, action, args, state })),
      logLength: this.logLength,
      ranges,
      found,
      expected: node.budget === 0 ? 0 : segment.countedByMemory + (isPowerOn ? 1 : 0),
      end,
    };
  }

  private leadsOn(target: ClassNode): void {
    this.end = { kind: 'joint', target: target.index };
    this.loosened.addJoint(target);
  }

  private addRange(target: ClassNode): void {
    const { walk } = this;
    invariant(walk !== null, 'a crash point has a place');
    const { position, state: from, crashClass } = walk;
    const last = this.ranges.at(-1);
    this.target = target;
    if (last?.target === target.index && last.from === from) return;
    this.loosened.addLead(position, target);
    this.ranges.push({ position, crashClass, from, target: target.index });
  }
}
