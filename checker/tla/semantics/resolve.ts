/**
 * Resolves every name of a module and checks arity, double definitions and levels, as SANY does, before
 * anything is evaluated: what is never evaluated must be right too.
 */
import { SpecError, UncoveredError } from '../errors.ts';
import type { At, Bound, Definition, Expr, InstanceUnit, Param, Pattern, Unit } from '../parse/ast.ts';
import {
  argumentArities,
  arityOf,
  type ConstantSymbol,
  type InstanceSymbol,
  type LoadedModule,
  type OperatorSymbol,
  type Reference,
  type References,
  Scope,
  type TlaSymbol,
} from './symbols.ts';

const LEVELS = ['constant', 'state', 'action', 'temporal'] as const;

/** What a definition in a LET is known by while the engine compiles it. */
export type Declarations = Map<Definition | InstanceUnit, TlaSymbol>;

export class Resolver {
  readonly references: References;
  readonly declarations: Declarations;
  /** Levels of the expressions whose values may be lazy. */
  readonly levels: Map<Expr, number>;
  /** The highest level that the expression at hand may have: what it stands in says so. */
  private max = 3;
  /** The highest level that an argument for a parameter may have: the parameter's uses say so. */
  private readonly limits = new Map<Param, number>();
  private readonly moduleNamed: (name: string, at: At) => LoadedModule;

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

  /** Adds a name to a scope. @throws SpecError if the name already means something here. */
  declare(scope: Scope, name: string, symbol: TlaSymbol, at: At): void {
    const known = scope.lookup(name);
    if (known !== undefined && known !== symbol) {
      throw new SpecError(`${name} is defined twice: it already has a meaning here`, at);
    }
    scope.names.set(name, symbol);
  }

  private declareParams(scope: Scope, params: readonly Param[]): void {
    for (const param of params) this.declare(scope, param.name, param, param.at);
  }

  unit(unit: Unit, scope: Scope): void {
    switch (unit.k) {
      case 'definition':
        this.definition(unit, scope);
        return;
      case 'instance':
        this.instance(unit, scope);
        return;
      case 'recursive':
        for (const declared of unit.names) {
          const symbol: OperatorSymbol = {
            k: 'operator',
            name: declared.name,
            arity: declared.arity,
            definition: undefined,
            level: 0,
            local: false,
            at: declared.at,
          };
          this.declare(scope, declared.name, symbol, declared.at);
        }
        return;
      case 'assumption':
      case 'theorem': {
        const level = this.expression(unit.body, scope);
        if (unit.k === 'assumption' && level > 0) {
          throw new SpecError(
            `an assumption must be a constant formula, but this is a ${LEVELS[level]} formula`,
            unit.at,
          );
        }
        return;
      }
      default:
        throw new SpecError('CONSTANT and VARIABLE must stand outside of LET', unit.at);
    }
  }

  private definition(unit: Definition, scope: Scope): void {
    const announced = scope.names.get(unit.name);
    const pending = announced?.k === 'operator' && announced.definition === undefined ? announced : undefined;
    if (pending === undefined && scope.lookup(unit.name) !== undefined) {
      throw new SpecError(`${unit.name} is defined twice: it already has a meaning here`, unit.at);
    }
    if (pending !== undefined && pending.arity !== unit.params.length) {
      throw new SpecError(`${unit.name} was announced with ${pending.arity} parameters`, unit.at);
    }
    const inner = new Scope(scope);
    this.declareParams(inner, unit.params);
    const outer = this.max;
    this.max = 3;
    const symbol: OperatorSymbol = pending ?? {
      k: 'operator',
      name: unit.name,
      arity: unit.params.length,
      definition: unit,
      level: 0,
      local: unit.local,
      at: unit.at,
    };
    symbol.definition = unit;
    symbol.level = this.expression(unit.body, inner);
    this.max = outer;
    scope.names.set(unit.name, symbol);
    this.declarations.set(unit, symbol);
  }

