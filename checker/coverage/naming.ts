/**
 * The names of processes mean nothing to the spec: whoever writes to the pipe may be the kernel's process 1 or its
 * process 2. The kernel makes a difference (1 is the first to run), so each behaviour is driven in both ways.
 */
import type { ItfValue } from '../tla/engine.ts';
import type { SpecState } from './bounded-model.ts';

/** The two processes of the model. */
export const PIDS = [1, 2] as const;

/** same: the model's process p is the kernel's process p. swapped: it is the other one. */
export type Naming = 'same' | 'swapped';
export const NAMINGS: readonly Naming[] = ['same', 'swapped'];

/** Variables that have a value for each process. The others name processes in sets, in `current` and in `queue`. */
const BY_PROCESS: ReadonlySet<string> = new Set(['status', 'call', 'answer', 'notices']);

/** The kernel's name of the model's process `pid`, and likewise back; 0 is nobody. */
export function named(pid: number, naming: Naming): number {
  return naming === 'same' || pid === 0 ? pid : 3 - pid;
}

/** A state of the kernel in the names of the model. */
export function inNamesOfModel(state: SpecState, naming: Naming): SpecState {
  if (naming === 'same') return state;
  return Object.fromEntries(
    Object.entries(state).map(([name, value]) => {
      if (name === 'current') return [name, named(value as number, naming)];
      if (name === 'queue') return [name, (value as number[]).map((pid) => named(pid, naming))];
      if (BY_PROCESS.has(name))
        return [name, PIDS.map((pid) => (value as ItfValue[])[named(pid, naming) - 1] as ItfValue)];
      return [name, withSetsNamed(value, naming)];
    }),
  );
}

/** Sets are always sets of processes. */
function withSetsNamed(value: ItfValue, naming: Naming): ItfValue {
  if (Array.isArray(value)) return value.map((each: ItfValue) => withSetsNamed(each, naming));
  if (typeof value !== 'object' || !('#set' in value)) return value;
  const pids = (value as { readonly '#set': readonly number[] })['#set'];
  return { '#set': pids.map((pid) => named(pid, naming)).sort((a, b) => a - b) };
}
