/** What would make a green mean nothing: it is said, and the verdict cannot be consistent (DESIGN §6). */
import type { Exploration } from '../explore/explorer.ts';
import type { CrashClass } from '../report/model.ts';
import type { GraphResult } from '../tla/api.ts';

export interface Expectations {
  /** Actions that a complete exploration of this system must show at least once. */
  readonly actions: readonly string[];
  readonly classes: readonly CrashClass[];
  /** Promises whose premise must have held. */
  readonly promises: readonly string[];
}

export function vacuityOf(exploration: Exploration, result: GraphResult, expected: Expectations): string[] {
  const reasons: string[] = [];
  if (exploration.graph.edges.length === 0) reasons.push('the trace is empty');
  const taken = new Set(exploration.graph.edges.map((e) => e.action));
  for (const action of expected.actions)
    if (!taken.has(action)) reasons.push(`action ${action} was never taken`);
  for (const crashClass of expected.classes) {
    if ((exploration.tally.classes.get(crashClass)?.found ?? 0) === 0) {
      reasons.push(`no crash point of class ${crashClass}`);
    }
  }
  for (const promise of expected.promises) {
    if ((result.premises[promise] ?? 0) === 0) reasons.push(`the premise of ${promise} never held`);
  }
  return reasons;
}
