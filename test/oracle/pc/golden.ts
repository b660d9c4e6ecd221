import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Rival } from './emulators.ts';
import type { TestRom } from './rom-kit.ts';

/** What Bochs and QEMU print, kept for machines without them. `npm run golden:pc` writes it. */

const FOLDER = join(process.cwd(), 'test/golden/pc');

export interface Golden {
  readonly version: string;
  readonly romSha256: string;
  readonly lines: readonly string[];
}

const pathOf = (rom: string, rival: Rival): string => join(FOLDER, `${rom}.${rival}.txt`);

export const sha256 = (rom: TestRom): string => createHash('sha256').update(rom.bytes).digest('hex');

export function readGolden(rom: string, rival: Rival): Golden {
  const [version = '', romSha256 = '', ...lines] = readFileSync(pathOf(rom, rival), 'utf8')
    .trimEnd()
    .split('\n');
  return { version, romSha256, lines };
}

export function writeGolden(rom: TestRom, rival: Rival, version: string, lines: readonly string[]): void {
  writeFileSync(pathOf(rom.name, rival), `${[version, sha256(rom), ...lines].join('\n')}\n`);
}
