import type { Persistency } from '../emulator/persistency/model.ts';
import type { CheckReport, CrashPointInfo, Finding, TraceStep, Verdict } from './report/model.ts';

/** Which engine checks the graph; 'auto' is both where Java and the jar are found, else the embedded one. */
export type EngineChoice = 'auto' | 'embedded' | 'tlc' | 'both';

export interface CheckOptions {
  /** A name of the catalogue. */
  readonly scheme: string;
  /** Names of the catalogue; empty is the default suite. */
  readonly workloads: readonly string[];
  readonly mutant?: string;
  /** Crashes nested in one run at most, 1 or more; Infinity: any number, until nothing is new. */
  readonly depth: number;
  readonly engine: EngineChoice;
  /** Compares contents wherever two hashes are equal. */
  readonly verifyHash: boolean;
  /** What a power failure may leave of the stores before it; absent: every store is durable at once. */
  readonly persistency?: Persistency;
  /** False runs every crash point, equal to another or not. */
  readonly reduction: boolean;
  /** Threads that explore at the same time, 1 or more. What they find is the same for any number. */
  readonly threads: number;
  /** How much of what was explored may lie in memory, and where the rest goes; absent: all of it may. */
  readonly spill?: { readonly limitBytes: number; readonly folder: string };
  /** A file of parts to go on from, or to begin. */
  readonly resume?: string;
  /** Only this share of the crash points; `index` counts from 1. Needs `resume`. */
  readonly shard?: { readonly index: number; readonly count: number };
}

export interface MergeOptions {
  /** Files of parts, one of each shard. */
  readonly files: readonly string[];
  readonly engine: EngineChoice;
}

/** What goes on just now. Counts only ever grow within one phase of one workload. */
export interface Progress {
  /** In a few words: 'run once', 'crash points', 'spec steps', … */
  readonly phase: string;
  /** What it is done to: a workload, or a mutant and its workload. */
  readonly subject: string;
  readonly done: number;
  /** Absent while it is not known how many there are. */
  readonly total?: number;
  /** What is counted, in the plural: 'crash points', 'edges'. */
  readonly unit: string;
}

export interface RunHooks {
  onProgress(progress: Progress): void;
  /** Aborted by Ctrl-C: the run throws as soon as it can, its child processes killed. */
  readonly signal: AbortSignal;
}

/** What a replay line showed when it was run again. */
export interface ReplayResult {
  readonly verdict: Verdict;
  readonly scheme: string;
  readonly mutant?: string;
  readonly persistency?: Persistency;
  readonly workload: string;
  readonly crashes: readonly CrashPointInfo[];
  /** Every step from the start of the run, whether or not it is a step of the spec. */
  readonly trace: readonly TraceStep[];
  readonly findings: readonly Finding[];
  /** Why the verdict is undecided, where it is. */
  readonly undecided: readonly string[];
}

export interface MutantRow {
  readonly mutant: string;
  readonly sentence: string;
  /** The promise that names the fault. */
  readonly expected: string;
  /** Promise to how many bad edges and crash points broke it. */
  readonly broken: Readonly<Record<string, number>>;
  readonly verdict: Verdict;
  readonly seconds: number;
}

export interface MutantsMatrix {
  readonly format: 'fukugen-mutants/1';
  readonly scheme: string;
  /** The kernel without any mutation; must be consistent, or the matrix means nothing. */
  readonly clean: { readonly verdict: Verdict; readonly broken: Readonly<Record<string, number>> };
  readonly promises: readonly string[];
  readonly rows: readonly MutantRow[];
}

export interface MutantsOptions {
  readonly scheme: string;
  readonly workloads: readonly string[];
  /** Only these; empty is all. */
  readonly mutants: readonly string[];
  readonly depth: number;
  readonly engine: EngineChoice;
}

export interface CatalogueEntry {
  readonly name: string;
  readonly sentence: string;
}

/** All that can be named on the command line. */
export interface Catalogue {
  readonly schemes: readonly CatalogueEntry[];
  readonly workloads: readonly (CatalogueEntry & { readonly inDefaultSuite: boolean })[];
  readonly mutants: readonly (CatalogueEntry & { readonly expected: string })[];
  readonly promises: readonly (CatalogueEntry & { readonly thesis: string })[];
  readonly defaults: { readonly scheme: string; readonly depth: number };
}

/** What the command line needs of the explorer. checker/run.ts is the one there is. */
export interface Runner {
  catalogue(): Catalogue;
  /** @throws UsageError for options that cannot be run; InternalFault for our own errors. */
  check(options: CheckOptions, hooks: RunHooks): Promise<CheckReport>;
  /**
   * Puts shards together and judges the whole: the report is the one of the check that was not divided.
   * @throws UsageError for files that do not go together.
   */
  merge(options: MergeOptions, hooks: RunHooks): Promise<CheckReport>;
  /** @throws UsageError for a line that is no replay line or does not fit this version's programs. */
  replay(line: string, hooks: RunHooks): Promise<ReplayResult>;
  mutantsMatrix(options: MutantsOptions, hooks: RunHooks): Promise<MutantsMatrix>;
}
