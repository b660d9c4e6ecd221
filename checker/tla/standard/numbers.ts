/** Naturals and Integers: 32-bit, as TLC computes. */
import { EvaluationError } from '../errors.ts';
import { show } from '../value/show.ts';
import { InfiniteSet, Interval, type Value } from '../value/value.ts';
import type { Argument, StandardOperator } from './operator.ts';

const MAX = 2147483647;
const MIN = -2147483648;

export const NAT = new InfiniteSet('Nat');
export const INT = new InfiniteSet('Int');

function overflow(text: string): EvaluationError {
  return new EvaluationError(`Overflow when computing ${text}`);
}

function wrongArgument(operator: string, value: Argument): EvaluationError {
  const shown = typeof value === 'object' && value.kind === 'operator' ? 'an operator' : show(value);
  return new EvaluationError(`An argument of ${operator} should be an integer, but is ${shown}`);
}

function integer(operator: string, value: Argument): number {
  if (typeof value === 'number') return value;
  throw wrongArgument(operator, value);
}

function inRange(value: number, left: number, operator: string, right: number): number {
  if (value > MAX || value < MIN) throw overflow(`${left}${operator}${right}`);
  return value;
}

function arithmetic(name: string, compute: (left: number, right: number) => Value): StandardOperator {
  return {
    name,
    arities: [0, 0],
    compute: (left, right) => compute(integer(name, left as Argument), integer(name, right as Argument)),
  };
}

function divide(left: number, right: number): number {
  if (right === 0) throw new EvaluationError('The second argument of \\div is 0');
  return inRange(Math.floor(left / right), left, '\\div', right);
}

function modulo(left: number, right: number): number {
  if (right <= 0)
    throw new EvaluationError(`The second argument of % should be a positive number, but is ${right}`);
  const rest = left % right;
  return rest < 0 ? rest + right : rest === 0 ? 0 : rest;
}

function power(left: number, right: number): number {
  if (right < 0)
    throw new EvaluationError(`The second argument of ^ should be a natural number, but is ${right}`);
  if (right === 0) {
    if (left === 0) throw new EvaluationError('0^0 is undefined');
    return 1;
  }
  let result = left;
  if (left === 0 || left === 1) return left;
  if (left === -1) return right % 2 === 0 ? 1 : -1;
  for (let i = 1; i < right; i++) result = inRange(result * left, left, '^', right);
  return result;
}

/** `+ 0` turns a negative zero, which TLA+ does not have, into zero. */
const zero = (value: number): number => value + 0;

export const NATURALS: readonly StandardOperator[] = [
  { name: 'Nat', arities: [], compute: () => NAT },
  arithmetic('+', (left, right) => inRange(left + right, left, '+', right)),
  arithmetic('-', (left, right) => inRange(left - right, left, '-', right)),
  arithmetic('*', (left, right) => zero(inRange(left * right, left, '*', right))),
  arithmetic('^', power),
  arithmetic('\\div', (left, right) => zero(divide(left, right))),
  arithmetic('%', modulo),
  arithmetic('<', (left, right) => left < right),
  arithmetic('>', (left, right) => left > right),
  arithmetic('\\leq', (left, right) => left <= right),
  arithmetic('\\geq', (left, right) => left >= right),
  arithmetic('..', (left, right) => new Interval(left, right)),
];

export const INTEGERS: readonly StandardOperator[] = [
  { name: 'Int', arities: [], compute: () => INT },
  {
    name: '-.',
    arities: [0],
    compute: (value) => zero(inRange(-integer('-', value as Argument), 0, '-', value as number)),
  },
];
