/** A class that is open: how far its segment has been walked through, and what it was found to lead to. */
import { invariant } from '../../emulator/invariant.ts';
import { imagesCount, wordsOf } from '../../emulator/persistency/choices.ts';
import { countImages } from '../../emulator/persistency/count-images.ts';
import type { RecordedRun } from '../../emulator/persistency/walk.ts';
import type { CrashClass } from '../report/model.ts';
import { careWordsCount } from './cache-words.ts';
import { careThroughCrash, careThroughJoint } from './care-through-cache.ts';
import type { ClassRecord, ImageCount, PointRange, RecordEnd } from './class-graph.ts';
import { LooseClass, type LooseContext } from './loose-class.ts';
import type { ClassNode } from './memo.ts';
import { PointImages } from './point-images.ts';
import type { Segment, SegmentStart } from './segment.ts';
import { SegmentWalk } from './segment-walk.ts';
import type { SystemUnderTest } from './system.ts';
import { WordSet } from './word-set.ts';

/** Kernel exits in one run past which it counts as hung. */
const EXITS_MAX = 20_000;
/** Different images of one crash point past which nothing that could be called a protocol holds. */
const IMAGES_MAX = 1024;

/** The exploration ends here: what was found is told, but it is not all. */
export class ImagesLimit extends Error {
  override name = 'ImagesLimit';

