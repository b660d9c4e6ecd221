import type { z } from 'zod';
import { TraceFormatError } from './format-error.ts';
import { parseJson, problemIn } from './json-text.ts';
import { endSchema, headerSchema, initialSchema, stepSchema, TRACE_FORMAT } from './schema.ts';
import type { RecordedRun, RecordedStep, RecordedTrace } from './trace.ts';
import type { TraceState } from './value.ts';

const WRITE_AGAIN = 'The file is cut short: record the trace again, or copy the file again.';

/** One line of the file with its place. */
interface Line {
  readonly text: string;
  readonly number: number;
  readonly file: string;
}

/**
 * Reads a trace in NDJSON: a header, then for each run its first state and its steps, then an end record
 * with the counts.
 * @throws TraceFormatError for anything else, with file, line and column.
 */
export function readNdjson(text: string, file: string): RecordedTrace {
  if (text === '') {
    throw new TraceFormatError(
      { file, line: 1, column: 1 },
      'the file is empty',
      'The first line is the header.',
    );
  }
  const lines = linesOf(text, file);
  const [headerLine, ...rest] = lines;
  const header = readHeader(headerLine as Line);
  const reader = new RunReader(header.variables);
  for (const [index, line] of rest.entries()) {
    const data = parseLine(line, index === rest.length - 1);
    if (isObject(data) && 'end' in data) {
      checkEnd(parseAs(endSchema, data, line).end, reader, line);
      refuseAfterEnd(rest[index + 1]);
      return { file, variables: header.variables, provenance: header.provenance, runs: reader.runs };
    }
    reader.take(data, line);
  }
  const last = lines[lines.length - 1] as Line;
  throw problem(last, last.text.length + 1, 'the end record is missing', WRITE_AGAIN);
}

/** What `writeNdjson` writes: a trace all of whose steps name their action. */
export interface NdjsonContent {
  readonly variables: readonly string[];
  readonly provenance: Readonly<Record<string, string>>;
  readonly runs: readonly {
    readonly initial: TraceState;
    readonly steps: readonly (Omit<RecordedStep, 'line' | 'action'> & { readonly action: string })[];
  }[];
}

/** The trace as NDJSON text; `readNdjson` of it gives the same trace. */
export function writeNdjson(trace: NdjsonContent): string {
  const lines: unknown[] = [
    { format: TRACE_FORMAT, variables: trace.variables, provenance: trace.provenance },
  ];
  let steps = 0;
  for (const run of trace.runs) {
    lines.push({ state: run.initial });
    for (const { action, args, state, event } of run.steps) lines.push({ action, args, state, event });
    steps += run.steps.length;
  }
  lines.push({ end: { runs: trace.runs.length, steps } });
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** Puts the lines after the header together into runs. */
class RunReader {
  readonly runs: (RecordedRun & { steps: RecordedStep[] })[] = [];
  stepsCount = 0;
  private readonly variables: readonly string[];
  private state: TraceState | null = null;

  constructor(variables: readonly string[]) {
    this.variables = variables;
  }

  take(data: unknown, line: Line): void {
    if (isObject(data) && 'action' in data) this.takeStep(parseAs(stepSchema, data, line), line);
    else this.takeInitial(parseAs(initialSchema, data, line), line);
  }

  private takeInitial(data: z.infer<typeof initialSchema>, line: Line): void {
    this.state = this.whole(data.state, line);
    this.runs.push({ initial: this.state, steps: [], line: line.number });
  }

  private takeStep(data: z.infer<typeof stepSchema>, line: Line): void {
    const run = this.runs[this.runs.length - 1];
    if (run === undefined || this.state === null) {
      throw problem(
        line,
        1,
        'a step before any state',
        'A run begins with a line {"state": {…}} that has no action.',
      );
    }
    if ((data.state === undefined) === (data.changes === undefined)) {
      const what = 'a step has either "state" (every variable) or "changes" (those that changed)';
      throw problem(line, 1, what, 'Write one of the two.');
    }
    this.state = this.whole(data.state ?? { ...this.state, ...data.changes }, line);
    const event = data.event === undefined ? {} : { event: data.event };
    run.steps.push({
      action: data.action,
      args: data.args,
      state: this.state,
      ...event,
      line: line.number,
    });
    this.stepsCount++;
  }

  /** The state, if it has exactly the header's variables. */
  private whole(state: TraceState, line: Line): TraceState {
    for (const variable of this.variables) {
      if (!(variable in state)) {
        throw problem(line, 1, `the state has no value for ${variable}`, 'A state gives every variable.');
      }
    }
    for (const name of Object.keys(state)) {
      if (!this.variables.includes(name)) {
        const column = line.text.indexOf(`"${name}"`) + 1;
        throw problem(
          line,
          column,
          `${name} is no variable of the header`,
          `The header names ${this.variables.join(', ')}.`,
        );
      }
    }
    return state;
  }
}

function linesOf(text: string, file: string): Line[] {
  const lines = text.split('\n').map((content, index) => ({ text: content, number: index + 1, file }));
  const last = lines.pop() as Line;
  if (last.text !== '') {
    const what = 'the last line does not end in a newline';
    throw problem(last, last.text.length + 1, what, WRITE_AGAIN);
  }
  return lines;
}

function readHeader(line: Line): z.infer<typeof headerSchema> {
  const data = parseLine(line, false);
  const format = isObject(data) ? data.format : undefined;
  if (format === undefined) {
    const what = 'the first line is no trace header';
    throw problem(line, 1, what, `It begins {"format": "${TRACE_FORMAT}", "variables": […]}.`);
  }
  if (format !== TRACE_FORMAT) {
    const what = `the format is ${JSON.stringify(format)}, and this version reads "${TRACE_FORMAT}"`;
    const hint = 'Convert the trace, or check it with the version of fukugen that knows its format.';
    throw problem(line, line.text.indexOf('"format"') + 1, what, hint);
  }
  const header = parseAs(headerSchema, data, line);
  if (new Set(header.variables).size !== header.variables.length) {
    throw problem(line, 1, 'the header names a variable twice', 'Name each variable once.');
  }
  return header;
}

function checkEnd(end: { runs: number; steps: number }, reader: RunReader, line: Line): void {
  if (end.runs === reader.runs.length && end.steps === reader.stepsCount) return;
  const what =
    `the end record counts ${end.runs} runs and ${end.steps} steps, ` +
    `the file has ${reader.runs.length} and ${reader.stepsCount}`;
  throw problem(line, 1, what, 'Lines were lost or added: record the trace again.');
}

function refuseAfterEnd(line: Line | undefined): void {
  if (line !== undefined) {
    throw problem(line, 1, 'there is more after the end record', 'The end record is the last line.');
  }
}

function parseLine(line: Line, isLast: boolean): unknown {
  const parsed = parseJson(line.text);
  if (parsed.ok) return parsed.data;
  const hint = isLast ? WRITE_AGAIN : 'Every line is one JSON object.';
  throw problem(line, parsed.column, `not JSON: ${parsed.what}`, hint);
}

function parseAs<T>(schema: z.ZodType<T>, data: unknown, line: Line): T {
  const result = schema.safeParse(data);
  if (result.success) return result.data;
  const { what, column } = problemIn(result.error, line.text);
  throw problem(line, column, what, 'docs/TRACES.md describes the lines of a trace.');
}

function isObject(data: unknown): data is Record<string, unknown> {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

function problem(line: Line, column: number, what: string, hint: string): TraceFormatError {
  return new TraceFormatError(
    { file: line.file, line: line.number, column: Math.max(1, column) },
    what,
    hint,
  );
}
