/** From a file to a module: its EXTENDS, declarations and definitions. */
import { SpecError, UncoveredError } from '../errors.ts';
import type { Declared, Definition, Expr, InstanceUnit, Module, Param, Source, Unit } from './ast.ts';
import { parseExpr, parseParam, symbolName } from './expression.ts';
import { childOf, fieldOf, fieldsOf, type Node, namedOf, need, parseTree, textOf } from './tree.ts';

function parseDeclared(node: Node): Declared[] {
  return namedOf(node).map((child) => {
    if (child.type === 'operator_declaration') {
      const symbol = need(child, 'name');
      const arity = child.children.filter((part) => part.type === 'placeholder').length;
      const name = symbol.type === 'identifier' ? textOf(symbol) : symbolName(symbol);
      return { name, arity, at: child.at };
    }
    return { name: textOf(child), arity: 0, at: child.at };
  });
}

function parseOperator(node: Node, local: boolean): Definition {
  const symbol = need(node, 'name');
  const name = symbol.type === 'identifier' ? textOf(symbol) : symbolName(symbol);
  const params: Param[] = fieldsOf(node, 'parameter').map(parseParam);
  return { k: 'definition', name, params, body: parseExpr(need(node, 'definition')), local, at: node.at };
}

/** `f[x \in S] == e` stands for a function that may use its own name. */
function parseFunction(node: Node, local: boolean): Definition {
  const symbol = need(node, 'name');
  const name = textOf(symbol);
  const holder = { ...node, children: node.children.filter((child) => child.type === 'quantifier_bound') };
  const fn = parseExpr({
    ...holder,
    type: 'function_literal',
    children: [...holder.children, need(node, 'definition')],
  });
  if (fn.k !== 'function') throw new SpecError('this is no function definition', node.at);
  const self: Param = { k: 'param', name, arity: 0, at: symbol.at };
  const body: Expr = { k: 'recursive function', self, bounds: fn.bounds, body: fn.body, at: node.at };
  return { k: 'definition', name, params: [], body, local, at: node.at };
}

function parseInstance(node: Node, local: boolean, holder?: Node): InstanceUnit {
  const module = childOf(node, 'identifier_ref');
  if (module === undefined) throw new SpecError('INSTANCE without a module', node.at);
  const substitutions = node.children
    .filter((child) => child.type === 'substitution')
    .map((child) => {
      const [left, , right] = namedOf(child);
      if (left === undefined || right === undefined)
        throw new SpecError('a substitution is incomplete', child.at);
      const name = left.type === 'identifier_ref' ? textOf(left) : symbolName(left);
      return { name, value: parseExpr(right) };
    });
  return {
    k: 'instance',
    name: holder === undefined ? undefined : textOf(need(holder, 'name')),
    params: holder === undefined ? [] : fieldsOf(holder, 'parameter').map(parseParam),
    module: textOf(module),
    substitutions,
    local,
    at: (holder ?? node).at,
  };
}

function parseFact(node: Node): Unit {
  const name = fieldOf(node, 'name');
  const body = namedOf(node).filter((child) => child.field !== 'name' && child.type !== 'def_eq')[0];
  const kind = node.type === 'assumption' ? 'assumption' : 'theorem';
  if (body === undefined) throw new SpecError(`this ${kind} is empty`, node.at);
  return { k: kind, name: name === undefined ? undefined : textOf(name), body: parseExpr(body), at: node.at };
}

function parseUnit(node: Node, local = false): Unit | undefined {
  switch (node.type) {
    case 'constant_declaration':
      return { k: 'constants', names: parseDeclared(node), at: node.at };
    case 'variable_declaration':
      return { k: 'variables', names: parseDeclared(node), at: node.at };
    case 'recursive_declaration':
      return { k: 'recursive', names: parseDeclared(node), at: node.at };
    case 'operator_definition':
      return parseOperator(node, local);
    case 'function_definition':
      return parseFunction(node, local);
    case 'module_definition':
      return parseInstance(need(node, 'definition'), local, node);
    case 'instance':
      return parseInstance(node, local);
    case 'local_definition': {
      const inner = namedOf(node)[0];
      return inner === undefined ? undefined : parseUnit(inner, true);
    }
    case 'assumption':
    case 'theorem':
      return parseFact(node);
    case 'single_line':
      return undefined;
    default:
      throw new UncoveredError(`${node.type.replaceAll('_', ' ')} in a module`, node.at);
  }
}

/** The units of a module or of a LET, in order. */
export function parseUnits(nodes: readonly Node[]): Unit[] {
  return nodes.map((node) => parseUnit(node)).filter((unit) => unit !== undefined);
}

const SKIPPED = new Set([
  'header_line',
  'MODULE',
  'double_line',
  'extends',
  'identifier',
  'proof',
  'terminal_proof',
  'non_terminal_proof',
]);

function collectWords(node: Node, names: string[], strings: string[]): void {
  if (node.type === 'string') strings.push(textOf(node).slice(1, -1));
  else if (node.type === 'identifier' || node.type === 'identifier_ref') names.push(textOf(node));
  for (const child of node.children) collectWords(child, names, strings);
}

/**
 * Parses a module's text.
 * @throws SpecError if it is not TLA+, UncoveredError if it uses what the embedded engine does not cover.
 */
export async function parseModule(source: Source): Promise<Module> {
  const tree = await parseTree(source);
  const root = childOf(tree, 'module');
  if (root === undefined) throw new SpecError(`${source.file} holds no module`);
  const name = textOf(need(root, 'name'));
  if (name !== source.module) {
    throw new SpecError(`${source.file} holds module ${name}; its file must be named ${name}.tla`);
  }
  const names: string[] = [];
  const strings: string[] = [];
  collectWords(root, names, strings);
  const list = childOf(root, 'extends');
  return {
    source,
    name,
    extends: (list === undefined ? [] : namedOf(list)).map((node) => ({ name: textOf(node), at: node.at })),
    units: parseUnits(root.children.filter((child) => child.named && !SKIPPED.has(child.type))),
    names,
    strings,
  };
}
