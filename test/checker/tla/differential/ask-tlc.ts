/** TLC's answers to many questions in one JVM. Needs a JDK: Answers.java is run from source. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TlcLocation } from '../../../../checker/tla/engine.ts';

const program = fileURLToPath(new URL('Answers.java', import.meta.url));

async function ask(
  tlc: TlcLocation,
  how: 'accept' | 'values',
  modules: Readonly<Record<string, string>>,
): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'fukugen-ask-'));
  try {
    for (const [name, text] of Object.entries(modules)) {
      writeFileSync(join(folder, `${name}.tla`), text);
      writeFileSync(join(folder, `${name}.cfg`), '');
    }
    writeFileSync(join(folder, 'modules'), Object.keys(modules).join('\n'));
    const args = ['-cp', tlc.jar, program, how, folder, join(folder, 'modules')];
    const { stdout } = await promisify(execFile)(tlc.java, args, { maxBuffer: 1 << 28 });
    return stdout.split('\n').filter((line) => line !== '');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** For each module, by name: whether SANY accepts it. */
export async function acceptedByTlc(
  tlc: TlcLocation,
  modules: Readonly<Record<string, string>>,
): Promise<Record<string, boolean>> {
  const lines = await ask(tlc, 'accept', modules);
  return Object.fromEntries(lines.map((line) => [line.split(' ')[0], line.endsWith(' yes')]));
}

/** The values of E1, E2, … of one module; undefined where TLC reports an error. */
export async function valuesByTlc(
  tlc: TlcLocation,
  name: string,
  text: string,
): Promise<(string | undefined)[]> {
  const lines = await ask(tlc, 'values', { [name]: text });
  return lines.map((line) => {
    const value = line.split(' ').slice(2).join(' ');
    // A function that TLC has kept as its definition is printed so only where it cannot be evaluated.
    return value === '!' || value.includes('<expression line') ? undefined : value;
  });
}
