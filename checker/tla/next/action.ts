/**
 * Successors of a state, in TLC's way: an action is gone through from left to right; `x' = e` and `x' \in S`
 * give the next state its values, everything else is a test. Init is the same with every variable primed.
 */

import { compileLoops } from '../compile/binders.ts';
import type { Compiler } from '../compile/compiler.ts';
import { type CompiledOperator, type Env, find, Layout } from '../compile/env.ts';
import { compileArguments, operatorFor, prepareLet, stageOf } from '../compile/names.ts';
import { EvaluationError, located } from '../errors.ts';
import type { Definition, Expr, Param } from '../parse/ast.ts';
import type { TlaSymbol } from '../semantics/symbols.ts';
import { equal } from '../value/compare.ts';
import type { Evaluator, Frame, Slot } from '../value/frame.ts';
import { elementsOf, isSet, member } from '../value/sets.ts';
import { show } from '../value/show.ts';
import type { Value } from '../value/value.ts';

/** What is still to be gone through before the next state is complete. */
export interface Rest {
  readonly step: Step;
  readonly frame: Frame;
  readonly next: Rest | undefined;
}

/** A part of an action: as something that gives successors, and as a test once every variable has its value. */
export interface Step {
  readonly run: (frame: Frame, rest: Rest | undefined) => void;
  readonly test: (frame: Frame) => boolean;
  /** UNCHANGED goes its own way in TLC even when every variable is assigned. */
  readonly unchanged: boolean;
}

export class ActionCompiler {
  readonly c: Compiler;
  /** Called with the machine's `next` complete (or not: the caller checks). */
  found: () => void = () => undefined;
  private readonly steps = new WeakMap<CompiledOperator, Step>();

  constructor(c: Compiler) {
    this.c = c;
  }

  private complete(): boolean {
    const next = this.c.machine.next;
    for (let i = 0; i < next.length; i++) if (next[i] === undefined) return false;
    return true;
  }

  /** Goes on with what is left. */
  proceed(rest: Rest | undefined): void {
    if (rest === undefined) {
      this.found();
      return;
    }
    if (!rest.step.unchanged && this.complete()) {
      let at: Rest | undefined = rest;
      while (at !== undefined && !at.step.unchanged) {
        if (!at.step.test(at.frame)) return;
        at = at.next;
      }
      if (at === undefined) this.found();
      else at.step.run(at.frame, at.next);
      return;
    }
    rest.step.run(rest.frame, rest.next);
  }

  /** `name`: the operator whose body this is, as long as nothing but choices was met; it names the action. */
  step(expr: Expr, env: Env, name: string | undefined): Step {
    let test: ((frame: Frame) => boolean) | undefined;
    const run = this.runner(expr, env, name);
    return {
      run,
      test: (frame) => {
        test ??= this.c.boolean(expr, env, 'a part of an action');
        return test(frame);
      },
      unchanged: false,
    };
  }

  private runner(expr: Expr, env: Env, name: string | undefined): Step['run'] {
    switch (expr.k) {
      case 'or':
        return this.disjunction(expr.items, env, name);
      case 'quantifier':
        return expr.all ? this.forall(expr, env, name) : this.exists(expr, env, name);
      case 'let':
        return this.letIn(expr, env, name);
      case 'name':
        return this.call(expr, env, name);
      case 'box':
        return this.named(name, this.box(expr, env));
      case 'angle':
        return this.named(name, this.angle(expr, env));
      default:
        return this.named(name, this.leaf(expr, env));
    }
  }

  /** Says which action the successors that follow belong to. */
  private named(name: string | undefined, run: Step['run']): Step['run'] {
    if (name === undefined) return run;
    const machine = this.c.machine;
    return (frame, rest) => {
      machine.action = name;
      run(frame, rest);
    };
  }

