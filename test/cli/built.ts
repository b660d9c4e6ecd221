import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/checker/cli/main.js', import.meta.url));

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts the built command, as a user does. `onStart` is handed its process.
 * @throws Error where it was not built; `npm test` builds it.
 */
export function fukugen(args: readonly string[], onStart?: (child: ChildProcess) => void): Promise<Ended> {
  if (!existsSync(main)) throw new Error(`${main} is not there: npm run build`);
  const env = { ...process.env, NO_COLOR: '1' };
  const child = spawn(process.execPath, [main, ...args], { env });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
  });
  onStart?.(child);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}
