/** What a check found, as data. The terminal, JSON and every other report are renderings of this. */

import type { Persistency } from '../../emulator/persistency/model.ts';

export type Verdict = 'consistent' | 'violated' | 'undecided';

export type CrashClass = 'user' | 'privileged' | 'commit' | 'recovery' | 'boot' | 'shutdown' | 'device';

/** A crash point as it is shown to people and named in a replay line. */
export interface CrashPointInfo {
  readonly class: CrashClass;
  /** Position in the run's store log: power fails after this many stores and effects. */
  readonly position: number;
  /** The last store (or effect) before the failure; absent for the point before the first. */
  readonly store?: {
    readonly address: number;
    readonly oldWord: number;
    readonly newWord: number;
    readonly origin: string;
    /** Name of the page that was stored to, or 'ledger' for an effect. */
    readonly page: string;
  };
  /** Where the failure left other than what the run saw: each such cache line, by the page that it is in. */
  readonly lost?: readonly string[];
  /** Who was running: a guest program's name, 'kernel' or 'recovery'. */
  readonly program: string;
  /** The instruction's linear address (guest), or the kernel's own words for what it was doing. */
  readonly at: string;
}

/** A step of a trace: the action that the machine showed and the state after it. */
export interface TraceStep {
  readonly action: string;
  readonly args: readonly unknown[];
  readonly state: Readonly<Record<string, unknown>>;
}

/** One root cause, with the shortest way to see it. */
export interface Finding {
  /** The name of the promise: an operator of spec/ConsistencyInvariants.tla, or 'Step' for a bare spec step. */
  readonly promise: string;
  /** The promise as an English sentence. */
  readonly sentence: string;
  /** For instance 'thesis §3.4'. */
  readonly thesis: string;
  readonly workload: string;
  /** The crashes that lead there, outermost first; empty where the failure-free run breaks the promise. */
  readonly crashes: readonly CrashPointInfo[];
  /** The first step that leaves the spec. */
  readonly step: {
    readonly action: string;
    readonly args: readonly unknown[];
    /** The conjunct that is false, as the spec words it, and where it stands. */
    readonly conjunct: string;
    readonly module: string;
    readonly line: number;
  };
  readonly before: Readonly<Record<string, unknown>>;
  readonly after: Readonly<Record<string, unknown>>;
  /** For differing variables the value that the spec allows after the step, where there is one and it is known. */
  readonly allowed?: Readonly<Record<string, unknown>>;
  /** The variables in which the machine and the spec disagree. */
  readonly differing: readonly string[];
  /** From the last commit before the crash up to and with the failing step. */
  readonly trace: readonly TraceStep[];
  /** Other promises that the same step breaks. */
  readonly alsoBreaks?: readonly string[] | undefined;
  /** How many bad edges and crash points share this root. */
  readonly count: number;
  /** The argument of `fukugen replay`. */
  readonly replay: string;
}

/** Crash points of one class: found = run + equal, or the verdict is undecided. */
export interface ClassCount {
  readonly class: CrashClass;
  readonly found: number;
  readonly run: number;
  readonly equal: number;
}

export type Depth = number | 'unbounded';

/** What the 64-bit hashes of images and pages were trusted with. */
export interface HashTrust {
  /** Whether the contents were compared as well wherever two hashes were equal. */
  readonly verified: boolean;
  /**
   * The probability that two different images had the same hash, if hashes are as good as random: images met
   * × images run / 2^64.
   */
  readonly collisionEstimate: number;
}

export interface Certificate {
  readonly classes: readonly ClassCount[];
  readonly found: number;
  readonly run: number;
  readonly equal: number;
  /** The number that the formula over the store log gives, counted apart from the enumeration. */
  readonly expected: number;
  /** To what the points proven equal are equal, and why that is exact: kind and number. */
  readonly equalTo: readonly { readonly kind: string; readonly count: number }[];
  /** Crashes nested in one run at most; 'unbounded': any number. */
  readonly depth: Depth;
  /** Whether nothing new was left: more crashes in a run could not show anything else. */
  readonly reachedFixpoint: boolean;
  readonly hashes: HashTrust;
  /** Crash images, where a crash point leaves several (a cache, stores that tear); absent: one a point. */
  readonly images?: ImageCounts;
}

/** Decimal numbers as text, since there may be more than a number holds. found = run + equal = expected. */
export interface ImageCounts {
  readonly found: string;
  readonly run: string;
  /** Proven equal to one that was run: what differs is read by nothing that follows. */
  readonly equal: string;
  /** The product formula over the store log, counted apart from the enumeration. */
  readonly expected: string;
}

export interface EngineResult {
  readonly name: 'embedded' | 'tlc';
  readonly version: string;
  readonly states: number;
  readonly edges: number;
  readonly badEdges: number;
  /** Not in a file: equal results are equal bytes. */
  readonly seconds?: number;
}

export interface WorkloadReport {
  readonly workload: string;
  readonly certificate: Certificate;
  readonly findings: readonly Finding[];
  readonly engines: readonly EngineResult[];
  /** What would make a green mean nothing: actions never taken, premises never held, classes without member. */
  readonly vacuous: readonly string[];
  /** Why the verdict is undecided, where it is. */
  readonly undecided: readonly string[];
  /** How often each action was seen in the graph. */
  readonly actions: Readonly<Record<string, number>>;
}

export interface CheckReport {
  readonly format: 'fukugen-report/1';
  readonly verdict: Verdict;
  readonly scheme: string;
  readonly mutant?: string;
  /** What a power failure may leave of the stores before it; absent: every store is durable at once. */
  readonly persistency?: Persistency;
  readonly workloads: readonly WorkloadReport[];
  readonly provenance: {
    readonly fukugen: string;
    readonly node: string;
    readonly programHash: string;
    readonly configurationHash: string;
    readonly engines: readonly string[];
  };
  /** Not in a file: equal results are equal bytes. */
  readonly seconds?: number;
}