  private instance(unit: InstanceUnit, scope: Scope): void {
    const module = this.moduleNamed(unit.module, unit.at);
    const inner = new Scope(scope);
    this.declareParams(inner, unit.params);
    const substitutions = new Map<TlaSymbol, Expr>();
    const explicit = new Map(unit.substitutions.map((part) => [part.name, part.value]));
    for (const declared of [...module.constants, ...module.variables]) {
      const given = explicit.get(declared.name);
      explicit.delete(declared.name);
      const value: Expr = given ?? { k: 'name', name: declared.name, path: [], args: [], at: unit.at };
      if (given === undefined && inner.lookup(declared.name) === undefined) {
        throw new SpecError(`INSTANCE ${unit.module} does not say what ${declared.name} is`, unit.at);
      }
      this.argument(value, arityOf(declared), inner);
      substitutions.set(declared, value);
    }
    for (const name of explicit.keys()) {
      throw new SpecError(`${unit.module} declares no ${name} that WITH could replace`, unit.at);
    }
    const symbol: InstanceSymbol = {
      k: 'instance',
      name: unit.name ?? unit.module,
      unit,
      module,
      substitutions,
    };
    this.declarations.set(unit, symbol);
    if (unit.name !== undefined) {
      this.declare(scope, unit.name, symbol, unit.at);
      return;
    }
    for (const [name, exported] of module.exports) {
      if (exported.k === 'constant' || exported.k === 'variable') continue;
      this.importName(scope, name, symbol, exported, unit.at);
    }
  }

  private importName(scope: Scope, name: string, instance: InstanceSymbol, inner: TlaSymbol, at: At): void {
    if (instance.unit.local && !scope.names.has(name)) scope.hidden.add(name);
    // The standard operators have no declarations to replace: an instance of them is the operator itself.
    if (inner.k === 'standard') this.declare(scope, name, inner, at);
    else this.declare(scope, name, { k: 'imported', name, instance, inner }, at);
  }

