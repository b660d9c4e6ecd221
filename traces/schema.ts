import { z } from 'zod';
import { canonicalKey, type TraceValue } from './value.ts';

export const TRACE_FORMAT = 'fukugen-trace/1';

const wholeNumber = z.number().refine(Number.isSafeInteger, {
  error: 'TLA+ has no fractions, and numbers beyond 2^53 are written {"#bigint": "…"}',
});

/** ITF's notation of a TLA+ value; what it cannot hold (null, fractions) is refused here. */
export const valueSchema: z.ZodType<TraceValue> = z.lazy(() =>
  z.union(
    [
      z.boolean(),
      wholeNumber,
      z.string(),
      z.array(valueSchema),
      z.strictObject({ '#bigint': z.string().regex(/^-?[0-9]+$/) }),
      z.strictObject({ '#set': z.array(valueSchema) }),
      z.strictObject({ '#tup': z.array(valueSchema) }),
      z.strictObject({ '#model': z.string().min(1) }),
      z.strictObject({
        '#map': z
          .array(z.tuple([valueSchema, valueSchema]))
          .refine(hasDistinctKeys, { error: 'a key is there twice' }),
      }),
      z.record(z.string().regex(/^[^#]/), valueSchema),
    ],
    {
      error:
        'is no value: whole numbers, strings, booleans, arrays (sequences), objects (records), {"#set": […]}, {"#map": [[key, value], …]} with distinct keys, {"#tup": […]}, {"#bigint": "…"} and {"#model": "…"} are',
    },
  ),
);

function hasDistinctKeys(pairs: readonly (readonly [TraceValue, TraceValue])[]): boolean {
  return new Set(pairs.map(([key]) => canonicalKey(key))).size === pairs.length;
}

/** Every field given, none more: a variable's name as TLA+ has it. */
export const stateSchema = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), valueSchema);

/** The first line of a trace file. */
export const headerSchema = z.strictObject({
  format: z.literal(TRACE_FORMAT),
  variables: z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/)).min(1),
  /** What made the trace, in the maker's own words: tool, version, program hash, date, … */
  provenance: z.record(z.string(), z.string()).default({}),
});

/** A run begins: its first state. */
export const initialSchema = z.strictObject({ state: stateSchema, event: z.string().optional() });

/**
 * A step from the state of the line before: to `state`, or to that state with only `changes` different.
 * `event` says where it comes from in the words of the traced system (a log line, a store).
 */
export const stepSchema = z.strictObject({
  action: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
  args: z.array(valueSchema).default([]),
  state: stateSchema.optional(),
  changes: stateSchema.optional(),
  event: z.string().optional(),
});

/** The last line: how many lines of each kind there were, so that a cut file is known for one. */
export const endSchema = z.strictObject({
  end: z.strictObject({ runs: z.number().int().min(0), steps: z.number().int().min(0) }),
});
