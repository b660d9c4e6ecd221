/**
 * Counts how often the premise of an implication held: a promise whose premise never holds says nothing. Of a
 * conjunction each implication is counted by itself, so that none hides behind another. A promise of the form
 * \A x \in S : Q has the premise that there is somebody in S.
 */

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

/** How often one premise held. */
interface Counter {
  held: number;
}

/** A formula that counts; `counts` says whether it has a premise at all. */
interface Counted {
  readonly test: (frame: Frame) => boolean;
  readonly counts: boolean;
}

class PremiseCompiler {
  private readonly c: Compiler;
  /** One for each implication that was found. */
  readonly counters: Counter[] = [];

  constructor(c: Compiler) {
    this.c = c;
  }

  private counter(): Counter {
    const counter: Counter = { held: 0 };
    this.counters.push(counter);
    return counter;
  }

  /** `isPart`: it stands in a conjunction, whose other members may say something where it says nothing. */
  formula(expr: Expr, env: Env, isPart = false): Counted {
    switch (expr.k) {
      case 'op':
        if (expr.op === '=>') return this.implication(expr, env);
        break;
      case 'quantifier':
        if (expr.all) {
          const loops = compileLoops(this.c, expr.bounds, env, env, expr.at);
          const body = this.formula(expr.body, env, isPart);
          if (body.counts || isPart) {
            return {
              test: (frame) => !someCombination(loops, frame, (inner) => !body.test(inner)),
              counts: body.counts,
            };
          }
          const counter = this.counter();
          return {
            test: (frame) =>
              !someCombination(loops, frame, (inner) => {
                counter.held++;
                return !body.test(inner);
              }),
            counts: true,
          };
        }
        break;
      case 'and': {
        const items = expr.items.map((item) => this.formula(item, env, isPart || expr.items.length > 1));
        return {
          test: (frame) => items.every((item) => item.test(frame)),
          counts: items.some((item) => item.counts),
        };
      }
      case 'let': {
        const prepare = prepareLet(this.c, expr, env);
        const body = this.formula(expr.body, env, isPart);
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
        return this.name(expr, env, isPart);
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
    const counter = this.counter();
    return {
      test: (frame) => {
        if (!premise(frame)) return true;
        counter.held++;
        return conclusion(frame);
      },
      counts: true,
    };
  }

  /** An operator without parameters: its body is looked into. */
  private name(expr: Extract<Expr, { k: 'name' }>, env: Env, isPart: boolean): Counted {
    const reference = this.c.spec.references.get(expr);
    if (reference === undefined || reference.symbol.k === 'param' || expr.args.length > 0) {
      return this.plain(expr, env);
    }
    const { stage, symbol } = stageOf(this.c, reference, env);
    if (symbol.k !== 'operator' || symbol.definition === undefined || stage.home.layout !== undefined) {
      return this.plain(expr, env);
    }
    const inner = this.formula(symbol.definition.body, { ...this.c.rootEnv(), home: stage.home }, isPart);
    if (!inner.counts) return this.plain(expr, env);
    return { test: () => inner.test([undefined]), counts: true };
  }
}

export interface CountedPromise {
  readonly holds: () => boolean;
  /** How often its premise held (of several, the least), or how often it was evaluated if it has none. */
  readonly premises: () => number;
}

/** A predicate without arguments that counts its premises. */
export function countingPredicate(c: Compiler, predicate: Predicate): CountedPromise {
  const compiler = new PremiseCompiler(c);
  const { test, counts } = compiler.formula(predicate.definition.body, c.rootEnv());
  let evaluated = 0;
  return {
    holds: () => {
      evaluated++;
      const value: unknown = test([undefined]);
      if (typeof value === 'boolean') return value;
      throw new EvaluationError(`${show(value as string)} is not a boolean`);
    },
    premises: () => (counts ? Math.min(...compiler.counters.map((counter) => counter.held)) : evaluated),
  };
}
