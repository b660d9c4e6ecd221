/** From the grammar's tree to our own expressions. */
import { SpecError, UncoveredError } from '../errors.ts';
import type { Bound, ExceptUpdate, Expr, Param, PathPart, Pattern, Selector } from './ast.ts';
import { applyOperator, assemble, type Link } from './chain.ts';
import { parseLiteral } from './literals.ts';
import { parseUnits } from './module.ts';
import { canonical } from './operators.ts';
import { childOf, fieldOf, fieldsOf, type Node, namedOf, need, textOf } from './tree.ts';

/** Expressions that reach to the right as far as they can: nothing may follow them in a chain. */
const OPEN = new Set([
  'if_then_else',
  'case',
  'let_in',
  'lambda',
  'choose',
  'bounded_quantification',
  'unbounded_quantification',
  'label',
]);

const CHAINED = new Set(['bound_infix_op', 'bound_prefix_op', 'bound_postfix_op']);

/** The canonical name of an operator symbol node. */
export function symbolName(node: Node): string {
  const name = canonical(textOf(node));
  if (node.type === 'negative' || childOf(node, 'negative') !== undefined) return '-.';
  return name;
}

function links(node: Node, into: Link[]): void {
  if (!CHAINED.has(node.type)) {
    const before = into[into.length - 1];
    if (before?.k === 'operand') throw new SpecError('an operator is missing here', node.at);
    into.push({ k: 'operand', expr: parseExpr(node) });
    return;
  }
  const symbol = need(node, 'symbol');
  const lhs = fieldOf(node, 'lhs');
  const rhs = fieldOf(node, 'rhs');
  if (lhs !== undefined) {
    links(lhs, into);
    const last = rightmost(lhs);
    if (OPEN.has(last.type)) {
      throw new UncoveredError(
        `an operator after ${last.type.replaceAll('_', ' ')} without parentheses`,
        symbol.at,
      );
    }
  }
  const kind = lhs === undefined ? 'prefix' : rhs === undefined ? 'postfix' : 'infix';
  into.push({ k: kind, name: symbolName(symbol), at: symbol.at });
  if (rhs !== undefined) links(rhs, into);
}

function rightmost(node: Node): Node {
  const rhs = CHAINED.has(node.type) ? fieldOf(node, 'rhs') : undefined;
  return rhs === undefined ? node : rightmost(rhs);
}

export function parseParam(node: Node): Param {
  if (node.type === 'operator_declaration') {
    const arity = node.children.filter((child) => child.type === 'placeholder').length;
    const name = need(node, 'name');
    return { k: 'param', name: canonical(textOf(name)), arity, at: node.at };
  }
  return { k: 'param', name: textOf(node), arity: 0, at: node.at };
}

function parsePattern(node: Node): Pattern {
  if (node.type === 'tuple_of_identifiers') {
    return { tuple: true, params: node.children.filter((c) => c.type === 'identifier').map(parseParam) };
  }
  return { tuple: false, params: [parseParam(node)] };
}

function parseBound(node: Node): Bound {
  const patterns = fieldsOf(node, 'intro').map(parsePattern);
  return { patterns, set: parseExpr(need(node, 'set')) };
}

function parsePath(prefix: Node): PathPart[] {
  return prefix.children
    .filter((child) => child.type === 'subexpr_component')
    .map((component) => {
      const inner = component.children[0];
      if (inner?.type === 'identifier_ref') return { name: textOf(inner), args: [] };
      if (inner?.type === 'bound_op') {
        return { name: textOf(need(inner, 'name')), args: fieldsOf(inner, 'parameter').map(parseExpr) };
      }
      throw new UncoveredError('this way of naming an instance', component.at);
    });
}

function parseExcept(node: Node): Expr {
  const updates = node.children
    .filter((child) => child.type === 'except_update')
    .map((update): ExceptUpdate => {
      const specifier = childOf(update, 'except_update_specifier');
      const path = (specifier?.children ?? []).map(parseSelector);
      return { path, value: parseExpr(need(update, 'new_val')) };
    });
  return { k: 'except', base: parseExpr(need(node, 'expr_to_update')), updates, at: node.at };
}

function parseSelector(node: Node): Selector {
  const named = namedOf(node);
  if (node.type === 'except_update_record_field') {
    const name = named[0];
    if (name === undefined) throw new SpecError('a field name is missing', node.at);
    return { k: 'field', name: textOf(name) };
  }
  return { k: 'index', args: named.map(parseExpr) };
}

