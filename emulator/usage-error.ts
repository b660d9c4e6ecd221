/** Bad input. Caught once, in the command line, which prints it with the hint and exits with 2. */
export class UsageError extends Error {
  override name = 'UsageError';
  /** What to do about it; may be empty. */
  readonly hint: string;

  constructor(message: string, hint = '') {
    super(message);
    this.hint = hint;
  }
}
