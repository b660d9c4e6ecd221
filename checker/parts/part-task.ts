/** Explores one part where it is asked for: in this thread, or in one of a pool that loads this module. */
import type { SpillOptions } from '../../emulator/store/spill-file.ts';
import { type ExportedPart, PartsExplorer } from '../explore/parts.ts';
import { makeSubject, type SubjectName } from '../subject.ts';

export interface PartOf {
  readonly subject: SubjectName;
  readonly depth: number;
  readonly verifyHash: boolean;
  /** What one thread may have in memory, and where the rest goes. */
  readonly spill?: SpillOptions;
}

export interface PartTask {
  readonly of: PartOf;
  /** Which segment of the run without a failure. */
  readonly segment: number;
}

/** What was explored last is kept: the next part of the same exploration has much in common with it. */
let last: { readonly key: string; readonly explorer: PartsExplorer } | null = null;

export default function explorePart({ of, segment }: PartTask): ExportedPart {
  const { subject, verifyHash, depth, spill } = of;
  const key = JSON.stringify([subject, verifyHash, String(depth)]);
  if (last?.key !== key) {
    forget();
    const system = makeSubject(subject, { verifyHash });
    const room = spill === undefined ? {} : { spill };
    last = { key, explorer: new PartsExplorer(system, { depth, verifyHash, reduce: true, ...room }) };
  }
  return last.explorer.explore(segment);
}

/** Another exploration begins, even if it is of the same subject: nothing was handed out yet. */
export function forget(): void {
  last?.explorer.release();
  last = null;
}
