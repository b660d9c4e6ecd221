#!/usr/bin/env node
import { processIo } from './io.ts';
import { runCli } from './program.ts';

// The exit code is set, not forced: what was written to a pipe is to get there.
process.exitCode = await runCli(process.argv.slice(2), processIo(), {});
