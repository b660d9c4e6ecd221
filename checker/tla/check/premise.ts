/** Counts how often the premise of an implication held: a promise whose premise never holds says nothing. */

import { compileLoops, someCombination } from '../compile/binders.ts';
import type { Compiler } from '../compile/compiler.ts';
import type { Env } from '../compile/env.ts';
import { prepareLet } from '../compile/let.ts';
import { stageOf } from '../compile/names.ts';
import { EvaluationError } from '../errors.ts';
import type { Expr } from '../parse/ast.ts';
import type { Predicate } from '../program.ts';
import type { Frame } from '../value/frame.ts';
import { show } from '../value/show.ts';

export interface Counter {
  held: number;
}

/** A formula that counts; `counts` says whether it has a premise at all. */
interface Counted {
  readonly test: (frame: Frame) => boolean;
  readonly counts: boolean;
}

class PremiseCompiler {
  private readonly c: Compiler;
  private readonly counter: Counter;

  constructor(c: Compiler, counter: Counter) {
    this.c = c;
    this.counter = counter;
  }

  formula(expr: Expr, env: Env): Counted {
    switch (expr.k) {
      case 'op':
        if (expr.op === '=>') return this.implication(expr, env);
        break;
      case 'quantifier':
        if (expr.all) {
          const loops = compileLoops(this.c, expr.bounds, env, env, expr.at);
          const body = this.formula(expr.body, env);
          return {
            test: (frame) => !someCombination(loops, frame, (inner) => !body.test(inner)),
            counts: body.counts,
          };
        }
        break;
      case 'and': {
        const items = expr.items.map((item) => this.formula(item, env));
        return {
          test: (frame) => items.every((item) => item.test(frame)),
          counts: items.some((item) => item.counts),
        };
      }
      case 'let': {
        const prepare = prepareLet(this.c, expr, env);
        const body = this.formula(expr.body, env);
        if (prepare === undefined) return body;
        return {
          test: (frame) => {
            prepare(frame);
            return body.test(frame);
          },
          counts: body.counts,
        };
      }
      case 'name':
        return this.name(expr, env);
      default:
    }
    return this.plain(expr, env);
  }

  private plain(expr: Expr, env: Env): Counted {
    return { test: this.c.boolean(expr, env, 'a promise'), counts: false };
  }

  private implication(expr: Extract<Expr, { k: 'op' }>, env: Env): Counted {
    const [first, second] = expr.args;
    if (first === undefined || second === undefined) return this.plain(expr, env);
    const premise = this.c.boolean(first, env, 'an operand of =>');
    const conclusion = this.c.boolean(second, env, 'an operand of =>');
    return {
      test: (frame) => {
        if (!premise(frame)) return true;
        this.counter.held++;
        return conclusion(frame);
      },
      counts: true,
    };
  }

  /** An operator without parameters: its body is looked into. */
  private name(expr: Extract<Expr, { k: 'name' }>, env: Env): Counted {
    const reference = this.c.spec.references.get(expr);
    if (reference === undefined || reference.symbol.k === 'param' || expr.args.length > 0) {
      return this.plain(expr, env);
    }
    const { stage, symbol } = stageOf(this.c, reference, env);
    if (symbol.k !== 'operator' || symbol.definition === undefined || stage.home.layout !== undefined) {
      return this.plain(expr, env);
    }
    const inner = this.formula(symbol.definition.body, { ...this.c.rootEnv(), home: stage.home });
    if (!inner.counts) return this.plain(expr, env);
    return { test: () => inner.test([undefined]), counts: true };
  }
}

export interface CountedPromise {
  readonly holds: () => boolean;
  /** How often its premise held, or how often it was evaluated if it has none. */
  readonly premises: () => number;
}

/** A predicate without arguments that counts its premises. */
export function countingPredicate(c: Compiler, predicate: Predicate): CountedPromise {
  const counter: Counter = { held: 0 };
  const { test, counts } = new PremiseCompiler(c, counter).formula(predicate.definition.body, c.rootEnv());
  let evaluated = 0;
  return {
    holds: () => {
      evaluated++;
      const value: unknown = test([undefined]);
      if (typeof value === 'boolean') return value;
      throw new EvaluationError(`${show(value as string)} is not a boolean`);
    },
    premises: () => (counts ? counter.held : evaluated),
  };
}
