/** How this kernel makes the choices that the spec leaves open: whom it wakes, and who runs next. */
import type { SpecState } from './bounded-model.ts';

const statusOf = (state: SpecState): readonly string[] => state.status as readonly string[];
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Bytes in all pipes. */
const bytesIn = (state: SpecState): number =>
  (state.pipe as readonly (readonly number[])[]).reduce((sum, bytes) => sum + bytes.length, 0);

/**
 * Who runs after a privileged section: whoever ran, where it can; a tick or a yield give the other its turn.
 * Where nobody ran it is the first in the queue, or whoever waited; undefined where there is neither.
 */
export function runnerByRule(before: SpecState, after: SpecState): number | undefined {
  const able = statusOf(after).flatMap((status, i) => (status === 'ready' ? [i + 1] : []));
  const current = before.current as number;
  if (able.length <= 1) return able[0] ?? 0;
  if (current === 0) {
    const waited = able.find((pid) => statusOf(before)[pid - 1] === 'waiting');
    return (before.queue as readonly number[])[0] ?? waited;
  }
  const call = (before.call as readonly string[])[current - 1];
  const givesUp = before.cause === 'tick' || (before.cause === 'call' && call === 'yield');
  return able.find((pid) => (pid === current) !== givesUp);
}

/** Of those who came into the queue in this step, whoever waited stands before those who were blocked. */
export function waiterIsFirst(before: SpecState, after: SpecState): boolean {
  const line = [after.current as number, ...(after.queue as readonly number[])];
  const late = line.map((pid) => statusOf(before)[pid - 1]);
  const firstBlocked = late.indexOf('blocked');
  return firstBlocked < 0 || late.lastIndexOf('waiting') < firstBlocked;
}

/** The processes that were blocked, and are so no more. */
export function wokenAs(before: SpecState, after: SpecState): number[] {
  return statusOf(before).flatMap((status, i) =>
    status === 'blocked' && statusOf(after)[i] === 'ready' ? [i + 1] : [],
  );
}

/**
 * Those of the blocked who wait for what a step has changed: a reader for bytes or the last writer's end, a
 * writer for room or the last reader's end, a sender for the port.
 * @param lastCalls of each process, the call that it is blocked in.
 */
export function wokenByRule(
  before: SpecState,
  after: SpecState,
  lastCalls: readonly (string | undefined)[],
): number[] {
  const more = bytesIn(after) - bytesIn(before);
  const wasWaiting = statusOf(before).includes('waiting');
  const isPortFreed = wasWaiting && !statusOf(after).includes('waiting');
  return statusOf(before).flatMap((status, i) => {
    if (status !== 'blocked') return [];
    switch (lastCalls[i]) {
      case 'read':
        return more > 0 || !isSame(before.writers, after.writers) ? [i + 1] : [];
      case 'write':
        return more < 0 || !isSame(before.readers, after.readers) ? [i + 1] : [];
      default:
        return isPortFreed ? [i + 1] : [];
    }
  });
}
