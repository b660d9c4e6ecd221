import { availableParallelism, tmpdir, totalmem } from 'node:os';
import type { Command } from 'commander';
import { invariant } from '../../emulator/invariant.ts';
import {
  type AtomicBytes,
  type Persistency,
  type PersistencyModel,
  STRICT,
} from '../../emulator/persistency/model.ts';
import { exitCodeOf } from '../gate/exit-codes.ts';
import { verdictOf } from '../gate/verdict.ts';
import { totalOf } from '../report/describe.ts';
import type { CheckReport } from '../report/model.ts';
import { renderTerminal } from '../report/terminal.ts';
import type { CheckOptions, EngineChoice, RunHooks, Runner } from '../run-api.ts';
import { wantsColor } from './io.ts';
import {
  atomicBytes,
  collect,
  depthOrFixpoint,
  engineChoice,
  persistencyModel,
  positiveInteger,
  requireNames,
  requireOpenFolder,
  requireWritable,
  shardChoice,
} from './options.ts';
import { type Outputs, requireFolder, writeReports } from './outputs.ts';
import type { CommandContext, LoadRunner } from './program.ts';
import { progressView, silentProgress } from './progress.ts';

interface CheckFlags {
  readonly scheme?: string;
  readonly workload: readonly string[];
  readonly mutant?: string;
  readonly depth?: number;
  readonly engine: EngineChoice;
  /** True where the option stands without a file: JSON goes to standard output. */
  readonly json?: string | true;
  readonly junit?: string;
  readonly sarif?: string;
  readonly html?: string;
  readonly itf?: string;
  readonly github?: true;
  readonly quiet?: true;
  readonly progress: boolean;
  readonly reduction: boolean;
  readonly verifyHash?: true;
  readonly threads?: number;
  /** In MiB. */
  readonly memory?: number;
  readonly spill?: string;
  readonly resume?: string;
  readonly shard?: { readonly index: number; readonly count: number };
  readonly persistency: PersistencyModel;
  readonly atomic: AtomicBytes;
}

export function addCheck(program: Command, context: CommandContext, loadRunner: LoadRunner): void {
  program
    .command('check')
    .description('crash the kernel at every store, reboot it, and check every trace against the spec')
    .option('--scheme <name>', 'recovery scheme to check (see: fukugen list)')
    .option('--workload <name>', 'only this workload; may be given several times', collect, [])
    .option('--mutant <name>', 'put this fault into the kernel first')
    .option(
      '--depth <n>',
      'crashes nested in one run, at most; fixpoint: until nothing is new',
      depthOrFixpoint,
    )
    .option(
      '--persistency <model>',
      'what a failure leaves of stores: sc, or px86 (they wait in cache lines)',
      persistencyModel,
      'sc',
    )
    .option('--atomic <bytes>', 'what never tears: an aligned word (4) or single bytes (1)', atomicBytes, 4)
    .option('--verify-hash', 'compare contents wherever two hashes are equal')
    .option('--engine <name>', 'embedded, tlc, both, or auto (both where TLC is found)', engineChoice, 'auto')
    .option('--json [file]', 'the report as JSON; without a file, to standard output and nothing else there')
    .option('--junit <file>', 'the report as JUnit XML')
    .option('--sarif <file>', 'the report as SARIF 2.1.0')
    .option('--html <file>', 'the report as one HTML page')
    .option('--itf <folder>', 'the trace of each finding in ITF')
    .option('--github', 'annotations for GitHub Actions')
    .option('--quiet', 'only the verdict, doubts and findings')
    .option('--no-progress', 'do not show what goes on')
    .option('--threads <n>', 'threads that explore at the same time', positiveInteger)
    .option(
      '--memory <MiB>',
      'what was explored that may lie in memory (default: a quarter of the machine)',
      positiveInteger,
    )
    .option('--spill <folder>', 'where the rest goes while it is needed (default: for temporary files)')
    .option('--resume <file>', 'keep what is explored in this file, and go on from what it holds')
    .option(
      '--shard <i/n>',
      'explore only the i-th of n shares, to be put together by: fukugen merge',
      shardChoice,
    )
    .option('--no-reduction', 'run every crash point, proven equal to another or not')
    .action((flags: CheckFlags) => check(flags, context, loadRunner));
}

