import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../errors.ts';

let writesCount = 0;

/**
 * Writes a whole file or none: into a temporary file in the same folder, which then takes the name. A reader
 * sees the old content or the new, never half of it. It is done in one go, so Ctrl-C, which is handled between
 * two turns of the event loop, comes before or after it.
 * @throws UsageError when the place cannot be written to; nothing is left behind.
 */
export function writeFileWhole(path: string, text: string): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}-${writesCount++}.tmp`);
  try {
    const file = openSync(temporary, 'wx');
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    const why = error instanceof Error ? error.message.replaceAll(temporary, path) : String(error);
    throw new UsageError(
      `cannot write ${path}: ${why}`,
      'Name a file in a folder that is there and that you may write to.',
    );
  }
}
