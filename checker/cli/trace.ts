import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { readItf } from '../../traces/itf.ts';
import { readNdjson } from '../../traces/ndjson.ts';
import type { RecordedTrace } from '../../traces/trace.ts';
import { UsageError } from '../errors.ts';
import { exitCodeOf } from '../gate/exit-codes.ts';
import { renderTraceCheck, traceCheckJson } from '../report/trace-check.ts';
import { writeFileWhole } from '../report/write-file.ts';
import type { EngineChoice } from '../run-api.ts';
import { checkTrace } from '../trace-check/check-trace.ts';
import { readMapping } from '../trace-check/mapping.ts';
import { wantsColor } from './io.ts';
import { engineChoice, kindOf, requireWritable } from './options.ts';
import type { CommandContext, LoadJudge } from './program.ts';

interface TraceFlags {
  readonly spec: string;
  readonly map?: string;
  readonly engine: EngineChoice;
  readonly json?: string | true;
}

export function addTrace(program: Command, context: CommandContext, loadJudge: LoadJudge): void {
  program
    .command('trace')
    .description("check somebody's recorded trace against somebody's spec")
    .command('check')
    .description('check that every step of an NDJSON or ITF trace is a step of a TLA+ spec')
    .argument('<file>', 'the trace')
    .requiredOption('--spec <file>', 'the root module, a .tla file')
    .option('--map <file>', 'how the trace is to be read (docs/TRACES.md); without it, names are the same')
    .option('--engine <name>', 'embedded, tlc, both, or auto (both where TLC is found)', engineChoice, 'auto')
    .option('--json [file]', 'the result as JSON; without a file, to standard output and nothing else there')
    .action((file: string, flags: TraceFlags) => traceCheck(file, flags, context, loadJudge));
}

async function traceCheck(
  file: string,
  flags: TraceFlags,
  context: CommandContext,
  loadJudge: LoadJudge,
): Promise<void> {
  requireWritable([typeof flags.json === 'string' ? flags.json : undefined]);
  const spec = specAt(flags.spec);
  const mapping = readMapping(
    flags.map === undefined ? '{"format":"fukugen-map/1"}' : readText(flags.map, 'mapping file'),
    flags.map ?? 'no mapping file',
  );
  const trace = readTrace(file);
  const judge = await loadJudge();
  const result = await checkTrace({ trace, mapping, spec }, (input) =>
    judge(input, flags.engine, context.signal),
  );
  context.signal.throwIfAborted();
  const { io } = context;
  if (flags.json === true) io.stdout.write(traceCheckJson(result));
  else {
    if (flags.json !== undefined) writeFileWhole(flags.json, traceCheckJson(result));
    io.stdout.write(renderTraceCheck(result, { color: wantsColor(io.stdout, io.env) }));
  }
  context.setExitCode(exitCodeOf(result.verdict));
}

function specAt(path: string): { folder: string; module: string } {
  if (!path.endsWith('.tla')) {
    throw new UsageError(`${path} is no TLA+ module`, 'Name the root module: a file that ends in .tla.');
  }
  if (kindOf(path) !== 'file')
    throw new UsageError(`there is no file ${path}`, 'Name the root module of the spec.');
  return { folder: dirname(resolve(path)), module: basename(path, '.tla') };
}

/** ITF is one JSON object with `states`; everything else is held to be NDJSON, whose reader says what is wrong. */
function readTrace(file: string): RecordedTrace {
  const text = readText(file, 'trace');
  const isItf = !/\.(ndjson|jsonl)$/.test(file) && !/^\s*\{\s*"format"\s*:/.test(text);
  return isItf ? readItf(text, file) : readNdjson(text, file);
}

function readText(path: string, what: string): string {
  if (kindOf(path) !== 'file') throw new UsageError(`there is no file ${path}`, `Name the ${what}.`);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`cannot read ${path}: ${why}`, `Name a ${what} that you may read.`);
  }
}
