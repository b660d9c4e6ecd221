/** A specification with its constants bound, ready to evaluate. */
import { UsageError } from '../errors.ts';
import { Compiler } from './compile/compiler.ts';
import type { CompiledOperator, Forms, Home } from './compile/env.ts';
import { Machine } from './compile/machine.ts';
import type { At, Definition, Expr, Param, PathPart } from './parse/ast.ts';
import { loadSpecification, type ModuleText, type Specification } from './semantics/load.ts';
import { Resolver } from './semantics/resolve.ts';
import { type ConstantSymbol, Scope, type TlaSymbol } from './semantics/symbols.ts';
import { type OperatorValue, useStringOrder, type Value } from './value/value.ts';

export interface ProgramInput {
  readonly folder: string;
  readonly module: string;
  readonly extra?: readonly ModuleText[];
  /** Strings and names of the configuration, in order. */
  readonly words?: readonly string[];
  /** Values of constants, by name. Called once the order of strings is fixed. */
  readonly constants?: () => ReadonlyMap<string, Value>;
  /** `CONSTANT a <- b`. */
  readonly replaced?: ReadonlyMap<string, string>;
}

/** An operator of the root module, compiled. */
export interface Predicate {
  readonly name: string;
  readonly definition: Definition;
  readonly compiled: CompiledOperator;
  /** Where the definition's names mean what they say. */
  readonly home: Home;
}

export class Program {
  readonly spec: Specification;
  readonly machine: Machine;
  readonly compiler: Compiler;

  private constructor(spec: Specification, compiler: Compiler) {
    this.spec = spec;
    this.compiler = compiler;
    this.machine = compiler.machine;
  }

  /**
   * Loads a module and binds its constants.
   * @throws UsageError for a module that does not load, or a constant without value.
   */
  static async load(input: ProgramInput): Promise<Program> {
    const spec = await loadSpecification(input.folder, input.module, {
      extra: input.extra ?? [],
      words: input.words ?? [],
    });
    useStringOrder(spec.words);
    const values = input.constants?.() ?? new Map<string, Value>();
    const constants = new Map<TlaSymbol, Value | OperatorValue>();
    const replaced = new Map<TlaSymbol, TlaSymbol>();
    for (const [name, value] of values) {
      // `m = m` may also just say that m is a model value, for use in the sets that follow.
      const itself = typeof value === 'object' && value.kind === 'model' && value.name === name;
      if (itself && spec.root.scope.lookup(name) === undefined) continue;
      constants.set(declared(spec, name), value);
    }
    for (const [name, other] of input.replaced ?? []) {
      replaced.set(named(spec, name), named(spec, other));
    }
    for (const symbol of spec.root.constants) {
      if (constants.has(symbol) || replaced.has(symbol)) continue;
      throw new UsageError(`The constant ${symbol.name} of ${spec.root.name} has no value`, 'Give it one.');
    }
    return new Program(
      spec,
      new Compiler({ spec, machine: new Machine(), bindings: { constants, replaced } }),
    );
  }

  /** Must be called before evaluating, whenever another program may have run in between. */
  enter(): void {
    useStringOrder(this.spec.words);
  }

  /**
   * Compiles the application of an operator of the root module (`Name` or `Instance!Name`) to `count`
   * arguments, which are slots 1… of its frame.
   * @throws SpecError if there is none of that name and arity.
   */
  predicate(name: string, count = 0): Predicate {
    const definition = this.application(name, count);
    const forms: Forms = [undefined, undefined];
    const where = { home: this.compiler.root, parent: undefined, primed: false };
    const compiled = this.compiler.definition(definition, forms, where);
    return { name, definition, compiled, home: this.compiler.root };
  }

  /** The definition `$ (a1, …) == Name(a1, …)`, resolved in the root module. */
  application(name: string, count: number): Definition {
    const at = this.nowhere(name);
    const params = Array.from(
      { length: count },
      (_, i): Param => ({ k: 'param', name: `$${i + 1}`, arity: 0, at }),
    );
    const parts = name.split('!');
    const last = parts.pop() ?? name;
    const path = parts.map((part): PathPart => ({ name: part, args: [] }));
    const args = params.map((param): Expr => ({ k: 'name', name: param.name, path: [], args: [], at }));
    const body: Expr = { k: 'name', name: last, path, args, at };
    const definition: Definition = { k: 'definition', name: `$${name}`, params, body, local: true, at };
    const { references, declarations, levels } = this.spec;
    const resolver = new Resolver({
      references,
      declarations,
      levels,
      moduleNamed: () => {
        throw new UsageError('no module is loaded here');
      },
    });
    resolver.unit(definition, new Scope(this.spec.root.scope));
    return definition;
  }

  private nowhere(text: string): At {
    const { root } = this.spec;
    const file = root.module?.source.file ?? `${root.name}.tla`;
    return { source: { module: root.name, file, text }, start: 0, end: text.length, line: 0, column: 0 };
  }
}

function named(spec: Specification, name: string): TlaSymbol {
  const symbol = spec.root.scope.lookup(name);
  if (symbol === undefined) {
    throw new UsageError(`${spec.root.name} defines no ${name}`, 'Correct the name in the configuration.');
  }
  return symbol;
}

/** A constant, or an operator whose definition a value replaces. */
function declared(spec: Specification, name: string): ConstantSymbol | TlaSymbol {
  const symbol = named(spec, name);
  if (symbol.k === 'constant' || (symbol.k === 'operator' && symbol.arity === 0)) return symbol;
  throw new UsageError(
    `${name} is no constant of ${spec.root.name}`,
    'Correct the name in the configuration.',
  );
}
