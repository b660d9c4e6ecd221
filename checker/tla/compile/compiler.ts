/** Compiles expressions to closures. Which closure is decided once, by the form of the expression. */
import { EvaluationError, located, UncoveredError } from '../errors.ts';
import type { At, Definition, Expr } from '../parse/ast.ts';
import type { Specification } from '../semantics/load.ts';
import type { OperatorSymbol, TlaSymbol, VariableSymbol } from '../semantics/symbols.ts';
import { equal } from '../value/compare.ts';
import type { Evaluator, Frame } from '../value/frame.ts';
import { show } from '../value/show.ts';
import { BOOLEANS, InfiniteSet, type OperatorValue, type Value } from '../value/value.ts';
import { type CompiledOperator, type Env, Home, Layout } from './env.ts';
import { compileLet } from './let.ts';
import {
  compileCase,
  compileChoose,
  compileIf,
  compileJunction,
  compileOperator,
  compileQuantifier,
} from './logic.ts';
import type { Machine } from './machine.ts';
import { compileName } from './names.ts';
import * as sets from './sets.ts';

/** What a configuration gives: constants' values, and names that stand for other definitions. */
export interface Bindings {
  readonly constants: ReadonlyMap<TlaSymbol, Value | OperatorValue>;
  /** `CONSTANT a <- b`: the symbol replaced, and the one used instead. */
  readonly replaced: ReadonlyMap<TlaSymbol, TlaSymbol>;
}

export interface CompilerOptions {
  readonly spec: Specification;
  readonly machine: Machine;
  readonly bindings: Bindings;
}

export class Compiler {
  readonly spec: Specification;
  readonly machine: Machine;
  readonly bindings: Bindings;
  readonly root = new Home(undefined, undefined, undefined);
  private readonly variableIndexes = new Map<TlaSymbol, number>();

  constructor(options: CompilerOptions) {
    this.spec = options.spec;
    this.machine = options.machine;
    this.bindings = options.bindings;
    options.spec.root.variables.forEach((symbol, index) => {
      this.variableIndexes.set(symbol, index);
    });
  }

  get variables(): readonly VariableSymbol[] {
    return this.spec.root.variables;
  }

  indexOf(symbol: TlaSymbol): number | undefined {
    return this.variableIndexes.get(symbol);
  }

  rootEnv(primed = false): Env {
    return { home: this.root, layout: new Layout(undefined, primed), primed };
  }

  /** The operator of that name in the root module. */
  operator(name: string): OperatorSymbol | undefined {
    const symbol = this.spec.root.scope.lookup(name);
    return symbol?.k === 'operator' ? symbol : undefined;
  }

  /** Compiles a definition once per home (or LET), layout and mode. */
  definition(
    definition: Definition,
    forms: [CompiledOperator | undefined, CompiledOperator | undefined],
    where: { readonly home: Home; readonly parent: Layout | undefined; readonly primed: boolean },
  ): CompiledOperator {
    const known = forms[where.primed ? 1 : 0];
    if (known !== undefined) return known;
    const layout = new Layout(where.parent, where.primed);
    const made: CompiledOperator = {
      layout,
      body: () => {
        throw new EvaluationError(`${definition.name} is used before it is compiled`);
      },
    };
    forms[where.primed ? 1 : 0] = made;
    for (const param of definition.params) layout.add(param, true);
    made.body = this.compile(definition.body, { home: where.home, layout, primed: where.primed });
    return made;
  }

  boolean(expr: Expr, env: Env, role: string): (frame: Frame) => boolean {
    const inner = this.compile(expr, env);
    return (frame) => {
      const value = inner(frame);
      if (typeof value === 'boolean') return value;
      throw new EvaluationError(`${show(value)} is used as ${role}, but is not a boolean`, expr.at);
    };
  }

  compile(expr: Expr, env: Env): Evaluator {
    switch (expr.k) {
      case 'number':
      case 'string':
      case 'boolean': {
        const value = expr.value;
        return () => value;
      }
      case 'builtin set': {
        const value: Value = expr.name === 'BOOLEAN' ? BOOLEANS : new InfiniteSet('STRING');
        return () => value;
      }
      case 'name':
        return compileName(this, expr, env);
      case 'op':
        return compileOperator(this, expr, env);
      case 'and':
      case 'or':
        return compileJunction(this, expr, env);
      case 'quantifier':
        return compileQuantifier(this, expr, env);
      case 'choose':
        return compileChoose(this, expr, env);
      case 'unbounded':
        return this.refuse(`TLC cannot evaluate an unbounded ${expr.what}`, expr.at);
      case 'if':
        return compileIf(this, expr, env);
      case 'case':
        return compileCase(this, expr, env);
      case 'let':
        return compileLet(this, expr, env);
      case 'old value':
        return this.oldValue(expr.at, env);
      case 'box':
      case 'angle':
        return this.subscripted(expr, env);
      case 'fairness':
        return this.refuse(
          `${expr.strong ? 'SF' : 'WF'} is a temporal formula and has no value in a step`,
          expr.at,
        );
      case 'lambda':
        throw new UncoveredError('a LAMBDA that is not an argument', expr.at);
      default:
        return sets.compileSetOrFunction(this, expr, env);
    }
  }

  /** Compiles to an error: the expression may stand there as long as nobody evaluates it. */
  refuse(message: string, at: At): Evaluator {
    return () => {
      throw new EvaluationError(message, at);
    };
  }

  private oldValue(at: At, env: Env): Evaluator {
    const old = env.old;
    if (old === undefined) throw new UncoveredError('@ outside of EXCEPT', at);
    const { slot } = old;
    let depth = 0;
    for (let layout: Layout | undefined = env.layout; layout !== undefined && layout !== old.layout; ) {
      layout = layout.parent;
      depth++;
    }
    return (frame) => {
      let holder = frame;
      for (let i = 0; i < depth; i++) holder = holder[0] as Frame;
      return holder[slot] as Value;
    };
  }

  private subscripted(expr: Extract<Expr, { k: 'box' | 'angle' }>, env: Env): Evaluator {
    const action = this.boolean(expr.action, env, 'an action');
    const before = this.compile(expr.subscript, env);
    const after = this.compile(expr.subscript, { ...env, primed: true });
    const unchanged = (frame: Frame): boolean => equal(before(frame), after(frame));
    if (expr.k === 'box') return (frame) => action(frame) || unchanged(frame);
    return (frame) => action(frame) && !unchanged(frame);
  }
}

/** Gives errors the place of the expression they arise in. */
export function placed(at: At, inner: Evaluator): Evaluator {
  return (frame) => {
    try {
      return inner(frame);
    } catch (error) {
      throw located(error, at);
    }
  };
}
