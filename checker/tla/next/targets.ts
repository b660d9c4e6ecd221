/** Which state variable an expression is: what `x' = e` assigns and UNCHANGED keeps. */
import type { Compiler } from '../compile/compiler.ts';
import { type CompiledOperator, type Env, find, Layout } from '../compile/env.ts';
import { stageOf } from '../compile/names.ts';
import type { Definition, Expr, Param } from '../parse/ast.ts';
import type { Frame } from '../value/frame.ts';

export class Targets {
  private readonly c: Compiler;

  constructor(c: Compiler) {
    this.c = c;
  }

  /** The variable that `x'` (or x, in Init) assigns, if the expression is one. */
  assigned(expr: Expr, env: Env): ((frame: Frame) => number) | undefined {
    const inner = expr.k === 'op' && expr.op === "'" ? expr.args[0] : env.primed ? expr : undefined;
    if (inner === undefined) return undefined;
    const index = this.variable(inner, env);
    return index === undefined ? undefined : () => index;
  }

  /** The index of the state variable that an expression is, through instances' substitutions. */
  variable(expr: Expr, env: Env): number | undefined {
    if (expr.k !== 'name' || expr.args.length > 0) return undefined;
    const reference = this.c.spec.references.get(expr);
    if (reference === undefined) return undefined;
    if (reference.symbol.k === 'param') return this.actual(reference.symbol, env);
    const { stage, symbol } = stageOf(this.c, reference, env);
    if (symbol.k !== 'variable') return undefined;
    const replacement = stage.home.substitutions?.get(symbol);
    if (replacement === undefined) return this.c.indexOf(symbol);
    return stage.home.outside === undefined ? undefined : this.variable(replacement, stage.home.outside);
  }

  /** The variable that a parameter stands for in the body at hand. */
  private actual(param: Param, env: Env): number | undefined {
    const bound = find(param, env.layout);
    return bound === undefined ? undefined : this.aliases.get(bound.layout)?.get(param);
  }

  /** Parameters that stand for a variable, by the layout of the body that was made for them. */
  private readonly aliases = new WeakMap<Layout, Map<Param, number>>();

  /** A body of its own for a call that passes a variable: the body may assign it. */
  aliased(
    args: readonly Expr[],
    definition: Definition,
    shared: CompiledOperator,
    env: Env,
  ): CompiledOperator {
    const names = new Map<Param, number>();
    args.forEach((arg, i) => {
      const index = this.variable(arg, env);
      const param = definition.params[i];
      if (index !== undefined && param !== undefined) names.set(param, index);
    });
    if (names.size === 0) return shared;
    const layout = new Layout(shared.layout.parent, env.primed);
    for (const param of definition.params) layout.add(param, true);
    this.aliases.set(layout, names);
    return { layout, body: () => false };
  }

  /** The body of a definition without parameters, such as `vars`. */
  definitionOf(expr: Expr, env: Env): { expr: Expr; env: Env } | undefined {
    if (expr.k !== 'name' || expr.args.length > 0) return undefined;
    const reference = this.c.spec.references.get(expr);
    if (reference === undefined) return undefined;
    const { stage, symbol } = stageOf(this.c, reference, env);
    if (symbol.k !== 'operator' || symbol.definition === undefined || stage.home.layout !== undefined)
      return undefined;
    if (find(symbol.definition, env.layout) !== undefined) return undefined;
    const inner: Env = { home: stage.home, layout: new Layout(undefined, env.primed), primed: env.primed };
    const body = symbol.definition.body;
    return body.k === 'tuple' || body.k === 'name' ? { expr: body, env: inner } : undefined;
  }
}
