/** Operators as arguments: named ones, LAMBDA, and those of the standard modules. */
import { EvaluationError, UncoveredError } from '../errors.ts';
import type { Expr, Param } from '../parse/ast.ts';
import type { StandardSymbol, TlaSymbol } from '../semantics/symbols.ts';
import type { Frame } from '../value/frame.ts';
import { OperatorValue } from '../value/value.ts';
import type { Compiler } from './compiler.ts';
import { type CompiledOperator, type Env, type Forms, find } from './env.ts';
import { compileForm, operatorFor, type Stage, stageOf } from './names.ts';

/** An operator as an argument: a name, or LAMBDA. */
export function compileOperatorArgument(c: Compiler, expr: Expr, env: Env): (frame: Frame) => OperatorValue {
  if (expr.k === 'lambda') return lambdaValue(c, expr.params, expr.body, env);
  if (expr.k !== 'name') throw new UncoveredError('this operator argument', expr.at);
  const reference = c.spec.references.get(expr);
  if (reference === undefined) throw new UncoveredError(`the name ${expr.name} here`, expr.at);
  if (reference.symbol.k === 'param') {
    const found = find(reference.symbol, env.layout);
    if (found === undefined) throw new UncoveredError(`the name ${expr.name} here`, expr.at);
    return (frame) => {
      let holder = frame;
      for (let i = 0; i < found.depth; i++) holder = holder[0] as Frame;
      return holder[found.slot] as OperatorValue;
    };
  }
  const { stage, symbol } = stageOf(c, reference, env);
  if (symbol.k === 'standard') return standardValue(symbol);
  if (symbol.k === 'constant') return constantOperator(c, symbol, stage, env);
  if (symbol.k !== 'operator' || symbol.definition === undefined) {
    throw new UncoveredError(`${expr.name} as an argument`, expr.at);
  }
  const definition = symbol.definition;
  const forms: ReturnType<typeof operatorFor>[] = [];
  const form = (primed: boolean): ReturnType<typeof operatorFor> => {
    const index = primed ? 1 : 0;
    forms[index] ??= operatorFor(c, definition, stage, { ...env, primed });
    return forms[index] as ReturnType<typeof operatorFor>;
  };
  return (frame) =>
    new OperatorValue(
      symbol.name,
      (args, primed) => {
        const { operator, parent } = form(primed || env.primed);
        return operator.body([parent(frame), ...args]);
      },
      frame,
    );
}

function constantOperator(
  c: Compiler,
  symbol: TlaSymbol,
  stage: Stage,
  env: Env,
): (frame: Frame) => OperatorValue {
  const replacement = stage.home.substitutions?.get(symbol);
  const outside = stage.home.outside;
  if (replacement !== undefined && outside !== undefined) {
    const inner = compileOperatorArgument(c, replacement, { ...outside, primed: env.primed });
    return (frame) => inner(stage.frame(frame) ?? []);
  }
  const value = c.bindings.constants.get(symbol);
  if (typeof value === 'object' && value.kind === 'operator') return () => value;
  throw new UncoveredError(`${symbol.name} as an argument`, undefined);
}

function lambdaValue(
  c: Compiler,
  params: readonly Param[],
  body: Expr,
  env: Env,
): (frame: Frame) => OperatorValue {
  const forms: Forms = [undefined, undefined];
  const form = (primed: boolean): CompiledOperator =>
    compileForm(forms, primed, env.layout, (layout) => {
      for (const param of params) layout.add(param, true);
      return c.compile(body, { ...env, layout, primed });
    });
  return (frame) =>
    new OperatorValue('LAMBDA', (args, primed) => form(primed || env.primed).body([frame, ...args]), frame);
}

function standardValue(symbol: StandardSymbol): () => OperatorValue {
  const compute = symbol.operator.compute;
  const value = new OperatorValue(
    symbol.name,
    (args) => {
      if (compute === undefined) throw new EvaluationError(`${symbol.name} has no value`);
      return compute(...args);
    },
    undefined,
  );
  return () => value;
}
