import type { Mutant } from './mutant.ts';
import { noticeMutants } from './notice-mutants.ts';
import { pipeMutants } from './pipe-mutants.ts';
import { recoveryMutants } from './recovery-mutants.ts';
import { shadowMutants } from './shadow-mutants.ts';
import { turnMutants } from './turn-mutants.ts';

/** Every mutant of the kernel under scheme `page-shadow`. */
export const mutants: readonly Mutant[] = [
  ...shadowMutants,
  ...recoveryMutants,
  ...noticeMutants,
  ...turnMutants,
  ...pipeMutants,
];
