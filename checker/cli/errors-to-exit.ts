import { CommanderError } from 'commander';
import { UsageError } from '../errors.ts';
import { ExitCode } from '../gate/exit-codes.ts';
import { paintOf } from '../report/terminal.ts';
import { type EndSignal, type Io, wantsColor } from './io.ts';

/** The user has ended the command. The reason of the signal that is handed to a run. */
export class Interrupted extends Error {
  override name = 'Interrupted';
  readonly signal: EndSignal;
  constructor(signal: EndSignal) {
    super(`ended by ${signal}`);
    this.signal = signal;
  }
}

export function exitCodeOfSignal(signal: EndSignal): number {
  return signal === 'SIGINT' ? ExitCode.interrupted : 128 + 15;
}

/** Says what went wrong, once and in one place, and gives the exit code for it (DESIGN §9, §10.5). */
export function reportError(error: unknown, io: Io, commandLine: readonly string[]): number {
  const paint = paintOf(wantsColor(io.stderr, io.env));
  const say = (message: string, hint: string): void => {
    io.stderr.write(`${paint.red.bold('fukugen:')} ${message}\n${hint === '' ? '' : `  ${hint}\n`}`);
  };
  if (error instanceof Interrupted) {
    say('interrupted; no result', '');
    return exitCodeOfSignal(error.signal);
  }
  if (error instanceof UsageError) {
    say(error.message, error.hint);
    return ExitCode.usage;
  }
  if (error instanceof CommanderError) {
    say(error.message.replace(/^error: /, ''), "'fukugen --help' shows what there is.");
    return ExitCode.usage;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  say(
    'internal fault: this is a bug in fukugen, and says nothing about what was checked',
    `Please report it with these lines and the command: fukugen ${commandLine.join(' ')}`,
  );
  io.stderr.write(`${stack}\n`);
  return ExitCode.internalFault;
}
