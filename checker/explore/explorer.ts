/**
 * The explorer: every crash point of a workload, and of every recovery, to a depth of nested crashes or to
 * the end of all that can happen.
 *
 *     open a class: run one segment from its start, to the next joint or the end
 *       for every crash point in it: the image belongs to a known class, or opens a new one
 *       the joint it ends at: belongs to a known class, or opens a new one
 *     close it: what follows is in the graph
 *
 * The deepest is explored first. Where crashes may go on for ever, a class can lead back to one that is still
 * open, whose care is not all known: it is taken for equal, and looked at again (`loose`) when the care has
 * grown, until nothing changes.
 */
import { HashCollision } from '../../emulator/nvm/hash-collision.ts';
import type { NvmSnapshot } from '../../emulator/nvm/nvm.ts';
import { SpillFailure, type SpillOptions } from '../../emulator/store/spill-file.ts';
import { CacheWords } from './cache-words.ts';
import { Care } from './care.ts';
import type { ClassGraph, ClassIndex } from './class-graph.ts';
import { Frame, type FrameRole, ImagesLimit } from './frame.ts';
import { type LooseClass, passOnGrowth } from './loose-class.ts';
import { ClassMemo, type ClassNode, type HashUse, type KeyId } from './memo.ts';
import { runSegment, type Segment, type SegmentStart } from './segment.ts';
import { Storage } from './storage.ts';
import { type Summary, summarize } from './summary.ts';
import type { SystemUnderTest } from './system.ts';
import type { WordSet } from './word-set.ts';

export interface ExploreOptions {
  /** Crashes nested in one run, at most. 0: only the run without a failure. Infinity: until nothing is new. */
  readonly depth: number;
  /** False runs every crash point and joins nothing: for checking the reductions. */
  readonly reduce: boolean;
  /** Compares images word by word where their hashes are equal. */
  readonly verifyHash?: boolean;
  /** Segments to run at most; past it the exploration is incomplete and says so. */
  readonly segmentsMax?: number;
  /** Where contents go that memory has no room for; absent: all of them stay in memory. */
  readonly spill?: SpillOptions;
  readonly onProgress?: (found: number, run: number) => void;
  readonly signal?: AbortSignal;
}

export interface Exploration extends Summary {
  /** Why it is incomplete; absent when everything was explored. */
  readonly limit?: string;
  /** Segments run again because a class turned out to care for more than was known. */
  readonly repeatsCount: number;
  /** Where one explorer explored it all. */
  readonly hashUse?: HashUse;
}

export function explore(system: SystemUnderTest, options: ExploreOptions): Exploration {
  const { classes, ...rest } = exploreClasses(system, options);
  return { ...summarize(classes), ...rest };
}

/** Of the explorer only the records are left: what is made of them takes room too. */
function exploreClasses(
  system: SystemUnderTest,
  options: ExploreOptions,
): Omit<Exploration, keyof Summary> & { readonly classes: ClassGraph } {
  const explorer = new Explorer(system, options);
  try {
    const limit = explorer.run();
    const { classes, repeatsCount, hashUse } = explorer;
    return { classes, repeatsCount, hashUse, ...limit };
  } finally {
    explorer.release();
  }
}

/** Points between two reports of progress. */
const POINTS_PER_REPORT = 1 << 15;

/** Open classes that have their logs and walks at hand; those further down work them out again. */
const AWAKE_MAX = 64;

class SegmentsLimit extends Error {
  override name = 'SegmentsLimit';
}

const isLimit = (error: unknown): error is Error =>
  error instanceof SegmentsLimit ||
  error instanceof HashCollision ||
  error instanceof ImagesLimit ||
  error instanceof SpillFailure;

/** Where a run starts, as the memo knows it; NVM holds the image. */
interface Place {
  readonly start: SegmentStart;
  readonly budget: number;
  readonly exitsCount: number;
  readonly key: KeyId | null;
  readonly hash: string;
  readonly image: NvmSnapshot;
  /** Only its crash points are explored. */
  readonly isPart?: true;
}

/** A segment of which only the crash points are explored. */
export interface Part {
  readonly start: SegmentStart;
  readonly image: NvmSnapshot;
  readonly budget: number;
}

