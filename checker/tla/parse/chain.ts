/**
 * Chains of operators without parentheses. The grammar's own precedences are not SANY's: the chain is taken
 * apart and put together again by SANY's rules, which reject what has no single reading.
 */
import { SpecError } from '../errors.ts';
import type { At, BuiltinOp, Expr } from './ast.ts';
import { type Operator, operatorNamed, prefixNamed } from './operators.ts';

/** An operand, or an operator's canonical name (`-.` for the minus sign before an operand). */
export type Link =
  | { readonly k: 'operand'; readonly expr: Expr }
  | { readonly k: 'prefix' | 'infix' | 'postfix'; readonly name: string; readonly at: At };

type Item =
  | { readonly k: 'expr'; readonly expr: Expr }
  | { readonly k: 'op'; readonly op: Operator; readonly at: At };

const BUILTIN: ReadonlySet<string> = new Set<BuiltinOp>([
  '=',
  '/=',
  '\\in',
  '\\notin',
  '\\subseteq',
  '\\',
  '\\cap',
  '\\cup',
  '\\lnot',
  '=>',
  '\\equiv',
  'SUBSET',
  'UNION',
  'DOMAIN',
  'ENABLED',
  'UNCHANGED',
  "'",
  '[]',
  '<>',
  '~>',
  '-+->',
  '\\cdot',
]);

/** Whether the operator belongs to the language itself: no module defines it. */
export function isBuiltinOp(name: string): name is BuiltinOp {
  return BUILTIN.has(name);
}

/** The application of an operator symbol to its operands. */
export function applyOperator(name: string, args: readonly Expr[], at: At): Expr {
  if (name === '\\land') return { k: 'and', items: args, list: false, at };
  if (name === '\\lor') return { k: 'or', items: args, list: false, at };
  if (name === '\\X') return { k: 'product', items: args, at };
  if (isBuiltinOp(name)) return { k: 'op', op: name, args, at };
  return { k: 'name', name, path: [], args, at };
}

function spanning(first: At, last: At): At {
  return { ...(first.start <= last.start ? first : last), end: Math.max(first.end, last.end) };
}

class Chain {
  private readonly stack: Item[] = [];
  /** Products and junctions that this chain made: a further operand joins them, a parenthesis would not. */
  private readonly open = new Set<Expr>();

  private top(depth: number): Item | undefined {
    return this.stack[this.stack.length - 1 - depth];
  }

  operand(expr: Expr): void {
    this.stack.push({ k: 'expr', expr });
  }

  prefix(op: Operator, at: At): void {
    const below = this.top(0);
    // SANY takes the minus sign for the infix operator first, and so checks it against the operator before.
    if (op.name === '-.' && below?.k === 'op' && below.op.low > op.high) throw conflict(below.op, op, at);
    this.stack.push({ k: 'op', op, at });
  }

  postfix(op: Operator, at: At): void {
    this.reduceBefore(op, at);
    const operand = this.stack.pop();
    if (operand?.k !== 'expr') throw new SpecError(`${op.name} has no operand`, at);
    this.stack.push({
      k: 'expr',
      expr: applyOperator(op.name, [operand.expr], spanning(operand.expr.at, at)),
    });
  }

  infix(op: Operator, at: At): void {
    this.reduceBefore(op, at);
    this.stack.push({ k: 'op', op, at });
  }

  /** Reduces every operator on the stack that binds tighter than the one that comes. */
  private reduceBefore(right: Operator, at: At): void {
    for (;;) {
      const below = this.top(1);
      if (below === undefined) return;
      if (below.k !== 'op') throw new SpecError('an operator is missing here', at);
      const left = below.op;
      if (left.low > right.high || (left === right && left.left)) this.reduce();
      else if (left.high < right.low) return;
      else throw conflict(left, right, at);
    }
  }

  private reduce(): void {
    const right = this.stack.pop();
    const op = this.stack.pop();
    if (right?.k !== 'expr' || op?.k !== 'op') throw new Error('chain out of order');
    if (op.op.fix === 'prefix') {
      const expr = applyOperator(op.op.name, [right.expr], spanning(op.at, right.expr.at));
      this.stack.push({ k: 'expr', expr });
      return;
    }
    const left = this.stack.pop();
    if (left?.k !== 'expr') throw new SpecError(`${op.op.name} has no left operand`, op.at);
    const expr = this.join(op.op.name, left.expr, right.expr);
    this.open.add(expr);
    this.stack.push({ k: 'expr', expr });
  }

  private join(name: string, left: Expr, right: Expr): Expr {
    const at = spanning(left.at, right.at);
    const same =
      (name === '\\X' && left.k === 'product') ||
      (name === '\\land' && left.k === 'and') ||
      (name === '\\lor' && left.k === 'or');
    if (same && this.open.has(left)) return applyOperator(name, [...left.items, right], at);
    return applyOperator(name, [left, right], at);
  }

  finish(): Expr {
    while (this.stack.length > 1) this.reduce();
    const last = this.stack[0];
    if (last?.k !== 'expr') throw new Error('chain without operand');
    return last.expr;
  }
}

function conflict(left: Operator, right: Operator, at: At): SpecError {
  return new SpecError(
    `precedence conflict between ${left.name} and ${right.name}`,
    at,
    'Put parentheses around one of them.',
  );
}

/**
 * Puts a chain together by SANY's precedence rules.
 * @throws SpecError where two neighbours have no order.
 */
export function assemble(links: readonly Link[]): Expr {
  const chain = new Chain();
  for (const link of links) {
    if (link.k === 'operand') {
      chain.operand(link.expr);
      continue;
    }
    const op = link.k === 'prefix' ? prefixNamed(link.name) : operatorNamed(link.name);
    if (op === undefined) throw new SpecError(`unknown operator ${link.name}`, link.at);
    if (link.k === 'prefix') chain.prefix(op, link.at);
    else if (link.k === 'postfix') chain.postfix(op, link.at);
    else chain.infix(op, link.at);
  }
  return chain.finish();
}
