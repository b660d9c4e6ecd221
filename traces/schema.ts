import { z } from 'zod';
import type { TraceValue } from './value.ts';
import { valueProblem } from './value-problem.ts';

export const TRACE_FORMAT = 'fukugen-trace/1';

/** ITF's notation of a TLA+ value; what it cannot hold (null, fractions) is refused here. */
export const valueSchema = z.unknown().check((context) => {
  const problem = valueProblem(context.value);
  if (problem === null) return;
  const { path, what } = problem;
  context.issues.push({ code: 'custom', message: what, path: [...path], input: context.value });
}) as z.ZodType<unknown> as z.ZodType<TraceValue>;

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
