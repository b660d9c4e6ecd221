import { z } from 'zod';
import { TraceFormatError } from './format-error.ts';
import { parseJson, problemIn } from './json-text.ts';
import { valueSchema } from './schema.ts';
import type { RecordedStep, RecordedTrace } from './trace.ts';
import type { TraceState, TraceValue } from './value.ts';

const metaSchema = z.looseObject({
  action: z.string().optional(),
  args: z.array(valueSchema).optional(),
  event: z.string().optional(),
});

const itfSchema = z.looseObject({
  '#meta': z.looseObject({}).optional(),
  vars: z.array(z.string().min(1)).min(1),
  states: z.array(z.looseObject({ '#meta': metaSchema.optional() })).min(1),
  loop: z.number().int().min(0).optional(),
});

const HINT = "A trace in Apalache's Informal Trace Format has #meta, vars and states (Apalache ADR 015).";

/**
 * Reads one run in ITF. Action names, arguments and events are taken from the states' `#meta` where they are;
 * a `loop` becomes a last step back to the state that it names.
 * @throws TraceFormatError for anything that is no ITF.
 */
export function readItf(text: string, file: string): RecordedTrace {
  const parsed = parseJson(text);
  if (!parsed.ok) throw new TraceFormatError({ file, ...parsed }, `not JSON: ${parsed.what}`, HINT);
  const result = itfSchema.safeParse(parsed.data);
  if (!result.success) throw refuse(file, problemIn(result.error, text).what);
  const { vars, states, loop } = result.data;
  const steps: RecordedStep[] = states.map((raw, index) => {
    const { action, args, event } = raw['#meta'] ?? {};
    return {
      ...(action === undefined ? {} : { action }),
      ...(event === undefined ? {} : { event }),
      args: args ?? [],
      state: stateOf(raw, { vars, index, file, text }),
      line: index + 1,
    };
  });
  const first = steps.shift() as RecordedStep;
  if (loop !== undefined) {
    const target = loop === 0 ? first : steps[loop - 1];
    if (target === undefined) throw refuse(file, `loop names state ${loop}, which is not there`);
    steps.push({ args: [], state: target.state, line: states.length });
  }
  const provenance = provenanceOf(result.data['#meta'] ?? {});
  return { file, variables: vars, provenance, runs: [{ initial: first.state, steps, line: 1 }] };
}

/** One run as an ITF file; the action that led to a state stands in the state's `#meta`. */
export function writeItf(run: {
  readonly variables: readonly string[];
  readonly description: string;
  readonly initial: TraceState;
  readonly steps: readonly {
    readonly action: string;
    readonly args: readonly TraceValue[];
    readonly state: TraceState;
  }[];
}): string {
  const states = [
    { '#meta': { index: 0 }, ...run.initial },
    ...run.steps.map(({ action, args, state }, index) => ({
      '#meta': { index: index + 1, action, args },
      ...state,
    })),
  ];
  const meta = {
    format: 'ITF',
    'format-description': 'https://apalache.informal.systems/docs/adr/015adr-trace.html',
    description: run.description,
  };
  return `${JSON.stringify({ '#meta': meta, vars: run.variables, states }, null, 2)}\n`;
}

function stateOf(
  raw: Record<string, unknown>,
  at: { vars: readonly string[]; index: number; file: string; text: string },
): TraceState {
  const state: Record<string, TraceValue> = {};
  for (const variable of at.vars) {
    if (!(variable in raw)) throw refuse(at.file, `state ${at.index} has no value for ${variable}`);
    const value = valueSchema.safeParse(raw[variable]);
    if (!value.success) {
      const { what } = problemIn(value.error, at.text);
      throw refuse(at.file, `state ${at.index}: ${variable} ${what}`);
    }
    state[variable] = value.data;
  }
  for (const name of Object.keys(raw)) {
    if (name !== '#meta' && !at.vars.includes(name)) {
      throw refuse(at.file, `state ${at.index} has ${name}, which vars does not name`);
    }
  }
  return state;
}

function provenanceOf(meta: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(meta).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function refuse(file: string, what: string): TraceFormatError {
  return new TraceFormatError({ file, line: 1, column: 1 }, what, HINT);
}
