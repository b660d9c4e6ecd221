import type { Command } from 'commander';
import { exitCodeOf } from '../gate/exit-codes.ts';
import { renderReplay, replayJson } from '../report/replay.ts';
import { writeFileWhole } from '../report/write-file.ts';
import { withProgress } from './check.ts';
import { wantsColor } from './io.ts';
import { requireWritable } from './options.ts';
import type { CommandContext, LoadRunner } from './program.ts';

interface ReplayFlags {
  readonly json?: string | true;
  readonly progress: boolean;
}

export function addReplay(program: Command, context: CommandContext, loadRunner: LoadRunner): void {
  program
    .command('replay')
    .description('run again what a finding reports: the same programs, crashed at the same points')
    .argument('<line>', 'the replay line of the finding')
    .option('--json [file]', 'the result as JSON; without a file, to standard output and nothing else there')
    .option('--no-progress', 'do not show what goes on')
    .action((line: string, flags: ReplayFlags) => replay(line, flags, context, loadRunner));
}

async function replay(
  line: string,
  flags: ReplayFlags,
  context: CommandContext,
  loadRunner: LoadRunner,
): Promise<void> {
  requireWritable([typeof flags.json === 'string' ? flags.json : undefined]);
  const runner = await loadRunner();
  const result = await withProgress(context, flags.progress, (hooks) => runner.replay(line, hooks));
  const { io } = context;
  if (flags.json === true) io.stdout.write(replayJson(result));
  else {
    if (flags.json !== undefined) writeFileWhole(flags.json, replayJson(result));
    io.stdout.write(renderReplay(result, { color: wantsColor(io.stdout, io.env) }));
  }
  context.setExitCode(exitCodeOf(result.verdict));
}
