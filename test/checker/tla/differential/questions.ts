/** The questions that are put to both engines. */

import { isBuiltinOp } from '../../../../checker/tla/parse/chain.ts';
import { infixOperators } from '../../../../checker/tla/parse/operators.ts';
import { Dice, ExpressionMaker } from './random.ts';

export const INFIX = infixOperators();
export const PREFIX = ['~', '[]', '<>', 'ENABLED', 'UNCHANGED', 'SUBSET', 'UNION', 'DOMAIN', '-'];
export const POSTFIX = ["'", '^+', '^*', '^#'];

/** Operators that a module may define itself. */
export const DEFINABLE = INFIX.filter(
  (name) => !isBuiltinOp(name) && !['\\land', '\\lor', '\\X'].includes(name),
);

export function moduleText(name: string, lines: readonly string[]): string {
  return `---- MODULE ${name} ----\n${lines.join('\n')}\n====\n`;
}

/** Definitions that make of every definable operator a tuple of its name and operands. */
export const AS_TUPLES = [
  ...DEFINABLE.map((op, i) => `l ${op} r == <<${i}, l, r>>`),
  '-. l == <<1000, l>>',
  ...['^+', '^*', '^#'].map((op, i) => `l ${op} == <<${2000 + i}, l>>`),
];

const CONSTANTS = 'CONSTANTS a, b, c';

/** Chains of two operators without parentheses. */
export function pairs(): string[] {
  const chains: string[] = [];
  for (const first of INFIX) for (const second of INFIX) chains.push(`a ${first} b ${second} c`);
  for (const prefix of PREFIX) {
    for (const infix of INFIX) chains.push(`${prefix} a ${infix} b`, `a ${infix} ${prefix} b`);
    for (const postfix of POSTFIX) chains.push(`${prefix} a ${postfix}`);
    for (const other of PREFIX) chains.push(`${prefix} ${other} a`);
  }
  for (const postfix of POSTFIX)
    for (const infix of INFIX) chains.push(`a ${infix} b ${postfix}`, `a ${postfix} ${infix} b`);
  return chains;
}

/** A module with one chain and definitions for its operators. */
export function chainModule(name: string, chain: string): string {
  const words = new Set(chain.split(/\s+/));
  const used = AS_TUPLES.filter((definition) => {
    const head = definition.slice(0, definition.indexOf(' =='));
    return head.split(' ').some((word) => words.has(word) || (word === '-.' && words.has('-')));
  });
  return moduleText(name, [CONSTANTS, ...used, `E1 == ${chain}`]);
}

/** Bulleted lists followed by every infix operator, left of the bullets, below them and right of them. */
export function lists(): string[] {
  const texts: string[] = [];
  for (const op of INFIX) {
    for (const bullet of ['/\\', '\\/']) {
      for (const column of [2, 4, 6]) {
        texts.push(`\n    ${bullet} TRUE\n    ${bullet} FALSE\n${' '.repeat(column)}${op} TRUE`);
      }
    }
  }
  return texts;
}

/** A module that both engines evaluate: E1, E2, … */
export function valuesModule(name: string, expressions: readonly string[]): string {
  return moduleText(name, [
    'EXTENDS Integers, Sequences, FiniteSets, TLC',
    // Fixes the order of these strings: both engines sort strings by first occurrence.
    'Order(a, b, c) == <<a, b, c>>',
    ...expressions.map((expression, i) => `E${i + 1} == ${expression}`),
  ]);
}

export function randomExpressions(seed: number, count: number): string[] {
  const maker = new ExpressionMaker(new Dice(seed));
  return Array.from({ length: count }, () => maker.any());
}
