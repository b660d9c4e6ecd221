/** The syntax tree of TLA+ modules, as far as the engines need it. */

/** One file. */
export interface Source {
  readonly module: string;
  readonly file: string;
  readonly text: string;
}

/** A place in a module: offsets into the text, line and column from 1. */
export interface At {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
}

/** The text at a place, on one line. */
export function textAt(at: At): string {
  return at.source.text.slice(at.start, at.end).replace(/\s+/g, ' ').trim();
}

/** A name that a binder introduces. The object itself is the variable's identity. */
export interface Param {
  readonly k: 'param';
  readonly name: string;
  readonly arity: number;
  readonly at: At;
}

/** `x` or `<<x, y>>` in a binder. */
export interface Pattern {
  readonly tuple: boolean;
  readonly params: readonly Param[];
}

/** `x, y \in S`: several patterns may share one set. */
export interface Bound {
  readonly patterns: readonly Pattern[];
  readonly set: Expr;
}

/** `I!` or `I(x)!` before an operator. */
export interface PathPart {
  readonly name: string;
  readonly args: readonly Expr[];
}

/** One step of an EXCEPT path: `.field` or `[a, b]`. */
export type Selector =
  | { readonly k: 'field'; readonly name: string }
  | { readonly k: 'index'; readonly args: readonly Expr[] };

export interface ExceptUpdate {
  readonly path: readonly Selector[];
  readonly value: Expr;
}

/** Operators that are part of the language: no module can redefine them. */
export type BuiltinOp =
  | '='
  | '/='
  | '\\in'
  | '\\notin'
  | '\\subseteq'
  | '\\'
  | '\\cap'
  | '\\cup'
  | '\\lnot'
  | '=>'
  | '\\equiv'
  | 'SUBSET'
  | 'UNION'
  | 'DOMAIN'
  | 'ENABLED'
  | 'UNCHANGED'
  | "'"
  | '[]'
  | '<>'
  | '~>'
  | '-+->'
  | '\\cdot';

export type Expr =
  | { readonly k: 'number'; readonly value: number; readonly at: At }
  | { readonly k: 'string'; readonly value: string; readonly at: At }
  | { readonly k: 'boolean'; readonly value: boolean; readonly at: At }
  | { readonly k: 'builtin set'; readonly name: 'BOOLEAN' | 'STRING'; readonly at: At }
  /** A named operator or variable with its arguments, also `a + b` (name `+`). */
  | {
      readonly k: 'name';
      readonly name: string;
      readonly path: readonly PathPart[];
      readonly args: readonly Expr[];
      readonly at: At;
    }
  | { readonly k: 'op'; readonly op: BuiltinOp; readonly args: readonly Expr[]; readonly at: At }
  | { readonly k: 'and' | 'or'; readonly items: readonly Expr[]; readonly list: boolean; readonly at: At }
  | {
      readonly k: 'quantifier';
      readonly all: boolean;
      readonly bounds: readonly Bound[];
      readonly body: Expr;
      readonly at: At;
    }
  | {
      readonly k: 'unbounded';
      readonly what: '\\A' | '\\E' | '\\AA' | '\\EE' | 'CHOOSE';
      readonly params: readonly Param[];
      readonly body: Expr;
      readonly at: At;
    }
  | {
      readonly k: 'choose';
      readonly pattern: Pattern;
      readonly set: Expr;
      readonly body: Expr;
      readonly at: At;
    }
  | { readonly k: 'set'; readonly items: readonly Expr[]; readonly at: At }
  | {
      readonly k: 'filter';
      readonly pattern: Pattern;
      readonly set: Expr;
      readonly body: Expr;
      readonly at: At;
    }
  | { readonly k: 'map'; readonly body: Expr; readonly bounds: readonly Bound[]; readonly at: At }
  | { readonly k: 'function'; readonly bounds: readonly Bound[]; readonly body: Expr; readonly at: At }
  /** `f[x \in S] == …` as a value: `self` is the function's own name in its body. */
  | {
      readonly k: 'recursive function';
      readonly self: Param;
      readonly bounds: readonly Bound[];
      readonly body: Expr;
      readonly at: At;
    }
  | { readonly k: 'function set'; readonly domain: Expr; readonly range: Expr; readonly at: At }
  | {
      readonly k: 'record set';
      readonly fields: readonly { readonly name: string; readonly value: Expr }[];
      readonly at: At;
    }
  | {
      readonly k: 'record';
      readonly fields: readonly { readonly name: string; readonly value: Expr }[];
      readonly at: At;
    }
  | { readonly k: 'tuple'; readonly items: readonly Expr[]; readonly at: At }
  | { readonly k: 'product'; readonly items: readonly Expr[]; readonly at: At }
  | { readonly k: 'except'; readonly base: Expr; readonly updates: readonly ExceptUpdate[]; readonly at: At }
  | { readonly k: 'old value'; readonly at: At }
  | { readonly k: 'apply'; readonly fn: Expr; readonly args: readonly Expr[]; readonly at: At }
  | { readonly k: 'field'; readonly record: Expr; readonly name: string; readonly at: At }
  | { readonly k: 'if'; readonly test: Expr; readonly yes: Expr; readonly no: Expr; readonly at: At }
  | {
      readonly k: 'case';
      readonly arms: readonly { readonly test: Expr; readonly value: Expr }[];
      readonly other: Expr | undefined;
      readonly at: At;
    }
  | { readonly k: 'let'; readonly units: readonly Unit[]; readonly body: Expr; readonly at: At }
  | { readonly k: 'lambda'; readonly params: readonly Param[]; readonly body: Expr; readonly at: At }
  | { readonly k: 'box' | 'angle'; readonly action: Expr; readonly subscript: Expr; readonly at: At }
  | {
      readonly k: 'fairness';
      readonly strong: boolean;
      readonly subscript: Expr;
      readonly action: Expr;
      readonly at: At;
    };

export interface Definition {
  readonly k: 'definition';
  readonly name: string;
  readonly params: readonly Param[];
  readonly body: Expr;
  readonly local: boolean;
  readonly at: At;
}

export interface InstanceUnit {
  readonly k: 'instance';
  /** Undefined for an INSTANCE that imports everything under its own name. */
  readonly name: string | undefined;
  readonly params: readonly Param[];
  readonly module: string;
  readonly substitutions: readonly { readonly name: string; readonly value: Expr }[];
  readonly local: boolean;
  readonly at: At;
}

export interface Declared {
  readonly name: string;
  readonly arity: number;
  readonly at: At;
}

/** What a module or a LET is made of. */
export type Unit =
  | Definition
  | InstanceUnit
  | { readonly k: 'recursive'; readonly names: readonly Declared[]; readonly at: At }
  | { readonly k: 'constants'; readonly names: readonly Declared[]; readonly at: At }
  | { readonly k: 'variables'; readonly names: readonly Declared[]; readonly at: At }
  | { readonly k: 'assumption'; readonly name: string | undefined; readonly body: Expr; readonly at: At }
  | { readonly k: 'theorem'; readonly name: string | undefined; readonly body: Expr; readonly at: At };

export interface Module {
  readonly source: Source;
  readonly name: string;
  readonly extends: readonly { readonly name: string; readonly at: At }[];
  readonly units: readonly Unit[];
  /** Names, and string literals, in the order in which they stand in the text: TLC orders strings by it. */
  readonly names: readonly string[];
  readonly strings: readonly string[];
}
