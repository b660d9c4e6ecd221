/** Names: variables, constants, parameters, operators and what an instance replaces. */
import { EvaluationError, UncoveredError } from '../errors.ts';
import type { Definition, Expr, Param } from '../parse/ast.ts';
import type {
  InstanceSymbol,
  OperatorSymbol,
  Reference,
  StandardSymbol,
  TlaSymbol,
} from '../semantics/symbols.ts';
import { argumentArities } from '../semantics/symbols.ts';
import type { Argument } from '../standard/operator.ts';
import { type Evaluator, type Frame, type Slot, Thunk } from '../value/frame.ts';
import type { OperatorValue, Value } from '../value/value.ts';
import { type Compiler, placed } from './compiler.ts';
import { type CompiledOperator, type Env, type Forms, find, framesUp, Home, Layout } from './env.ts';
import { compileThunk } from './let.ts';
import { READ_CURRENT, READ_NEXT, undefinedVariable } from './machine.ts';
import { compileOperatorArgument } from './operator-values.ts';

type NameExpr = Extract<Expr, { k: 'name' }>;

/** A module's names as seen from an expression: its home, and how to find the frame of the home's parameters. */
export interface Stage {
  readonly home: Home;
  /** Gives the frame for `home.layout`. */
  readonly frame: (frame: Frame) => Frame | undefined;
}

/** The instance's home, made once per place where the instance is declared. */
function instanceHome(instance: InstanceSymbol, stage: Stage, env: Env, first: boolean): Home {
  let at: Layout | undefined = first ? env.layout : undefined;
  while (at !== undefined) {
    const local = at.instances.get(instance);
    if (local !== undefined) return local;
    at = at.parent;
  }
  const known = stage.home.instances.get(instance);
  if (known !== undefined) return known;
  const home = makeInstanceHome(instance, stage.home, stage.home.layout);
  stage.home.instances.set(instance, home);
  return home;
}

/** The home of an instance that stands in a home, at a layout. */
export function makeInstanceHome(instance: InstanceSymbol, around: Home, parent: Layout | undefined): Home {
  const params = instance.unit.params;
  let layout = parent;
  if (params.length > 0) {
    layout = new Layout(parent, false);
    for (const param of params) layout.add(param, true);
  }
  const outside: Env = { home: around, layout: layout ?? new Layout(undefined, false), primed: false };
  return new Home(layout, outside, instance.substitutions);
}

/** Follows `I!` and unnamed instances to where the symbol's own module is at home. */
export function stageOf(c: Compiler, reference: Reference, env: Env): { stage: Stage; symbol: TlaSymbol } {
  let stage: Stage = { home: env.home, frame: framesUp(env.layout, env.home.layout) };
  let first = true;
  const enter = (instance: InstanceSymbol, args: readonly Expr[]): void => {
    const home = instanceHome(instance, stage, env, first);
    first = false;
    const outer = stage.frame;
    const parentLayout = home.layout === undefined || args.length === 0 ? home.layout : home.layout.parent;
    const parent = parentLayout === stage.home.layout ? outer : framesUp(env.layout, parentLayout);
    if (args.length === 0) {
      stage = { home, frame: parent };
      return;
    }
    const slots = args.map((arg, i) =>
      compileArgument(c, arg, env, { arity: instance.unit.params[i]?.arity ?? 0, lazy: true }),
    );
    stage = {
      home,
      frame: (frame) => {
        const made: Frame = [parent(frame)];
        for (const slot of slots) made.push(slot(frame));
        return made;
      },
    };
  };
  for (const part of reference.path) enter(part.instance, part.args);
  let symbol = reference.symbol;
  while (symbol.k === 'imported') {
    enter(symbol.instance, []);
    symbol = symbol.inner;
  }
  return { stage, symbol: c.bindings.replaced.get(symbol) ?? symbol };
}

export function compileName(c: Compiler, expr: NameExpr, env: Env): Evaluator {
  const reference = c.spec.references.get(expr);
  if (reference === undefined) throw new UncoveredError(`the name ${expr.name} here`, expr.at);
  if (reference.symbol.k === 'param') return compileParam(c, expr, reference.symbol, env);
  const { stage, symbol } = stageOf(c, reference, env);
  return compileSymbol(c, { expr, symbol, stage, env });
}

interface Use {
  readonly expr: NameExpr;
  readonly symbol: TlaSymbol;
  readonly stage: Stage;
  readonly env: Env;
}

