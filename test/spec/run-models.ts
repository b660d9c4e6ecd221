/**
 * What the tests of this folder have in common: each model of some roles is run and compared with what
 * `spec/models.json` expects and has pinned: verdict, numbers of states, and the counterexample's actions.
 *
 * Each is run by one engine at least: the embedded one, which counts as TLC does, runs the small ones; TLC,
 * where it is found, the others, and liveness, which is its alone. `ALL_MODELS=1` runs every model by both.
 * Where there is no TLC, it is checked of a liveness model that what is pinned was pinned for these very modules.
 *
 * `PIN_MODELS=1 npx vitest run test/spec` runs all with TLC and writes the pinned part anew, after the same
 * comparison with what is expected.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { findTlc, type TlcLocation } from '../../checker/tla/engine.ts';
import { type Outcome, runEmbedded, runWithTlc } from './engines.ts';
import { type Model, type Pinned, pin, readManifest, sourcesSha256 } from './manifest.ts';

/** Models of more states than this are left to TLC where it is there. */
const SMALL_MODEL_STATES = 10_000;
const TIMEOUT_MS = 180_000;

export function testModels(roles: readonly Model['role'][]): void {
  const models = readManifest().models.filter((model) => roles.includes(model.role));
  const tlc = findTlc();
  it.each(models)('$name: what is pinned was pinned for these very modules', (model) => {
    if (process.env.PIN_MODELS === '1') return expect(tlc.kind).toBe('found');
    expect(model.pinned?.sourcesSha256).toBe(sourcesSha256(model));
  });
  if (process.env.PIN_MODELS === '1') return pinWithTlc(models);

  const isAll = process.env.ALL_MODELS === '1';
  const isLiveness = (model: Model): boolean => model.role === 'liveness';
  const isSmall = (model: Model): boolean => (model.pinned?.counts?.distinct ?? 0) <= SMALL_MODEL_STATES;
  const byEmbedded = models.filter((m) => !isLiveness(m) && (isAll || isSmall(m) || tlc.kind === 'absent'));
  const byTlc = models.filter((m) => isAll || isLiveness(m) || !isSmall(m));
  if (byEmbedded.length > 0) {
    describe('embedded engine', () => {
      it.each(byEmbedded)('$name', { timeout: TIMEOUT_MS }, async (model) => {
        expectPinned(model, await runEmbedded(model));
      });
    });
  }
  if (tlc.kind === 'found' && byTlc.length > 0) {
    describe('TLC', () => {
      it.each(byTlc)('$name', { timeout: TIMEOUT_MS }, async (model) => {
        const outcome = await runWithTlc(model, tlc);
        expectPinned(model, outcome);
        expect(outcome.engine).toBe(model.pinned?.engine);
      });
    });
  }
}

function expectPinned(model: Model, outcome: Outcome): void {
  expect(outcome.shown).toEqual(model.expected);
  expect(pinnedOf(model, outcome)).toEqual({ ...model.pinned, engine: outcome.engine });
}

function pinWithTlc(models: readonly Model[]): void {
  const tlc = findTlc();
  const results = new Map<string, Pinned>();
  afterAll(() => pin(results));
  it.each(models)('$name: TLC, to be pinned', { timeout: TIMEOUT_MS }, async (model) => {
    const outcome = await runWithTlc(model, foundOf(tlc));
    expect(outcome.shown).toEqual(model.expected);
    results.set(model.name, pinnedOf(model, outcome));
  });
}

function foundOf(tlc: ReturnType<typeof findTlc>): TlcLocation {
  if (tlc.kind === 'absent') throw new Error(tlc.why);
  return tlc;
}

/** When TLC looks for a violation of liveness depends on the clock: neither counts nor trace say anything. */
function pinnedOf(model: Model, { engine, counts, trace, shown }: Outcome): Pinned {
  const isTimed = shown.verdict === 'violated' && shown.kind === 'liveness';
  return {
    engine,
    sourcesSha256: sourcesSha256(model),
    ...(isTimed ? {} : { counts }),
    ...(isTimed || trace.length === 0 ? {} : { trace: [...trace] }),
  };
}
