import { UsageError } from '../emulator/usage-error.ts';

/** A trace file that cannot be read: where, what is wrong, and in `hint` what to do about it. */
export class TraceFormatError extends UsageError {
  override name = 'TraceFormatError';
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in characters. */
  readonly column: number;
  constructor(place: { file: string; line: number; column: number }, what: string, hint: string) {
    super(`${place.file}:${place.line}:${place.column}: ${what}`, hint);
    this.file = place.file;
    this.line = place.line;
    this.column = place.column;
  }
}
