/**
 * Runs that came to no settled end. A kernel that gives up is a violation, since recovery must give back a
 * kernel that runs; a run past its budget and an instruction that the emulator lacks leave the verdict open.
 */

import { invariant } from '../../emulator/invariant.ts';
import { isShorter } from '../explore/abstract-graph.ts';
import type { Exploration } from '../explore/explorer.ts';
import type { OpenEnd } from '../explore/summary.ts';
import type { Finding } from '../report/model.ts';
import type { FindingContext } from './findings.ts';
import { runTwice } from './witness.ts';

export const RECOVERY_ENDS = {
  name: 'RecoveryEnds',
  thesis: 'thesis §3.1',
  sentence: 'After every failure the kernel comes to run its processes again.',
} as const;

export function openEndFindings(exploration: Exploration, context: FindingContext): Finding[] {
  const byWhy = new Map<string, { end: OpenEnd; count: number }>();
  for (const end of exploration.openEnds) {
    if (end.kind !== 'broken') continue;
    const known = byWhy.get(end.why);
    if (known === undefined) byWhy.set(end.why, { end, count: 1 });
    else {
      known.count += 1;
      if (isShorter(end.provenance, known.end.provenance)) known.end = end;
    }
  }
  return [...byWhy.values()].map(({ end, count }) => tell(end, count, context));
}

export function openEndDoubts(exploration: Exploration): string[] {
  const doubts = new Map<string, number>();
  for (const { kind, why } of exploration.openEnds) {
    if (kind !== 'broken') doubts.set(why, (doubts.get(why) ?? 0) + 1);
  }
  return [...doubts].map(([why, count]) => `${count} runs came to no end: ${why}`);
}

function tell(end: OpenEnd, count: number, context: FindingContext): Finding {
  const { crashes, choices } = end.provenance;
  const run = runTwice(context.system, crashes, choices);
  invariant(
    'why' in run.end && run.end.why === end.why,
    `a run that ended with '${end.why}' ended otherwise when it was repeated`,
  );
  const state = context.system.stateAsItf(end.state);
  return {
    promise: RECOVERY_ENDS.name,
    sentence: RECOVERY_ENDS.sentence,
    thesis: RECOVERY_ENDS.thesis,
    workload: context.workload,
    crashes: run.crashes.map((_, i) => context.crashPoint(run, i)),
    step: { action: 'Stop', args: [], conjunct: end.why, module: 'kernel', line: 0 },
    before: state,
    after: state,
    differing: [],
    trace: run.steps.slice(-12).map((s) => ({
      action: s.action,
      args: s.args,
      state: context.system.stateAsItf(s.state),
    })),
    count,
    replay: context.replayLine(crashes, choices),
  };
}
