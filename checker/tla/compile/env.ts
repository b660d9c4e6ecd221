/**
 * Where an expression stands while it is compiled: what its module's names mean (home) and where its bound
 * names are found at run time (layout).
 */
import type { At, Definition, Expr, Param } from '../parse/ast.ts';
import type { InstanceSymbol, TlaSymbol } from '../semantics/symbols.ts';
import type { Evaluator, Frame } from '../value/frame.ts';

/** A definition compiled for one home, layout and mode. `body` is set once it is compiled: it may be recursive. */
export interface CompiledOperator {
  readonly layout: Layout;
  body: Evaluator;
}

/** A definition's compiled forms: plain, and with every variable primed. */
export type Forms = [CompiledOperator | undefined, CompiledOperator | undefined];

/** The root module, or an instance with its substitutions. */
export class Home {
  /** The layout whose frames hold the instance's parameters; undefined for the root and plain instances. */
  readonly layout: Layout | undefined;
  readonly substitutions: ReadonlyMap<TlaSymbol, Expr> | undefined;
  /** Where the substituted expressions mean what they say. */
  readonly outside: Env | undefined;
  readonly operators = new Map<Definition, Forms>();
  readonly substituted = new Map<TlaSymbol, Forms>();
  readonly instances = new Map<InstanceSymbol, Home>();

  constructor(
    layout: Layout | undefined,
    outside: Env | undefined,
    substitutions: ReadonlyMap<TlaSymbol, Expr> | undefined,
  ) {
    this.layout = layout;
    this.outside = outside;
    this.substitutions = substitutions;
  }
}

/** A slot of a frame. Lazy slots may hold thunks. */
export interface Place {
  readonly slot: number;
  readonly lazy: boolean;
}

/** What the frames of one operator hold. Slot 0 is the frame of `parent`. */
export class Layout {
  readonly parent: Layout | undefined;
  readonly primed: boolean;
  readonly places = new Map<Param | Definition, Place>();
  /** Operators with parameters and instances that a LET of this layout defines. */
  readonly operators = new Map<Definition, Forms>();
  readonly instances = new Map<InstanceSymbol, Home>();
  size = 1;

  constructor(parent: Layout | undefined, primed: boolean) {
    this.parent = parent;
    this.primed = primed;
  }

  add(name: Param | Definition, lazy: boolean): number {
    const known = this.places.get(name);
    if (known !== undefined) return known.slot;
    const slot = this.size++;
    this.places.set(name, { slot, lazy });
    return slot;
  }

  /** A slot that no name owns. */
  spare(): number {
    return this.size++;
  }
}

export interface Env {
  readonly home: Home;
  readonly layout: Layout;
  /** Every variable means the next state. */
  readonly primed: boolean;
  /** Where `@` is kept inside EXCEPT. */
  readonly old?: { readonly layout: Layout; readonly slot: number };
}

export interface Found extends Place {
  readonly depth: number;
  readonly layout: Layout;
}

/** Finds the slot of a bound name. */
export function find(name: Param | Definition, layout: Layout): Found | undefined {
  let depth = 0;
  for (let at: Layout | undefined = layout; at !== undefined; at = at.parent) {
    const place = at.places.get(name);
    if (place !== undefined) return { ...place, depth, layout: at };
    depth++;
  }
  return undefined;
}

/** The frame of an enclosing layout, from a frame of `from`; undefined if there is no such layout. */
export function framesUp(from: Layout, to: Layout | undefined): (frame: Frame) => Frame | undefined {
  if (to === undefined) return () => undefined;
  let depth = 0;
  for (let at: Layout | undefined = from; at !== to; at = at.parent) {
    if (at === undefined) return () => undefined;
    depth++;
  }
  if (depth === 0) return (frame) => frame;
  if (depth === 1) return (frame) => frame[0] as Frame;
  return (frame) => {
    let at = frame;
    for (let i = 0; i < depth; i++) at = at[0] as Frame;
    return at;
  };
}

export interface Located {
  readonly at: At;
}