  private leaf(expr: Expr, env: Env): Step['run'] {
    switch (expr.k) {
      case 'and':
        return this.conjunction(expr.items, env);
      case 'if': {
        const test = this.c.boolean(expr.test, env, 'the condition of an IF');
        const yes = this.step(expr.yes, env, undefined).run;
        const no = this.step(expr.no, env, undefined).run;
        return (frame, rest) => (test(frame) ? yes(frame, rest) : no(frame, rest));
      }
      case 'case':
        return this.caseOf(expr, env);
      case 'op':
        return this.operator(expr, env);
      default:
        return this.test(expr, env);
    }
  }

  private test(expr: Expr, env: Env): Step['run'] {
    const test = this.c.boolean(expr, env, 'a part of an action');
    return (frame, rest) => {
      if (test(frame)) this.proceed(rest);
    };
  }

  private conjunction(items: readonly Expr[], env: Env): Step['run'] {
    const steps = items.map((item) => this.step(item, env, undefined));
    const first = steps[0] as Step;
    return (frame, rest) => {
      let list = rest;
      for (let i = steps.length - 1; i > 0; i--) list = { step: steps[i] as Step, frame, next: list };
      first.run(frame, list);
    };
  }

  private disjunction(items: readonly Expr[], env: Env, name: string | undefined): Step['run'] {
    const runs = items.map((item) => this.step(item, env, name).run);
    return (frame, rest) => {
      for (const run of runs) run(frame, rest);
    };
  }

  private exists(expr: Extract<Expr, { k: 'quantifier' }>, env: Env, name: string | undefined): Step['run'] {
    const loops = compileLoops(this.c, expr.bounds, env, env, expr.at);
    const body = this.step(expr.body, env, name).run;
    const each = (
      lists: readonly (readonly Value[])[],
      depth: number,
      frame: Frame,
      rest: Rest | undefined,
    ): void => {
      const loop = loops[depth];
      const items = lists[depth];
      if (loop === undefined || items === undefined) {
        body(frame, rest);
        return;
      }
      for (const item of items) {
        loop.bind(frame, item);
        each(lists, depth + 1, frame, rest);
      }
    };
    return (frame, rest) =>
      each(
        loops.map((loop) => elementsOf(loop.set(frame))),
        0,
        frame,
        rest,
      );
  }

  /** Every instance of the body has to be gone through: each in a frame of its own. */
  private forall(expr: Extract<Expr, { k: 'quantifier' }>, env: Env, name: string | undefined): Step['run'] {
    const loops = compileLoops(this.c, expr.bounds, env, env, expr.at);
    const body = this.step(expr.body, env, undefined);
    const machine = this.c.machine;
    return (frame, rest) => {
      if (name !== undefined) machine.action = name;
      let frames: Frame[] = [frame.slice()];
      for (const loop of loops) {
        const items = elementsOf(loop.set(frame));
        frames = frames.flatMap((outer) =>
          items.map((item) => {
            const copy = outer.slice();
            loop.bind(copy, item);
            return copy;
          }),
        );
      }
      const first = frames[0];
      if (first === undefined) {
        this.proceed(rest);
        return;
      }
      let list = rest;
      for (let i = frames.length - 1; i > 0; i--)
        list = { step: body, frame: frames[i] as Frame, next: list };
      body.run(first, list);
    };
  }

  private letIn(expr: Extract<Expr, { k: 'let' }>, env: Env, name: string | undefined): Step['run'] {
    const prepare = prepareLet(this.c, expr, env);
    const body = this.step(expr.body, env, name).run;
    if (prepare === undefined) return body;
    return (frame, rest) => {
      prepare(frame);
      body(frame, rest);
    };
  }

  private caseOf(expr: Extract<Expr, { k: 'case' }>, env: Env): Step['run'] {
    const arms = expr.arms.map((arm) => ({
      test: this.c.boolean(arm.test, env, 'the condition of a CASE'),
      run: this.step(arm.value, env, undefined).run,
    }));
    const other = expr.other === undefined ? undefined : this.step(expr.other, env, undefined).run;
    return (frame, rest) => {
      for (const arm of arms) {
        if (arm.test(frame)) {
          arm.run(frame, rest);
          return;
        }
      }
      if (other === undefined)
        throw new EvaluationError('Attempted to evaluate a CASE with no condition true', expr.at);
      other(frame, rest);
    };
  }

