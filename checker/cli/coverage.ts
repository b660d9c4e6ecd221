import { type Command, InvalidArgumentError } from 'commander';
import type { CoverageOptions } from '../coverage/coverage.ts';
import { exitCodeOf } from '../gate/exit-codes.ts';
import { coverageJson, renderCoverage } from '../report/coverage.ts';
import type { CoverageReport } from '../report/coverage-model.ts';
import { writeFileWhole } from '../report/write-file.ts';
import type { RunHooks } from '../run-api.ts';
import { withProgress } from './check.ts';
import { wantsColor } from './io.ts';
import { collect, positiveInteger, requireNames, requireWritable } from './options.ts';
import type { CommandContext, LoadRunner } from './program.ts';

/** Drives the behaviours, in as many threads as there are cores. */
export type Cover = (options: CoverageOptions, hooks: RunHooks) => Promise<CoverageReport>;
export type LoadCover = () => Promise<Cover>;

interface CoverageFlags {
  readonly scheme?: string;
  readonly mutant?: string;
  readonly steps: number;
  readonly crashes: number;
  readonly call: readonly string[];
  readonly cause: readonly string[];
  readonly json?: string | true;
  readonly progress: boolean;
}

/** Of spec/models/coverage.cfg. */
const CALLS = ['exit', 'read', 'write', 'close', 'send', 'take', 'yield', 'other'];
const CAUSES = ['call', 'tick', 'serial', 'fault'];

function callName(name: string, before: readonly string[]): string[] {
  if (!CALLS.includes(name)) throw new InvalidArgumentError(`The calls are ${CALLS.join(', ')}.`);
  return collect(name, before);
}

function causeName(name: string, before: readonly string[]): string[] {
  if (!CAUSES.includes(name)) throw new InvalidArgumentError(`The causes are ${CAUSES.join(', ')}.`);
  return collect(name, before);
}

const DEFAULTS = { steps: 11, crashes: 2 } as const;

export function addCoverage(
  program: Command,
  context: CommandContext,
  loadRunner: LoadRunner,
  loadCover: LoadCover,
): void {
  program
    .command('coverage')
    .description("drive the spec's behaviours on the kernel, and say what it has shown of them")
    .option('--scheme <name>', 'recovery scheme to drive (see: fukugen list)')
    .option('--mutant <name>', 'put this fault into the kernel first')
    .option('--steps <n>', 'steps of a behaviour, at most', positiveInteger, DEFAULTS.steps)
    .option('--crashes <n>', 'power failures in a behaviour, at most', positiveInteger, DEFAULTS.crashes)
    .option('--call <name>', 'only this system call is made; may be given several times', callName, [])
    .option(
      '--cause <name>',
      'the kernel is entered for this only; may be given several times',
      causeName,
      [],
    )
    .option('--json [file]', 'the result as JSON; without a file, to standard output and nothing else there')
    .option('--no-progress', 'do not show what goes on')
    .action((flags: CoverageFlags) => coverage(flags, context, loadRunner, loadCover));
}

async function coverage(
  flags: CoverageFlags,
  context: CommandContext,
  loadRunner: LoadRunner,
  loadCover: LoadCover,
): Promise<void> {
  requireWritable([typeof flags.json === 'string' ? flags.json : undefined]);
  const catalogue = (await loadRunner()).catalogue();
  const scheme = flags.scheme ?? catalogue.defaults.scheme;
  const { mutant } = flags;
  requireNames(catalogue, { scheme, workloads: [], mutants: mutant === undefined ? [] : [mutant] });
  const cover = await loadCover();
  const report = await withProgress(context, flags.progress, (hooks) =>
    cover(
      {
        scheme,
        ...(mutant === undefined ? {} : { mutant }),
        stepsMax: flags.steps,
        crashesMax: flags.crashes,
        calls: flags.call,
        causes: flags.cause,
      },
      hooks,
    ),
  );
  const { io } = context;
  if (flags.json === true) io.stdout.write(coverageJson(report));
  else {
    if (flags.json !== undefined) writeFileWhole(flags.json, coverageJson(report));
    io.stdout.write(renderCoverage(report, { color: wantsColor(io.stdout, io.env) }));
  }
  context.setExitCode(exitCodeOf(report.verdict));
}
