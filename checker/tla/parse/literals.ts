/** Numbers, strings and the other expressions without parts. */
import { SpecError, UncoveredError } from '../errors.ts';
import type { At, Expr } from './ast.ts';
import { childOf, type Node, textOf } from './tree.ts';

function unquote(node: Node): string {
  const raw = textOf(node).slice(1, -1);
  const plain: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f' };
  return raw.replace(/\\(.)/g, (_, c: string) => plain[c] ?? c);
}

function parseNumber(text: string, radix: number, at: At): Expr {
  const value = Number.parseInt(text, radix);
  if (value > 2147483647) throw new SpecError(`the number ${text} does not fit 32 bits`, at);
  return { k: 'number', value, at };
}

/** The number after its prefix, such as `FF` of `\hFF`. */
function digits(node: Node): string {
  const value = childOf(node, 'value');
  if (value === undefined) throw new SpecError('a number has no digits', node.at);
  return textOf(value);
}

/** The literal that a node is, if it is one. @throws SpecError for a number beyond 32 bits. */
export function parseLiteral(node: Node): Expr | undefined {
  const at = node.at;
  switch (node.type) {
    case 'nat_number':
      return parseNumber(textOf(node), 10, at);
    case 'binary_number':
      return parseNumber(digits(node), 2, at);
    case 'octal_number':
      return parseNumber(digits(node), 8, at);
    case 'hex_number':
      return parseNumber(digits(node), 16, at);
    case 'real_number':
      throw new UncoveredError('decimal fractions', at);
    case 'string':
      return { k: 'string', value: unquote(node), at };
    case 'boolean':
      return { k: 'boolean', value: textOf(node) === 'TRUE', at };
    case 'boolean_set':
      return { k: 'builtin set', name: 'BOOLEAN', at };
    case 'string_set':
      return { k: 'builtin set', name: 'STRING', at };
    case 'prev_func_val':
      return { k: 'old value', at };
    default:
      return undefined;
  }
}