async function check(flags: CheckFlags, context: CommandContext, loadRunner: LoadRunner): Promise<void> {
  requireWritable([
    typeof flags.json === 'string' ? flags.json : undefined,
    flags.junit,
    flags.sarif,
    flags.html,
  ]);
  requireFolder(flags.itf);
  requireOpenFolder(flags.spill);
  const runner = await loadRunner();
  const { defaults } = await namesChecked(runner, flags);
  const report = await withProgress(context, flags.progress && flags.quiet !== true, (hooks) =>
    runner.check(
      {
        scheme: flags.scheme ?? defaults.scheme,
        workloads: flags.workload,
        ...(flags.mutant === undefined ? {} : { mutant: flags.mutant }),
        depth: flags.depth ?? defaults.depth,
        engine: flags.engine,
        verifyHash: flags.verifyHash === true,
        ...persistencyOf(flags),
        reduction: flags.reduction,
        threads: flags.threads ?? defaultThreads(flags.depth ?? defaults.depth),
        spill: spillOf(flags),
        ...(flags.resume === undefined ? {} : { resume: flags.resume }),
        ...(flags.shard === undefined ? {} : { shard: flags.shard }),
      },
      hooks,
    ),
  );
  if (flags.shard !== undefined && report.verdict !== 'violated') {
    const { index, count } = flags.shard;
    context.io.stdout.write(
      `shard ${index} of ${count}: ${totalOf(report).found} crash points explored, no violation among them; ` +
        `no verdict before all shards are put together by: fukugen merge\n`,
    );
    return;
  }
  tellReport(report, flags, context);
}

/** Writes the reports that are asked for, prints one, and sets the exit code. */
export function tellReport(
  report: CheckReport,
  outputs: Outputs & { readonly quiet?: true },
  context: CommandContext,
): void {
  const supported = verdictOf(report.workloads);
  invariant(report.verdict === supported, `the report says ${report.verdict}, its data ${supported}`);
  writeReports(report, outputs, context.io);
  if (outputs.json !== true) {
    const color = wantsColor(context.io.stdout, context.io.env);
    context.io.stdout.write(renderTerminal(report, { color, quiet: outputs.quiet === true }));
  }
  context.setExitCode(exitCodeOf(report.verdict));
}

/** A quarter of the machine's memory, unless something else is asked for. */
function spillOf({ memory, spill }: CheckFlags): NonNullable<CheckOptions['spill']> {
  const limitBytes = memory === undefined ? Math.floor(totalmem() / 4) : memory * 2 ** 20;
  return { limitBytes, folder: spill ?? tmpdir() };
}

/**
 * Every core; but one where crashes may go on for ever, since what follows from one crash point is then nearly
 * all there is, and every thread would explore it; and one of two, where the threads' start and what they explore
 * twice cost as much as they save.
 */
function defaultThreads(depth: number): number {
  const coresCount = availableParallelism();
  return depth === Number.POSITIVE_INFINITY || coresCount <= 2 ? 1 : coresCount;
}

/** Nothing where every store is durable at once, as everywhere else that says nothing of it. */
function persistencyOf({ persistency, atomic }: CheckFlags): { persistency?: Persistency } {
  if (persistency === STRICT.model && atomic === STRICT.atomicBytes) return {};
  return { persistency: { model: persistency, atomicBytes: atomic } };
}

async function namesChecked(runner: Runner, flags: CheckFlags): Promise<ReturnType<Runner['catalogue']>> {
  const catalogue = runner.catalogue();
  requireNames(catalogue, {
    scheme: flags.scheme ?? catalogue.defaults.scheme,
    workloads: flags.workload,
    mutants: flags.mutant === undefined ? [] : [flags.mutant],
  });
  return catalogue;
}

/** Runs something long with its progress on standard error, which is clean again afterwards. */
export async function withProgress<T>(
  context: CommandContext,
  isShown: boolean,
  work: (hooks: RunHooks) => Promise<T>,
): Promise<T> {
  const view = isShown ? progressView(context.io.stderr) : silentProgress;
  try {
    const result = await work({
      onProgress: (progress) => view.update(progress),
      signal: context.signal,
    });
    context.signal.throwIfAborted();
    return result;
  } finally {
    view.stop();
  }
}
