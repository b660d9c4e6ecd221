/** What is checked: a scheme, a workload, perhaps a mutant; by name, and made ready to run. */
import { createHash } from 'node:crypto';
import { mutants } from '../kernel-model/mutants/catalogue.ts';
import type { Mutant } from '../kernel-model/mutants/mutant.ts';
import { workloads } from '../kernel-model/programs/catalogue.ts';
import { schemes } from '../kernel-model/schemes/catalogue.ts';
import { type KernelSystem, makeSystem } from '../kernel-model/system.ts';
import { UsageError } from './errors.ts';

export interface SubjectName {
  readonly scheme: string;
  readonly workload: string;
  readonly mutant?: string;
}

/** @throws UsageError for a name that the catalogue does not have, or a mutant of another scheme. */
export function makeSubject(
  name: SubjectName,
  options: { readonly verifyHash?: boolean } = {},
): KernelSystem {
  const scheme = find(schemes, name.scheme, 'scheme');
  const workload = find(workloads, name.workload, 'workload').make();
  if (name.mutant === undefined) return makeSystem({ workload, scheme, ...options });
  if (name.scheme !== MUTATED_SCHEME) {
    throw new UsageError(
      `mutants are of scheme ${MUTATED_SCHEME}, not of ${name.scheme}`,
      `leave --scheme out`,
    );
  }
  return makeSystem({ workload, scheme, mutate: findMutant(name.mutant).mutate, ...options });
}

/** The scheme that every mutant is a mutant of. */
export const MUTATED_SCHEME = 'page-shadow';

export const findMutant = (name: string): Mutant => find(mutants, name, 'mutant');

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
