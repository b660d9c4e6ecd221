/**
 * The data that the TLA+ engines take and give. Only checker/tla knows which engine runs; everybody else
 * sees these types and the functions of engine.ts.
 */

/**
 * A TLA+ value as the Informal Trace Format writes it: numbers, strings, booleans; arrays are sequences
 * (tuples), plain objects are records; `#set`, `#map` (a function as pairs), `#model` (a model value) and
 * `#bigint` (a decimal number, which must fit 32 bits) are marked objects.
 */
export type ItfValue =
  | number
  | string
  | boolean
  | readonly ItfValue[]
  | { readonly '#set': readonly ItfValue[] }
  | { readonly '#map': readonly (readonly [ItfValue, ItfValue])[] }
  | { readonly '#model': string }
  | { readonly '#bigint': string }
  | { readonly [field: string]: ItfValue };

/** A graph of abstract states and steps, to be checked against a module. */
export interface GraphInput {
  /** Folder that holds the module and what it extends and instantiates. */
  readonly specFolder: string;
  /** The root module, for instance 'KernelTrace'. */
  readonly module: string;
  /** Values of the module's CONSTANTs. */
  readonly constants: Readonly<Record<string, ItfValue>>;
  /** The module's VARIABLEs: each state gives a value to every one. */
  readonly variables: readonly string[];
  /** Distinct states; edges and `initial` refer to their indexes. */
  readonly states: readonly Readonly<Record<string, ItfValue>>[];
  /** Indexes of the states that must satisfy `init`. */
  readonly initial: readonly number[];
  /** The name of the initial predicate. */
  readonly init: string;
  readonly edges: readonly GraphEdge[];
  /** Names of state predicates: checked on every state. */
  readonly invariants: readonly string[];
  /** Names of operators whose body is an action A: checked as A on every edge. */
  readonly actionProperties: readonly string[];
  /**
   * Names of operators that are the Next of an abstract spec (for instance 'AbstractNext == C!Next'): each
   * edge must satisfy it, or leave unchanged every variable that it reads.
   */
  readonly refinements?: readonly string[];
  /**
   * False leaves every conjunct as NOT_EXPLAINED: finding the innermost false one costs far more than finding
   * that an action is false, and a caller with thousands of bad edges asks for a few of them again.
   */
  readonly explain?: boolean;
}

export interface GraphEdge {
  readonly from: number;
  readonly to: number;
  /** The name of the action operator; with `args` it must hold on (from, to). */
  readonly action: string;
  readonly args: readonly ItfValue[];
}

/** The innermost conjunct that was false, and where it is written. */
export interface FalseConjunct {
  /** The operator in whose definition it stands. */
  readonly action: string;
  /** As the module words it, on one line. */
  readonly text: string;
  readonly module: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** Stands for a conjunct that was not asked for. */
export const NOT_EXPLAINED: FalseConjunct = { action: '', text: '', module: '', line: 0, column: 0 };

export interface BadEdge {
  readonly edge: number;
  readonly why: 'action' | 'property' | 'refinement';
  /** The operator that did not hold. */
  readonly name: string;
  readonly conjunct: FalseConjunct;
  /** Variables whose primed conjuncts are false on this edge. */
  readonly differing: readonly string[];
}

export interface BadState {
  readonly state: number;
  /** The invariant, or the initial predicate. */
  readonly name: string;
  readonly conjunct: FalseConjunct;
}

/** Something that could not be evaluated, where TLC would stop. Never counted as holding. */
export interface EvaluationFailure {
  readonly edge?: number;
  readonly state?: number;
  readonly message: string;
  readonly module?: string;
  readonly line?: number;
}

export interface GraphResult {
  readonly badEdges: readonly BadEdge[];
  readonly badStates: readonly BadState[];
  readonly errors: readonly EvaluationFailure[];
  /** For each action: on how many edges it held. */
  readonly actions: Readonly<Record<string, number>>;
  /**
   * For an invariant or action property of the form P => Q (also below \A): how often P held; of several in
   * a conjunction, the least. For \A x \in S : Q: for how many x it was looked at. For the others: how often
   * they were evaluated. 0 means that the promise, or a part of it, says nothing about this graph.
   */
  readonly premises: Readonly<Record<string, number>>;
  readonly statesCount: number;
  readonly edgesCount: number;
  /** Seconds spent evaluating, loading apart. */
  readonly seconds: number;
}

/** What TLC says of the same graph: the same bad edges and states, without the false conjuncts. */
export interface TlcGraphResult {
  readonly badEdges: readonly {
    readonly edge: number;
    readonly why: BadEdge['why'];
    readonly name: string;
  }[];
  readonly badStates: readonly { readonly state: number; readonly name: string }[];
  /** TLC's own words where it could not evaluate. */
  readonly errors: readonly string[];
  /** Edges and states that TLC itself counted as visited: an answer about fewer is no agreement. */
  readonly edgesCount: number;
  readonly statesCount: number;
  readonly version: string;
  readonly seconds: number;
}

/** Where TLC was found. */
export interface TlcLocation {
  readonly kind: 'found';
  readonly jar: string;
  readonly java: string;
}

export interface TlcAbsent {
  readonly kind: 'absent';
  /** Why, and what to do about it. */
  readonly why: string;
}

/** A configuration as TLC's .cfg files word it, as data. */
export interface ModelInput {
  readonly specFolder: string;
  readonly module: string;
  /** The text of a .cfg file. */
  readonly config: string;
  /** Called now and then with what has been explored so far. */
  readonly onProgress?: (progress: ModelProgress) => void;
  readonly signal?: AbortSignal;
  /** Called for every distinct state, in the order in which they are found. */
  readonly onState?: (state: Readonly<Record<string, ItfValue>>) => void;
  /**
   * Called for every step that was generated and lies within the constraints: indexes of its states in the order
   * of `onState`, and the action's name.
   */
  readonly onStep?: (from: number, to: number, action: string) => void;
  /** Stop with a limit, which is never a verdict, once this many distinct states were found. */
  readonly statesMax?: number;
}

export interface ModelProgress {
  readonly depth: number;
  readonly generated: number;
  readonly distinct: number;
  readonly queued: number;
  readonly seconds: number;
}

export interface ModelStep {
  /** 'Initial predicate' for the first, then the innermost named action. */
  readonly action: string;
  readonly state: Readonly<Record<string, ItfValue>>;
}

export type ModelViolation =
  | {
      readonly kind: 'invariant' | 'action property' | 'refinement' | 'initial property';
      readonly name: string;
      readonly conjunct: FalseConjunct;
      readonly trace: readonly ModelStep[];
    }
  | { readonly kind: 'deadlock'; readonly trace: readonly ModelStep[] }
  | { readonly kind: 'assumption'; readonly module: string; readonly line: number; readonly text: string }
  | {
      readonly kind: 'evaluation';
      readonly message: string;
      readonly module?: string;
      readonly line?: number;
      readonly trace: readonly ModelStep[];
    };

export interface ModelResult {
  readonly verdict: 'ok' | 'violated' | 'error' | 'limit';
  /** States generated, initial ones included, as TLC counts them. */
  readonly generated: number;
  readonly distinct: number;
  /** The number of states on the longest shortest path, as TLC prints its search depth. */
  readonly depth: number;
  /** How often each named action gave a successor. */
  readonly actions: Readonly<Record<string, number>>;
  readonly violation?: ModelViolation;
  readonly seconds: number;
  /** Bytes of the state table, queue and predecessors, per distinct state. */
  readonly bytesPerState: number;
}
