/** What a name in an expression stands for, with its arity and the levels that its arguments may have. */
import { SpecError, UncoveredError } from '../errors.ts';
import type { At, Definition, Expr, InstanceUnit, Param } from '../parse/ast.ts';
import {
  argumentArities,
  arityOf,
  type InstanceSymbol,
  type LoadedModule,
  type Reference,
  type References,
  Scope,
  type TlaSymbol,
} from './symbols.ts';

/** The names of the levels, by number. */
export const LEVELS = ['constant', 'state', 'action', 'temporal'] as const;

const RESERVED = new Set(
  (
    'ASSUME ASSUMPTION AXIOM BOOLEAN CASE CHOOSE CONSTANT CONSTANTS DOMAIN ELSE ENABLED EXCEPT EXTENDS FALSE IF IN ' +
    'INSTANCE LAMBDA LET LOCAL MODULE OTHER RECURSIVE SF_ STRING SUBSET THEN THEOREM TRUE UNCHANGED UNION VARIABLE ' +
    'VARIABLES WF_ WITH'
  ).split(' '),
);

/** What a definition in a LET is known by while the engine compiles it. */
export type Declarations = Map<Definition | InstanceUnit, TlaSymbol>;

export abstract class NameResolver {
  readonly references: References;
  readonly declarations: Declarations;
  /** Levels of the expressions whose values may be lazy. */
  readonly levels: Map<Expr, number>;
  /** The highest level that the expression at hand may have: what it stands in says so. */
  protected max = 3;
  /** The highest level that an argument for a parameter may have: the parameter's uses say so. */
  protected readonly limits = new Map<Param, number>();
  protected readonly moduleNamed: (name: string, at: At) => LoadedModule;

  constructor(options: {
    references: References;
    declarations: Declarations;
    levels: Map<Expr, number>;
    moduleNamed: (name: string, at: At) => LoadedModule;
  }) {
    this.references = options.references;
    this.declarations = options.declarations;
    this.levels = options.levels;
    this.moduleNamed = options.moduleNamed;
  }

  /** @throws SpecError for a word that TLA+ keeps for itself: the grammar takes some of them for names. */
  checkReserved(name: string, at: At): void {
    if (RESERVED.has(name)) throw new SpecError(`${name} is a reserved word`, at);
  }

  /** Adds a name to a scope. @throws SpecError if the name already means something here. */
  declare(scope: Scope, name: string, symbol: TlaSymbol, at: At): void {
    this.checkReserved(name, at);
    const known = scope.lookup(name);
    if (known !== undefined && known !== symbol) {
      throw new SpecError(`${name} is defined twice: it already has a meaning here`, at);
    }
    scope.names.set(name, symbol);
  }

  protected declareParams(scope: Scope, params: readonly Param[]): void {
    for (const param of params) this.declare(scope, param.name, param, param.at);
  }

  /** Checks an argument that must have the given arity; gives its level. */
  protected argument(expr: Expr, arity: number, scope: Scope): number {
    if (arity === 0) return this.expression(expr, scope);
    if (expr.k === 'lambda') {
      if (expr.params.length !== arity) {
        throw new SpecError(`an operator of ${arity} arguments is needed here`, expr.at);
      }
      return this.lambda(expr, scope);
    }
    if (expr.k !== 'name' || expr.args.length > 0) {
      throw new SpecError(`an operator of ${arity} arguments is needed here`, expr.at);
    }
    const reference = this.resolve(expr, scope);
    if (arityOf(reference.symbol) !== arity) {
      throw new SpecError(
        `${expr.name} has ${arityOf(reference.symbol)} arguments, but ${arity} are needed here`,
        expr.at,
      );
    }
    return levelOf(reference.symbol);
  }

  protected lambda(expr: Extract<Expr, { k: 'lambda' }>, scope: Scope): number {
    const inner = new Scope(scope);
    this.declareParams(inner, expr.params);
    return this.expression(expr.body, inner);
  }

