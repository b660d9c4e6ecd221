/** Promises that driven runs broke, as findings. */
import type { CoverageFinding } from '../report/coverage-model.ts';
import type { BoundedModel, SpecState } from './bounded-model.ts';
import type { BrokenPromise } from './concrete.ts';
import { behaviourText, drivingText } from './kinds.ts';
import { type Kernel, wholeRun } from './whole-run.ts';

/** The behaviour is that of the whole run in which the promise is broken, its end included. */
export function concreteFinding(model: BoundedModel, kernel: Kernel, broken: BrokenPromise): CoverageFinding {
  const { name, sentence, thesis, step, history } = broken;
  const first = model.states[model.nodes[0]?.state ?? 0] as SpecState;
  const path = history === null ? [] : wholeRun(model, kernel, history);
  return {
    kind: 'disagreement',
    what: `${name}${thesis === '' ? '' : ` (${thesis})`} is broken: ${sentence}`,
    behaviour: behaviourText(path, first),
    before: step.before,
    step: { action: step.action, after: step.after },
    allowed: [],
    driving: drivingText(history),
  };
}
