/**
 * What the tests of this folder have in common: each model of some roles is run with TLC and compared with
 * what `spec/models.json` expects and has pinned.
 *
 * TLC is deterministic on one worker, so what it said once of the same sources it would say again. Where there
 * is no TLC, and for the many small models unless `ALL_MODELS=1`, it is therefore checked instead that what is
 * pinned was pinned for these very modules, and shows what is expected.
 *
 * `PIN_MODELS=1 npx vitest run test/spec` runs all and writes the pinned part anew, from what TLC says, after
 * the same comparison with what is expected.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { type Model, type Pinned, pin, readManifest, sourcesSha256 } from './manifest.ts';
import { findTlc, runTlc, type TlcOutcome } from './tlc.ts';

const EXIT_CODE = { holds: 0, invariant: 12, 'step property': 13, refinement: 13, liveness: 13 } as const;

export interface ModelsToTest {
  readonly roles: readonly Model['role'][];
  /** Whether they are so many that TLC runs them only when asked to. */
  readonly areMany: boolean;
}

export function testModels({ roles, areMany }: ModelsToTest): void {
  const models = readManifest().models.filter((model) => roles.includes(model.role));
  const isPinning = process.env.PIN_MODELS === '1';
  const isWanted = isPinning || !areMany || process.env.ALL_MODELS === '1';
  const jar = isWanted ? findTlc() : null;
  if (jar === null) testPins(models);
  else testWithTlc(models, { jar, isPinning });
}

function testPins(models: readonly Model[]): void {
  describe('what TLC said is pinned', () => {
    it.each(models)('$name: for these very modules', (model) => {
      const { expected, pinned } = model;
      expect(pinned?.sourcesSha256).toBe(sourcesSha256(model));
      const hasTrace = expected.verdict === 'violated' && expected.kind !== 'liveness';
      expect(pinned?.trace !== undefined).toBe(hasTrace);
    });
  });
}

function testWithTlc(models: readonly Model[], options: { jar: string; isPinning: boolean }): void {
  const results = new Map<string, Pinned>();
  afterAll(() => {
    if (options.isPinning) pin(results);
  });
  describe('TLC', () => {
    it.each(models)('$name', { timeout: 120_000 }, async (model) => {
      const outcome = await runTlc(options.jar, model);
      expectVerdict(model, outcome);
      results.set(model.name, outcome.pinned);
      if (!options.isPinning) expect(outcome.pinned).toEqual(model.pinned);
    });
  });
}

function expectVerdict({ expected }: Model, { exitCode, violated, output }: TlcOutcome): void {
  if (expected.verdict === 'holds') {
    expect(violated, output).toBe('');
    expect(exitCode, output).toBe(EXIT_CODE.holds);
    return;
  }
  switch (expected.kind) {
    case 'invariant':
      expect(violated, output).toBe(`Invariant ${expected.name} is violated.`);
      break;
    case 'step property':
      expect(violated, output).toBe(`Action property ${expected.name} is violated.`);
      break;
    case 'refinement':
      // TLC names the place of `[][Next]_vars` in the refined module.
      expect(violated, output).toMatch(/^Action property line .* of module Consistency is violated\.$/);
      break;
    case 'liveness':
      expect(violated, output).toBe('Temporal properties were violated.');
      break;
  }
  expect(exitCode, output).toBe(EXIT_CODE[expected.kind]);
}