  /** An operator's body is gone through in place; other names are tests. */
  private call(expr: Extract<Expr, { k: 'name' }>, env: Env, name: string | undefined): Step['run'] {
    const reference = this.c.spec.references.get(expr);
    if (reference === undefined || reference.symbol.k === 'param')
      return this.named(name, this.test(expr, env));
    const { stage, symbol } = stageOf(this.c, reference, env);
    if (symbol.k !== 'operator' || symbol.definition === undefined)
      return this.named(name, this.test(expr, env));
    const definition = symbol.definition;
    const local = find(definition, env.layout);
    if (local !== undefined) {
      // A LET without parameters: TLC goes through its body where it is used.
      if (local.depth > 0 || local.layout !== env.layout) return this.named(name, this.test(expr, env));
      return this.step(definition.body, env, name === undefined ? undefined : definition.name).run;
    }
    const { operator: shared, parent } = operatorFor(this.c, definition, stage, env);
    const operator = this.aliased(expr.args, definition, shared, env);
    const args = compileArguments(this.c, expr.args, symbol, env);
    const inner = name === undefined ? undefined : definition.name;
    const home = this.homeOf(stage.home, env, definition);
    let run: Step['run'] | undefined;
    return (frame, rest) => {
      run ??= this.body(
        operator,
        { home, layout: operator.layout, primed: env.primed },
        definition.body,
        inner,
      ).run;
      const made: Frame = [parent(frame)];
      for (const arg of args) made.push((arg as (frame: Frame) => Slot)(frame));
      run(made, rest);
    };
  }

  private homeOf(home: Env['home'], env: Env, definition: object): Env['home'] {
    for (let at: Layout | undefined = env.layout; at !== undefined; at = at.parent) {
      for (const key of at.operators.keys()) if (key === definition) return env.home;
    }
    return home;
  }

  /** The step of an operator's body, made once for named and once for unnamed use. */
  private body(operator: CompiledOperator, env: Env, expr: Expr, name: string | undefined): Step {
    if (name !== undefined) return this.step(expr, env, name);
    const known = this.steps.get(operator);
    if (known !== undefined) return known;
    const made = this.step(expr, env, undefined);
    this.steps.set(operator, made);
    return made;
  }

  private box(expr: Extract<Expr, { k: 'box' | 'angle' }>, env: Env): Step['run'] {
    const action = this.step(expr.action, env, undefined).run;
    const unchanged = this.unchanged(expr.subscript, env).run;
    return (frame, rest) => {
      action(frame, rest);
      unchanged(frame, rest);
    };
  }

  private angle(expr: Extract<Expr, { k: 'box' | 'angle' }>, env: Env): Step['run'] {
    const action = this.step(expr.action, env, undefined).run;
    const before = this.c.compile(expr.subscript, env);
    const after = this.c.compile(expr.subscript, { ...env, primed: true });
    const changed = (frame: Frame): boolean => !equal(before(frame), after(frame));
    const step: Step = {
      run: (frame, rest) => {
        if (changed(frame)) this.proceed(rest);
      },
      test: changed,
      unchanged: false,
    };
    return (frame, rest) => action(frame, { step, frame, next: rest });
  }

  private operator(expr: Extract<Expr, { k: 'op' }>, env: Env): Step['run'] {
    const [first, second] = expr.args;
    if (first === undefined) return this.test(expr, env);
    if (expr.op === 'UNCHANGED') return this.unchanged(first, env).run;
    if (second === undefined) return this.test(expr, env);
    if (expr.op === '=>') {
      const test = this.c.boolean(first, env, 'an operand of =>');
      const run = this.step(second, env, undefined).run;
      return (frame, rest) => (test(frame) ? run(frame, rest) : this.proceed(rest));
    }
    if (expr.op === '=' || expr.op === '\\in') {
      const index = this.assigned(first, env);
      if (index !== undefined) return this.assignment(expr, { index, value: this.c.compile(second, env) });
    }
    return this.test(expr, env);
  }

