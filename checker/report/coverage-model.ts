/** What `fukugen coverage` found, as data: its terminal and JSON forms are renderings of this. */
import type { Verdict } from './model.ts';

/** Of so many, so many were shown by the kernel. */
export interface Share {
  readonly all: number;
  readonly shown: number;
}

export interface CoveredKind extends Share {
  /** An action, or an action and what it is about: `Enter call send`, `Leave read: blocks`. */
  readonly kind: string;
}

export interface NotShownFor {
  readonly reason: string;
  readonly sentence: string;
  /** Behaviours that the kernel had shown up to their next step, which it did not show. */
  readonly steps: number;
  /** Behaviours of the model that begin so. */
  readonly behaviours: number;
  /** Transitions that were never shown and were met for this reason first. */
  readonly transitions: number;
}

/** A step in the words of a behaviour: its kind, and who runs then. */
export interface CoverageFinding {
  readonly kind: 'disagreement' | 'not shown';
  /** In one sentence. */
  readonly what: string;
  /** The behaviour that the kernel had shown up to there. */
  readonly behaviour: readonly string[];
  /** State after it, as the spec has it. */
  readonly before: Readonly<Record<string, unknown>>;
  /** What the kernel did, or should have been able to do; absent where it did not get that far. */
  readonly step?: { readonly action: string; readonly after: Readonly<Record<string, unknown>> };
  /** For a disagreement: the states that the spec allows after this action. */
  readonly allowed: readonly Readonly<Record<string, unknown>>[];
  /** How it was driven: decisions and failures, in order. */
  readonly driving: readonly string[];
}

export interface CoverageReport {
  readonly format: 'fukugen-coverage/1';
  readonly verdict: Verdict;
  readonly scheme: string;
  readonly mutant?: string;
  readonly bounds: {
    /** Steps of a behaviour and power failures in it, at most. */
    readonly steps: number;
    readonly crashes: number;
    /** Only these calls are made, and the kernel is entered for these causes only; absent for all. */
    readonly calls?: readonly string[];
    readonly causes?: readonly string[];
  };
  /** Every behaviour within the bounds: shown, not shown for a reason, or a finding. */
  readonly behaviours: Share & { readonly unexplained: number };
  readonly actions: Share;
  readonly kinds: readonly CoveredKind[];
  readonly transitions: Share;
  readonly states: Share;
  readonly notShown: readonly NotShownFor[];
  /** Transitions that begin in a state that was never shown. */
  readonly transitionsBeyond: number;
  /** Actions of PageShadow that were seen on the way, and how often; Consistency's own among them. */
  readonly stepsSeen: Readonly<Record<string, number>>;
  readonly driven: {
    readonly runs: number;
    readonly crashes: number;
    /** Behaviours that were driven again: whole programs, one go, nothing put back. */
    readonly again: number;
    /** Different steps, pages included, that were judged against PageShadow and every promise. */
    readonly stepsJudged: number;
  };
  /** How many disagreements and steps without reason there are, of which `findings` shows the shortest. */
  readonly findingsCount: number;
  readonly findings: readonly CoverageFinding[];
  /** Why the verdict is undecided, where it is. */
  readonly undecided: readonly string[];
  /** All states and transitions of the model, and whether the kernel has shown them. */
  readonly graph: {
    readonly states: readonly {
      readonly shown: boolean;
      readonly state: Readonly<Record<string, unknown>>;
    }[];
    readonly transitions: readonly {
      readonly from: number;
      readonly action: string;
      readonly to: number;
      readonly shown: boolean;
      /** Why not, where it was met. */
      readonly reason?: string;
    }[];
  };
  readonly provenance: {
    readonly fukugen: string;
    readonly node: string;
    readonly programHash: string;
    readonly modelHash: string;
  };
  readonly seconds: number;
}
