/**
 * The reductions checked from both sides by runs that use none: every step of the graph happens where the
 * graph says that it does, and every step of a crash run from reset is in the graph.
 */
import { expect } from 'vitest';
import type { Edge } from '../../../checker/explore/abstract-graph.ts';
import type { Exploration } from '../../../checker/explore/explorer.ts';
import { type ReplayedStep, replayRun } from '../../../checker/explore/replay.ts';
import type { StateIndex, SystemUnderTest } from '../../../checker/explore/system.ts';
import { contents, edgesOf, edgeText } from './systems.ts';

/** Steps of run `run` of a replay, as edges with the positions at which they happen. */
function edgesOfRun(initial: StateIndex, steps: readonly ReplayedStep[], run: number) {
  let from = initial;
  return steps.flatMap((step) => {
    const edge = { from, to: step.state, action: step.action, args: step.args, position: step.position };
    from = step.state;
    return step.run === run ? [edge] : [];
  });
}

/** Replays the places where edges were first seen, as many as `runsMax` crash runs show, and finds each there. */
export function edgesAreWhereTheySay(
  system: SystemUnderTest,
  exploration: Exploration,
  runsMax = Number.POSITIVE_INFINITY,
): number {
  const byRun = new Map<string, Edge[]>();
  for (const edge of exploration.graph.edges) {
    const key = edge.provenance.crashes.join();
    byRun.set(key, [...(byRun.get(key) ?? []), edge]);
  }
  const every = Math.max(1, Math.ceil(byRun.size / runsMax));
  let checkedCount = 0;
  [...byRun.values()].forEach((edges, i) => {
    if (i % every !== 0) return;
    const { crashes } = edges[0]?.provenance ?? { crashes: [] };
    const run = replayRun(system, crashes);
    if (run === null) throw new Error(`no run crashes at ${crashes}`);
    const path = edgesOfRun(run.initial, run.steps, crashes.length);
    const texts = new Set(path.map((edge) => `${edge.position} ${edgeText(edge, String)}`));
    const lost = edges.filter((edge) => {
      const at = edge.provenance.position;
      if (edge.action === 'Crash') return !statesAt(path, at).includes(edge.from);
      return !texts.has(`${at} ${edgeText(edge, String)}`);
    });
    expect(lost).toEqual([]);
    checkedCount += edges.length;
  });
  return checkedCount;
}

/** The state in which a run is at a position; several where steps happen without a store. */
function statesAt(path: ReturnType<typeof edgesOfRun>, position: number): StateIndex[] {
  const before = path.filter((edge) => edge.position < position).at(-1)?.to;
  const here = path.filter((edge) => edge.position === position).map((edge) => edge.to);
  return before === undefined ? here : [before, ...here];
}

/**
 * Runs every given sequence of crashes from reset; each of its steps must be in the graph, up to what the TLB
 * holds: a run that is cut short cannot see a translation at the place where a longer one notices it.
 */
export function runsAreInTheGraph(
  system: SystemUnderTest,
  exploration: Exploration,
  crashes: readonly (readonly number[])[],
): void {
  const name = contents(system, ['cached']);
  const known = edgesOf(exploration.graph, name);
  for (const positions of crashes) {
    const run = replayRun(system, positions);
    if (run === null) throw new Error(`no run crashes at ${positions}`);
    expect(run.end.kind).toBe('settled');
    let from = run.initial;
    const unknown = run.steps.filter(({ action, args, state }) => {
      const text = edgeText({ from, to: state, action, args }, name);
      from = state;
      return action !== 'Fill' && action !== 'Flush' && !known.has(text);
    });
    expect({ positions, unknown }).toEqual({ positions, unknown: [] });
  }
}
