/** Finding and installing TLC, the reference model checker: a jar of the official release, run by Java. */
import { createHash, randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { UsageError } from '../../errors.ts';
import type { TlcAbsent, TlcLocation } from '../api.ts';

export const TLC_VERSION = '1.7.4';
export const TLC_SHA256 = '936a262061c914694dfd669a543be24573c45d5aa0ff20a8b96b23d01e050e88';
export const TLC_URL = `https://github.com/tlaplus/tlaplus/releases/download/v${TLC_VERSION}/tla2tools.jar`;

type Environment = Readonly<Record<string, string | undefined>>;

/** Where `installTlc` puts the jar: below XDG_CACHE_HOME, or ~/.cache. */
export function cachedJar(env: Environment): string {
  const cache = env.XDG_CACHE_HOME ?? join(env.HOME ?? homedir(), '.cache');
  return join(cache, 'fukugen', `tla2tools-${TLC_VERSION}.jar`);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function findJava(env: Environment): string | undefined {
  const name = process.platform === 'win32' ? 'java.exe' : 'java';
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  if (env.JAVA_HOME !== undefined && env.JAVA_HOME !== '') folders.unshift(join(env.JAVA_HOME, 'bin'));
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/**
 * Looks for TLC: the jar in TLA2TOOLS_JAR, or the one that `fukugen tlc install` put into the cache; Java in
 * JAVA_HOME or PATH.
 * @throws UsageError if TLA2TOOLS_JAR names something that is no jar: that is a mistake, not an absence.
 */
export function findTlc(env: Environment = process.env): TlcLocation | TlcAbsent {
  const named = env.TLA2TOOLS_JAR;
  const jar = named !== undefined && named !== '' ? named : cachedJar(env);
  if (!existsSync(jar)) {
    if (jar === named) {
      throw new UsageError(`TLA2TOOLS_JAR names ${jar}, which does not exist`, 'Correct it, or unset it.');
    }
    return { kind: 'absent', why: 'TLC is not installed (fukugen tlc install)' };
  }
  checkJar(jar);
  const java = findJava(env);
  if (java === undefined) {
    return { kind: 'absent', why: 'there is no Java (install a Java 11 or later, or set JAVA_HOME)' };
  }
  return { kind: 'found', jar, java };
}

/** A jar is a zip archive. @throws UsageError for anything else. */
function checkJar(jar: string): void {
  const hint = 'Name tla2tools.jar of the official release, or run fukugen tlc install.';
  if (!statSync(jar).isFile()) throw new UsageError(`${jar} is no file`, hint);
  const start = readFileSync(jar).subarray(0, 4);
  if (start.toString('latin1') !== 'PK\u0003\u0004') throw new UsageError(`${jar} is no jar`, hint);
}

export interface InstallOptions {
  readonly env?: Environment;
  /** A jar that is already here, instead of a download. */
  readonly from?: string;
  /** Fetches an address; the default is the global fetch. */
  readonly fetchFile?: (url: string) => Promise<Uint8Array>;
}

async function download(url: string): Promise<Uint8Array> {
  const response = await fetch(url, { redirect: 'follow' });
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

function readJar(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`, 'Name a file that is there.');
  }
}

/**
 * Puts the pinned release into the cache, from the official release or a local file. What has another checksum is
 * never kept; the cache never holds half a file.
 * @returns the jar, and whether it was there already.
 * @throws UsageError without network, or for another file than the pinned one.
 */
export async function installTlc(options: InstallOptions = {}): Promise<{ jar: string; already: boolean }> {
  const jar = cachedJar(options.env ?? process.env);
  if (existsSync(jar) && sha256(readFileSync(jar)) === TLC_SHA256) return { jar, already: true };
  let data: Uint8Array;
  if (options.from !== undefined) data = readJar(options.from);
  else {
    try {
      data = await (options.fetchFile ?? download)(TLC_URL);
    } catch (error) {
      throw new UsageError(
        `TLC could not be downloaded from ${TLC_URL}: ${reason(error)}`,
        'Download it on a machine with network and run: fukugen tlc install --from FILE',
      );
    }
  }
  const found = sha256(data);
  if (found !== TLC_SHA256) {
    throw new UsageError(
      `${options.from ?? TLC_URL} is not TLC ${TLC_VERSION}: its SHA-256 is ${found}, not ${TLC_SHA256}`,
      `Get tla2tools.jar of release v${TLC_VERSION}.`,
    );
  }
  await mkdir(join(jar, '..'), { recursive: true });
  const partial = `${jar}.${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(partial, data);
    await rename(partial, jar);
  } finally {
    await rm(partial, { force: true });
  }
  return { jar, already: false };
}

function sha256(data: Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