  /** Finds what a name stands for, through `I!`. */
  protected resolve(expr: Extract<Expr, { k: 'name' }>, scope: Scope): Reference {
    const path: { instance: InstanceSymbol; args: readonly Expr[] }[] = [];
    let lookup = (name: string): TlaSymbol | undefined => scope.lookup(name);
    for (const part of expr.path) {
      const found = lookup(part.name);
      let symbol = found;
      while (symbol?.k === 'imported') {
        path.push({ instance: symbol.instance, args: [] });
        symbol = symbol.inner;
      }
      if (symbol?.k !== 'instance') {
        if (found === undefined) throw new SpecError(`${part.name} is not defined`, expr.at);
        throw new UncoveredError(`${part.name}! where ${part.name} is no instance`, expr.at);
      }
      if (symbol.unit.params.length !== part.args.length) {
        throw new SpecError(`instance ${part.name} needs ${symbol.unit.params.length} arguments`, expr.at);
      }
      const params = symbol.unit.params;
      part.args.forEach((arg, i) => {
        this.argument(arg, params[i]?.arity ?? 0, scope);
      });
      path.push({ instance: symbol, args: part.args });
      const exports = symbol.module.exports;
      lookup = (name) => exports.get(name);
    }
    const symbol = lookup(expr.name);
    if (symbol === undefined) {
      throw new SpecError(
        `${[...expr.path.map((part) => part.name), expr.name].join('!')} is not defined`,
        expr.at,
      );
    }
    if (symbol.k === 'instance') throw new SpecError(`${expr.name} is an instance, not a value`, expr.at);
    const reference = { path, symbol };
    this.references.set(expr, reference);
    return reference;
  }

  protected name(expr: Extract<Expr, { k: 'name' }>, scope: Scope): number {
    const { symbol, path } = this.resolve(expr, scope);
    if (arityOf(symbol) !== expr.args.length) {
      throw new SpecError(
        `${expr.name} has ${arityOf(symbol)} arguments, but ${expr.args.length} are given`,
        expr.at,
      );
    }
    if (symbol.k === 'standard' && symbol.operator.compute === undefined) {
      throw new UncoveredError(`${expr.name}, whose value differs from run to run`, expr.at);
    }
    const arities = argumentArities(symbol);
    let level = levelOf(symbol);
    if (symbol.k === 'param') this.limits.set(symbol, Math.min(this.limits.get(symbol) ?? 3, this.max));
    expr.args.forEach((arg, i) => {
      const max = this.limitOf(symbol, i);
      level = Math.max(
        level,
        this.within(max, arg, () => this.argument(arg, arities[i] ?? 0, scope)),
      );
    });
    for (const part of path)
      for (const arg of part.args) level = Math.max(level, this.expression(arg, scope));
    return level;
  }

  /** The highest level that the i-th argument of an operator may have. */
  protected limitOf(symbol: TlaSymbol, i: number): number {
    if (symbol.k === 'imported') return this.limitOf(symbol.inner, i);
    if (symbol.k === 'standard') return 2;
    const param = symbol.k === 'operator' ? symbol.definition?.params[i] : undefined;
    return param === undefined ? 3 : (this.limits.get(param) ?? 3);
  }

  /** Resolves a part that may have at most a level; `anew`: whatever stands around it. */
  protected within(max: number, expr: Expr, resolve: () => number, anew = false): number {
    const outer = this.max;
    this.max = anew ? max : Math.min(outer, max);
    const level = resolve();
    this.max = outer;
    if (level > max) throw new SpecError(`a ${LEVELS[level]} formula cannot stand here`, expr.at);
    return level;
  }

  /** Resolves an expression; gives its level. */
  abstract expression(expr: Expr, scope: Scope): number;
}

function levelOf(symbol: TlaSymbol): number {
  switch (symbol.k) {
    case 'variable':
      return 1;
    case 'operator':
      return symbol.level;
    case 'imported':
      return levelOf(symbol.inner);
    default:
      return 0;
  }
}
