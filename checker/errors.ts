/** Bad input, as every part of the checker throws it. The class lives below, since the emulator throws it too. */
export { UsageError } from '../emulator/usage-error.ts';
