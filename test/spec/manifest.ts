/** `spec/models.json`: which models there are, what each must show, and what TLC counted when it last did. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

export const specFolder = join(dirname(fileURLToPath(import.meta.url)), '../../spec');
const manifestPath = join(specFolder, 'models.json');

/** What TLC counted. A violation's counts are those at which it stopped. */
const countsSchema = z.strictObject({
  generated: z.int().positive(),
  distinct: z.int().positive(),
  /** States on the longest shortest path. */
  depth: z.int().positive(),
});

const pinnedSchema = z.strictObject({
  engine: z.string().startsWith('TLC'),
  /** Hash of the configuration and of every module it needs, comments apart. */
  sourcesSha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Absent for a violated liveness property: when TLC looks for one depends on the clock. */
  counts: countsSchema.optional(),
  /** The names of the counterexample's actions, in order; absent where nothing is violated. */
  trace: z.array(z.string()).optional(),
});

const expectedSchema = z.discriminatedUnion('verdict', [
  z.strictObject({ verdict: z.literal('holds') }),
  z.strictObject({
    verdict: z.literal('violated'),
    kind: z.enum(['invariant', 'step property', 'refinement', 'liveness']),
    /** The name in the configuration. */
    name: z.string(),
  }),
]);

const modelSchema = z.strictObject({
  /** The configuration is `models/<name>.cfg`. */
  name: z.string(),
  module: z.string(),
  role: z.enum(['check', 'torn commit', 'liveness', 'reachability', 'mutant']),
  /** For a mutant: its name. */
  mutant: z.string().optional(),
  expected: expectedSchema,
  pinned: pinnedSchema.optional(),
});

const manifestSchema = z.strictObject({
  format: z.literal('fukugen-models/1'),
  models: z.array(modelSchema),
});

export type Expected = z.infer<typeof expectedSchema>;
export type Model = z.infer<typeof modelSchema>;
export type Pinned = z.infer<typeof pinnedSchema>;
export type Manifest = z.infer<typeof manifestSchema>;

export function readManifest(): Manifest {
  return manifestSchema.parse(JSON.parse(readFileSync(manifestPath, 'utf8')));
}

/** Stores what TLC has just said of some models; the others keep what they have. */
export function pin(results: ReadonlyMap<string, Pinned>): void {
  const manifest = readManifest();
  const models = manifest.models.map((model) => {
    const pinned = results.get(model.name);
    return pinned === undefined ? model : { ...model, pinned };
  });
  writeFileSync(manifestPath, `${JSON.stringify({ ...manifest, models }, null, 2)}\n`);
}

export function configPath(model: Model): string {
  return join(specFolder, 'models', `${model.name}.cfg`);
}

/** The modules of this folder that a module needs, itself included. */
function modulesOf(module: string, found = new Set<string>()): Set<string> {
  const path = join(specFolder, `${module}.tla`);
  if (found.has(module) || !existsSync(path)) return found;
  found.add(module);
  const text = withoutComments(readFileSync(path, 'utf8'));
  for (const [, names] of text.matchAll(/^EXTENDS (.*)$/gm)) {
    for (const name of (names ?? '').split(',')) modulesOf(name.trim(), found);
  }
  for (const [, name] of text.matchAll(/\bINSTANCE (\w+)/g)) modulesOf(name ?? '', found);
  return found;
}

function withoutComments(text: string): string {
  return text
    .replace(/\(\*[\s\S]*?\*\)/g, '')
    .replace(/\\\*.*$/gm, '')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{2,}/g, '\n');
}

export function sourcesSha256(model: Model): string {
  const hash = createHash('sha256');
  hash.update(withoutComments(readFileSync(configPath(model), 'utf8')));
  for (const module of [...modulesOf(model.module)].sort()) {
    hash
      .update(`\0${module}\0`)
      .update(withoutComments(readFileSync(join(specFolder, `${module}.tla`), 'utf8')));
  }
  return hash.digest('hex');
}
