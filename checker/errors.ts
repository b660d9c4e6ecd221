/** Bad usage or configuration: what is wrong, and in `hint` what to do about it. Exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError';
  readonly hint: string;
  constructor(message: string, hint = '') {
    super(message);
    this.hint = hint;
  }
}
