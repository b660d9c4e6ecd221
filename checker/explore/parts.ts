/**
 * Explores an exploration's parts: the crash points of one segment of the run without a failure, and all that
 * follows from them. A part can be explored anywhere and in any order; put together, the parts are the whole
 * (assemble.ts). An explorer of parts remembers the classes that it has met, and hands each out once.
 */
import { invariant } from '../../emulator/invariant.ts';
import { SpillFailure } from '../../emulator/store/spill-file.ts';
import type { CrashClass } from '../report/model.ts';
import type { ClassIndex, ClassRecord, PointRange, RecordEnd } from './class-graph.ts';
import { type ClassId, ClassNames } from './class-id.ts';
import { type ExploreOptions, Explorer } from './explorer.ts';
import type { ClassNode } from './memo.ts';
import type { SegmentStart } from './segment.ts';
import type { EventArg, StateIndex, SystemUnderTest } from './system.ts';
import { runTrunk, type Trunk } from './trunk.ts';

/** Index of a state in the table of its part. */
type StateRef = number;

type Exported<T> = Omit<T, 'from' | 'target'> & { readonly from: StateRef; readonly target: ClassId };

export type ExportedEnd =
  | { readonly kind: 'joint'; readonly target: ClassId }
  | Exclude<RecordEnd, { kind: 'joint' }>;

/** A ClassRecord whose states and classes are known to everybody. */
export interface ExportedRecord {
  readonly kind: ClassRecord['kind'];
  readonly startState: StateRef;
  readonly path: readonly (readonly [
    position: number,
    action: string,
    args: readonly EventArg[],
    state: StateRef,
  ])[];
  readonly logLength: number;
  readonly ranges: readonly Exported<PointRange>[];
  readonly found: readonly (readonly [CrashClass, number])[];
  readonly expected: number;
  /** Decimal numbers. */
  readonly images?: { readonly found: string; readonly expected: string };
  readonly end: ExportedEnd;
}

/** Words as bits, in Base64. */
export type WordBits = string;

export interface ExportedPart {
  /** Which segment of the run without a failure. */
  readonly segment: number;
  /** Texts of the states that the records of this part speak of. */
  readonly states: readonly string[];
  /** What the segment does; its end is that of the run, or unexplored where the next segment follows. */
  readonly record: ExportedRecord;
  /** The words that the segment and the futures of its crash points read before they are written. */
  readonly care: WordBits;
  /** The words that the segment writes. */
  readonly written: WordBits;
  /** Classes that this explorer of parts has not handed out before. */
  readonly classes: readonly { readonly id: ClassId; readonly record: ExportedRecord }[];
  /** Why the part is not whole; absent where it is. */
  readonly limit?: string;
}

export class PartsExplorer {
  /** Null where the run goes on for ever: there are no parts then. */
  readonly trunk: Trunk | null;
  private readonly system: SystemUnderTest;
  private readonly explorer: Explorer;
  private readonly names: ClassNames;
  private readonly depth: number;
  private readonly ids: (ClassId | undefined)[] = [];

  constructor(system: SystemUnderTest, options: ExploreOptions) {
    this.system = system;
    this.depth = options.depth;
    this.trunk = runTrunk(system);
    this.explorer = new Explorer(system, options);
    this.names = new ClassNames(system);
  }

  explore(index: number): ExportedPart {
    const segment = this.trunk?.segments[index];
    invariant(segment !== undefined, `the run has no segment ${index}`);
    const explored = this.explorer.explorePart({ ...segment, budget: this.depth });
    if (explored.root === null) return this.unexplored(index, segment.start, explored.limit);
    const { root, written } = explored;
    // Of an incomplete part the classes are not final, and have no name.
    const limit = explored.limit ?? this.nameClasses(root);
    const { nodes, classes } = this.explorer;
    const states = new StateTable(this.system);
    const fresh: { id: ClassId; record: ExportedRecord }[] = [];
    if (limit === undefined) {
      for (const node of nodes.slice(this.handedOut)) {
        const id = this.ids[node.index];
        const record = classes.records.at(node.index);
        if (id !== undefined && record !== undefined)
          fresh.push({ id, record: this.exported(record, states) });
      }
      this.handedOut = nodes.length;
    }
    const record = classes.records.at(root.index);
    invariant(record !== undefined, 'a part has a record');
    return {
      segment: index,
      record: this.exported(limit === undefined ? record : { ...record, ranges: [] }, states),
      states: states.texts,
      care: bitsText(root.care.bits),
      written: bitsText(written.bits),
      classes: fresh,
      ...(limit === undefined ? {} : { limit }),
    };
  }

  /** Gives memory's and the disk's room back; nothing more can be explored. */
  release(): void {
    this.explorer.release();
  }

  private handedOut = 0;

  /** @returns why some could not be named. */
  private nameClasses(root: ClassNode): string | undefined {
    try {
      for (const node of this.explorer.nodes) {
        if (node === root || this.ids[node.index] !== undefined) continue;
        invariant(node.isSettled, 'a part is explored to its end');
        this.ids[node.index] = this.names.nameOf(node);
      }
      return undefined;
    } catch (error) {
      if (error instanceof SpillFailure) return error.message;
      throw error;
    }
  }

  private unexplored(segment: number, start: SegmentStart, limit: string): ExportedPart {
    const states = new StateTable(this.system);
    const { state } = start.kind === 'power-on' ? start : start.joint;
    const record: ExportedRecord = {
      ...{ kind: start.kind, startState: states.ref(state), path: [], logLength: 0 },
      ...{ ranges: [], found: [], expected: 0, end: { kind: 'unexplored' } },
    };
    return { segment, record, states: states.texts, care: '', written: '', classes: [], limit };
  }

  private exported(record: ClassRecord, states: StateTable): ExportedRecord {
    const { kind, logLength, expected, images, end } = record;
    return {
      ...{ kind, logLength, expected },
      startState: states.ref(record.startState),
      path: record.path.map(({ position, action, args, state }) => [
        position,
        action,
        args,
        states.ref(state),
      ]),
      ranges: record.ranges.map((range) => ({
        ...range,
        from: states.ref(range.from),
        target: this.idOf(range.target),
      })),
      found: [...record.found],
      ...(images === undefined
        ? {}
        : { images: { found: String(images.found), expected: String(images.expected) } }),
      end: this.exportedEnd(end, states),
    };
  }

  private exportedEnd(end: RecordEnd, states: StateTable): ExportedEnd {
    if (end.kind === 'joint') return { kind: 'joint', target: this.idOf(end.target) };
    return 'state' in end ? { ...end, state: states.ref(end.state) } : end;
  }

  private idOf(index: ClassIndex): ClassId {
    const id = this.ids[index];
    invariant(id !== undefined, `class ${index} has no name yet`);
    return id;
  }
}

class StateTable {
  readonly texts: string[] = [];
  private readonly refs = new Map<StateIndex, StateRef>();
  private readonly system: SystemUnderTest;

  constructor(system: SystemUnderTest) {
    this.system = system;
  }

  ref(state: StateIndex): StateRef {
    let ref = this.refs.get(state);
    if (ref === undefined) {
      ref = this.texts.length;
      this.texts.push(this.system.stateText(state));
      this.refs.set(state, ref);
    }
    return ref;
  }
}

const bitsText = (bits: Uint32Array): WordBits =>
  Buffer.from(bits.buffer, bits.byteOffset, bits.byteLength).toString('base64');