export type ExploredPart =
  | { readonly root: ClassNode; readonly written: WordSet; readonly limit?: string }
  | { readonly root: null; readonly limit: string };

export class Explorer {
  repeatsCount = 0;
  private readonly system: SystemUnderTest;
  private readonly options: ExploreOptions;
  private readonly memo: ClassMemo;
  /** By the index of the class. */
  readonly nodes: ClassNode[] = [];
  private readonly storage: Storage;
  /** The classes that are open, each opened from the one before it. */
  private readonly frames: Frame[] = [];
  /** Classes that were closed while one that they lead to was open, in the order of their opening. */
  private readonly loose: LooseClass[] = [];
  private readonly cacheWords: CacheWords;
  private segmentsRun = 0;
  private pointsFound = 0;

  constructor(system: SystemUnderTest, options: ExploreOptions) {
    this.system = system;
    this.options = options;
    this.storage = new Storage(options.spill);
    this.memo = new ClassMemo(this.nodes, this.storage.images, options.verifyHash === true);
    system.machine.nvm.usePageStore(this.storage.images.pages);
    this.cacheWords = new CacheWords(system.machine.nvm.sizeBytes);
  }

  get hashUse(): HashUse {
    return this.memo.hashUse;
  }

  /** Bytes of contents in memory, and on disk. */
  get heldBytes(): number {
    return this.storage.heldBytes;
  }

  get spilledBytes(): number {
    return this.storage.spilledBytes;
  }

  get classes(): ClassGraph {
    const { records } = this.storage;
    return { initial: this.system.observer.initialState(), root: 0 as ClassIndex, records };
  }

  /** Gives memory's and the disk's room back: images can no longer be read then, the records can. */
  release(): void {
    this.system.machine.nvm.usePageStore(null);
    this.storage.close();
  }

  /** Explores all that follows from the first power-on; says so when something cuts it short. */
  run(): { limit?: string } {
    const { observer, machine, blank } = this.system;
    machine.nvm.restore(blank);
    const state = observer.initialState();
    const start = { kind: 'power-on', state, committed: observer.initialCommitted() } as const;
    return this.toTheEnd(() => this.open(this.place(start, this.options.depth, 0)));
  }

  /**
   * Explores the crash points of one segment and all that follows from them, not what follows its end. The
   * segment's own class is not one that others can be led to; null where not even the segment could be run.
   */
  explorePart({ start, image, budget }: Part): ExploredPart {
    this.system.machine.nvm.restore(image);
    const opened: Frame[] = [];
    const { limit } = this.toTheEnd(() => {
      const frame = this.open({ ...this.place(start, budget, 0), isPart: true });
      opened.push(frame);
      return frame;
    });
    const [frame] = opened;
    if (frame === undefined) return { root: null, limit: limit ?? 'nothing was explored' };
    return { root: frame.node, written: frame.written, ...(limit === undefined ? {} : { limit }) };
  }

  private toTheEnd(openFirst: () => Frame): { limit?: string } {
    try {
      this.frames.push(openFirst());
      for (let frame = this.frames.at(-1); frame !== undefined; frame = this.frames.at(-1)) {
        const next = this.goOn(frame) ?? this.settle(frame);
        if (next === null) this.close(frame);
        else this.push(next);
      }
      return {};
    } catch (error) {
      if (!isLimit(error)) throw error;
      for (const frame of this.frames.splice(0)) {
        frame.cutShort();
        this.storage.records.put(frame.node.index, frame.record());
      }
      return { limit: error.message };
    }
  }

  private push(frame: Frame): void {
    this.frames.push(frame);
    // It comes to its turn again only when all of those above it have been explored.
    this.frames.at(-1 - AWAKE_MAX)?.sleep();
  }

  /** Takes a class further, until another must be explored first: returns it opened; null at the end. */
  private goOn(frame: Frame): Frame | null {
    const { reduce } = this.options;
    frame.resume(reduce);
    const { node } = frame;
    for (let crash = frame.nextCrash(reduce); crash !== null; crash = frame.nextCrash(reduce)) {
      this.reportProgress(frame.takeFound());
      const opened = this.follow(frame, this.place(crash, node.budget - 1, 0));
      if (opened !== null) return opened;
    }
    this.reportProgress(frame.takeFound());
    const joint = frame.nextJoint();
    if (joint === null || frame.isPart) return null;
    return this.follow(frame, this.place(joint, node.budget, node.exitsCount + 1));
  }

