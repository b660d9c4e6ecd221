/** Bad usage or configuration: what is wrong, and in `hint` what to do about it. Exit code 2. */
export { UsageError } from '../emulator/usage-error.ts';
