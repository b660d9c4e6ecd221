import { expect, it } from 'vitest';
import { checkAtDepth } from '../../checker/check-workload.ts';
import { verdictOf } from '../../checker/gate/verdict.ts';
import { readPromises } from '../../checker/spec-promises.ts';
import { mutants } from '../../kernel-model/mutants/catalogue.ts';

const CLEAN_TIMEOUT_MS = 180_000;

it('the kernel without a mutation is consistent on the workload that mutants are judged by', {
  timeout: CLEAN_TIMEOUT_MS,
}, async () => {
  const subject = { scheme: 'page-shadow', workload: 'small' };
  const options = { depth: 2, engine: 'embedded', reduction: true } as const;
  const hooks = { onProgress() {}, signal: new AbortController().signal };
  const { report, broken } = await checkAtDepth(subject, options, hooks);
  expect(broken).toEqual({});
  expect(verdictOf([report])).toBe('consistent');
  const { found, run, equal, expected } = report.certificate;
  expect(found).toBe(expected);
  expect(run + equal).toBe(found);
  expect(found).toBeGreaterThan(1_000_000);
});

it('every promise of the spec has a mutant that it kills', () => {
  const expected = new Set(mutants.map((m) => m.expected));
  expect(
    readPromises()
      .map((p) => p.name)
      .filter((name) => !expected.has(name)),
  ).toEqual([]);
});

it('mutants have different names', () => {
  expect(new Set(mutants.map((m) => m.name)).size).toBe(mutants.length);
});