function compileSymbol(c: Compiler, use: Use): Evaluator {
  const { expr, symbol, stage, env } = use;
  switch (symbol.k) {
    case 'variable':
    case 'constant': {
      const replacement = stage.home.substitutions?.get(symbol);
      if (replacement !== undefined) return compileReplaced(c, use, replacement);
      if (symbol.k === 'variable') return compileVariable(c, symbol, env);
      return compileConstant(c, use);
    }
    case 'operator':
      if (c.bindings.constants.has(symbol)) return compileConstant(c, use);
      return compileOperatorUse(c, use, symbol);
    case 'standard':
      return placed(expr.at, compileStandard(c, symbol, expr.args, env));
    default:
      throw new UncoveredError(`the name ${expr.name} here`, expr.at);
  }
}

function compileVariable(c: Compiler, symbol: TlaSymbol, env: Env): Evaluator {
  const index = c.indexOf(symbol);
  const machine = c.machine;
  const name = symbol.name;
  if (index === undefined)
    return () => {
      throw undefinedVariable(name);
    };
  if (env.primed) {
    return () => {
      machine.touched |= READ_NEXT;
      const value = machine.next[index];
      if (value === undefined) throw undefinedVariable(`${name}'`);
      return value;
    };
  }
  return () => {
    machine.touched |= READ_CURRENT;
    const value = machine.current[index];
    if (value === undefined) throw undefinedVariable(name);
    return value;
  };
}

function compileConstant(c: Compiler, use: Use): Evaluator {
  const { expr, symbol, env } = use;
  const value = c.bindings.constants.get(symbol);
  if (value === undefined) {
    return () => {
      throw new EvaluationError(`The constant ${symbol.name} has no value`, expr.at);
    };
  }
  if (typeof value === 'object' && value.kind === 'operator') {
    const args = expr.args.map((arg) => c.compile(arg, env));
    return (frame) =>
      value.call(
        args.map((arg) => arg(frame)),
        env.primed,
      );
  }
  return () => value;
}

/** A constant or variable that an instance replaces by an expression of the module around it. */
function compileReplaced(c: Compiler, use: Use, replacement: Expr): Evaluator {
  const { symbol, stage, env, expr } = use;
  const outside = stage.home.outside;
  if (outside === undefined) throw new UncoveredError(`the name ${expr.name} here`, expr.at);
  if (expr.args.length > 0) {
    // The replacement names an operator; the arguments belong to the place of use.
    const operator = compileOperatorArgument(c, replacement, { ...outside, primed: env.primed });
    const args = expr.args.map((arg) => c.compile(arg, env));
    return (frame) =>
      operator(stage.frame(frame) ?? []).call(
        args.map((arg) => arg(frame)),
        env.primed,
      );
  }
  const forms = formsIn(stage.home.substituted, symbol);
  const compiled = compileForm(forms, env.primed, stage.home.layout, (inner) =>
    c.compile(replacement, { home: outside.home, layout: inner, primed: env.primed }),
  );
  if (stage.home.layout === undefined) return compileKept(c, compiled);
  return (frame) => compiled.body([stage.frame(frame)]);
}

function formsIn<K>(map: Map<K, Forms>, key: K): Forms {
  let forms = map.get(key);
  if (forms === undefined) {
    forms = [undefined, undefined];
    map.set(key, forms);
  }
  return forms;
}

/** Compiles one form of something once. */
export function compileForm(
  forms: Forms,
  primed: boolean,
  parent: Layout | undefined,
  compile: (layout: Layout) => Evaluator,
): CompiledOperator {
  const known = forms[primed ? 1 : 0];
  if (known !== undefined) return known;
  const layout = new Layout(parent, primed);
  const made: CompiledOperator = { layout, body: () => false };
  forms[primed ? 1 : 0] = made;
  made.body = compile(layout);
  return made;
}

/** Keeps the value of a definition without parameters for as long as what it read does not change. */
function compileKept(c: Compiler, operator: CompiledOperator): Evaluator {
  const machine = c.machine;
  let value: Value | undefined;
  let version = 0;
  let touches = 0;
  return () => {
    if (value !== undefined && (version === 0 || version === machine.version)) {
      machine.touched |= touches;
      return value;
    }
    const before = machine.touched;
    machine.touched = 0;
    const made = operator.body([undefined]);
    touches = machine.touched;
    machine.touched |= before;
    if ((touches & READ_NEXT) === 0) {
      value = made;
      version = touches === 0 ? 0 : machine.version;
    } else {
      value = undefined;
    }
    return made;
  };
}

function compileOperatorUse(c: Compiler, use: Use, symbol: OperatorSymbol): Evaluator {
  const { expr, stage, env } = use;
  const definition = symbol.definition;
  if (definition === undefined) throw new UncoveredError(`${symbol.name} before its definition`, expr.at);
  const local = find(definition, env.layout);
  if (local !== undefined) return compileSlot(local, env);
  const { operator, parent } = operatorFor(c, definition, stage, env);
  if (expr.args.length === 0) {
    if (operator.layout.parent === undefined) return compileKept(c, operator);
    return (frame) => operator.body([parent(frame)]);
  }
  const args = compileArguments(c, expr.args, symbol, env);
  const count = args.length;
  if (count === 1) {
    const only = args[0] as (frame: Frame) => Slot;
    return (frame) => operator.body([parent(frame), only(frame)]);
  }
  return (frame) => {
    const made: Frame = [parent(frame)];
    for (let i = 0; i < count; i++) made.push((args[i] as (frame: Frame) => Slot)(frame));
    return operator.body(made);
  };
}

