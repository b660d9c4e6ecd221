/** Small words for saying what a program must have observed. */
import type { Observation } from './workload.ts';

/** Why the process cannot have ended so, or null when it exited with 0. */
export function mustHaveExited(o: Observation): string | null {
  if (o.status !== 'exited') return `it is ${o.status} at the end of the run`;
  return o.exitStatus === 0 ? null : `it exited with ${o.exitStatus}`;
}

/** The first complaint that there is. */
export function firstOf(...complaints: readonly (string | null)[]): string | null {
  return complaints.find((c) => c !== null) ?? null;
}

/** The 32-bit value as a signed number: results of system calls. */
export const signed = (word: number): number => word | 0;
