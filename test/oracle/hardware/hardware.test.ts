import fc from 'fast-check';
import { expect, type TestContext, test } from 'vitest';
import { campaign } from './campaign.ts';
import { differences } from './compare.ts';
import { EmulatedProcessor } from './emulated.ts';
import { FORMS } from './forms.ts';
import type { Outcome } from './layout.ts';
import { NativeProcessor } from './native.ts';
import { type AssembledCase, assemble, sequence } from './sequence.ts';

const SEQUENCES_COUNT = 10_000;
const COMPILED_COUNT = 3000;

/** This processor, or null where it cannot run 32-bit code: then the test is skipped. */
function openNative(context: TestContext): NativeProcessor | null {
  const native = NativeProcessor.open();
  if (!('unavailable' in native)) return native;
  console.warn(`SKIPPED, the emulator was not compared with hardware: ${native.unavailable}`);
  context.skip(native.unavailable);
  return null;
}

test('ten thousand random sequences end on the emulator as on this processor', (context) => {
  const native = openNative(context);
  if (native === null) return;
  try {
    const result = campaign(native, { count: SEQUENCES_COUNT, seed: 20260923 });
    expect(result.failures.join('\n\n')).toBe('');
    expect(result.failuresCount).toBe(0);
    expect(result.compared).toBeGreaterThanOrEqual(SEQUENCES_COUNT);
    // Not vacuous: every kind of instruction stood in some case, and cases ended in all sorts of ways.
    expect(result.names.size).toBe(new Set(FORMS.map((form) => form.name)).size);
    for (const vector of [0, 1, 3, 4, 5, 6, 13, 14])
      expect(result.vectors.get(vector) ?? 0).toBeGreaterThan(5);
  } finally {
    native.close();
  }
});

test('and so do sequences that are compiled before they are run', (context) => {
  const native = openNative(context);
  if (native === null) return;
  try {
    const result = campaign(native, { count: COMPILED_COUNT, seed: 20261123, isCompiled: true });
    expect(result.failures.join('\n\n')).toBe('');
    expect(result.failuresCount).toBe(0);
    // Not vacuous: a sequence is compiled up to its first instruction that the compiler does not know.
    expect(result.compiledCount).toBeGreaterThan(result.compared / 2);
  } finally {
    native.close();
  }
});

test('the comparison sees one wrong bit of whatever it compares', () => {
  const [testCase] = fc.sample(sequence, { numRuns: 1, seed: 5 }).map(assemble) as [AssembledCase];
  const right = new EmulatedProcessor().run({ ...testCase, code: [0x74, 0x00] });
  if ('left' in right) throw new Error('the case does not count');
  const plain: AssembledCase = { ...testCase, code: [0x74, 0x00], undefinedAt: new Map(), undefinedEver: 0 };
  expect(differences(plain, right, right)).toEqual([]);
  const wrong: readonly (readonly [string, Outcome])[] = [
    ['vector', { ...right, vector: right.vector ^ 1 }],
    ['eip', { ...right, eip: right.eip ^ 1 }],
    ['eflags', { ...right, eflags: right.eflags ^ 0x40 }],
    ['memory hash', { ...right, memoryHash: right.memoryHash ^ 1 }],
    ['ebx', { ...right, registers: right.registers.map((value, n) => (n === 4 ? value ^ 1 : value)) }],
  ];
  for (const [what, native] of wrong) expect(differences(plain, native, right).join()).toContain(what);
});