  /** Checks an argument that must have the given arity; gives its level. */
  private argument(expr: Expr, arity: number, scope: Scope): number {
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

  private lambda(expr: Extract<Expr, { k: 'lambda' }>, scope: Scope): number {
    const inner = new Scope(scope);
    this.declareParams(inner, expr.params);
    return this.expression(expr.body, inner);
  }

  /** Finds what a name stands for, through `I!`. */
  private resolve(expr: Extract<Expr, { k: 'name' }>, scope: Scope): Reference {
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

  private name(expr: Extract<Expr, { k: 'name' }>, scope: Scope): number {
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
  private limitOf(symbol: TlaSymbol, i: number): number {
    if (symbol.k === 'imported') return this.limitOf(symbol.inner, i);
    if (symbol.k === 'standard') return 2;
    const param = symbol.k === 'operator' ? symbol.definition?.params[i] : undefined;
    return param === undefined ? 3 : (this.limits.get(param) ?? 3);
  }

  /** Resolves a part that may have at most a level; `anew`: whatever stands around it. */
  private within(max: number, expr: Expr, resolve: () => number, anew = false): number {
    const outer = this.max;
    this.max = anew ? max : Math.min(outer, max);
    const level = resolve();
    this.max = outer;
    if (level > max) throw new SpecError(`a ${LEVELS[level]} formula cannot stand here`, expr.at);
    return level;
  }

  private bounds(bounds: readonly Bound[], scope: Scope): { inner: Scope; level: number } {
    const inner = new Scope(scope);
    let level = 0;
    for (const { set } of bounds)
      level = Math.max(
        level,
        this.within(2, set, () => this.expression(set, scope)),
      );
    for (const bound of bounds)
      for (const pattern of bound.patterns) this.declareParams(inner, pattern.params);
    return { inner, level };
  }

  private single(pattern: Pattern, set: Expr, body: Expr, scope: Scope): number {
    const { inner, level } = this.bounds([{ patterns: [pattern], set }], scope);
    return Math.max(
      level,
      this.within(2, body, () => this.expression(body, inner)),
    );
  }

  /** Parts of a value: no temporal formulas, unless `max` says so. */
  private many(exprs: readonly Expr[], scope: Scope, max = 2): number {
    const each = (expr: Expr): number => this.within(max, expr, () => this.expression(expr, scope));
    return exprs.reduce((level, expr) => Math.max(level, each(expr)), 0);
  }

  private operator(expr: Extract<Expr, { k: 'op' }>, scope: Scope): number {
    const operands = (max: number, anew: boolean): number =>
      expr.args.reduce((level, arg) => {
        const own = this.within(max, arg, () => this.expression(arg, scope), anew);
        return Math.max(level, own);
      }, 0);
    switch (expr.op) {
      case "'":
      case 'UNCHANGED':
        operands(1, true);
        return 2;
      case 'ENABLED':
        return Math.min(operands(2, true), 1);
      case '\\cdot':
        operands(2, true);
        return 2;
      case '[]':
      case '<>':
      case '~>':
      case '-+->': {
        const level = operands(3, true);
        const inner = expr.args[0];
        const stepped = expr.op === '[]' ? inner?.k === 'box' : expr.op === '<>' && inner?.k === 'angle';
        if (level === 2 && !stepped)
          throw new SpecError(`${expr.op} cannot be applied to an action`, expr.at);
        return 3;
      }
      case '=>':
      case '\\equiv':
      case '\\lnot':
        return operands(3, false);
      default:
        return operands(2, false);
    }
  }

  /** Resolves an expression; gives its level. */
  expression(expr: Expr, scope: Scope): number {
    const level = this.levelIn(expr, scope);
    if (expr.k === 'filter' || expr.k === 'function' || expr.k === 'recursive function') {
      this.levels.set(expr, level);
    }
    return level;
  }

  private levelIn(expr: Expr, scope: Scope): number {
    switch (expr.k) {
      case 'number':
      case 'string':
      case 'boolean':
      case 'builtin set':
      case 'old value':
        return 0;
      case 'name':
        return this.name(expr, scope);
      case 'op':
        return this.operator(expr, scope);
      case 'and':
      case 'or':
        return this.many(expr.items, scope, 3);
      case 'set':
      case 'tuple':
      case 'product':
        return this.many(expr.items, scope);
      case 'quantifier':
      case 'map':
      case 'function': {
        const { inner, level } = this.bounds(expr.bounds, scope);
        const max = expr.k === 'quantifier' ? 3 : 2;
        return Math.max(
          level,
          this.within(max, expr.body, () => this.expression(expr.body, inner)),
        );
      }
      case 'recursive function': {
        const named = new Scope(scope);
        named.names.set(expr.self.name, expr.self);
        const { inner, level } = this.bounds(expr.bounds, named);
        return Math.max(level, this.expression(expr.body, inner));
      }
      case 'unbounded': {
        const inner = new Scope(scope);
        this.declareParams(inner, expr.params);
        return this.expression(expr.body, inner);
      }
      case 'choose':
      case 'filter':
        return this.single(expr.pattern, expr.set, expr.body, scope);
      case 'function set':
        return this.many([expr.domain, expr.range], scope);
      case 'record set':
      case 'record': {
        const names = expr.fields.map((field) => field.name);
        const twice = names.find((name, i) => names.indexOf(name) !== i);
        if (twice !== undefined) throw new SpecError(`the field ${twice} is given twice`, expr.at);
        return this.many(
          expr.fields.map((field) => field.value),
          scope,
        );
      }
      case 'except':
        return this.except(expr, scope);
      case 'apply':
        return this.many([expr.fn, ...expr.args], scope);
      case 'field':
        return this.expression(expr.record, scope);
      case 'if':
        return this.many([expr.test, expr.yes, expr.no], scope, 3);
      case 'case': {
        const parts = expr.arms.flatMap((arm) => [arm.test, arm.value]);
        return this.many(expr.other === undefined ? parts : [...parts, expr.other], scope, 3);
      }
      case 'let': {
        const inner = new Scope(scope);
        for (const unit of expr.units) this.unit(unit, inner);
        this.undefinedRecursive(inner);
        return this.expression(expr.body, inner);
      }
      case 'lambda':
        throw new SpecError('LAMBDA stands where a value is needed', expr.at);
      case 'box':
      case 'angle': {
        this.within(2, expr.action, () => this.expression(expr.action, scope), true);
        this.within(1, expr.subscript, () => this.expression(expr.subscript, scope), true);
        return 2;
      }
      case 'fairness':
        this.within(2, expr.action, () => this.expression(expr.action, scope), true);
        this.within(1, expr.subscript, () => this.expression(expr.subscript, scope), true);
        return 3;
    }
  }

  private except(expr: Extract<Expr, { k: 'except' }>, scope: Scope): number {
    let level = this.expression(expr.base, scope);
    for (const update of expr.updates) {
      for (const selector of update.path) {
        if (selector.k === 'index') level = Math.max(level, this.many(selector.args, scope));
      }
      level = Math.max(level, this.expression(update.value, scope));
    }
    return level;
  }

  /** @throws SpecError for an operator that was announced but never defined. */
  undefinedRecursive(scope: Scope): void {
    for (const symbol of scope.names.values()) {
      if (symbol.k === 'operator' && symbol.definition === undefined) {
        throw new SpecError(`${symbol.name} is announced as RECURSIVE, but not defined`, symbol.at);
      }
    }
  }

  constantSymbol(name: string, arity: number, at: At): ConstantSymbol {
    return { k: 'constant', name, arity, at };
  }
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
