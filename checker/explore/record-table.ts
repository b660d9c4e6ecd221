/**
 * The records of an exploration, packed: a class is a few numbers, and what is a list in it (steps, ranges) is
 * the name of a sequence that other classes may share. A record is unpacked when somebody asks for it.
 */
import { invariant, unreachable } from '../../emulator/invariant.ts';
import { Int32Column } from '../../emulator/store/column.ts';
import { Names } from '../../emulator/store/names.ts';
import { type SequenceId, SequenceTable } from '../../emulator/store/sequence-table.ts';
import type { CrashClass } from '../report/model.ts';
import type {
  ClassIndex,
  ClassRecord,
  ClassRecords,
  ImageCount,
  PointRange,
  RecordEnd,
  RecordedStep,
} from './class-graph.ts';
import type { EventArg } from './system.ts';

const KINDS = ['power-on', 'joint'] as const;
const ENDS = ['joint', 'settled', 'broken', 'hung', 'unknown', 'unexplored'] as const;
/** Numbers a record. */
const FIELDS = 17;
/** In place of the kind, where there is no record yet; and of what a record does not have. */
const ABSENT = -1;

export class RecordTable implements ClassRecords {
  private readonly fields = new Int32Column();
  private readonly sequences = new SequenceTable();
  /** Actions with their arguments, in JSON; classes of crash points; why runs ended as they did. */
  private readonly names = new Names();
  private readonly steps: { readonly action: string; readonly args: readonly EventArg[] }[] = [];
  private readonly stepNumbers = new Map<string, number>();

  get length(): number {
    return this.fields.length / FIELDS;
  }

  /** Sets the record of a class, in place of the one that it had. */
  put(index: ClassIndex, record: ClassRecord): void {
    while (this.length <= index) for (let i = 0; i < FIELDS; i += 1) this.fields.push(ABSENT);
    const { path, ranges, end, images } = record;
    const packed = [
      KINDS.indexOf(record.kind),
      record.startState,
      record.logLength,
      record.expected,
      this.pack(path, (step) => step.position),
      this.pack(path, (step) => this.stepNumber(step)),
      this.pack(path, (step) => step.state),
      this.pack(ranges, (range) => range.position),
      this.pack(ranges, (range) => this.names.numberOf(range.crashClass)),
      this.pack(ranges, (range) => range.from),
      this.pack(ranges, (range) => range.target),
      this.pack([...record.found].flat(), (each) =>
        typeof each === 'string' ? this.names.numberOf(each) : each,
      ),
      ENDS.indexOf(end.kind),
      'target' in end ? end.target : 'why' in end ? this.names.numberOf(end.why) : 0,
      'state' in end ? end.state : 0,
      this.pack(ranges.some((range) => range.choice !== undefined) ? ranges : [], ({ choice }) =>
        choice === undefined ? ABSENT : this.names.numberOf(choice),
      ),
      images === undefined ? ABSENT : this.names.numberOf(`${images.found} ${images.expected}`),
    ];
    invariant(packed.length === FIELDS, 'a record has as many numbers as there are fields');
    packed.forEach((value, i) => {
      this.fields.set(index * FIELDS + i, value);
    });
  }

  at(index: number): ClassRecord | undefined {
    const field = (i: number): number => this.fields.get(index * FIELDS + i);
    if (index < 0 || index >= this.length || field(0) === ABSENT) return undefined;
    const column = (i: number): Int32Array => this.sequences.read(field(i) as SequenceId);
    const counts = column(11);
    const found = new Map<CrashClass, number>();
    for (let i = 0; i < counts.length; i += 2) {
      found.set(this.names.nameOf(at(counts, i)) as CrashClass, at(counts, i + 1));
    }
    return {
      kind: KINDS[field(0)] as ClassRecord['kind'],
      startState: field(1),
      logLength: field(2),
      expected: field(3),
      path: this.pathOf(column(4), column(5), column(6)),
      ranges: this.rangesOf(column(7), column(8), [column(9), column(10), column(15)]),
      found,
      ...(field(16) === ABSENT ? {} : { images: imagesOf(this.names.nameOf(field(16))) }),
      end: this.endOf(field(12), field(13), field(14)),
    };
  }

  *[Symbol.iterator](): Iterator<ClassRecord> {
    for (let index = 0; index < this.length; index += 1) {
      const record = this.at(index);
      if (record !== undefined) yield record;
    }
  }

  private pathOf(positions: Int32Array, steps: Int32Array, states: Int32Array): RecordedStep[] {
    return Array.from(positions, (position, i) => {
      const step = this.steps[at(steps, i)];
      invariant(step !== undefined, 'a step has a name');
      return { position, action: step.action, args: step.args, state: at(states, i) };
    });
  }

  private rangesOf(
    positions: Int32Array,
    classes: Int32Array,
    [froms, targets, choices]: readonly [Int32Array, Int32Array, Int32Array],
  ): PointRange[] {
    return Array.from(positions, (position, i) => ({
      position,
      crashClass: this.names.nameOf(at(classes, i)) as CrashClass,
      from: at(froms, i),
      target: at(targets, i) as ClassIndex,
      ...this.choiceOf(choices[i] ?? ABSENT),
    }));
  }

  private choiceOf(choice: number): { choice?: string } {
    return choice === ABSENT ? {} : { choice: this.names.nameOf(choice) };
  }

  private endOf(kind: number, value: number, state: number): RecordEnd {
    const name = ENDS[kind] ?? 'unexplored';
    switch (name) {
      case 'joint':
        return { kind: name, target: value as ClassIndex };
      case 'broken':
      case 'hung':
      case 'unknown':
        return { kind: name, why: this.names.nameOf(value), state };
      case 'settled':
      case 'unexplored':
        return { kind: name };
      default:
        return unreachable(name);
    }
  }

  private pack<T>(list: readonly T[], numberOf: (each: T) => number): SequenceId {
    return this.sequences.intern(Int32Array.from(list, numberOf));
  }

  private stepNumber({ action, args }: RecordedStep): number {
    const text = JSON.stringify([action, args]);
    let number = this.stepNumbers.get(text);
    if (number === undefined) {
      number = this.steps.length;
      this.steps.push({ action, args });
      this.stepNumbers.set(text, number);
    }
    return number;
  }
}

function imagesOf(text: string): ImageCount {
  const [found = '', expected = ''] = text.split(' ');
  return { found: BigInt(found), expected: BigInt(expected) };
}

const at = (list: ArrayLike<number>, index: number): number => list[index] as number;
