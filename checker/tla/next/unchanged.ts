/** UNCHANGED: gives variables their old values, or tests that they have them. */
import type { Compiler } from '../compile/compiler.ts';
import type { Env } from '../compile/env.ts';
import type { Expr } from '../parse/ast.ts';
import { equal } from '../value/compare.ts';
import type { Frame } from '../value/frame.ts';
import type { Value } from '../value/value.ts';
import type { Rest, Step } from './action.ts';
import type { Targets } from './targets.ts';

/** Who goes on with the rest of an action. */
export interface Owner {
  proceed(rest: Rest | undefined): void;
}

export class Unchanged {
  private readonly c: Compiler;
  private readonly targets: Targets;
  private readonly owner: Owner;

  constructor(c: Compiler, targets: Targets, owner: Owner) {
    this.c = c;
    this.targets = targets;
    this.owner = owner;
  }

  /** UNCHANGED e: each variable of a tuple, through definitions. */
  step(expr: Expr, env: Env): Step {
    if (expr.k === 'tuple') {
      const steps = expr.items.map((item) => this.step(item, env));
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
    const index = this.targets.variable(expr, env);
    if (index !== undefined) return this.unchangedVariable(index);
    const inner = this.targets.definitionOf(expr, env);
    if (inner !== undefined) return this.step(inner.expr, inner.env);
    const before = this.c.compile(expr, env);
    const after = this.c.compile(expr, { ...env, primed: true });
    const same = (frame: Frame): boolean => equal(before(frame), after(frame));
    return {
      run: (frame, rest) => {
        if (same(frame)) this.owner.proceed(rest);
      },
      test: same,
      unchanged: true,
    };
  }

  private always(): Step {
    return { run: (_, rest) => this.owner.proceed(rest), test: () => true, unchanged: true };
  }

  private unchangedVariable(index: number): Step {
    const machine = this.c.machine;
    const same = (): boolean => equal(machine.current[index] as Value, machine.next[index] as Value);
    return {
      run: (_, rest) => {
        if (machine.next[index] !== undefined) {
          if (same()) this.owner.proceed(rest);
          return;
        }
        machine.next[index] = machine.current[index];
        this.owner.proceed(rest);
        machine.next[index] = undefined;
      },
      test: same,
      unchanged: true,
    };
  }
}