function parseFields(node: Node): { name: string; value: Expr }[] {
  const fields: { name: string; value: Expr }[] = [];
  let name: string | undefined;
  for (const child of namedOf(node)) {
    if (child.type === 'all_map_to') continue;
    if (name === undefined) name = textOf(child);
    else {
      fields.push({ name, value: parseExpr(child) });
      name = undefined;
    }
  }
  return fields;
}

function parseQuantified(node: Node): Expr {
  const word = textOf(need(node, 'quantifier'));
  const body = parseExpr(need(node, 'expression'));
  if (node.type === 'bounded_quantification') {
    const bounds = fieldsOf(node, 'bound').map(parseBound);
    return {
      k: 'quantifier',
      all: word === '\\A' || word === '\\forall' || word === '∀',
      bounds,
      body,
      at: node.at,
    };
  }
  const params = fieldsOf(node, 'intro').map(parseParam);
  const what =
    word.startsWith('\\A') || word === '\\forall'
      ? word === '\\AA'
        ? '\\AA'
        : '\\A'
      : word === '\\EE'
        ? '\\EE'
        : '\\E';
  return { k: 'unbounded', what, params, body, at: node.at };
}

function parseChoose(node: Node): Expr {
  const pattern = parsePattern(need(node, 'intro'));
  const set = fieldOf(node, 'set');
  const body = parseExpr(need(node, 'expression'));
  if (set === undefined) return { k: 'unbounded', what: 'CHOOSE', params: pattern.params, body, at: node.at };
  return { k: 'choose', pattern, set: parseExpr(set), body, at: node.at };
}

function parseCase(node: Node): Expr {
  const arms = node.children
    .filter((child) => child.type === 'case_arm')
    .map((arm) => {
      const [test, , value] = namedOf(arm);
      if (test === undefined || value === undefined) throw new SpecError('a CASE arm is incomplete', arm.at);
      return { test: parseExpr(test), value: parseExpr(value) };
    });
  const last = childOf(node, 'other_arm');
  const other = last === undefined ? undefined : namedOf(last)[1];
  return { k: 'case', arms, other: other === undefined ? undefined : parseExpr(other), at: node.at };
}

function parseJunction(node: Node, k: 'and' | 'or'): Expr {
  const items = node.children.map((item) => {
    const body = namedOf(item)[1];
    if (body === undefined) throw new SpecError('a list item is empty', item.at);
    return parseExpr(body);
  });
  return { k, items, list: true, at: node.at };
}

function only(node: Node, index = 0): Node {
  const child = namedOf(node)[index];
  if (child === undefined) throw new SpecError(`${node.type} is incomplete`, node.at);
  return child;
}

/** An operator symbol as an argument; one that no module defines becomes a LAMBDA. */
function operatorSymbol(node: Node): Expr {
  const at = node.at;
  const name = symbolName(node);
  const defined = applyOperator(name, [], at);
  if (defined.k === 'name') return defined;
  const count = node.type === 'infix_op_symbol' ? 2 : 1;
  const params = Array.from(
    { length: count },
    (_, i): Param => ({ k: 'param', name: `$${i + 1}`, arity: 0, at }),
  );
  const args = params.map((param): Expr => ({ k: 'name', name: param.name, path: [], args: [], at }));
  return { k: 'lambda', params, body: applyOperator(name, args, at), at };
}

function parseNamed(node: Node): Expr | undefined {
  const at = node.at;
  switch (node.type) {
    case 'identifier_ref':
    case 'nat_number_set':
    case 'int_number_set':
    case 'real_number_set':
      return { k: 'name', name: textOf(node), path: [], args: [], at };
    case 'infix_op_symbol':
    case 'prefix_op_symbol':
    case 'postfix_op_symbol':
      return operatorSymbol(node);
    case 'bound_op':
      return {
        k: 'name',
        name: textOf(need(node, 'name')),
        path: [],
        args: fieldsOf(node, 'parameter').map(parseExpr),
        at,
      };
    case 'bound_nonfix_op': {
      const [symbol, ...args] = namedOf(node);
      if (symbol === undefined) throw new SpecError('an operator is missing', at);
      return applyOperator(symbolName(symbol), args.map(parseExpr), at);
    }
    case 'prefixed_op': {
      const op = parseExpr(need(node, 'op'));
      if (op.k !== 'name') throw new UncoveredError('this way of naming an operator of an instance', at);
      return { ...op, path: parsePath(need(node, 'prefix')), at };
    }
    default:
      return undefined;
  }
}

