/** What is checked: a scheme, a workload, perhaps a mutant; by name, and made ready to run. */
import { createHash } from 'node:crypto';
import type { Persistency } from '../emulator/persistency/model.ts';
import { mutants } from '../kernel-model/mutants/catalogue.ts';
import { flushMutants } from '../kernel-model/mutants/flush-mutants.ts';
import type { Mutant } from '../kernel-model/mutants/mutant.ts';
import { workloads } from '../kernel-model/programs/catalogue.ts';
import { schemes } from '../kernel-model/schemes/catalogue.ts';
import { type KernelSystem, makeSystem } from '../kernel-model/system.ts';
import { UsageError } from './errors.ts';

export interface SubjectName {
  readonly scheme: string;
  readonly workload: string;
  readonly mutant?: string;
  /** What a power failure may leave of the stores before it; absent: every store is durable at once. */
  readonly persistency?: Persistency;
}

/** @throws UsageError for a name that the catalogue does not have, or a mutant of another scheme. */
export function makeSubject(
  name: SubjectName,
  options: { readonly verifyHash?: boolean } = {},
): KernelSystem {
  const scheme = find(schemes, name.scheme, 'scheme');
  const workload = find(workloads, name.workload, 'workload').make();
  const all = { ...options, ...(name.persistency === undefined ? {} : { persistency: name.persistency }) };
  if (name.mutant === undefined) return makeSystem({ workload, scheme, ...all });
  const mutant = findMutant(name.mutant);
  const mutated = mutant.scheme ?? MUTATED_SCHEME;
  if (name.scheme !== mutated) {
    throw new UsageError(
      `mutant ${mutant.name} is of scheme ${mutated}, not of ${name.scheme}`,
      mutated === MUTATED_SCHEME ? `leave --scheme out` : `say --scheme ${mutated}`,
    );
  }
  return makeSystem({ workload, scheme, mutate: mutant.mutate, ...all });
}

/** The scheme that mutants are mutants of, unless they say otherwise. */
export const MUTATED_SCHEME = 'page-shadow';

export const findMutant = (name: string): Mutant => find([...mutants, ...flushMutants], name, 'mutant');

export function find<T extends { readonly name: string }>(all: readonly T[], name: string, kind: string): T {
  const found = all.find((each) => each.name === name);
  if (found === undefined) {
    throw new UsageError(
      `there is no ${kind} ${name}`,
      `there is: ${all.map((each) => each.name).join(', ')}`,
    );
  }
  return found;
}

/** A hash of the guest programs as they are loaded: their bytes, entries and places. */
export function programHash(system: KernelSystem): string {
  const hash = createHash('sha256');
  for (const { name, image } of system.workload.programs) {
    hash.update(`${name} ${image.entry}`);
    for (const s of image.segments)
      hash.update(`${s.linearAddress} ${s.bssBytes} ${s.writable}`).update(s.bytes);
  }
  return hash.digest('hex').slice(0, 16);
}
