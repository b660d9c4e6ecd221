/** What can go wrong with a specification: it does not parse, it uses what is not covered, it cannot be evaluated. */
import { UsageError } from '../errors.ts';
import type { At } from './parse/ast.ts';

function where(at: At | undefined): string {
  return at === undefined ? '' : `${at.source.module}.tla:${at.line}:${at.column}: `;
}

/** The module breaks TLA+'s grammar or static rules: SANY would reject it too. */
export class SpecError extends UsageError {
  override name = 'SpecError';
  readonly at: At | undefined;

  constructor(message: string, at?: At, hint = 'Correct the TLA+ module.') {
    super(where(at) + message, hint);
    this.at = at;
  }
}

/** The module is TLA+, but uses something outside the subset that the embedded engine covers. */
export class UncoveredError extends UsageError {
  override name = 'UncoveredError';
  readonly at: At | undefined;

  constructor(what: string, at?: At) {
    super(
      `${where(at)}the embedded engine does not cover ${what}`,
      'Write it otherwise, or check this module with TLC (fukugen tlc install).',
    );
    this.at = at;
  }
}

/** An expression has no value: TLC stops here too. Thrown while evaluating, never a verdict. */
export class EvaluationError extends Error {
  override name = 'EvaluationError';
  at: At | undefined;

  constructor(message: string, at?: At) {
    // Explaining a false action meets many of these and throws them away; a stack would cost most of the time.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
    this.at = at;
  }
}

/** Gives an error without a place the place at hand; keeps the innermost. */
export function located(error: unknown, at: At): unknown {
  if (error instanceof EvaluationError && error.at === undefined) error.at = at;
  return error;
}
