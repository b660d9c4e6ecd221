import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/**
 * Counts what ran, for the closing line of `.ci/run`: into the file that FUKUGEN_COUNTS_FILE names, else on
 * standard output. A file that cannot be loaded and an error outside of any test count as failed.
 */
export default class CiReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      counts.failed += module.errors().length;
      for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        // A test that never came to an end has not passed.
        if (state === 'pending') counts.failed++;
        else counts[state]++;
      }
    }
    const { passed, failed, skipped } = counts;
    const line = `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}\n`;
    const file = process.env.FUKUGEN_COUNTS_FILE;
    if (file === undefined || file === '') process.stdout.write(line);
    else writeFileSync(file, line);
  }
}
