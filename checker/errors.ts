/** Bad input from the user. Caught once, in the command line, and shown as one message that says what to do. */
export class UsageError extends Error {
  override name = 'UsageError';
  readonly hint: string;

  constructor(message: string, hint = '') {
    super(message);
    this.hint = hint;
  }
}
