/** Lets the engines judge a graph, and notices where they disagree. */
import { packageVersion } from '../cli/version.ts';
import { UsageError } from '../errors.ts';
import type { EngineResult } from '../report/model.ts';
import type { EngineChoice } from '../run-api.ts';
import type { GraphInput, GraphResult, TlcGraphResult } from '../tla/api.ts';
import { checkGraph, checkGraphWithTlc, findTlc } from '../tla/engine.ts';

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
  const result = await checkGraph({ ...input, explain: false });
  const embedded: EngineResult = {
    name: 'embedded',
    version: packageVersion(),
    states: result.statesCount,
    edges: result.edgesCount,
    badEdges: result.badEdges.length,
    seconds: result.seconds,
  };
  const doubts = result.errors.slice(0, 5).map((e) => `the embedded engine could not evaluate: ${e.message}`);
  if (choice === 'embedded') return { result, engines: [embedded], doubts };
  const tlc = findTlc(process.env);
  if (tlc.kind === 'absent') {
    if (choice === 'auto') return { result, engines: [embedded], doubts };
    throw new UsageError(
      `TLC is asked for, but not there: ${tlc.why}`,
      'install it with: fukugen tlc install',
    );
  }
  const second = await checkGraphWithTlc(input, tlc, signal);
  doubts.push(...second.errors.map((e) => `TLC could not evaluate: ${e}`), ...disagreements(result, second));
  const reference: EngineResult = {
    name: 'tlc',
    version: second.version,
    states: second.statesCount,
    edges: second.edgesCount,
    badEdges: second.badEdges.length,
    seconds: second.seconds,
  };
  return { result, engines: [embedded, reference], doubts };
}

function disagreements(ours: GraphResult, theirs: TlcGraphResult): string[] {
  const edgesOf = (r: { badEdges: readonly { edge: number; why: string; name: string }[] }): Set<string> =>
    new Set(r.badEdges.map((b) => `edge ${b.edge} ${b.why} ${b.name}`));
  const statesOf = (r: { badStates: readonly { state: number; name: string }[] }): Set<string> =>
    new Set(r.badStates.map((b) => `state ${b.state} ${b.name}`));
  const difference = [
    ...differing('embedded', edgesOf(ours), 'tlc', edgesOf(theirs)),
    ...differing('embedded', statesOf(ours), 'tlc', statesOf(theirs)),
  ];
  return difference.length === 0 ? [] : [`the engines disagree: ${difference.slice(0, 5).join('; ')}`];
}

function differing(nameA: string, a: ReadonlySet<string>, nameB: string, b: ReadonlySet<string>): string[] {
  const only = (x: ReadonlySet<string>, y: ReadonlySet<string>, name: string): string[] =>
    [...x].filter((each) => !y.has(each)).map((each) => `only ${name}: ${each}`);
  return [...only(a, b, nameA), ...only(b, a, nameB)];
}