function parseSetOrFunction(node: Node): Expr | undefined {
  const at = node.at;
  switch (node.type) {
    case 'finite_set_literal':
      return { k: 'set', items: namedOf(node).map(parseExpr), at };
    case 'tuple_literal':
      return {
        k: 'tuple',
        items: namedOf(node)
          .filter((c) => !c.type.endsWith('_bracket'))
          .map(parseExpr),
        at,
      };
    case 'set_filter': {
      const bound = parseBound(need(node, 'generator'));
      const pattern = bound.patterns[0];
      if (pattern === undefined) throw new SpecError('a bound name is missing', at);
      return { k: 'filter', pattern, set: bound.set, body: parseExpr(need(node, 'filter')), at };
    }
    case 'set_map':
      return {
        k: 'map',
        body: parseExpr(need(node, 'map')),
        bounds: fieldsOf(node, 'generator').map(parseBound),
        at,
      };
    case 'function_literal': {
      const bounds = node.children.filter((c) => c.type === 'quantifier_bound').map(parseBound);
      const body = namedOf(node)[namedOf(node).length - 1];
      if (body === undefined) throw new SpecError('a function has no body', at);
      return { k: 'function', bounds, body: parseExpr(body), at };
    }
    case 'set_of_functions':
      return { k: 'function set', domain: parseExpr(only(node)), range: parseExpr(only(node, 2)), at };
    case 'set_of_records':
      return { k: 'record set', fields: parseFields(node), at };
    case 'record_literal':
      return { k: 'record', fields: parseFields(node), at };
    case 'except':
      return parseExcept(node);
    case 'function_evaluation': {
      const [fn, ...args] = namedOf(node);
      if (fn === undefined) throw new SpecError('a function is missing', at);
      return { k: 'apply', fn: parseExpr(fn), args: args.map(parseExpr), at };
    }
    case 'record_value':
      return { k: 'field', record: parseExpr(only(node)), name: textOf(only(node, 1)), at };
    default:
      return undefined;
  }
}

function parseSubscripted(node: Node): Expr | undefined {
  const at = node.at;
  const parts = namedOf(node).filter((child) => !child.type.includes('bracket'));
  const [first, second] = parts;
  switch (node.type) {
    case 'step_expr_or_stutter':
    case 'step_expr_no_stutter':
      if (first === undefined || second === undefined) throw new SpecError('a subscript is missing', at);
      return {
        k: node.type === 'step_expr_or_stutter' ? 'box' : 'angle',
        action: parseExpr(first),
        subscript: parseExpr(second),
        at,
      };
    case 'fairness':
      if (first === undefined || second === undefined) throw new SpecError('a subscript is missing', at);
      return {
        k: 'fairness',
        strong: textOf(node).startsWith('SF_'),
        subscript: parseExpr(first),
        action: parseExpr(second),
        at,
      };
    default:
      return undefined;
  }
}

/**
 * Converts an expression node.
 * @throws SpecError where SANY would reject it, UncoveredError for what the embedded engine does not cover.
 */
export function parseExpr(node: Node): Expr {
  if (CHAINED.has(node.type)) {
    const chain: Link[] = [];
    links(node, chain);
    return assemble(chain);
  }
  const simple = parseNamed(node) ?? parseLiteral(node) ?? parseSetOrFunction(node) ?? parseSubscripted(node);
  if (simple !== undefined) return simple;
  const at = node.at;
  switch (node.type) {
    case 'parentheses':
      return parseExpr(only(node));
    case 'conj_list':
      return parseJunction(node, 'and');
    case 'disj_list':
      return parseJunction(node, 'or');
    case 'bounded_quantification':
    case 'unbounded_quantification':
      return parseQuantified(node);
    case 'choose':
      return parseChoose(node);
    case 'if_then_else':
      return {
        k: 'if',
        test: parseExpr(need(node, 'if')),
        yes: parseExpr(need(node, 'then')),
        no: parseExpr(need(node, 'else')),
        at,
      };
    case 'case':
      return parseCase(node);
    case 'let_in':
      return {
        k: 'let',
        units: parseUnits(fieldsOf(node, 'definitions')),
        body: parseExpr(need(node, 'expression')),
        at,
      };
    case 'lambda': {
      const parts = namedOf(node);
      const body = parts[parts.length - 1];
      if (body === undefined) throw new SpecError('LAMBDA has no body', at);
      return { k: 'lambda', params: parts.slice(0, -1).map(parseParam), body: parseExpr(body), at };
    }
    case 'label':
      return parseExpr(need(node, 'expression'));
    default:
      throw new UncoveredError(`${node.type.replaceAll('_', ' ')} (${textOf(node).slice(0, 40)})`, at);
  }
}
