/**
 * Why a formula is false: the innermost false conjunct, through operators, along the disjunct and the witness
 * that got furthest; and the variables whose primed conjuncts are false.
 */
import type { FalseConjunct } from '../api.ts';
import { compileLoops } from '../compile/binders.ts';
import type { Compiler } from '../compile/compiler.ts';
import { type Env, find, type Layout } from '../compile/env.ts';
import { prepareLet } from '../compile/let.ts';
import { compileArguments, operatorFor, stageOf } from '../compile/names.ts';
import { EvaluationError } from '../errors.ts';
import { type Expr, textAt } from '../parse/ast.ts';
import type { Predicate } from '../program.ts';
import { equal } from '../value/compare.ts';
import type { Evaluator, Frame } from '../value/frame.ts';
import { elementsOf } from '../value/sets.ts';

interface Place {
  readonly expr: Expr;
  readonly env: Env;
  readonly frame: Frame;
  /** The definition that the expression stands in. */
  readonly action: string;
}

/** A path to a false leaf; `held` counts the conjuncts that held on the way. */
interface Path {
  readonly leaf: Place;
  readonly held: number;
  /** Every false conjunct beside the path, for the variables that differ. */
  readonly falseParts: readonly Place[];
}

class Explainer {
  private readonly c: Compiler;
  /** Each expression is compiled once per layout, however many steps are explained. */
  private readonly compiled = new Map<Expr, Map<Layout, Evaluator>>();

  constructor(c: Compiler) {
    this.c = c;
  }

  private evaluator(expr: Expr, env: Env): Evaluator {
    let forms = this.compiled.get(expr);
    if (forms === undefined) {
      forms = new Map();
      this.compiled.set(expr, forms);
    }
    let made = forms.get(env.layout);
    if (made === undefined) {
      made = this.c.compile(expr, env);
      forms.set(env.layout, made);
    }
    return made;
  }

  /** Whether an expression holds; what cannot be evaluated does not. */
  private holds(place: Place): boolean {
    try {
      return this.evaluator(place.expr, place.env)(place.frame) === true;
    } catch (error) {
      if (error instanceof EvaluationError) return false;
      throw error;
    }
  }

  follow(place: Place): Path {
    const { expr } = place;
    switch (expr.k) {
      case 'and':
        return this.conjunction(expr.items, place);
      case 'or':
        return furthest(expr.items.map((item) => this.follow({ ...place, expr: item })));
      case 'quantifier':
        return this.quantifier(expr, place);
      case 'let':
        prepareLet(this.c, expr, place.env)?.(place.frame);
        return this.follow({ ...place, expr: expr.body });
      case 'if':
        return this.follow({
          ...place,
          expr: this.holds({ ...place, expr: expr.test }) ? expr.yes : expr.no,
        });
      case 'case':
        return this.caseOf(expr, place);
      case 'box':
        return this.follow({ ...place, expr: expr.action });
      case 'op':
        if (expr.op === '=>' && expr.args[1] !== undefined)
          return this.follow({ ...place, expr: expr.args[1] });
        return leaf(place);
      case 'name':
        return this.name(expr, place);
      default:
        return leaf(place);
    }
  }

  private conjunction(items: readonly Expr[], place: Place): Path {
    const parts = items.map((item) => ({ ...place, expr: item }));
    const first = parts.findIndex((part) => !this.holds(part));
    const broken = parts[first];
    if (broken === undefined) return leaf(place);
    const path = this.follow(broken);
    const others = parts.slice(first + 1).filter((part) => !this.holds(part));
    const beside = others.flatMap((part) => [part, ...this.follow(part).falseParts]);
    return { leaf: path.leaf, held: path.held + first, falseParts: [...path.falseParts, ...beside] };
  }

  private quantifier(expr: Extract<Expr, { k: 'quantifier' }>, place: Place): Path {
    const loops = compileLoops(this.c, expr.bounds, place.env, place.env, expr.at);
    const paths: Path[] = [];
    const visit = (depth: number, frame: Frame): void => {
      const loop = loops[depth];
      if (loop === undefined) {
        const inner = { ...place, expr: expr.body, frame: frame.slice() };
        if (expr.all ? paths.length === 0 && !this.holds(inner) : true) paths.push(this.follow(inner));
        return;
      }
      for (const element of elementsOf(loop.set(frame))) {
        loop.bind(frame, element);
        visit(depth + 1, frame);
      }
    };
    try {
      visit(0, place.frame.slice());
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
    }
    return paths.length === 0 ? leaf(place) : furthest(paths);
  }

  private caseOf(expr: Extract<Expr, { k: 'case' }>, place: Place): Path {
    const arm = expr.arms.find((one) => this.holds({ ...place, expr: one.test }));
    const value = arm?.value ?? expr.other;
    return value === undefined ? leaf(place) : this.follow({ ...place, expr: value });
  }

