import { Command, CommanderError } from 'commander';
import type { EmulateOptions } from '../../emulator/platform/emulate.ts';
import { UsageError } from '../errors.ts';
import type { EngineChoice, Runner } from '../run-api.ts';
import type { GraphInput } from '../tla/api.ts';
import type { JudgeGraph } from '../trace-check/check-trace.ts';
import { addCheck } from './check.ts';
import { addCoverage, type LoadCover } from './coverage.ts';
import { addEmulate } from './emulate.ts';
import { exitCodeOfSignal, Interrupted, reportError } from './errors-to-exit.ts';
import type { Io } from './io.ts';
import { addList } from './list.ts';
import { addMerge } from './merge.ts';
import { addMutants } from './mutants.ts';
import { addReplay } from './replay.ts';
import { hintOf } from './suggest.ts';
import { addTlc, type LoadTlc } from './tlc.ts';
import { addTrace } from './trace.ts';
import { packageVersion } from './version.ts';

/** What a command is given beside its own options. */
export interface CommandContext {
  readonly io: Io;
  /** Aborted with an `Interrupted` when the user ends the command. */
  readonly signal: AbortSignal;
  /** The command's verdict as an exit code; 0 where it sets none. */
  setExitCode(code: number): void;
}

export type Judge = (input: GraphInput, engine: EngineChoice, signal: AbortSignal) => ReturnType<JudgeGraph>;
export type LoadJudge = () => Promise<Judge>;
export type LoadEmulate = () => Promise<(options: EmulateOptions) => Promise<number>>;
export type LoadRunner = () => Promise<Runner>;

/** The parts that commands need, loaded when a command is used. A command without its part does not exist. */
export interface Parts {
  readonly runner?: LoadRunner;
  readonly judge?: LoadJudge;
  readonly cover?: LoadCover;
  readonly emulate?: LoadEmulate;
  readonly tlc?: LoadTlc;
}

/**
 * Runs one command line (without node and script) and gives its exit code (DESIGN §9). Every error ends here.
 */
export async function runCli(args: readonly string[], io: Io, parts: Parts): Promise<number> {
  const controller = new AbortController();
  let endedBy: Interrupted | null = null;
  const stopListening = io.onEndSignal((signal) => {
    if (endedBy !== null) io.exitNow(exitCodeOfSignal(signal));
    endedBy = new Interrupted(signal);
    controller.abort(endedBy);
  });
  let exitCode = 0;
  const context: CommandContext = {
    io,
    signal: controller.signal,
    setExitCode: (code) => {
      exitCode = code;
    },
  };
  try {
    await programOf(context, parts).parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    // Whatever a run throws once it was told to end, it throws because of that.
    return reportError(endedBy ?? error, io, args);
  } finally {
    stopListening();
  }
}

function programOf(context: CommandContext, parts: Parts): Command {
  const program = new Command('fukugen')
    .description(
      'Checks that a kernel in non-volatile memory comes back consistent from a power failure at every point where one can happen.',
    )
    .version(packageVersion(), '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nExit codes: 0 consistent, 1 violated, 2 bad usage or configuration, 3 undecided, 4 internal fault.',
    );
  if (parts.runner !== undefined) {
    addCheck(program, context, parts.runner);
    addReplay(program, context, parts.runner);
    addMerge(program, context, parts.runner);
    addMutants(program, context, parts.runner);
    if (parts.cover !== undefined) addCoverage(program, context, parts.runner, parts.cover);
    addList(program, context, parts.runner);
  }
  if (parts.judge !== undefined) addTrace(program, context, parts.judge);
  if (parts.tlc !== undefined) addTlc(program, context, parts.tlc);
  if (parts.emulate !== undefined) addEmulate(program, context, parts.emulate);
  addHelp(program);
  for (const command of allCommands(program)) refuseClearly(command, context.io);
  for (const group of allCommands(program)) {
    if (group.commands.length === 0) continue;
    group.allowExcessArguments().action((_options, command: Command) => {
      throw noSuchCommand(group, command.args[0]);
    });
  }
  return program;
}

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

function addHelp(program: Command): void {
  program
    .command('help')
    .description('show help for a command')
    .argument('[command]')
    .action((name: string | undefined) => {
      const command = program.commands.find((each) => each.name() === name);
      if (name !== undefined && command === undefined) throw noSuchCommand(program, name);
      (command ?? program).outputHelp();
    });
}

function noSuchCommand(group: Command, word: string | undefined): UsageError {
  const names = group.commands.map((each) => each.name());
  const what = word === undefined ? 'no command was given' : `there is no command '${word}'`;
  return new UsageError(
    what,
    hintOf(word ?? '', names, group.parent === null ? 'commands' : `commands of ${group.name()}`),
  );
}

/** Makes a command throw instead of ending the process, and name what there is when an option is unknown. */
function refuseClearly(command: Command, io: Io): void {
  command.exitOverride((error) => {
    if (error.code !== 'commander.unknownOption') throw error;
    const word = /'([^']*)'/.exec(error.message)?.[1] ?? '';
    const options = command.options.map((option) => option.long ?? option.short ?? '');
    const title = command.parent === null ? 'options' : `options of ${command.name()}`;
    throw new UsageError(`there is no option '${word}'`, hintOf(word, [...options, '--help'], title));
  });
  command.configureOutput({
    writeOut: (text) => io.stdout.write(text),
    // The error is thrown too, and told by whoever catches it.
    writeErr: () => {},
    getOutHelpWidth: () => io.stdout.columns ?? 80,
    getOutHasColors: () => false,
  });
}
