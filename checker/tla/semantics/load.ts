/** Loads a module with everything that it extends or instantiates. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { SpecError, UncoveredError } from '../errors.ts';
import type { At, Expr, Module, Source, Unit } from '../parse/ast.ts';
import { parseModule } from '../parse/module.ts';
import { STANDARD_MODULES } from '../standard/modules.ts';
import { Resolver } from './resolve.ts';
import type { Declarations } from './resolve-names.ts';
import {
  type ConstantSymbol,
  type LoadedModule,
  type References,
  Scope,
  type StandardSymbol,
  type TlaSymbol,
  type VariableSymbol,
} from './symbols.ts';

/** A root module, resolved. */
export interface Specification {
  readonly root: LoadedModule;
  readonly references: References;
  readonly declarations: Declarations;
  readonly levels: Map<Expr, number>;
  /** Rank of each string, by first occurrence. */
  readonly words: Map<string, number>;
}

/** Modules of TLA+'s library that exist but are not covered. */
const UNCOVERED = new Set([
  'Reals',
  'RealTime',
  'Bags',
  'Randomization',
  'TLCExt',
  'Toolbox',
  'TLAPS',
  'Json',
  'IOUtils',
]);

/** An extra module that stands in no file, such as one made for a check. */
export interface ModuleText {
  readonly name: string;
  readonly text: string;
}

/** The units whose INSTANCE parts name other modules. */
function* instances(units: readonly Unit[]): Generator<{ module: string; at: At }> {
  for (const unit of units) {
    if (unit.k === 'instance') yield unit;
    else if (unit.k === 'definition' || unit.k === 'assumption' || unit.k === 'theorem')
      yield* inside(unit.body);
  }
}

/** Every LET below an expression may hold instances too. */
function* inside(value: unknown): Generator<{ module: string; at: At }> {
  if (Array.isArray(value)) {
    for (const part of value) yield* inside(part);
    return;
  }
  if (typeof value !== 'object' || value === null || !('k' in value)) {
    if (typeof value === 'object' && value !== null && !('source' in value)) {
      for (const part of Object.values(value)) yield* inside(part);
    }
    return;
  }
  if (value.k === 'let') yield* instances((value as Extract<Expr, { k: 'let' }>).units);
  for (const [name, part] of Object.entries(value)) if (name !== 'at') yield* inside(part);
}

class Loader {
  private readonly folder: string;
  private readonly extra: ReadonlyMap<string, string>;
  private readonly parsed = new Map<string, Module>();
  private readonly loaded = new Map<string, LoadedModule>();
  private readonly standard = new Map<string, StandardSymbol>();
  readonly references: References = new Map();
  readonly declarations: Declarations = new Map();
  readonly levels = new Map<Expr, number>();
  readonly words = new Map<string, number>();

  constructor(folder: string, extra: readonly ModuleText[]) {
    this.folder = folder;
    this.extra = new Map(extra.map((part) => [part.name, part.text]));
  }

  private source(name: string, at: At | undefined): Source {
    const file = join(this.folder, `${name}.tla`);
    const text = this.extra.get(name);
    if (text !== undefined) return { module: name, file, text };
    if (!existsSync(file)) {
      if (UNCOVERED.has(name)) throw new UncoveredError(`the module ${name}`, at);
      if (at !== undefined) throw new SpecError(`there is no module ${name} in ${this.folder}`, at);
      throw new UsageError(
        `There is no ${file}`,
        'Name a folder that holds the module, and the module without .tla.',
      );
    }
    return { module: name, file, text: readFileSync(file, 'utf8') };
  }

  /** Parses the module and all that it names; the resolving that follows needs no file. */
  async parse(name: string, at: At | undefined): Promise<void> {
    if (this.parsed.has(name) || (STANDARD_MODULES.has(name) && !this.extra.has(name))) return;
    const module = await parseModule(this.source(name, at));
    this.parsed.set(name, module);
    this.addWords(module.names);
    for (const part of module.extends) await this.parse(part.name, part.at);
    for (const part of instances(module.units)) await this.parse(part.module, part.at);
  }

  /** TLC meets all names while it parses, and the string literals after that. */
  addWords(words: readonly string[]): void {
    for (const word of words) if (!this.words.has(word)) this.words.set(word, this.words.size);
  }

