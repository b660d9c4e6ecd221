import { STATUS_FLAGS } from '../../../emulator/cpu/flags.ts';
import type { EmulatedProcessor } from './emulated.ts';
import { CODE, type Outcome, REGISTER_NAMES } from './layout.ts';
import type { NativeProcessor } from './native.ts';
import { type AssembledCase, assemble } from './sequence.ts';

/** Bits of a page fault's error code that a Linux process shows of a machine that has NX. */
const FETCH = 0x10;
const CONTROL_FLAGS = 0x400 | 0x3000 | 0x40000;
const BREAKPOINT = 3;
const OVERFLOW = 4;
const PAGE_FAULT = 14;

const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, '0');

/** The flags that both must have, by where the case has ended. */
function comparedFlags(testCase: AssembledCase, outcome: Outcome): number {
  const offset = (outcome.eip - CODE) | 0;
  // A trap's EIP is after the instruction, which is the end or the next one's start.
  const isAtEnd = outcome.vector === BREAKPOINT && offset === testCase.code.length + 1;
  // A return to after a call runs instructions again, so what is undefined depends on more than the place.
  const goesBack = testCase.names.includes('call') && testCase.names.includes('ret');
  if (goesBack) return (STATUS_FLAGS & ~testCase.undefinedEver) | CONTROL_FLAGS;
  const undefinedHere = testCase.undefinedAt.get(isAtEnd ? testCase.code.length : offset);
  return (STATUS_FLAGS & ~(undefinedHere ?? testCase.undefinedEver)) | CONTROL_FLAGS;
}

/** How the two outcomes differ, in words; empty where they do not. */
export function differences(testCase: AssembledCase, native: Outcome, emulated: Outcome): string[] {
  const found: string[] = [];
  const check = (what: string, a: number, b: number): void => {
    if ((a | 0) !== (b | 0)) found.push(`${what}: hardware ${hex(a)}, emulator ${hex(b)}`);
  };
  const open = emulated.vector === PAGE_FAULT ? testCase.openAt.get((emulated.eip - CODE) | 0) : undefined;
  check('vector', native.vector, emulated.vector);
  check('eip', native.eip, emulated.eip);
  REGISTER_NAMES.forEach((name, n) => {
    if (open !== 'registers') check(name, native.registers[n] as number, emulated.registers[n] as number);
  });
  const flags = comparedFlags(testCase, emulated);
  check('eflags', native.eflags & flags, emulated.eflags & flags);
  if (open !== 'memory') check('memory hash', native.memoryHash, emulated.memoryHash);
  if (emulated.vector === native.vector && emulated.vector > OVERFLOW && open !== 'address') {
    const mask = emulated.vector === PAGE_FAULT ? ~FETCH : -1;
    check('error code', native.errorCode & mask, emulated.errorCode);
  }
  if (emulated.vector === PAGE_FAULT && open !== 'address') check('cr2', native.cr2, emulated.cr2);
  return found;
}

export interface Verdict {
  readonly compared: number;
  /** Cases that went to an address of the harness, or executed data: they say nothing. */
  readonly discarded: number;
  readonly failures: readonly { readonly testCase: AssembledCase; readonly found: readonly string[] }[];
  /** How many cases ended in each exception. */
  readonly vectors: ReadonlyMap<number, number>;
}

export function compareAll(
  native: NativeProcessor,
  emulated: EmulatedProcessor,
  cases: readonly AssembledCase[],
): Verdict {
  const outcomes = cases.map((one) => emulated.run(one));
  const kept = cases.filter((_, n) => !('left' in (outcomes[n] as object)));
  const keptOutcomes = outcomes.filter((outcome): outcome is Outcome => !('left' in outcome));
  const natives = native.run(kept);
  const vectors = new Map<number, number>();
  const failures: { testCase: AssembledCase; found: string[] }[] = [];
  let executedData = 0;
  kept.forEach((testCase, n) => {
    const outcome = keptOutcomes[n] as Outcome;
    const found = differences(testCase, natives[n] as Outcome, outcome);
    vectors.set(outcome.vector, (vectors.get(outcome.vector) ?? 0) + 1);
    if (found.length === 0) return;
    if (emulated.leavesCode(testCase)) executedData += 1;
    else failures.push({ testCase, found });
  });
  const discarded = cases.length - kept.length + executedData;
  return { compared: cases.length - discarded, discarded, failures, vectors };
}

/** The smallest part of a failing case's instructions that still fails. */
export function shrink(
  native: NativeProcessor,
  emulated: EmulatedProcessor,
  failing: AssembledCase,
): AssembledCase {
  let smallest = failing;
  for (let n = 0; n < smallest.sequence.choices.length; ) {
    const { sequence } = smallest;
    const without = assemble({ ...sequence, choices: sequence.choices.filter((_, k) => k !== n) });
    if (compareAll(native, emulated, [without]).failures.length > 0) smallest = without;
    else n += 1;
  }
  return smallest;
}

/** A failure as text: instructions, bytes, registers, and what differs. */
export function describeFailure(testCase: AssembledCase, found: readonly string[]): string {
  const bytes = testCase.code.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const registers = REGISTER_NAMES.map((name, n) => `${name}=${hex(testCase.registers[n] as number)}`).join(
    ' ',
  );
  return `${testCase.names.join(', ')}: ${bytes}\n  ${registers} eflags=${hex(testCase.eflags)}\n  ${found.join('; ')}`;
}