  private assignment(
    expr: Extract<Expr, { k: 'op' }>,
    target: { readonly index: (frame: Frame) => number; readonly value: Evaluator },
  ): Step['run'] {
    const machine = this.c.machine;
    const choice = expr.op === '\\in';
    const evaluate = (frame: Frame): Value => {
      try {
        return target.value(frame);
      } catch (error) {
        throw located(error, expr.at);
      }
    };
    return (frame, rest) => {
      const index = target.index(frame);
      const known = machine.next[index];
      const value = evaluate(frame);
      if (known !== undefined) {
        if (choice ? member(known, value) : equal(known, value)) this.proceed(rest);
        return;
      }
      if (choice && !isSet(value)) throw new EvaluationError(`${show(value)} is not a set`, expr.at);
      for (const item of choice ? elementsOf(value) : [value]) {
        machine.next[index] = item;
        this.proceed(rest);
      }
      machine.next[index] = undefined;
    };
  }

  /** The variable that `x'` (or x, in Init) assigns, if the expression is one. */
  private assigned(expr: Expr, env: Env): ((frame: Frame) => number) | undefined {
    const inner = expr.k === 'op' && expr.op === "'" ? expr.args[0] : env.primed ? expr : undefined;
    if (inner === undefined) return undefined;
    const index = this.variable(inner, env);
    return index === undefined ? undefined : () => index;
  }

  /** The index of the state variable that an expression is, through instances' substitutions. */
  private variable(expr: Expr, env: Env): number | undefined {
    if (expr.k !== 'name' || expr.args.length > 0) return undefined;
    const reference = this.c.spec.references.get(expr);
    if (reference === undefined) return undefined;
    if (reference.symbol.k === 'param') return this.actual(reference.symbol, env);
    const { stage, symbol } = stageOf(this.c, reference, env);
    if (symbol.k !== 'variable') return undefined;
    const replacement = stage.home.substitutions?.get(symbol as TlaSymbol);
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
  private aliased(
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

  /** UNCHANGED e: each variable of a tuple, through definitions. */
  private unchanged(expr: Expr, env: Env): Step {
    if (expr.k === 'tuple') {
      const steps = expr.items.map((item) => this.unchanged(item, env));
      const first = steps[0];
      if (first === undefined) return this.always();
      return {
        run: (frame, rest) => {
          let list = rest;
          for (let i = steps.length - 1; i > 0; i--) list = { step: steps[i] as Step, frame, next: list };
          first.run(frame, list);
        },
        test: (frame) => steps.every((step) => step.test(frame)),
        unchanged: true,
      };
    }
    const index = this.variable(expr, env);
    if (index !== undefined) return this.unchangedVariable(index);
    const inner = this.definitionOf(expr, env);
    if (inner !== undefined) return this.unchanged(inner.expr, inner.env);
    const before = this.c.compile(expr, env);
    const after = this.c.compile(expr, { ...env, primed: true });
    const same = (frame: Frame): boolean => equal(before(frame), after(frame));
    return {
      run: (frame, rest) => {
        if (same(frame)) this.proceed(rest);
      },
      test: same,
      unchanged: true,
    };
  }

  private always(): Step {
    return { run: (_, rest) => this.proceed(rest), test: () => true, unchanged: true };
  }

  private unchangedVariable(index: number): Step {
    const machine = this.c.machine;
    const same = (): boolean => equal(machine.current[index] as Value, machine.next[index] as Value);
    return {
      run: (_, rest) => {
        if (machine.next[index] !== undefined) {
          if (same()) this.proceed(rest);
          return;
        }
        machine.next[index] = machine.current[index];
        this.proceed(rest);
        machine.next[index] = undefined;
      },
      test: same,
      unchanged: true,
    };
  }

  /** The body of a definition without parameters, such as `vars`. */
  private definitionOf(expr: Expr, env: Env): { expr: Expr; env: Env } | undefined {
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
