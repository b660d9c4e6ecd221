import type { Command } from 'commander';
import { exitCodeOfMatrix, mutantsJson, renderMutants } from '../report/mutants.ts';
import { writeFileWhole } from '../report/write-file.ts';
import type { EngineChoice } from '../run-api.ts';
import { withProgress } from './check.ts';
import { wantsColor } from './io.ts';
import { collect, engineChoice, positiveInteger, requireNames, requireWritable } from './options.ts';
import type { CommandContext, LoadRunner } from './program.ts';

interface MutantsFlags {
  readonly scheme?: string;
  readonly workload: readonly string[];
  readonly mutant: readonly string[];
  readonly depth?: number;
  readonly engine: EngineChoice;
  readonly json?: string | true;
  readonly progress: boolean;
}

export function addMutants(program: Command, context: CommandContext, loadRunner: LoadRunner): void {
  program
    .command('mutants')
    .description('put known faults into the kernel, one at a time, and show which promise finds each')
    .option('--scheme <name>', 'recovery scheme to mutate (see: fukugen list)')
    .option('--workload <name>', 'only this workload; may be given several times', collect, [])
    .option('--mutant <name>', 'only this mutant; may be given several times', collect, [])
    .option('--depth <n>', 'crashes nested in one run, at most', positiveInteger)
    .option('--engine <name>', 'embedded, tlc, both, or auto', engineChoice, 'embedded')
    .option('--json [file]', 'the matrix as JSON; without a file, to standard output and nothing else there')
    .option('--no-progress', 'do not show what goes on')
    .action((flags: MutantsFlags) => mutants(flags, context, loadRunner));
}

async function mutants(flags: MutantsFlags, context: CommandContext, loadRunner: LoadRunner): Promise<void> {
  requireWritable([typeof flags.json === 'string' ? flags.json : undefined]);
  const runner = await loadRunner();
  const catalogue = runner.catalogue();
  const scheme = flags.scheme ?? catalogue.defaults.scheme;
  requireNames(catalogue, { scheme, workloads: flags.workload, mutants: flags.mutant });
  const matrix = await withProgress(context, flags.progress, (hooks) =>
    runner.mutantsMatrix(
      {
        scheme,
        workloads: flags.workload,
        mutants: flags.mutant,
        depth: flags.depth ?? catalogue.defaults.depth,
        engine: flags.engine,
      },
      hooks,
    ),
  );
  const { io } = context;
  if (flags.json === true) io.stdout.write(mutantsJson(matrix));
  else {
    if (flags.json !== undefined) writeFileWhole(flags.json, mutantsJson(matrix));
    io.stdout.write(renderMutants(matrix, { color: wantsColor(io.stdout, io.env) }));
  }
  context.setExitCode(exitCodeOfMatrix(matrix));
}
