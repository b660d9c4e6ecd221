/** What the names of a module stand for. */
import type { At, Definition, Expr, InstanceUnit, Module, Param } from '../parse/ast.ts';
import type { StandardOperator } from '../standard/operator.ts';

export interface ConstantSymbol {
  readonly k: 'constant';
  readonly name: string;
  readonly arity: number;
  readonly at: At;
}

export interface VariableSymbol {
  readonly k: 'variable';
  readonly name: string;
  readonly at: At;
}

export interface OperatorSymbol {
  readonly k: 'operator';
  readonly name: string;
  readonly arity: number;
  /** Undefined only between RECURSIVE and the definition. */
  definition: Definition | undefined;
  /** 0 constant, 1 state, 2 action, 3 temporal; parameters counted as constants. */
  level: number;
  readonly local: boolean;
  readonly at: At;
}

export interface StandardSymbol {
  readonly k: 'standard';
  readonly name: string;
  readonly arity: number;
  readonly operator: StandardOperator;
}

/** A module instance: its parameters, and what its module's constants and variables are replaced by. */
export interface InstanceSymbol {
  readonly k: 'instance';
  readonly name: string;
  readonly unit: InstanceUnit;
  readonly module: LoadedModule;
  readonly substitutions: ReadonlyMap<TlaSymbol, Expr>;
}

/** A name that an unnamed INSTANCE brings in. */
export interface ImportedSymbol {
  readonly k: 'imported';
  readonly name: string;
  readonly instance: InstanceSymbol;
  readonly inner: TlaSymbol;
}

export type TlaSymbol =
  | ConstantSymbol
  | VariableSymbol
  | OperatorSymbol
  | StandardSymbol
  | InstanceSymbol
  | ImportedSymbol
  | Param;

/** A module whose names are resolved. */
export interface LoadedModule {
  readonly name: string;
  readonly module: Module | undefined;
  /** What another module that extends or instantiates this one sees. */
  readonly exports: ReadonlyMap<string, TlaSymbol>;
  /** Everything that its own definitions see. */
  readonly scope: Scope;
  readonly constants: readonly ConstantSymbol[];
  readonly variables: readonly VariableSymbol[];
  readonly assumptions: readonly { readonly name: string | undefined; readonly body: Expr }[];
}

/** How a name in an expression was resolved. */
export interface Reference {
  readonly path: readonly { readonly instance: InstanceSymbol; readonly args: readonly Expr[] }[];
  readonly symbol: TlaSymbol;
}

export type References = Map<Expr, Reference>;

/** Names visible at a place; inner scopes see the outer ones. */
export class Scope {
  readonly outer: Scope | undefined;
  readonly names = new Map<string, TlaSymbol>();
  /** Names that a LOCAL INSTANCE brought in: modules that extend this one do not see them. */
  readonly hidden = new Set<string>();

  constructor(outer?: Scope) {
    this.outer = outer;
  }

  lookup(name: string): TlaSymbol | undefined {
    return this.names.get(name) ?? this.outer?.lookup(name);
  }
}

export function arityOf(symbol: TlaSymbol): number {
  switch (symbol.k) {
    case 'variable':
    case 'instance':
      return 0;
    case 'imported':
      return arityOf(symbol.inner);
    default:
      return symbol.arity;
  }
}

/** The arity that each argument of an operator must have: 0 for values. */
export function argumentArities(symbol: TlaSymbol): readonly number[] {
  switch (symbol.k) {
    case 'operator':
      return symbol.definition?.params.map((param) => param.arity) ?? new Array(symbol.arity).fill(0);
    case 'standard':
      return symbol.operator.arities;
    case 'imported':
      return argumentArities(symbol.inner);
    case 'constant':
    case 'param':
      return new Array(symbol.arity).fill(0);
    default:
      return [];
  }
}
