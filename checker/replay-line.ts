/**
 * The one line that shows a violation again: `<workload>@<scheme>[~<mutant>]:<position>+<position>…#<print>`.
 * Positions count entries of the store log from each power-on; the print is that of the run without a
 * failure, so that a line of another version is refused instead of showing something else.
 */
import { UsageError } from './errors.ts';
import type { SubjectName } from './subject.ts';

export interface ReplayLine extends SubjectName {
  readonly crashes: readonly number[];
  readonly print: string;
}

export function formatReplayLine(line: ReplayLine): string {
  const mutant = line.mutant === undefined ? '' : `~${line.mutant}`;
  const crashes = line.crashes.length === 0 ? 'none' : line.crashes.join('+');
  return `${line.workload}@${line.scheme}${mutant}:${crashes}#${line.print}`;
}

const FORM = /^([\w-]+)@([\w-]+)(?:~([\w-]+))?:(none|\d+(?:\+\d+)*)#([0-9a-f]{8})$/;

/** @throws UsageError for a text that is no replay line. */
export function parseReplayLine(text: string): ReplayLine {
  const [, workload, scheme, mutant, crashes, print] = FORM.exec(text.trim()) ?? [];
  if (workload === undefined || scheme === undefined || crashes === undefined || print === undefined) {
    throw new UsageError(
      `not a replay line: ${text}`,
      'copy it whole from a report: workload@scheme:position+position#print',
    );
  }
  const positions = crashes === 'none' ? [] : crashes.split('+').map(Number);
  return { workload, scheme, ...(mutant === undefined ? {} : { mutant }), crashes: positions, print };
}
