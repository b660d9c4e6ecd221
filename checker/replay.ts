/** `fukugen replay`: runs the way of one replay line again and judges each of its steps. */
import { fingerprint, judge } from './check-workload.ts';
import { crashPointInfo } from './crash-point.ts';
import { UsageError } from './errors.ts';
import { AbstractGraph } from './explore/abstract-graph.ts';
import type { Exploration } from './explore/explorer.ts';
import { type ReplayedRun, replayRun } from './explore/replay.ts';
import { Tally } from './explore/tally.ts';
import { parseReplayLine } from './replay-line.ts';
import type { ReplayResult, RunHooks } from './run-api.ts';
import { makeSubject } from './subject.ts';

/** @throws UsageError for a line that is none, or that is not of this version's kernel and programs. */
export async function replay(text: string, hooks: RunHooks): Promise<ReplayResult> {
  const line = parseReplayLine(text);
  const system = makeSubject(line);
  const run = fingerprint(system) === line.print ? replayRun(system, line.crashes, line.choices) : null;
  if (run === null) {
    throw new UsageError(
      'this replay line is of another version of the kernel or its programs',
      'run the check again and take the line from its report',
    );
  }
  const { crashes, choices, ...subject } = line;
  const exploration = explorationOf(run, choices);
  const judged = await judge({ system, subject, exploration, engine: 'embedded', signal: hooks.signal });
  const { findings, undecided } = judged;
  return {
    verdict: findings.length > 0 ? 'violated' : undecided.length > 0 ? 'undecided' : 'consistent',
    scheme: line.scheme,
    ...(line.mutant === undefined ? {} : { mutant: line.mutant }),
    ...(line.persistency === undefined ? {} : { persistency: line.persistency }),
    workload: line.workload,
    crashes: crashes.map((_, i) => crashPointInfo(system, run, i)),
    trace: run.steps.map(({ action, args, state }) => ({ action, args, state: system.stateAsItf(state) })),
    findings,
    undecided,
  };
}

/** One run as a graph: a path. */
function explorationOf(run: ReplayedRun, allChoices: readonly string[]): Exploration {
  const graph = new AbstractGraph();
  const positions = run.crashes.map((c) => c.position);
  let from = run.initial;
  for (const { action, args, state, position, run: index } of run.steps) {
    // A failure is one of its run; its own image is named with those before it.
    const choices = allChoices.slice(0, action === 'Crash' ? index + 1 : index);
    graph.add({ from, to: state, action, args }, { crashes: positions.slice(0, index), choices, position });
    from = state;
  }
  const { end } = run;
  const provenance = { crashes: positions, choices: allChoices, position: run.lastLogLength };
  const openEnds =
    end.kind === 'settled' ? [] : [{ kind: end.kind, why: end.why, state: end.state, provenance }];
  return {
    ...{ graph, tally: new Tally(), openEnds, initial: run.initial, jointsCount: 0, repeatsCount: 0 },
  };
}