  private name(expr: Extract<Expr, { k: 'name' }>, place: Place): Path {
    const reference = this.c.spec.references.get(expr);
    if (reference === undefined || reference.symbol.k === 'param') return leaf(place);
    const { stage, symbol } = stageOf(this.c, reference, place.env);
    const definition = symbol.k === 'operator' ? symbol.definition : undefined;
    if (definition === undefined) return leaf(place);
    if (find(definition, place.env.layout) !== undefined) {
      const found = find(definition, place.env.layout);
      if (found?.depth !== 0) return leaf(place);
      return this.follow({ ...place, expr: definition.body });
    }
    const { operator, parent } = operatorFor(this.c, definition, stage, place.env);
    const args = compileArguments(this.c, expr.args, symbol, place.env);
    const frame: Frame = [parent(place.frame), ...args.map((arg) => arg(place.frame))];
    const env: Env = { home: stage.home, layout: operator.layout, primed: place.env.primed };
    return this.follow({ expr: definition.body, env, frame, action: definition.name });
  }
}

function leaf(place: Place): Path {
  return { leaf: place, held: 0, falseParts: [place] };
}

function furthest(paths: readonly Path[]): Path {
  let best = paths[0] as Path;
  for (const path of paths) if (path.held > best.held) best = path;
  return best;
}

/** Names of the state variables that an expression primes, as the root module calls them. */
class PrimedVariables {
  private readonly c: Compiler;
  readonly names = new Set<string>();

  constructor(c: Compiler) {
    this.c = c;
  }

  collect(place: Place): void {
    const { expr } = place;
    if (expr.k === 'op' && expr.op === 'UNCHANGED') this.walk(expr.args[0], place, true, new Set());
    else this.walk(expr, place, false, new Set());
  }

  private walk(expr: unknown, place: Place, primed: boolean, seen: Set<unknown>): void {
    if (Array.isArray(expr)) {
      for (const part of expr) this.walk(part, place, primed, seen);
      return;
    }
    if (typeof expr !== 'object' || expr === null) return;
    if (!('k' in expr)) {
      if (!('source' in expr)) for (const part of Object.values(expr)) this.walk(part, place, primed, seen);
      return;
    }
    const node = expr as Expr;
    if (node.k === 'name') this.name(node, place, primed, seen);
    const under = primed || (node.k === 'op' && (node.op === "'" || node.op === 'UNCHANGED'));
    for (const [key, part] of Object.entries(node)) if (key !== 'at') this.walk(part, place, under, seen);
  }

  private name(node: Extract<Expr, { k: 'name' }>, place: Place, primed: boolean, seen: Set<unknown>): void {
    const reference = this.c.spec.references.get(node);
    if (reference === undefined || reference.symbol.k === 'param') return;
    const { stage, symbol } = stageOf(this.c, reference, place.env);
    if (symbol.k === 'variable') {
      const replacement = stage.home.substitutions?.get(symbol);
      const outside = stage.home.outside;
      if (replacement !== undefined && outside !== undefined) {
        this.walk(replacement, { ...place, env: outside }, primed, seen);
      } else if (primed) this.note(symbol.name, node, place);
      return;
    }
    if (symbol.k !== 'operator' || symbol.definition === undefined) return;
    const key = primed ? symbol.definition : symbol.definition.body;
    if (seen.has(key)) return;
    seen.add(key);
    this.walk(symbol.definition.body, { ...place, env: { ...place.env, home: stage.home } }, primed, seen);
  }

  /** Of UNCHANGED <<x, y>> only those count that did change. */
  private note(name: string, _node: Expr, place: Place): void {
    if (place.expr.k === 'op' && place.expr.op === 'UNCHANGED') {
      const index = this.c.variables.findIndex((variable) => variable.name === name);
      const before = this.c.machine.current[index];
      const after = this.c.machine.next[index];
      if (before !== undefined && after !== undefined && equal(before, after)) return;
    }
    this.names.add(name);
  }
}

const explainers = new WeakMap<Compiler, Explainer>();

export interface Explanation {
  readonly conjunct: FalseConjunct;
  readonly differing: readonly string[];
}

/** Where a place is, for people. */
export function conjunctAt(expr: Expr, action: string): FalseConjunct {
  const { at } = expr;
  return { action, text: textAt(at), module: at.source.module, line: at.line, column: at.column };
}

/** Explains why a predicate is false of the machine's states, with the arguments in `args`. */
export function explain(c: Compiler, predicate: Predicate, args: Frame): Explanation {
  const { definition, compiled } = predicate;
  const env: Env = { home: predicate.home, layout: compiled.layout, primed: false };
  let explainer = explainers.get(c);
  if (explainer === undefined) {
    explainer = new Explainer(c);
    explainers.set(c, explainer);
  }
  const path = explainer.follow({
    expr: definition.body,
    env,
    frame: [undefined, ...args],
    action: predicate.name,
  });
  const primed = new PrimedVariables(c);
  for (const place of path.falseParts) primed.collect(place);
  return { conjunct: conjunctAt(path.leaf.expr, path.leaf.action), differing: [...primed.names] };
}
