/** Where the parts of a check come from: this machine's threads, a file to go on from, or the files of shards. */
import { packageVersion } from '../cli/version.ts';
import { UsageError } from '../errors.ts';
import type { ExportedPart } from '../explore/parts.ts';
import type { CheckOptions } from '../run-api.ts';
import type { PartsPlan } from './explore-in-parts.ts';
import type { PartEntry, PartsHeader } from './part-schema.ts';
import { openPartsFile, readPartsFile, requireSame } from './parts-file.ts';

export interface OpenPlan {
  /** Absent where the exploration is made whole. */
  readonly plan?: PartsPlan;
  /** Why what was put together cannot be trusted, or was not kept; asked for at the end. */
  doubts(): string[];
  close(): void;
}

/** What a file of parts of this check says of itself. */
export function headerOf(options: CheckOptions, names: readonly string[], print: string): PartsHeader {
  const { scheme, mutant, persistency, depth, verifyHash, shard } = options;
  return {
    ...{ format: 'fukugen-parts/1', fukugen: packageVersion(), scheme, workloads: [...names] },
    ...(mutant === undefined ? {} : { mutant }),
    ...(persistency === undefined ? {} : { persistency }),
    ...{ depth: String(depth), verifyHash, programHash: print },
    ...(shard === undefined ? {} : { shard: { index: shard.index, count: shard.count } }),
  };
}

/** @throws UsageError where options do not go together or the file cannot be gone on from. */
export function openPlan(options: CheckOptions, header: PartsHeader): OpenPlan {
  const { threads, resume, shard, reduction } = options;
  if (shard !== undefined && resume === undefined) {
    throw new UsageError(
      'a shard is written to a file, and none is named',
      'Add --resume FILE; fukugen merge puts the files of all shards together.',
    );
  }
  if (!reduction && resume !== undefined) {
    throw new UsageError('--no-reduction explores no parts', 'Leave out one of --no-reduction and --resume.');
  }
  if (!reduction || (threads === 1 && resume === undefined)) return { doubts: () => [], close: () => {} };
  const file = resume === undefined ? null : openPartsFile(resume, header);
  const known = byPlace(file?.known ?? []);
  const plan: PartsPlan = {
    isRequired: resume !== undefined,
    threadsCount: threads,
    ...(shard === undefined ? {} : { shard }),
    mayExplore: true,
    known: (workload, depth) => known.get(`${workload} ${depth}`) ?? [],
    keep: (workload, depth, part) => file?.writer.add(workload, depth, part),
  };
  return {
    plan,
    doubts: () => [
      ...(file === null || file.damagedCount === 0 ? [] : [damage(resume ?? '', file.damagedCount)]),
      ...(file?.writer.failure == null ? [] : [file.writer.failure]),
    ],
    close: () => file?.writer.close(),
  };
}

/**
 * The plan that puts shards together, and the check that they are shards of.
 * @throws UsageError where they are not all the shards of one check.
 */
export function mergePlan(files: readonly string[]): OpenPlan & { readonly header: PartsHeader } {
  const read = files.map((path) => ({ path, ...readPartsFile(path) }));
  const [first] = read;
  if (first === undefined) throw new UsageError('there is nothing to merge', 'Name the files of all shards.');
  const { shard: _, ...header } = first.header;
  const count = first.header.shard?.count ?? 1;
  const seen = new Map<number, string>();
  for (const { path, header: each } of read) {
    const { shard, ...rest } = each;
    requireSame(path, rest, header);
    if ((shard?.count ?? 1) !== count) {
      throw new UsageError(`${path} is one of ${shard?.count ?? 1} shards, not of ${count}`, ONE_CHECK);
    }
    const index = shard?.index ?? 1;
    const other = seen.get(index);
    if (other !== undefined) {
      throw new UsageError(`${path} and ${other} are both shard ${index} of ${count}`, ONE_CHECK);
    }
    seen.set(index, path);
  }
  const absent = Array.from({ length: count }, (__, i) => i + 1).filter((index) => !seen.has(index));
  if (absent.length > 0) {
    throw new UsageError(`shard ${absent.join(', ')} of ${count} is in none of the files`, ONE_CHECK);
  }
  const known = byPlace(read.flatMap(({ entries }) => entries));
  return {
    header,
    plan: {
      ...{ isRequired: true, threadsCount: 1, mayExplore: false, keep: () => {} },
      known: (workload, depth) => known.get(`${workload} ${depth}`) ?? [],
    },
    doubts: () =>
      read.flatMap(({ path, damagedCount }) => (damagedCount === 0 ? [] : [damage(path, damagedCount)])),
    close: () => {},
  };
}

const ONE_CHECK = 'Name the file of every shard of one check, each once.';

const damage = (path: string, count: number): string =>
  `${path} is damaged: ${count} of its lines are not as they were written; begin with a new file`;

function byPlace(entries: readonly PartEntry[]): Map<string, ExportedPart[]> {
  const places = new Map<string, ExportedPart[]>();
  for (const { workload, depth, part } of entries) {
    const place = `${workload} ${depth}`;
    places.set(place, [...(places.get(place) ?? []), part]);
  }
  return places;
}
