import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { TlcAbsent, TlcLocation } from '../tla/api.ts';
import type { CommandContext } from './program.ts';

/** What the command line needs of TLC's installer; checker/tla/engine.ts has it. */
export interface TlcTools {
  findTlc(env: Readonly<Record<string, string | undefined>>): TlcLocation | TlcAbsent;
  installTlc(options: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly from?: string;
    readonly fetchFile: (url: string) => Promise<Uint8Array>;
  }): Promise<{ readonly jar: string; readonly already: boolean }>;
}

export type LoadTlc = () => Promise<TlcTools>;

export function addTlc(program: Command, context: CommandContext, loadTlc: LoadTlc): void {
  const tlc = program
    .command('tlc')
    .description('the reference model checker: install it, or say where it is');
  tlc
    .command('install')
    .description('fetch the official release of TLC into the cache and verify its checksum')
    .option('--from <file>', 'take this jar instead of fetching one')
    .action((flags: { from?: string }) => install(flags, context, loadTlc));
  tlc
    .command('where')
    .description('say which jar and which Java are used')
    .action(() => where(context, loadTlc));
}

async function install(
  flags: { readonly from?: string },
  { io, signal }: CommandContext,
  loadTlc: LoadTlc,
): Promise<void> {
  const { findTlc, installTlc } = await loadTlc();
  const { jar, already } = await installTlc({
    env: io.env,
    ...(flags.from === undefined ? {} : { from: flags.from }),
    fetchFile: async (url) => {
      io.stderr.write(`fetching ${url}\n`);
      const response = await fetch(url, { signal });
      if (!response.ok) throw new Error(`the server answered ${response.status}`);
      return new Uint8Array(await response.arrayBuffer());
    },
  });
  io.stdout.write(already ? `TLC is there already: ${jar}\n` : `TLC is installed: ${jar}\n`);
  const found = findTlc(io.env);
  // The jar alone checks nothing; better told now than when a check wants it.
  if (found.kind === 'absent') io.stderr.write(`fukugen: it cannot run yet: ${found.why}\n`);
  else if (found.jar !== jar)
    io.stderr.write(`fukugen: TLA2TOOLS_JAR names another jar, which is used: ${found.jar}\n`);
}

async function where({ io }: CommandContext, loadTlc: LoadTlc): Promise<void> {
  const found = (await loadTlc()).findTlc(io.env);
  if (found.kind === 'absent') {
    throw new UsageError(`no TLC: ${found.why}`, 'It is not needed: the embedded engine checks without it.');
  }
  io.stdout.write(`jar   ${found.jar}\njava  ${found.java}\n`);
}
