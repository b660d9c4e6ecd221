import type { z } from 'zod';

export type ParsedJson =
  | { readonly ok: true; readonly data: unknown }
  | { readonly ok: false; readonly what: string; readonly line: number; readonly column: number };

/** Parses JSON; where it is none, says what is wrong and at which line and column (counted from 1). */
export function parseJson(text: string): ParsedJson {
  try {
    return { ok: true, data: JSON.parse(text) as unknown };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const offset = Number(/position (\d+)/.exec(message)?.[1] ?? text.length);
    const before = text.slice(0, offset).split('\n');
    const what = message.replace(/ (in JSON )?at position .*$/, '').replace(/, ".*$/s, '');
    return { ok: false, what, line: before.length, column: (before[before.length - 1] ?? '').length + 1 };
  }
}

/** The first thing wrong with data of the right syntax: its path, and the column where its name stands. */
export function problemIn(error: z.ZodError, text: string): { what: string; column: number } {
  const issue = error.issues[0];
  const path = issue?.path ?? [];
  const name = [...path].reverse().find((part) => typeof part === 'string');
  const column = name === undefined ? 1 : text.indexOf(JSON.stringify(name)) + 1;
  const where = path.length === 0 ? '' : `${path.map(String).join('.')}: `;
  return { what: `${where}${issue?.message ?? 'not as it should be'}`, column: Math.max(1, column) };
}
