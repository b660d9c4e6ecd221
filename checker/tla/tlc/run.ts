/** Runs TLC as a child process and says what it found. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import type { TlcLocation } from '../api.ts';
import { countsOf, parseTlcOutput, type TlcCounts, type TlcOutput } from './output.ts';

export interface TlcRun {
  readonly tlc: TlcLocation;
  /** Folder that holds the module and all that it names. */
  readonly folder: string;
  readonly module: string;
  /** The .cfg file, relative to the folder or absolute. */
  readonly config: string;
  readonly workers?: number;
  /** Do not look for deadlock, whatever the configuration says. */
  readonly ignoreDeadlock?: boolean;
  /** Go on after a violation. */
  readonly proceed?: boolean;
  /** Write every distinct state into this file (TLC appends .dump). */
  readonly dump?: string;
  readonly signal?: AbortSignal;
}

export type TlcVerdict =
  | 'ok'
  | 'assumption'
  | 'deadlock'
  | 'invariant'
  | 'property'
  | 'assert'
  | 'evaluation'
  | 'parse'
  | 'configuration';

export interface TlcResult extends TlcCounts {
  readonly verdict: TlcVerdict;
  /** What is violated, if TLC names it. */
  readonly name: string | undefined;
  /** TLC's errors, in its own words. */
  readonly errors: readonly string[];
  readonly output: TlcOutput;
  readonly version: string;
  readonly seconds: number;
}

const VERDICTS: ReadonlyMap<number, TlcVerdict> = new Map([
  [0, 'ok'],
  [10, 'assumption'],
  [11, 'deadlock'],
  [12, 'invariant'],
  [13, 'property'],
  [14, 'assert'],
  [75, 'evaluation'],
  [76, 'evaluation'],
  [77, 'evaluation'],
  [255, 'evaluation'],
  [150, 'parse'],
  [151, 'configuration'],
]);

interface Finished {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs Java; the child dies with the signal. */
function runJava(run: TlcRun, args: readonly string[]): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(run.tlc.java, args, {
      cwd: run.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(run.signal === undefined ? {} : { signal: run.signal, killSignal: 'SIGKILL' as const }),
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    const killed = (): void => {
      child.kill('SIGKILL');
    };
    process.once('exit', killed);
    child.on('error', (error) => {
      process.off('exit', killed);
      if (run.signal?.aborted === true) reject(run.signal.reason as Error);
      else
        reject(
          new UsageError(
            `Java could not be started (${run.tlc.java}): ${error.message}`,
            'Check JAVA_HOME and PATH.',
          ),
        );
    });
    child.on('close', (code) => {
      process.off('exit', killed);
      resolve({ code, out: Buffer.concat(out).toString('utf8'), err: Buffer.concat(err).toString('utf8') });
    });
  });
}

/** @throws UsageError where Java or the jar did not get as far as TLC. */
function checkStarted(run: TlcRun, finished: Finished): void {
  if (finished.out.includes('@!@!@STARTMSG')) return;
  const words = `${finished.err}\n${finished.out}`.trim().split('\n').slice(0, 3).join(' / ');
  if (/main class|ClassNotFound|UnsupportedClassVersion|corrupt jar|Invalid or/.test(finished.err)) {
    throw new UsageError(
      `${run.tlc.jar} is not TLC: ${words}`,
      'Set TLA2TOOLS_JAR to tla2tools.jar, or run fukugen tlc install.',
    );
  }
  throw new UsageError(
    `Java failed before TLC began (exit code ${finished.code}): ${words}`,
    `Try: ${run.tlc.java} -version`,
  );
}

/**
 * Runs TLC once.
 * @throws UsageError if Java or the jar is not usable; the signal's reason when aborted.
 */
export async function runTlc(run: TlcRun): Promise<TlcResult> {
  const start = performance.now();
  const scratch = await mkdtemp(join(tmpdir(), 'fukugen-tlc-'));
  try {
    const finished = await runJava(run, [
      '-XX:+UseParallelGC',
      // TLC unpacks its standard modules there under fixed names: two runs at once would take each other's.
      `-Djava.io.tmpdir=${scratch}`,
      '-cp',
      run.tlc.jar,
      'tlc2.TLC',
      '-tool',
      '-workers',
      String(run.workers ?? 1),
      '-metadir',
      scratch,
      ...(run.ignoreDeadlock === true ? ['-deadlock'] : []),
      ...(run.proceed === true ? ['-continue'] : []),
      ...(run.dump === undefined ? [] : ['-dump', run.dump]),
      '-config',
      run.config,
      run.module,
    ]);
    checkStarted(run, finished);
    return resultOf(finished, (performance.now() - start) / 1000);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Codes of TLC's messages that say which kind of violation it was. */
const VIOLATIONS: ReadonlyMap<number, TlcVerdict> = new Map([
  [2104, 'assumption'],
  [2107, 'invariant'],
  [2108, 'property'],
  [2110, 'invariant'],
  [2112, 'property'],
  [2114, 'deadlock'],
  [2116, 'property'],
]);

function resultOf(finished: Finished, seconds: number): TlcResult {
  const output = parseTlcOutput(finished.out);
  const errors = output.messages.filter((message) => message.severity === 1 || message.severity === 2);
  const violation = output.messages.find((message) => VIOLATIONS.has(message.code));
  // -continue exits with 0 in spite of violations: the messages decide.
  const exited = VERDICTS.get(finished.code ?? -1) ?? 'evaluation';
  const verdict =
    exited === 'ok' && violation !== undefined ? (VIOLATIONS.get(violation.code) ?? exited) : exited;
  const version = output.messages.find((message) => message.code === 2262)?.text.trim() ?? 'TLC';
  const name = /(?:Invariant|Action property|property) (\S+) (?:is|was) violated/i.exec(
    violation?.text ?? '',
  )?.[1];
  return {
    verdict,
    name,
    errors: errors.map((message) => message.text),
    output,
    version,
    seconds,
    ...countsOf(output),
  };
}
