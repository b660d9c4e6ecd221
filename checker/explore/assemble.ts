/** Puts the parts of an exploration together into one class graph, whoever made them and in whatever order. */
import { invariant } from '../../emulator/invariant.ts';
import type { ClassGraph, ClassIndex, ClassRecord, RecordEnd } from './class-graph.ts';
import { type ClassId, ClassNames } from './class-id.ts';
import type { ExportedPart, ExportedRecord, WordBits } from './parts.ts';
import type { SegmentStart } from './segment.ts';
import type { SystemUnderTest } from './system.ts';
import type { Trunk } from './trunk.ts';
import { WordSet } from './word-set.ts';

/** Parts that do not go together. */
export class PartsDisagree extends Error {
  override name = 'PartsDisagree';
}

/**
 * @throws PartsDisagree where a part speaks of what none has.
 * @param parts of any segments of the trunk, several of one segment being equal. Where one is missing, the
 * crash points of its segment are missing in the graph, and nothing else is.
 */
export function assemble(options: {
  readonly system: SystemUnderTest;
  readonly trunk: Trunk;
  readonly depth: number;
  readonly parts: readonly ExportedPart[];
}): ClassGraph {
  const { system, trunk, depth, parts } = options;
  const bySegment = new Map(parts.map((part) => [part.segment, part]));
  const indices = new Map<ClassId, ClassIndex>();
  const records: ClassRecord[] = [];
  const indexOf = (id: ClassId): ClassIndex => {
    let index = indices.get(id);
    if (index === undefined) {
      index = indices.size as ClassIndex;
      indices.set(id, index);
    }
    return index;
  };
  const trunkIds = namesOfTrunk({ system, trunk, depth, bySegment });
  trunkIds.map(indexOf);
  for (const part of [...bySegment.values()].sort((a, b) => a.segment - b.segment)) {
    const states = part.states.map((text) => system.stateOfText(text));
    const taken = (record: ExportedRecord): ClassRecord => imported(record, states, indexOf);
    const next = trunkIds[part.segment + 1];
    const own = taken(part.record);
    records[indexOf(trunkIds[part.segment] as ClassId)] =
      next === undefined ? own : { ...own, end: { kind: 'joint', target: indexOf(next) } };
    for (const { id, record } of part.classes) {
      const index = indexOf(id);
      records[index] ??= taken(record);
    }
  }
  trunk.segments.forEach(({ start }, k) => {
    const next = trunkIds[k + 1];
    const end = next === undefined ? trunk.end : ({ kind: 'joint', target: indexOf(next) } as const);
    records[indexOf(trunkIds[k] as ClassId)] ??= notExplored(start, end);
  });
  for (const [id, index] of indices) {
    if (records[index] === undefined) throw new PartsDisagree(`class ${id} is spoken of and in no part`);
  }
  return { initial: system.observer.initialState(), root: 0 as ClassIndex, records };
}

/** The names of the run's own segments: known where all that follows from each is, else made up. */
function namesOfTrunk(options: {
  readonly system: SystemUnderTest;
  readonly trunk: Trunk;
  readonly depth: number;
  readonly bySegment: ReadonlyMap<number, ExportedPart>;
}): ClassId[] {
  const { system, trunk, depth, bySegment } = options;
  const names = new ClassNames(system);
  const ids: ClassId[] = [];
  let after: WordSet | null = null;
  for (let k = trunk.segments.length - 1; k >= 0; k -= 1) {
    const part = bySegment.get(k);
    const segment = trunk.segments[k];
    invariant(segment !== undefined, 'segments are counted from 0');
    const isLast = k === trunk.segments.length - 1;
    // What a store hides of a cache is not in a part: the run's own segments keep names of their own, which costs
    // nothing while crashes are bounded, since no other class has as many left.
    const isCached = system.machine.nvm.cache !== null;
    if (isCached || part === undefined || part.limit !== undefined || (after === null && !isLast)) {
      after = null;
      ids[k] = `segment ${k}` as ClassId;
      continue;
    }
    const care = wordsOf(part.care);
    if (after !== null) care.addAllExcept(after, wordsOf(part.written));
    ids[k] = names.nameOf({ ...segment, budget: depth, care });
    after = care;
  }
  return ids;
}

/** What stands for a segment of the run whose part is missing. */
function notExplored(start: SegmentStart, end: RecordEnd): ClassRecord {
  const { state } = start.kind === 'power-on' ? start : start.joint;
  return {
    ...{ kind: start.kind, startState: state, end },
    ...{ path: [], logLength: 0, ranges: [], found: new Map(), expected: 0 },
  };
}

function imported(
  { kind, startState, path, logLength, ranges, found, expected, images, end }: ExportedRecord,
  states: readonly number[],
  indexOf: (id: ClassId) => ClassIndex,
): ClassRecord {
  const state = (ref: number): number => states[ref] as number;
  return {
    ...{ kind, logLength, expected },
    startState: state(startState),
    path: path.map(([position, action, args, ref]) => ({ position, action, args, state: state(ref) })),
    ranges: ranges.map((range) => ({ ...range, from: state(range.from), target: indexOf(range.target) })),
    found: new Map(found),
    ...(images === undefined
      ? {}
      : { images: { found: BigInt(images.found), expected: BigInt(images.expected) } }),
    end:
      end.kind === 'joint'
        ? { kind: 'joint', target: indexOf(end.target) }
        : 'state' in end
          ? { ...end, state: state(end.state) }
          : end,
  };
}

function wordsOf(text: WordBits): WordSet {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  const bits = new Uint32Array(bytes.buffer);
  return new WordSet(bits.length * 32, bits);
}
