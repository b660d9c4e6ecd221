import { z } from 'zod';
import { TraceFormatError } from '../../traces/format-error.ts';
import { parseJson, problemIn } from '../../traces/json-text.ts';
import { valueSchema } from '../../traces/schema.ts';

const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/);

const mappingSchema = z.strictObject({
  format: z.literal('fukugen-map/1'),
  /** The initial predicate, that every run's first state must satisfy. */
  init: name.default('Init'),
  /** The next-state action, for steps that do not say which action they are. */
  next: name.default('Next'),
  /** Values of the module's CONSTANTs. */
  constants: z.record(name, valueSchema).default({}),
  /** Variable of the spec ← variable of the trace; those of the same name need not be listed. */
  variables: z.record(name, name).default({}),
  /** Variables of the trace that the spec does not speak of. */
  ignore: z.array(name).default([]),
  /**
   * Action of the trace → operator of the spec, or null for a step that the spec must not notice. An action
   * that is listed has to be taken; one of the same name need not be listed.
   */
  actions: z.record(name, name.nullable()).default({}),
  /** State predicates that every state must satisfy. */
  invariants: z.array(name).default([]),
  /** Operators that are actions and must hold on every step. */
  actionProperties: z.array(name).default([]),
  /** Operators that are the Next of a more abstract spec. */
  refinements: z.array(name).default([]),
});

/** How a trace is to be read as a behaviour of a spec (docs/TRACES.md). */
export type TraceMapping = z.infer<typeof mappingSchema>;

/** @throws TraceFormatError with file, line and column for anything that is no mapping. */
export function readMapping(text: string, file: string): TraceMapping {
  const hint = 'docs/TRACES.md describes the mapping file.';
  const parsed = parseJson(text);
  if (!parsed.ok) throw new TraceFormatError({ file, ...parsed }, `not JSON: ${parsed.what}`, hint);
  const result = mappingSchema.safeParse(parsed.data);
  if (result.success) return result.data;
  const { what } = problemIn(result.error, text);
  const path = result.error.issues[0]?.path.at(-1);
  const at = typeof path === 'string' ? Math.max(0, text.indexOf(JSON.stringify(path))) : 0;
  const before = text.slice(0, at).split('\n');
  const place = { file, line: before.length, column: (before.at(-1) ?? '').length + 1 };
  throw new TraceFormatError(place, what, hint);
}
