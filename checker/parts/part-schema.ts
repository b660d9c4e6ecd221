/** The form of a part in a file. */
import { z } from 'zod';
import type { ExportedPart } from '../explore/parts.ts';

const count = z.number().int().min(0);
const crashClass = z.enum(['user', 'privileged', 'commit', 'recovery', 'boot', 'shutdown', 'device']);
const classId = z.string().regex(/^[0-9a-f]{32}$/);
const arg = z.union([z.string(), z.number(), z.array(z.string())]);

const recordSchema = z.strictObject({
  kind: z.enum(['power-on', 'joint']),
  startState: count,
  path: z.array(z.tuple([count, z.string(), z.array(arg), count])),
  logLength: count,
  ranges: z.array(z.looseObject({ position: count, crashClass, from: count, target: classId })),
  found: z.array(z.tuple([crashClass, count])),
  expected: count,
  images: z.exactOptional(z.strictObject({ found: z.string(), expected: z.string() })),
  end: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('joint'), target: classId }),
    z.strictObject({ kind: z.literal('settled') }),
    z.strictObject({ kind: z.enum(['broken', 'hung', 'unknown']), why: z.string(), state: count }),
    z.strictObject({ kind: z.literal('unexplored') }),
  ]),
});

const partSchema = z.strictObject({
  segment: count,
  states: z.array(z.string()),
  record: recordSchema,
  care: z.string(),
  written: z.string(),
  classes: z.array(z.strictObject({ id: classId, record: recordSchema })),
  limit: z.exactOptional(z.string()),
});

export interface PartEntry {
  readonly workload: string;
  readonly depth: string;
  readonly part: ExportedPart;
}

const entrySchema = z.strictObject({ workload: z.string(), depth: z.string(), part: partSchema });

/** @throws ZodError for anything else. */
export function parseEntry(data: unknown): PartEntry {
  // Only the brand of class ids is lost to the schema.
  return entrySchema.parse(data) as unknown as PartEntry;
}

export const headerSchema = z.strictObject({
  format: z.literal('fukugen-parts/1'),
  fukugen: z.string(),
  scheme: z.string(),
  workloads: z.array(z.string()),
  mutant: z.exactOptional(z.string()),
  persistency: z.exactOptional(
    z.strictObject({ model: z.enum(['sc', 'px86']), atomicBytes: z.union([z.literal(1), z.literal(4)]) }),
  ),
  depth: z.string(),
  verifyHash: z.boolean(),
  programHash: z.string(),
  shard: z.exactOptional(z.strictObject({ index: count, count })),
});

/** What a file of parts is of; parts of different checks do not go together. */
export type PartsHeader = z.infer<typeof headerSchema>;