  /** Leads a frame to the class of a place: it is known, or opened and returned. */
  private follow(frame: Frame, place: Place): Frame | null {
    const { key, hash, image } = place;
    const known = key === null ? undefined : this.memo.find(key, hash, image);
    if (known !== undefined) {
      frame.leadTo(known, this.options.reduce);
      return null;
    }
    this.storage.requireRoom();
    const opened = this.open(place);
    frame.await(opened.node);
    return opened;
  }

  private place(start: SegmentStart, budget: number, exitsCount: number): Place {
    const { nvm } = this.system.machine;
    const memory = nvm.snapshot();
    const cache = start.kind === 'joint' ? start.joint.cache : null;
    const image = nvm.cache === null ? memory : this.cacheWords.extend(memory, cache);
    if (!this.options.reduce) return { start, budget, exitsCount, image, key: null, hash: '' };
    const hash = cache === null || cache.isClean ? nvm.hash() : `${nvm.hash()} ${cache.key()}`;
    return { start, budget, exitsCount, image, key: this.memo.key(start, budget), hash };
  }

  private open({ start, budget, exitsCount, image, key, hash, isPart }: Place): Frame {
    const segment = this.runSegment(start);
    const index = this.nodes.length as ClassIndex;
    const node: ClassNode = {
      index,
      start,
      budget,
      exitsCount,
      isSettled: false,
      low: index,
      image: this.storage.images.keep(image),
      care: new Care(this.storage.cares, segment.liveIn),
    };
    this.nodes.push(node);
    if (key !== null && isPart !== true) this.memo.add(key, hash, node);
    return this.frame(node, segment, isPart === true ? 'part' : 'first');
  }

  private frame(node: ClassNode, segment: Segment, role: FrameRole): Frame {
    const { sequences, cares } = this.storage;
    return new Frame(this.system, node, segment, { role, context: { nodes: this.nodes, sequences, cares } });
  }

  /**
   * At the end of classes that all lead to each other: what their cares grew by is passed on among them until
   * nothing grows. One that leads elsewhere because of it is opened again and returned; null when there is none.
   */
  private settle(frame: Frame): Frame | null {
    const { node } = frame;
    if (!frame.isRepeat && this.loose.at(-1) !== frame.loosened) this.loose.push(frame.loosened);
    if (frame.isRepeat || node.low < node.index) return null;
    const first = this.loose.findIndex((loose) => loose.node.index >= node.index);
    const moved = passOnGrowth(this.loose.slice(first));
    if (moved === null) return null;
    this.repeatsCount += 1;
    this.system.machine.nvm.restore(moved.node.image);
    const again = this.frame(moved.node, this.runSegment(moved.node.start), 'repeat');
    this.loose[this.loose.indexOf(moved)] = again.loosened;
    return again;
  }

  /** Nothing more follows from a class: its record is complete, but for what may still grow elsewhere. */
  private close(frame: Frame): void {
    const { node } = frame;
    this.frames.pop();
    this.storage.records.put(node.index, frame.record());
    frame.loosened.rest();
    const parent = this.frames.at(-1)?.node;
    if (parent !== undefined && node.low < parent.low) parent.low = node.low;
    if (frame.isRepeat || node.low < node.index) return;
    for (let last = this.loose.at(-1); last !== undefined && last.node.index >= node.index; ) {
      last.node.isSettled = true;
      this.loose.pop();
      last = this.loose.at(-1);
    }
  }

  private runSegment(start: SegmentStart): Segment {
    this.options.signal?.throwIfAborted();
    if (this.segmentsRun >= (this.options.segmentsMax ?? Number.POSITIVE_INFINITY)) {
      throw new SegmentsLimit(`stopped after ${this.segmentsRun} segments`);
    }
    this.segmentsRun += 1;
    return runSegment(this.system, start);
  }

  private reportProgress(found: number): void {
    const before = this.pointsFound;
    this.pointsFound += found;
    if (Math.floor(before / POINTS_PER_REPORT) === Math.floor(this.pointsFound / POINTS_PER_REPORT)) return;
    this.options.signal?.throwIfAborted();
    this.options.onProgress?.(this.pointsFound, this.segmentsRun);
  }
}
