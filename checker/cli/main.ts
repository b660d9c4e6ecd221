#!/usr/bin/env node
import { processIo } from './io.ts';
import { type Parts, runCli } from './program.ts';

// Loaded when a command needs them, so that help and messages are there at once.
const parts: Parts = {
  runner: async () => (await import('./worker-runner.ts')).workerRunner(),
  judge: async () => (await import('./worker-runner.ts')).workerJudge,
  cover: async () => (await import('./worker-runner.ts')).workerCover,
  tlc: async () => await import('../tla/engine.ts'),
  emulate: async () => (await import('../../emulator/platform/emulate.ts')).emulate,
};

// The exit code is set, not forced: what was written to a pipe is to get there.
process.exitCode = await runCli(process.argv.slice(2), processIo(), parts);
