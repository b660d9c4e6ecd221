/** Runs one model under an engine and says what it showed in the words of the manifest. */
import { readFileSync } from 'node:fs';
import {
  type ModelViolation,
  modelCheck,
  runTlc,
  type TlcLocation,
  type TlcResult,
} from '../../checker/tla/engine.ts';
import { configPath, type Expected, type Model, type Pinned, specFolder } from './manifest.ts';

export interface Outcome {
  readonly shown: Expected;
  readonly counts: NonNullable<Pinned['counts']>;
  /** The names of the counterexample's actions, in order; empty where nothing is violated. */
  readonly trace: readonly string[];
  readonly engine: string;
}

/** The actions of the models are named as those of the spec, with a prefix. */
const actionName = (name: string): string => name.replace(/^(MC|Live|Reach|Mutant)(?=[A-Z])/, '');

/** @throws Error where the engine could not come to a verdict. */
export async function runEmbedded(model: Model): Promise<Outcome> {
  const config = readFileSync(configPath(model), 'utf8');
  const result = await modelCheck({ specFolder, module: model.module, config });
  const { generated, distinct, depth, verdict, violation } = result;
  if (verdict === 'ok') {
    return {
      shown: { verdict: 'holds' },
      counts: { generated, distinct, depth },
      trace: [],
      engine: 'embedded',
    };
  }
  const shown = violation === undefined ? null : shownBy(violation);
  if (shown === null || violation === undefined || !('trace' in violation)) {
    throw new Error(`${model.name}: ${verdict} ${JSON.stringify(violation)}`);
  }
  const trace = violation.trace.slice(1).map((step) => actionName(step.action));
  return { shown, counts: { generated, distinct, depth }, trace, engine: 'embedded' };
}

function shownBy(violation: ModelViolation): Expected | null {
  switch (violation.kind) {
    case 'invariant':
    case 'refinement':
      return { verdict: 'violated', kind: violation.kind, name: violation.name };
    case 'action property':
      return { verdict: 'violated', kind: 'step property', name: violation.name };
    default:
      return null;
  }
}

/** @throws Error where TLC could not come to a verdict. */
export async function runWithTlc(model: Model, tlc: TlcLocation): Promise<Outcome> {
  const result = await runTlc({
    tlc,
    folder: specFolder,
    module: `${model.module}.tla`,
    config: configPath(model),
  });
  const { generated, distinct, depth, version } = result;
  const trace = result.output.messages
    .map(({ text }) => /^\d+: <(\w+) line/.exec(text)?.[1])
    .filter((name) => name !== undefined)
    .map(actionName);
  return { shown: shownByTlc(model, result), counts: { generated, distinct, depth }, trace, engine: version };
}

function shownByTlc(model: Model, result: TlcResult): Expected {
  if (result.verdict === 'ok') return { verdict: 'holds' };
  const words = result.errors.join('\n');
  const invariant = /Invariant (\w+) is violated/.exec(words)?.[1];
  if (invariant !== undefined) return { verdict: 'violated', kind: 'invariant', name: invariant };
  // Of a refinement, TLC names the place of the refined module's [][Next]_vars.
  if (/Action property line \d+.* of module Consistency is violated/.test(words)) {
    return { verdict: 'violated', kind: 'refinement', name: 'Refinement' };
  }
  const step = /Action property (\w+) is violated/.exec(words)?.[1];
  if (step !== undefined) return { verdict: 'violated', kind: 'step property', name: step };
  // Of liveness, TLC does not say which; the configuration asks for one property only.
  const asked = /PROPERTIES\s+(\w+)\s*$|PROPERTY (\w+)\s*$/.exec(readFileSync(configPath(model), 'utf8'));
  if (/Temporal properties were violated/.test(words) && asked !== null) {
    return { verdict: 'violated', kind: 'liveness', name: asked[1] ?? asked[2] ?? '' };
  }
  throw new Error(`${model.name}: ${result.verdict}\n${words}`);
}
