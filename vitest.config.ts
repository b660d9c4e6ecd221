import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 300_000,
    // Every core: what is tested computes, and the default leaves one core of two to the watcher.
    maxWorkers: availableParallelism(),
    reporters: process.env.CI ? ['default', './test/ci-reporter.ts'] : ['default'],
  },
});
