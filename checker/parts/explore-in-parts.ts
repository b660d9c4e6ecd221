/** An exploration made in parts: those that are on file already, and the others explored here. */
import { invariant } from '../../emulator/invariant.ts';
import type { SpillOptions } from '../../emulator/store/spill-file.ts';
import { digest } from '../digest.ts';
import { UsageError } from '../errors.ts';
import { assemble } from '../explore/assemble.ts';
import type { Exploration } from '../explore/explorer.ts';
import type { ExportedPart } from '../explore/parts.ts';
import { summarize } from '../explore/summary.ts';
import type { SystemUnderTest } from '../explore/system.ts';
import { runTrunk } from '../explore/trunk.ts';
import explorePart, { forget, type PartOf } from './part-task.ts';
import { exploreOnThreads } from './pool.ts';

/** One of `count` shares of the work; `index` counts from 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Where parts come from and go to. */
export interface PartsPlan {
  /** Whether the exploration must be made in parts; if not, one that cannot be divided is made whole. */
  readonly isRequired: boolean;
  readonly threadsCount: number;
  readonly shard?: Shard;
  /** False: what is on file is all there is, and a missing part is an error of the user's. */
  readonly mayExplore: boolean;
  /** Parts on file for a workload and depth. */
  known(workload: string, depth: number): readonly ExportedPart[];
  /** Called with each part that was explored now. */
  keep(workload: string, depth: number, part: ExportedPart): void;
}

/** @returns null where the run goes on for ever and cannot be divided. */
export async function exploreInParts(options: {
  readonly system: SystemUnderTest;
  readonly of: PartOf;
  readonly plan: PartsPlan;
  readonly signal: AbortSignal;
  readonly onProgress: (found: number) => void;
}): Promise<Exploration | null> {
  const { system, of, plan, signal, onProgress } = options;
  const { workload } = of.subject;
  const trunk = runTrunk(system);
  if (trunk === null && !plan.isRequired) return null;
  if (trunk === null) {
    throw new UsageError(
      `workload ${workload} goes on for ever without a failure: it cannot be explored in parts`,
      'Leave --shard and --resume out.',
    );
  }
  const parts = new Map(plan.known(workload, of.depth).map((part) => [part.segment, part]));
  const wanted = trunk.segments
    .map((_, segment) => segment)
    .filter(
      (segment) => plan.shard === undefined || shardOf(workload, segment, plan.shard) === plan.shard.index,
    );
  const missing = wanted.filter((segment) => !parts.has(segment));
  let found = 0;
  const take = (part: ExportedPart): void => {
    parts.set(part.segment, part);
    if (part.limit === undefined) plan.keep(workload, of.depth, part);
    for (const { record } of [...part.classes, part]) for (const [, count] of record.found) found += count;
    onProgress(found);
  };
  const lost = plan.mayExplore
    ? await explore({ of, segments: missing, threadsCount: plan.threadsCount, signal, take })
    : missing.map((segment) => `part ${segment} of workload ${workload} is in none of the files`);
  const limits = [...lost, ...[...parts.values()].flatMap(({ limit }) => limit ?? [])];
  const classes = assemble({ system, trunk, depth: of.depth, parts: [...parts.values()] });
  const [limit] = limits;
  return { ...summarize(classes), repeatsCount: 0, ...(limit === undefined ? {} : { limit }) };
}

async function explore(options: {
  readonly of: PartOf;
  readonly segments: readonly number[];
  readonly threadsCount: number;
  readonly signal: AbortSignal;
  readonly take: (part: ExportedPart) => void;
}): Promise<string[]> {
  const { of, segments, threadsCount, signal, take } = options;
  if (segments.length === 0) return [];
  if (threadsCount > 1) {
    const each = { ...of, ...(of.spill === undefined ? {} : { spill: shareOf(of.spill, threadsCount) }) };
    return exploreOnThreads({ of: each, segments, threadsCount, signal, onPart: take });
  }
  forget();
  try {
    for (const segment of [...segments].reverse()) {
      signal.throwIfAborted();
      take(explorePart({ of, segment }));
      // Lets the message that tells us to end come in.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return [];
  } finally {
    forget();
  }
}

const shareOf = (spill: SpillOptions, count: number): SpillOptions => ({
  ...spill,
  limitBytes: Math.floor(spill.limitBytes / count),
});

/** The share that explores the crash points of a segment. */
export function shardOf(workload: string, segment: number, { count }: Shard): number {
  const index = 1 + (Number.parseInt(digest(`${workload} ${segment}`).slice(0, 8), 16) % count);
  invariant(index >= 1 && index <= count, 'shards count from 1');
  return index;
}