  private standardModule(name: string): LoadedModule | undefined {
    const operators = STANDARD_MODULES.get(name);
    if (operators === undefined) return undefined;
    const scope = new Scope();
    for (const operator of operators) {
      const symbol: StandardSymbol = this.standard.get(operator.name) ?? {
        k: 'standard',
        name: operator.name,
        arity: operator.arities.length,
        operator,
      };
      this.standard.set(operator.name, symbol);
      scope.names.set(operator.name, symbol);
    }
    return {
      name,
      module: undefined,
      exports: scope.names,
      scope,
      constants: [],
      variables: [],
      assumptions: [],
    };
  }

  /** Resolves a module that is parsed. @throws SpecError also for modules that need each other. */
  load(name: string, at: At | undefined, chain: readonly string[] = []): LoadedModule {
    const known = this.loaded.get(name);
    if (known !== undefined) return known;
    if (chain.includes(name))
      throw new SpecError(`the modules ${[...chain, name].join(', ')} need each other`, at);
    const module = this.parsed.get(name);
    const made = module === undefined ? this.standardModule(name) : this.resolve(module, [...chain, name]);
    if (made === undefined) throw new SpecError(`there is no module ${name}`, at);
    this.loaded.set(name, made);
    return made;
  }

  private resolve(module: Module, chain: readonly string[]): LoadedModule {
    const scope = new Scope();
    const constants: ConstantSymbol[] = [];
    const variables: VariableSymbol[] = [];
    this.addWords(module.strings);
    const assumptions: { name: string | undefined; body: Expr }[] = [];
    const resolver = new Resolver({
      references: this.references,
      declarations: this.declarations,
      levels: this.levels,
      moduleNamed: (name, at) => this.load(name, at, chain),
    });
    for (const part of module.extends) {
      const extended = this.load(part.name, part.at, chain);
      for (const [name, symbol] of extended.exports) resolver.declare(scope, name, symbol, part.at);
      for (const constant of extended.constants) if (!constants.includes(constant)) constants.push(constant);
      for (const variable of extended.variables) if (!variables.includes(variable)) variables.push(variable);
      assumptions.push(...extended.assumptions);
    }
    for (const unit of module.units) {
      if (unit.k === 'constants') {
        for (const { name, arity, at } of unit.names) {
          const symbol = resolver.constantSymbol(name, arity, at);
          resolver.declare(scope, name, symbol, at);
          constants.push(symbol);
        }
      } else if (unit.k === 'variables') {
        for (const { name, at } of unit.names) {
          const symbol: VariableSymbol = { k: 'variable', name, at };
          resolver.declare(scope, name, symbol, at);
          variables.push(symbol);
        }
      } else {
        resolver.unit(unit, scope);
        if (unit.k === 'assumption') assumptions.push({ name: unit.name, body: unit.body });
      }
    }
    resolver.undefinedRecursive(scope);
    return { name: module.name, module, exports: exported(scope), scope, constants, variables, assumptions };
  }
}

function exported(scope: Scope): ReadonlyMap<string, TlaSymbol> {
  const names = new Map<string, TlaSymbol>();
  for (const [name, symbol] of scope.names)
    if (!isLocal(symbol) && !scope.hidden.has(name)) names.set(name, symbol);
  return names;
}

function isLocal(symbol: TlaSymbol): boolean {
  if (symbol.k === 'operator') return symbol.local || (symbol.definition?.local ?? false);
  if (symbol.k === 'instance') return symbol.unit.local;
  if (symbol.k === 'imported') return symbol.instance.unit.local;
  return false;
}

/**
 * Loads a root module from a folder. `words` are strings that TLC has met before, in a configuration.
 * @throws UsageError (SpecError, UncoveredError) with the place, for anything that SANY or this engine rejects.
 */
export async function loadSpecification(
  folder: string,
  name: string,
  options: { readonly extra?: readonly ModuleText[]; readonly words?: readonly string[] } = {},
): Promise<Specification> {
  const loader = new Loader(folder, options.extra ?? []);
  loader.addWords(options.words ?? []);
  await loader.parse(name, undefined);
  const root = loader.load(name, undefined);
  const { references, declarations, levels, words } = loader;
  return { root, references, declarations, levels, words };
}
