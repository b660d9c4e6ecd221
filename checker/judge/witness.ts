/** Every violation that is told is run again from reset, twice: what a second run does not show is no finding. */
import { invariant } from '../../emulator/invariant.ts';
import { type ReplayedRun, replayRun } from '../explore/replay.ts';
import type { SystemUnderTest } from '../explore/system.ts';

/**
 * The run in which power fails at these positions and leaves these images.
 * @throws InternalFault where two such runs differ, or there is none: the tool is not deterministic then, and
 * nothing that it says can be trusted.
 */
export function runTwice(
  system: SystemUnderTest,
  crashes: readonly number[],
  choices?: readonly string[],
): ReplayedRun {
  const first = traced(system, crashes, choices);
  const second = traced(system, crashes, choices);
  invariant(first.text === second.text, `two runs that crash at ${crashes.join('+') || 'none'} differ`);
  return first.run;
}

function traced(
  system: SystemUnderTest,
  crashes: readonly number[],
  choices: readonly string[] = [],
): { run: ReplayedRun; text: string } {
  const run = replayRun(system, crashes, choices);
  invariant(run !== null, `no run crashes at ${crashes.join('+')}`);
  const steps = run.steps.map(({ run: index, position, action, args, state }) =>
    [index, position, action, JSON.stringify(args), state].join(' '),
  );
  return { run, text: [...steps, run.end.kind, run.lastLogLength, system.machine.nvm.hash()].join('\n') };
}
