/** From the text of a module to the grammar's syntax tree, copied into plain objects. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Language, Parser, type TreeCursor } from 'web-tree-sitter';
import { SpecError } from '../errors.ts';
import type { At, Source } from './ast.ts';

/** A node of the grammar's tree; comments are left out. */
export interface Node {
  readonly type: string;
  readonly field: string | undefined;
  readonly named: boolean;
  readonly at: At;
  readonly children: readonly Node[];
}

let parser: Promise<Parser> | undefined;

/** The grammar beside this module (as built), or in the development dependency (run from source). */
function grammarFile(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const beside = join(here, '..', 'tree-sitter-tlaplus.wasm');
  if (existsSync(beside)) return beside;
  const manifest = createRequire(import.meta.url).resolve('@tlaplus/tree-sitter-tlaplus/package.json');
  return join(dirname(manifest), 'tree-sitter-tlaplus.wasm');
}

async function load(): Promise<Parser> {
  await Parser.init();
  const language = await Language.load(grammarFile());
  const made = new Parser();
  made.setLanguage(language);
  return made;
}

const COMMENTS = new Set(['comment', 'block_comment', 'extramodular_text', 'pcal_algorithm']);

function copy(cursor: TreeCursor, source: Source): Node {
  const children: Node[] = [];
  const at: At = {
    source,
    start: cursor.startIndex,
    end: cursor.endIndex,
    line: cursor.startPosition.row + 1,
    column: cursor.startPosition.column + 1,
  };
  const type = cursor.nodeType;
  const named = cursor.nodeIsNamed;
  const field = cursor.currentFieldName ?? undefined;
  if (type === 'ERROR' || cursor.nodeIsMissing) throw new SpecError(complaint(cursor, source), at);
  if (cursor.gotoFirstChild()) {
    do {
      if (!COMMENTS.has(cursor.nodeType)) children.push(copy(cursor, source));
    } while (cursor.gotoNextSibling());
    cursor.gotoParent();
  }
  return { type, field, named, at, children };
}

function complaint(cursor: TreeCursor, source: Source): string {
  if (cursor.nodeIsMissing) return `this does not parse: ${cursor.nodeType} is missing here`;
  const text = source.text.slice(cursor.startIndex, cursor.endIndex).replace(/\s+/g, ' ').trim();
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return `this does not parse: ${shown === '' ? 'unexpected end of the module' : shown}`;
}

/**
 * Parses one module file.
 * @throws SpecError at the first place that is not TLA+.
 */
export async function parseTree(source: Source): Promise<Node> {
  parser ??= load();
  const tree = (await parser).parse(source.text);
  if (tree === null) throw new SpecError(`module ${source.module} could not be parsed`);
  const cursor = tree.walk();
  try {
    return copy(cursor, source);
  } finally {
    cursor.delete();
    tree.delete();
  }
}

export function childOf(node: Node, type: string): Node | undefined {
  return node.children.find((child) => child.type === type);
}

export function fieldOf(node: Node, field: string): Node | undefined {
  return node.children.find((child) => child.field === field);
}

export function fieldsOf(node: Node, field: string): Node[] {
  return node.children.filter((child) => child.field === field && child.named);
}

export function textOf(node: Node): string {
  return node.at.source.text.slice(node.at.start, node.at.end);
}

/** The child in a field, or the complaint that the tree is not as the grammar promises. */
export function need(node: Node, field: string): Node {
  const child = fieldOf(node, field);
  if (child === undefined) throw new SpecError(`${node.type} without ${field}`, node.at);
  return child;
}

/** The named children that are expressions: not keywords, punctuation or arrows. */
export function namedOf(node: Node): Node[] {
  return node.children.filter((child) => child.named);
}
