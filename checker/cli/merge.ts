import type { Command } from 'commander';
import type { EngineChoice } from '../run-api.ts';
import { tellReport, withProgress } from './check.ts';
import { engineChoice, requireWritable } from './options.ts';
import { type Outputs, requireFolder } from './outputs.ts';
import type { CommandContext, LoadRunner } from './program.ts';

interface MergeFlags extends Outputs {
  readonly engine: EngineChoice;
  readonly quiet?: true;
  readonly progress: boolean;
}

export function addMerge(program: Command, context: CommandContext, loadRunner: LoadRunner): void {
  program
    .command('merge <files...>')
    .description('put the shards of a check together: the report of the check that was not divided')
    .option('--engine <name>', 'embedded, tlc, both, or auto (both where TLC is found)', engineChoice, 'auto')
    .option('--json [file]', 'the report as JSON; without a file, to standard output and nothing else there')
    .option('--junit <file>', 'the report as JUnit XML')
    .option('--sarif <file>', 'the report as SARIF 2.1.0')
    .option('--html <file>', 'the report as one HTML page')
    .option('--itf <folder>', 'the trace of each finding in ITF')
    .option('--github', 'annotations for GitHub Actions')
    .option('--quiet', 'only the verdict, doubts and findings')
    .option('--no-progress', 'do not show what goes on')
    .action((files: string[], flags: MergeFlags) => merge(files, flags, context, loadRunner));
}

async function merge(
  files: readonly string[],
  flags: MergeFlags,
  context: CommandContext,
  loadRunner: LoadRunner,
): Promise<void> {
  const { json, junit, sarif, html, itf, engine } = flags;
  requireWritable([typeof json === 'string' ? json : undefined, junit, sarif, html]);
  requireFolder(itf);
  const runner = await loadRunner();
  const report = await withProgress(context, flags.progress && flags.quiet !== true, (hooks) =>
    runner.merge({ files, engine }, hooks),
  );
  tellReport(report, flags, context);
}
