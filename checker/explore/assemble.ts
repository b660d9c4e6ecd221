/** Puts the parts of an exploration together into one class graph, whoever made them and in whatever order. */
import { invariant } from '../../emulator/invariant.ts';
import type { ClassGraph, ClassIndex, ClassRecord } from './class-graph.ts';
import { type ClassId, ClassNames } from './class-id.ts';
import type { ExportedPart, ExportedRecord, WordBits } from './parts.ts';
import type { SystemUnderTest } from './system.ts';
import type { Trunk } from './trunk.ts';
import { WordSet } from './word-set.ts';

/**
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
  for (const [id, index] of indices) {
    const isTrunk = trunkIds.includes(id);
    invariant(isTrunk || records[index] !== undefined, `class ${id} is spoken of and in no part`);
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
    if (part === undefined || part.limit !== undefined || (after === null && !isLast)) {
      after = null;
      ids[k] = `segment ${k}` as ClassId;
      continue;
    }
    const care = wordsOf(part.care, system);
    if (after !== null) care.addAllExcept(after, wordsOf(part.written, system));
    ids[k] = names.nameOf({ ...segment, budget: depth, care });
    after = care;
  }
  return ids;
}

function imported(
  { kind, startState, path, logLength, ranges, found, expected, end }: ExportedRecord,
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
    end:
      end.kind === 'joint'
        ? { kind: 'joint', target: indexOf(end.target) }
        : 'state' in end
          ? { ...end, state: state(end.state) }
          : end,
  };
}

function wordsOf(text: WordBits, system: SystemUnderTest): WordSet {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return new WordSet(system.machine.nvm.words.length, new Uint32Array(bytes.buffer));
}
