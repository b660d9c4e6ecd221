/** Lets the engines judge a graph, and notices where they disagree. */

import { packageVersion } from '../cli/version.ts';
import { UsageError } from '../errors.ts';
import type { EngineResult } from '../report/model.ts';
import type { EngineChoice } from '../run-api.ts';
import type { GraphInput, GraphResult } from '../tla/api.ts';
import { checkGraph } from '../tla/engine.ts';

export interface Judgement {
  /** The embedded engine's result: it alone says which conjunct is false. */
  readonly result: GraphResult;
  readonly engines: readonly EngineResult[];
  /** Why the engines' word cannot be taken. */
  readonly doubts: readonly string[];
}

export async function checkWithEngines(
  input: GraphInput,
  choice: EngineChoice,
  signal: AbortSignal,
): Promise<Judgement> {
  const result = await checkGraph(input);
  const embedded: EngineResult = {
    name: 'embedded',
    version: packageVersion(),
    states: result.statesCount,
    edges: result.edgesCount,
    badEdges: result.badEdges.length,
    seconds: result.seconds,
  };
  const doubts = result.errors.slice(0, 5).map((e) => `the embedded engine could not evaluate: ${e.message}`);
  if (choice === 'tlc' || choice === 'both') throw new UsageError('TLC is asked for, but not there');
  signal.throwIfAborted();
  return { result, engines: [embedded], doubts };
}
