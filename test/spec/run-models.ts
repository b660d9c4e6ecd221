/**
 * What the tests of this folder have in common: each model of some roles is run with TLC and compared with
 * what `spec/models.json` expects and has pinned. Where there is no TLC, it is checked that what is pinned was
 * pinned for these very modules.
 *
 * `PIN_MODELS=1 npx vitest run test/spec` writes the pinned part anew, from what TLC says, after the same
 * comparison with what is expected.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { type Model, type Pinned, pin, readManifest, sourcesSha256 } from './manifest.ts';
import { findTlc, runTlc, type TlcOutcome } from './tlc.ts';

const EXIT_CODE = { holds: 0, invariant: 12, 'step property': 13, refinement: 13, liveness: 13 } as const;

export function testModels(roles: readonly Model['role'][]): void {
  const models = readManifest().models.filter((model) => roles.includes(model.role));
  const jar = findTlc();
  if (jar === null) {
    describe('no TLC is here: what it said is pinned', () => {
      it.each(models)('$name: for these very modules', (model) => {
        expect(model.pinned?.sourcesSha256).toBe(sourcesSha256(model));
      });
    });
    return;
  }
  const isPinning = process.env.PIN_MODELS === '1';
  const results = new Map<string, Pinned>();
  afterAll(() => {
    if (isPinning) pin(results);
  });
  describe('TLC', () => {
    it.each(models)('$name', { timeout: 120_000 }, async (model) => {
      const outcome = await runTlc(jar, model);
      expectVerdict(model, outcome);
      results.set(model.name, outcome.pinned);
      if (!isPinning) expect(outcome.pinned).toEqual(model.pinned);
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
