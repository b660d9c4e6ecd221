/** Sequences. Strings are sequences to Len, Head, Tail, Append and \o, as they are to TLC. */
import { EvaluationError } from '../errors.ts';
import { asFunction } from '../value/sets.ts';
import { show } from '../value/show.ts';
import { type OperatorValue, SequenceSet, Tuple, type Value } from '../value/value.ts';
import type { Argument, StandardOperator } from './operator.ts';

export function plain(argument: Argument | undefined): Value {
  if (argument === undefined || (typeof argument === 'object' && argument.kind === 'operator')) {
    throw new EvaluationError('An operator stands where a value is needed');
  }
  return argument;
}

export function operatorOf(argument: Argument | undefined): OperatorValue {
  if (typeof argument === 'object' && argument.kind === 'operator') return argument;
  throw new EvaluationError('A value stands where an operator is needed');
}

/** The items of a sequence. @throws EvaluationError for anything else. */
export function sequenceItems(operator: string, argument: Argument | undefined): readonly Value[] {
  const value = plain(argument);
  if (typeof value === 'object' && value.kind === 'tuple') return value.items;
  const error = (): EvaluationError =>
    new EvaluationError(`The argument of ${operator} should be a sequence, but is ${show(value)}`);
  const fn = asFunction(value, error);
  if (fn.kind !== 'tuple') throw error();
  return fn.items;
}

function length(argument: Argument | undefined): Value {
  if (typeof argument === 'string') return argument.length;
  return sequenceItems('Len', argument).length;
}

function head(argument: Argument | undefined): Value {
  const items = typeof argument === 'string' ? [...argument] : sequenceItems('Head', argument);
  if (items.length === 0) throw new EvaluationError('Attempted to apply Head to the empty sequence');
  return items[0] as Value;
}

function tail(argument: Argument | undefined): Value {
  const items = typeof argument === 'string' ? argument : sequenceItems('Tail', argument);
  if (items.length === 0) throw new EvaluationError('Attempted to apply Tail to the empty sequence');
  return typeof items === 'string' ? items.slice(1) : new Tuple(items.slice(1));
}

function join(left: Argument | undefined, right: Argument | undefined): Value {
  if (typeof left === 'string') {
    if (typeof right === 'string') return left + right;
    throw new EvaluationError(`The right argument of \\o should be a string, but is ${show(plain(right))}`);
  }
  const before = sequenceItems('\\o', left);
  const after = sequenceItems('\\o', right);
  return new Tuple([...before, ...after]);
}

function append(sequence: Argument | undefined, item: Argument | undefined): Value {
  if (typeof sequence === 'string') return join(sequence, item);
  return new Tuple([...sequenceItems('Append', sequence), plain(item)]);
}

function index(operator: string, argument: Argument | undefined): number {
  if (typeof argument === 'number') return argument;
  throw new EvaluationError(
    `An argument of ${operator} should be a natural number, but is ${show(plain(argument))}`,
  );
}

function part(sequence: Argument | undefined, from: Argument | undefined, to: Argument | undefined): Value {
  const text = typeof sequence === 'string' ? sequence : undefined;
  const items = text ?? sequenceItems('SubSeq', sequence);
  const first = index('SubSeq', from);
  const last = index('SubSeq', to);
  if (first > last) return text === undefined ? new Tuple([]) : '';
  if (first < 1 || last > items.length) {
    const shown = show(plain(sequence));
    throw new EvaluationError(
      `SubSeq(${shown}, ${first}, ${last}): the indexes are not in the sequence's domain`,
    );
  }
  return text === undefined
    ? new Tuple((items as readonly Value[]).slice(first - 1, last))
    : text.slice(first - 1, last);
}

function select(sequence: Argument | undefined, test: Argument | undefined): Value {
  const operator = operatorOf(test);
  const items = sequenceItems('SelectSeq', sequence).filter((item) => {
    const verdict = operator.call([item], false);
    if (typeof verdict === 'boolean') return verdict;
    throw new EvaluationError(`The test of SelectSeq should give a boolean, but gave ${show(verdict)}`);
  });
  return new Tuple(items);
}

export const SEQUENCES: readonly StandardOperator[] = [
  { name: 'Seq', arities: [0], compute: (base) => new SequenceSet(plain(base)) },
  { name: 'Len', arities: [0], compute: length },
  { name: 'Head', arities: [0], compute: head },
  { name: 'Tail', arities: [0], compute: tail },
  { name: '\\o', arities: [0, 0], compute: join },
  { name: 'Append', arities: [0, 0], compute: append },
  { name: 'SubSeq', arities: [0, 0, 0], compute: part },
  { name: 'SelectSeq', arities: [0, 1], compute: select },
];