/** The compiled operator and the frame that it stands in: of a LET around, or of the home. */
export function operatorFor(
  c: Compiler,
  definition: Definition,
  stage: Stage,
  env: Env,
): { operator: CompiledOperator; parent: (frame: Frame) => Frame | undefined } {
  for (let at: Layout | undefined = env.layout; at !== undefined; at = at.parent) {
    const forms = at.operators.get(definition);
    if (forms === undefined) continue;
    const operator = c.definition(definition, forms, { home: env.home, parent: at, primed: env.primed });
    return { operator, parent: framesUp(env.layout, at) };
  }
  const forms = formsIn(stage.home.operators, definition);
  const where = { home: stage.home, parent: stage.home.layout, primed: env.primed };
  return { operator: c.definition(definition, forms, where), parent: stage.frame };
}

export function compileArguments(
  c: Compiler,
  args: readonly Expr[],
  symbol: TlaSymbol,
  env: Env,
): ((frame: Frame) => Slot)[] {
  const arities = argumentArities(symbol);
  return args.map((arg, i) => compileArgument(c, arg, env, { arity: arities[i] ?? 0, lazy: true }));
}

/** An argument: a value if that is free, else a thunk; an operator where one is asked for. */
export function compileArgument(
  c: Compiler,
  expr: Expr,
  env: Env,
  kind: { readonly arity: number; readonly lazy: boolean },
): (frame: Frame) => Slot {
  if (kind.arity > 0) return compileOperatorArgument(c, expr, env);
  if (expr.k === 'number' || expr.k === 'string' || expr.k === 'boolean') return c.compile(expr, env);
  if (expr.k === 'name' && expr.args.length === 0) {
    const symbol = c.spec.references.get(expr)?.symbol;
    const name = symbol?.k === 'param' ? symbol : symbol?.k === 'operator' ? symbol.definition : undefined;
    const found = name === undefined ? undefined : find(name, env.layout);
    if (found !== undefined && (found.layout.primed || !env.primed || !found.lazy)) {
      const { depth, slot } = found;
      return (frame) => {
        let holder = frame;
        for (let i = 0; i < depth; i++) holder = holder[0] as Frame;
        return holder[slot];
      };
    }
  }
  return compileThunk(c, expr, env);
}

function compileStandard(c: Compiler, symbol: StandardSymbol, args: readonly Expr[], env: Env): Evaluator {
  const compute = symbol.operator.compute;
  if (compute === undefined) throw new UncoveredError(symbol.name, undefined);
  const parts = args.map((arg, i): ((frame: Frame) => Argument) =>
    (symbol.operator.arities[i] ?? 0) > 0 ? compileOperatorArgument(c, arg, env) : c.compile(arg, env),
  );
  const [first, second] = parts;
  if (first === undefined) {
    const value = compute();
    return () => value;
  }
  if (second === undefined) return (frame) => compute(first(frame));
  if (parts.length === 2) return (frame) => compute(first(frame), second(frame));
  return (frame) => compute(...parts.map((part) => part(frame)));
}

function compileParam(c: Compiler, expr: NameExpr, param: Param, env: Env): Evaluator {
  const found = find(param, env.layout);
  if (found === undefined) throw new UncoveredError(`the name ${expr.name} here`, expr.at);
  if (param.arity === 0) return compileSlot(found, env);
  const args = expr.args.map((arg) => c.compile(arg, env));
  return (frame) => {
    let holder = frame;
    for (let i = 0; i < found.depth; i++) holder = holder[0] as Frame;
    return (holder[found.slot] as OperatorValue).call(
      args.map((arg) => arg(frame)),
      env.primed,
    );
  };
}

/** Reads a bound name; a thunk of an unprimed frame is evaluated anew where the name is primed. */
function compileSlot(
  found: { depth: number; slot: number; lazy: boolean; layout: Layout },
  env: Env,
): Evaluator {
  const { depth, slot } = found;
  if (!found.lazy) {
    if (depth === 0) return (frame) => frame[slot] as Value;
    if (depth === 1) return (frame) => (frame[0] as Frame)[slot] as Value;
  }
  const prime = env.primed && !found.layout.primed;
  return (frame) => {
    let holder = frame;
    for (let i = 0; i < depth; i++) holder = holder[0] as Frame;
    const held = holder[slot];
    if (held instanceof Thunk) return prime ? held.primed()(held.frame) : held.force();
    return held as Value;
  };
}
