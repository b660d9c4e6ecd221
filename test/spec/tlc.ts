/** Runs one model under TLC and reads what it says. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Model, Pinned } from './manifest.ts';
import { configPath, sourcesSha256, specFolder } from './manifest.ts';

export interface TlcOutcome {
  readonly exitCode: number;
  /** What was violated, in TLC's words; empty where nothing was. */
  readonly violated: string;
  readonly pinned: Pinned;
  readonly output: string;
}

/** The jar that the user named, or that `fukugen tlc install` fetched; null where there is neither. */
export function findTlc(): string | null {
  const named = process.env.TLA2TOOLS_JAR;
  if (named !== undefined) return named;
  const cached = join(homedir(), '.cache/fukugen/tla2tools-1.7.4.jar');
  return existsSync(cached) ? cached : null;
}

/** Short runs spend their time starting: the first compiler and the plain collector start fastest. */
const JAVA_OPTIONS = ['-Xmx2g', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
/** Models of more states than this run longer than it takes to optimise them. */
const LONG_MODEL_STATES = 15_000;

export async function runTlc(jar: string, model: Model): Promise<TlcOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'fukugen-tlc-'));
  const isLong = (model.pinned?.counts?.distinct ?? 0) > LONG_MODEL_STATES;
  const options = isLong ? JAVA_OPTIONS.slice(0, 2) : JAVA_OPTIONS;
  try {
    const { exitCode, output } = await run('java', [
      ...options,
      `-Djava.io.tmpdir=${folder}`,
      '-cp',
      jar,
      'tlc2.TLC',
      ...['-workers', '1', '-nowarning'],
      ...['-metadir', join(folder, 'states'), '-config', configPath(model)],
      join(specFolder, `${model.module}.tla`),
    ]);
    return read(model, exitCode, output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[]): Promise<{ exitCode: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ exitCode: code ?? -1, output }));
  });
}

function read(model: Model, exitCode: number, output: string): TlcOutcome {
  const number = (pattern: RegExp): number | null => {
    const found = pattern.exec(output);
    return found === null ? null : Number(found[1]);
  };
  const violated = /^Error: ((?:Invariant|Action property|Temporal properties|Property|Deadlock).*)$/m.exec(
    output,
  );
  const generated = number(/^(\d+) states generated,/m);
  const distinct = number(/^\d+ states generated, (\d+) distinct states found,/m);
  const depth = number(/^The depth of the complete state graph search is (\d+)\./m);
  const isLiveness = model.expected.verdict === 'violated' && model.expected.kind === 'liveness';
  const counts =
    generated === null || distinct === null || depth === null || isLiveness
      ? {}
      : { counts: { generated, distinct, depth } };
  // The actions of the models are named as those of the spec, with a prefix.
  const trace = [...output.matchAll(/^State \d+: <(?:MC|Live|Reach|Mutant)?(\w+) line/gm)].map(
    ([, name]) => name ?? '',
  );
  const engine = /^TLC2 Version .*$/m.exec(output)?.[0] ?? 'TLC2 Version unknown';
  return {
    exitCode,
    violated: violated?.[1] ?? '',
    pinned: {
      engine,
      sourcesSha256: sourcesSha256(model),
      ...counts,
      ...(trace.length > 0 && !isLiveness ? { trace } : {}),
    },
    output,
  };
}
