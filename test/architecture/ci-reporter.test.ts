import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import type { SerializedError, TestModule } from 'vitest/node';
import CiReporter from '../ci-reporter.ts';

const folder = mkdtempSync(join(tmpdir(), 'fukugen-ci-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.unstubAllEnvs();
});

/** A file of tests as vitest hands it to a reporter, as far as the reporter looks at it. */
function moduleOf(states: readonly string[], errors: number, suiteErrors: number): TestModule {
  const errorsOf = (count: number) => () => new Array(count).fill(new Error('cannot load'));
  const module = {
    errors: errorsOf(errors),
    children: {
      allSuites: () => [{ errors: errorsOf(suiteErrors) }],
      allTests: () => states.map((state) => ({ result: () => ({ state }) })),
    },
  };
  return module as unknown as TestModule;
}

function counted(modules: readonly TestModule[], unhandled: number): string {
  const file = join(folder, 'counts');
  vi.stubEnv('FUKUGEN_COUNTS_FILE', file);
  new CiReporter().onTestRunEnd(modules, new Array<SerializedError>(unhandled));
  return readFileSync(file, 'utf8');
}

it('counts everything that did not pass as failed, except what was skipped', () => {
  expect(counted([moduleOf(['passed', 'passed'], 0, 0), moduleOf(['passed'], 0, 0)], 0)).toBe(
    '3 passed, 0 failed\n',
  );
});

it('counts failures of files, suites and outside of tests, tests that never ended, and skips', () => {
  const modules = [moduleOf(['passed', 'failed', 'pending', 'skipped'], 0, 1), moduleOf([], 1, 0)];
  expect(counted(modules, 1)).toBe('1 passed, 5 failed, 1 skipped\n');
});
