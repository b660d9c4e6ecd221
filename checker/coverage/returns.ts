/** Which calls come back in a step of the spec, and how. */
import type { SpecState } from './bounded-model.ts';

export interface Return {
  readonly pid: number;
  readonly how: 'ok' | 'error' | 'eintr';
}

const list = (state: SpecState, variable: string): readonly string[] => {
  const value = state[variable];
  return Array.isArray(value) ? (value as readonly string[]) : [];
};

/** "epipe" is an error too, "eof" is not. */
const isFailure = (answer: string | undefined): boolean => answer === 'error' || answer === 'epipe';

/** A call of a process is over where the process can run on with its answer. */
export function returnsOf(before: SpecState, action: string, after: SpecState): Return[] {
  const returns: Return[] = [];
  list(before, 'status').forEach((status, i) => {
    const pid = i + 1;
    if (list(after, 'status')[i] !== 'ready') return;
    const wasInCall = before.cause === 'call' && before.current === pid && list(before, 'call')[i] !== 'none';
    const answer = list(after, 'answer')[i];
    if (
      action === 'Recovered' &&
      (status === 'waiting' || (wasInCall && list(before, 'call')[i] === 'send'))
    ) {
      returns.push({ pid, how: 'eintr' });
    }
    if (action !== 'Leave') return;
    if (status === 'waiting') returns.push({ pid, how: 'ok' });
    else if (wasInCall) returns.push({ pid, how: isFailure(answer) ? 'error' : 'ok' });
  });
  return returns;
}
