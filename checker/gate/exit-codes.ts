import { unreachable } from '../../emulator/invariant.ts';
import type { Verdict } from '../report/model.ts';

/** What the command's exit says to a script or a CI gate (DESIGN §9). The only place that knows the numbers. */
export const ExitCode = {
  consistent: 0,
  violated: 1,
  usage: 2,
  undecided: 3,
  internalFault: 4,
  /** Ended by Ctrl-C, as shells count it: 128 + SIGINT. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export function exitCodeOf(verdict: Verdict): ExitCode {
  switch (verdict) {
    case 'consistent':
      return ExitCode.consistent;
    case 'violated':
      return ExitCode.violated;
    case 'undecided':
      return ExitCode.undecided;
    default:
      return unreachable(verdict);
  }
}
