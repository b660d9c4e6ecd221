import { z } from 'zod';
import { invariant } from '../../emulator/invariant.ts';
import { PERSISTENCY_MODELS } from '../../emulator/persistency/model.ts';
import { stateSchema, valueSchema } from '../../traces/schema.ts';
import type { CheckReport } from './model.ts';

const count = z.number().int().min(0);
const crashClass = z.enum(['user', 'privileged', 'commit', 'recovery', 'boot', 'shutdown', 'device']);
const verdict = z.enum(['consistent', 'violated', 'undecided']);

export const crashPointSchema = z.strictObject({
  class: crashClass,
  position: count,
  store: z.exactOptional(
    z.strictObject({
      address: count,
      oldWord: z.number().int(),
      newWord: z.number().int(),
      origin: z.string(),
      page: z.string(),
    }),
  ),
  lost: z.exactOptional(z.array(z.string())),
  program: z.string(),
  at: z.string(),
});

export const traceStepSchema = z.strictObject({
  action: z.string(),
  args: z.array(valueSchema),
  state: stateSchema,
});

export const findingSchema = z.strictObject({
  promise: z.string(),
  sentence: z.string(),
  thesis: z.string(),
  workload: z.string(),
  crashes: z.array(crashPointSchema),
  step: z.strictObject({
    action: z.string(),
    args: z.array(valueSchema),
    conjunct: z.string(),
    module: z.string(),
    line: count,
  }),
  before: stateSchema,
  after: stateSchema,
  allowed: z.exactOptional(stateSchema),
  differing: z.array(z.string()),
  trace: z.array(traceStepSchema),
  alsoBreaks: z.array(z.string()).optional(),
  count,
  replay: z.string(),
});

/** Also of replays. */
export const persistencySchema = z.strictObject({
  model: z.enum(PERSISTENCY_MODELS),
  atomicBytes: z.union([z.literal(1), z.literal(4)]),
});

const decimal = z.string().regex(/^\d+$/);

const certificateSchema = z.strictObject({
  classes: z.array(z.strictObject({ class: crashClass, found: count, run: count, equal: count })),
  found: count,
  run: count,
  equal: count,
  expected: count,
  equalTo: z.array(z.strictObject({ kind: z.string(), count })),
  depth: z.union([count, z.literal('unbounded')]),
  reachedFixpoint: z.boolean(),
  hashes: z.strictObject({ verified: z.boolean(), collisionEstimate: z.number().min(0) }),
  images: z.exactOptional(
    z.strictObject({ found: decimal, run: decimal, equal: decimal, expected: decimal }),
  ),
});

const workloadSchema = z.strictObject({
  workload: z.string(),
  certificate: certificateSchema,
  findings: z.array(findingSchema),
  engines: z.array(
    z.strictObject({
      name: z.enum(['embedded', 'tlc']),
      version: z.string(),
      states: count,
      edges: count,
      badEdges: count,
      seconds: z.exactOptional(z.number().min(0)),
    }),
  ),
  vacuous: z.array(z.string()),
  undecided: z.array(z.string()),
  actions: z.record(z.string(), count),
});

/** The report as JSON holds it: the fields of CheckReport in its order, values of states in ITF notation. */
export const reportSchema = z.strictObject({
  format: z.literal('fukugen-report/1'),
  verdict,
  scheme: z.string(),
  mutant: z.exactOptional(z.string()),
  persistency: z.exactOptional(persistencySchema),
  workloads: z.array(workloadSchema),
  provenance: z.strictObject({
    fukugen: z.string(),
    node: z.string(),
    programHash: z.string(),
    configurationHash: z.string(),
    engines: z.array(z.string()),
  }),
  seconds: z.exactOptional(z.number().min(0)),
}) satisfies z.ZodType<CheckReport>;

/**
 * Reads a report that `renderJson` wrote.
 * @throws Error with the path of what is wrong, for any other text.
 */
export function parseReport(text: string): CheckReport {
  return reportSchema.parse(JSON.parse(text));
}

/** @throws InternalFault where data of our own does not fit its schema. */
export function fitted<T>(schema: z.ZodType<T>, data: unknown): T {
  const result = schema.safeParse(data);
  invariant(result.success, `a result does not fit its schema: ${result.error?.message ?? ''}`);
  return result.data;
}