  constructor(count: number) {
    super(`stopped at a crash point that leaves more than ${count} images of different futures`);
  }
}

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
  /** Where the images of the last point that was looked at lead. */
  private targets: ClassNode[] = [];
  /** The point whose images are gone through now. */
  private images: PointImages | null = null;
  private isAtRest = false;
  private foundSince = 0;
  private imagesFound = 0n;
  /** The ranges that begin at this point; they count where they are not those of the point before. */
  private here: PointRange[] = [];
  private before: readonly PointRange[] = [];
  /** The class that was opened from here and is explored now. */
  private awaited: ClassNode | null = null;
  /** From where it was opened; null: from the joint. */
  private awaitedRange: PointRange | null = null;

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
      this.written = new WordSet(careWordsCount(nvm));
      for (const word of segment.words) if (word >= 0) this.written.add(word);
    }
  }

  /** Goes on after another class was explored: NVM is what it was here. */
  resume(reduce: boolean): void {
    const { nvm } = this.system.machine;
    if (this.asleepAt !== null) this.wake(this.asleepAt);
    if (this.awaited !== null) {
      if (this.stage === 'points') nvm.restore(this.awaited.image);
      this.leadTo(this.awaited, reduce);
      this.awaited = null;
    } else if (this.stage === 'before' && this.walk !== null) nvm.restore(this.node.image);
  }

  /**
   * Another class is explored now, and many may follow from it: gives up what can be worked out again, the log
   * and the walk through it. `resume` has it back.
   */
  sleep(): void {
    const { walk } = this;
    // Where stores wait in a cache, the walk knows more than its position.
    if (walk === null || this.segment.recorded !== null) return;
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
    if (this.images === null) return;
    this.images = new PointImages(walk, nvm);
    this.images.next();
  }

  /**
   * Power fails in the next way that is not known to be equal to one before: the start that it leaves, with NVM
   * as it is. Null when there is none.
   */
  nextCrash(reduce: boolean): SegmentStart | null {
    for (;;) {
      if (this.images !== null) {
        if (this.here.length >= IMAGES_MAX) throw new ImagesLimit(this.here.length);
        if (this.images.next()) return this.crashWith(this.images);
        this.endPoint();
      }
      if (!this.nextPoint()) return null;
      const { walk } = this;
      invariant(walk !== null, 'power fails only while crashes are left');
      const isEqual = reduce && this.isUnread();
      // Where a point has one image, it is counted as the point.
      if (isEqual && this.segment.recorded === null) continue;
      const images = new PointImages(walk, this.system.machine.nvm);
      this.imagesFound += imagesCount(images.choices);
      if (isEqual) continue;
      this.images = images;
      this.targets = [];
    }
  }

  /** Crash points counted since this was last asked. */
  takeFound(): number {
    const found = this.foundSince;
    this.foundSince = 0;
    return found;
  }

  /** Goes to the next crash point, counted; false when there is none. */
  private nextPoint(): boolean {
    const { walk } = this;
    if (walk === null || this.stage === 'joint' || this.stage === 'end') return false;
    // The point before the first store belongs to the segment that a power-on starts; elsewhere it is the last
    // point of the segment before.
    const isFirst = this.stage === 'before' && this.node.start.kind === 'power-on';
    this.stage = 'points';
    if (!isFirst && !walk.advance()) return this.atRest();
    this.count(walk.crashClass);
    return true;
  }

  /**
   * A run that is over has one point more where stores wait in a cache: everything that was to be flushed has
   * been, and everything that was committed counts.
   */
  private atRest(): boolean {
    const { walk, segment } = this;
    if (walk === null || walk.settled === null || segment.end.kind !== 'settled' || this.isAtRest)
      return false;
    this.isAtRest = true;
    walk.finish();
    this.count(walk.crashClass);
    return true;
  }

  private count(crashClass: CrashClass): void {
    this.found.set(crashClass, (this.found.get(crashClass) ?? 0) + 1);
    this.foundSince += 1;
  }

  /** Whether the last store changed nothing that any run from here on reads before writing it. */
  private isUnread(): boolean {
    const { walk, targets } = this;
    if (walk === null || targets.length === 0 || !walk.promisesUnchanged || this.isAtRest) return false;
    const isCared = (word: number): boolean => targets.some((target) => target.care.has(word));
    if (walk.word >= 0 && isCared(walk.word)) return false;
    // Without a cache it is the next store that may tear, and that is not one of the point before.
    const tearsNext = this.segment.recorded !== null && walk.settled === null;
    return !tearsNext || !wordsOf(walk.choices()).some(isCared);
  }

  private crashWith(images: PointImages): SegmentStart {
    const { walk } = this;
    invariant(walk !== null, 'power fails only while crashes are left');
    const { state, committed } = images.lacked() ?? walk;
    return { kind: 'power-on', state: this.system.observer.crash(state), committed };
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
    this.awaitedRange = this.stage === 'points' ? this.rangeTo(target) : null;
  }

  /** What follows here is what follows from `target`: of its care, all that is not written before counts here too. */
  leadTo(target: ClassNode, reduce: boolean): void {
    const { node } = this;
    const isJoint = this.stage === 'joint';
    if (isJoint) this.leadsOn(target);
    else this.addRange(target, reduce);
    this.careFor(target, isJoint);
    if (!target.isSettled && target.low < node.low) node.low = target.low;
  }

  private careFor(target: ClassNode, isJoint: boolean): void {
    const { node, walk } = this;
    const settled = walk?.settled ?? null;
    if (settled === null) node.care.addAllExcept(target.care, this.written);
    else {
      const memoryWords = this.system.machine.nvm.words.length;
      const start = { care: node.care, isPowerOn: node.start.kind === 'power-on' };
      const carer = { ...start, written: this.written, settled, memoryWords, added: undefined };
      if (isJoint) careThroughJoint(target.care, carer);
      else careThroughCrash(target.care, carer);
    }
  }

  /** The exploration ends before all is known: what is being explored from here is told as far as it is. */
  cutShort(): void {
    if (this.awaited === null) return;
    if (this.awaitedRange === null) this.leadsOn(this.awaited);
    else this.here.push(this.awaitedRange);
  }

  record(): ClassRecord {
    const { segment, node, ranges, found, end } = this;
    const isPowerOn = node.start.kind === 'power-on';
    const hasPoints = node.budget > 0;
    return {
      kind: node.start.kind,
      startState: segment.startState,
      path: segment.path.map(({ position, action, args, state }) => ({ position, action, args, state })),
      logLength: this.logLength,
      ranges: [...ranges, ...this.here],
      found,
      expected: hasPoints ? segment.countedByMemory + (isPowerOn ? 1 : 0) + (this.isAtRest ? 1 : 0) : 0,
      ...(hasPoints && segment.recorded !== null ? { images: this.imageCount(segment.recorded) } : {}),
      end,
    };
  }

  private imageCount(recorded: RecordedRun): ImageCount {
    const isPowerOn = this.node.start.kind === 'power-on';
    const { persistency } = this.system.machine.nvm;
    const points = { first: isPowerOn ? 0 : 1, atRest: this.isAtRest };
    return { found: this.imagesFound, expected: countImages(recorded, persistency, points) };
  }

  private leadsOn(target: ClassNode): void {
    this.end = { kind: 'joint', target: target.index };
    this.loosened.addJoint(target);
  }

  private addRange(target: ClassNode, reduce: boolean): void {
    const { images } = this;
    invariant(images !== null, 'a crash point has images');
    const range = this.rangeTo(target);
    images.cover(reduce ? target.care : null);
    this.targets.push(target);
    this.loosened.addLead(range.position, target);
    this.here.push(range);
  }

  /** From the image that is looked at now. */
  private rangeTo(target: ClassNode): PointRange {
    const { walk, images } = this;
    invariant(walk !== null && images !== null, 'a crash point has a place');
    const { crashClass } = walk;
    const position = this.isAtRest ? walk.position + 1 : walk.position;
    const from = (images.lacked() ?? walk).state;
    const choice = images.text();
    return { position, crashClass, from, target: target.index, ...(choice === '' ? {} : { choice }) };
  }

  /** Every image of the point leads somewhere. */
  private endPoint(): void {
    const { here, before } = this;
    this.images = null;
    this.here = [];
    this.before = here;
    const isAsBefore =
      here.length === before.length &&
      here.every(({ target, from }, i) => target === before[i]?.target && from === before[i]?.from);
    if (!isAsBefore) this.ranges.push(...here);
  }
}
