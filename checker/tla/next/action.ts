/**
 * Successors of a state, in TLC's way: an action is gone through from left to right; `x' = e` and `x' \in S`
 * give the next state its values, everything else is a test. Init is the same with every variable primed.
 */

import { compileLoops } from '../compile/binders.ts';
import type { Compiler } from '../compile/compiler.ts';
import { type CompiledOperator, type Env, find, type Layout } from '../compile/env.ts';
import { prepareLet } from '../compile/let.ts';
import { compileArguments, operatorFor, stageOf } from '../compile/names.ts';
import { EvaluationError, located } from '../errors.ts';
import type { Expr } from '../parse/ast.ts';
import { equal } from '../value/compare.ts';
import type { Evaluator, Frame, Slot } from '../value/frame.ts';
import { elementsOf, isSet, member } from '../value/sets.ts';
import { show } from '../value/show.ts';
import type { Value } from '../value/value.ts';
import { Targets } from './targets.ts';
import { Unchanged } from './unchanged.ts';

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
  private readonly targets: Targets;
  private readonly unchanged: Unchanged;
  /** Called with the machine's `next` complete (or not: the caller checks). */
  found: () => void = () => undefined;
  private readonly steps = new WeakMap<CompiledOperator, Step>();

  constructor(c: Compiler) {
    this.c = c;
    this.targets = new Targets(c);
    this.unchanged = new Unchanged(c, this.targets, this);
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
    const operator = this.targets.aliased(expr.args, definition, shared, env);
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
    const unchanged = this.unchanged.step(expr.subscript, env).run;
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
    if (expr.op === 'UNCHANGED') return this.unchanged.step(first, env).run;
    if (second === undefined) return this.test(expr, env);
    if (expr.op === '=>') {
      const test = this.c.boolean(first, env, 'an operand of =>');
      const run = this.step(second, env, undefined).run;
      return (frame, rest) => (test(frame) ? run(frame, rest) : this.proceed(rest));
    }
    if (expr.op === '=' || expr.op === '\\in') {
      const index = this.targets.assigned(first, env);
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
}
