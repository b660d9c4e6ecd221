import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { invariant } from '../../emulator/invariant.ts';

const packageSchema = z.looseObject({ name: z.literal('fukugen'), version: z.string() });

/** The version of this package, from the nearest package.json above: the same in the sources and in dist. */
export function packageVersion(): string {
  return packageSchema.parse(JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'))).version;
}

/** The folder that holds package.json. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    invariant(dirname(folder) !== folder, 'the package has lost its package.json');
    folder = dirname(folder);
  }
  return folder;
}
