/** A mutant: the kernel with one fault put in on purpose, and the promise that must break because of it. */
import type { Mutation } from '../system.ts';

export interface Mutant {
  readonly name: string;
  /** What is wrong with it, in a sentence. */
  readonly sentence: string;
  /** The promise that names the fault. */
  readonly expected: string;
  /** The scheme that it is a mutant of; absent: `page-shadow`. */
  readonly scheme?: string;
  readonly mutate: Mutation;
}
