/** Words for steps: the action, and what it is about. */
import { unreachable } from '../../emulator/invariant.ts';
import type { SpecState } from './bounded-model.ts';
import type { Decision } from './driven-system.ts';
import type { History } from './driver.ts';
import { named } from './naming.ts';
import type { PathStep } from './walk.ts';

const at = (state: SpecState, variable: string, pid: unknown): string | undefined =>
  (state[variable] as readonly string[])[(pid as number) - 1];

/** For instance `Enter call send`, `Leave read: blocks`, `Crash in kernel`. */
export function kindOf(before: SpecState, action: string, after: SpecState): string {
  switch (action) {
    case 'Enter':
      return `Enter ${after.cause}${after.cause === 'call' ? ` ${at(after, 'call', after.current)}` : ''}`;
    case 'Send':
      return `Send in a ${before.cause === 'call' ? 'call' : 'serial interrupt'}`;
    case 'Leave':
      return leaveKind(before, after);
    case 'Crash':
      return `Crash in ${before.mode}${before.mode === 'kernel' ? ` (${before.cause})` : ''}`;
    case 'Recovered':
      return isTold(before, after) ? 'Recovered with a notice' : 'Recovered';
    case 'Settle':
      return `Settle ${before.mode}`;
    default:
      return action;
  }
}

function leaveKind(before: SpecState, after: SpecState): string {
  const { current, cause } = before;
  if (cause === 'serial') {
    const ends = JSON.stringify(before.call) !== JSON.stringify(after.call);
    return `Leave serial: ${ends ? 'the call ends' : 'goes on'}`;
  }
  if (cause !== 'call') return `Leave ${cause}`;
  const call = at(before, 'call', current);
  const status = at(after, 'status', current);
  if (status === 'waiting') return `Leave ${call}: waits`;
  if (status === 'blocked') return `Leave ${call}: blocks`;
  if (status === 'exited') return `Leave ${call}`;
  return `Leave ${call}: ${at(after, 'answer', current)}`;
}

const isTold = (before: SpecState, after: SpecState): boolean =>
  JSON.stringify(before.notices) !== JSON.stringify(after.notices);

/** A behaviour in words, one a step; with who runs, where somebody does. */
export function behaviourText(path: readonly PathStep[], initial: SpecState): string[] {
  let before = initial;
  return path.map(({ action, after }) => {
    const kind = kindOf(before, action, after);
    before = after;
    return after.mode === 'user' || action === 'Enter' ? `${kind} (process ${after.current})` : kind;
  });
}

/** How a standing was come to, in words, in order. */
export function drivingText(history: History | null): string[] {
  const lines: string[] = [];
  for (let at = history; at !== null; at = at.before) {
    const { crashPosition } = at;
    const crash = crashPosition === undefined ? [] : [crashWords(crashPosition)];
    if (crashPosition !== 0) lines.unshift(decisionWords(at.decision), ...crash);
    else lines.unshift(...crash);
  }
  if (history !== null) {
    lines.unshift(`process 1 of the spec is process ${named(1, history.naming)} of the kernel`);
  }
  return lines;
}

const crashWords = (position: number): string =>
  position === 0 ? 'power fails at once' : `power fails after ${position} more stores`;

function decisionWords(decision: Decision): string {
  switch (decision.kind) {
    case 'power on':
      return 'power comes';
    case 'interrupt':
      return 'the serial port interrupts';
    case 'go on':
      return 'nothing is decided';
    case 'operation':
      return `process ${decision.pid}: ${decision.operation.name}`;
    default:
      return unreachable(decision);
  }
}
