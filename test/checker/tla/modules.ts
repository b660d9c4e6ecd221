/** Modules written into a folder of their own, for one test. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder with the modules, each by its name; gone after the test. */
export function folderWith(modules: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'fukugen-tla-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, body] of Object.entries(modules)) {
    writeFileSync(join(folder, `${name}.tla`), `---- MODULE ${name} ----\n${body}\n====\n`);
  }
  return folder;
}
