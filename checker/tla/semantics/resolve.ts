/**
 * Resolves every name of a module and checks arity, double definitions and levels, as SANY does, before
 * anything is evaluated: what is never evaluated must be right too.
 */
import { SpecError } from '../errors.ts';
import type { At, Bound, Definition, Expr, InstanceUnit, Pattern, Unit } from '../parse/ast.ts';
import { LEVELS, NameResolver } from './resolve-names.ts';
import {
  arityOf,
  type ConstantSymbol,
  type InstanceSymbol,
  type OperatorSymbol,
  Scope,
  type TlaSymbol,
} from './symbols.ts';

export class Resolver extends NameResolver {
  /** How many EXCEPT updates are around the expression at hand. */
  private updates = 0;

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
    this.checkReserved(unit.name, unit.at);
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

  private bounds(bounds: readonly Bound[], scope: Scope, around = scope): { inner: Scope; level: number } {
    const inner = new Scope(around);
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
        return 0;
      case 'old value':
        if (this.updates === 0) throw new SpecError('@ stands outside of EXCEPT', expr.at);
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
        // The function's own name means nothing yet in its domain.
        const { inner, level } = this.bounds(expr.bounds, scope, named);
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
      this.updates++;
      level = Math.max(level, this.expression(update.value, scope));
      this.updates--;
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
