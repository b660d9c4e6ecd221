/**
 * Litmus tests on the emulated processor: a program, and every outcome that a power failure anywhere in it may
 * leave of its variables. `x` and `y` are in lines of their own, `x2` is in the line of `x`.
 */
import type { Assembler } from '../../../emulator/assembler/assembler.ts';
import { mem } from '../../../emulator/assembler/operands.ts';
import type { Persistency } from '../../../emulator/persistency/model.ts';
import { PersistencyWalk, recordedRun } from '../../../emulator/persistency/walk.ts';
import { bareMachine } from '../cpu/bare-machine.ts';
import { imagesOf } from './images.ts';

const ADDRESS = { x: 0x20000, x2: 0x20004, y: 0x20040, z: 0x20080 } as const;
export type Variable = keyof typeof ADDRESS;

export const at = (variable: Variable): ReturnType<typeof mem.dword> =>
  mem.dword({ displacement: ADDRESS[variable] });

export interface Outcomes {
  /** By a failure somewhere in the program. */
  readonly anywhere: string[];
  /** By a failure when the program has ended. */
  readonly atEnd: string[];
}

/** Outcomes as digits in the order of `variables`: "01" for the first 0 and the second 1. Sorted. */
export function outcomesOf(
  variables: readonly Variable[],
  program: (a: Assembler) => void,
  persistency: Persistency = { model: 'px86', atomicBytes: 4 },
): Outcomes {
  const m = bareMachine({ persistency });
  m.code((a) => {
    program(a);
    a.hlt();
  });
  const { nvm } = m.machine;
  nvm.beginRun();
  const memory = nvm.words.slice();
  const stop = m.step(1000);
  if (stop.kind !== 'halted') throw new Error(`the program stopped by ${stop.kind}`);
  const run = recordedRun(nvm);
  const walk = new PersistencyWalk(run, persistency);
  const digits = (image: Int32Array): string =>
    variables.map((name) => (image[ADDRESS[name] >>> 2] as number).toString(16)).join('');
  const here = (): string[] => imagesOf(memory, walk.choices()).map(digits);
  const anywhere = new Set(here());
  for (let i = 0; walk.advance(); i += 1) {
    const word = run.words[i] as number;
    if (word >= 0) memory[word] = run.newWords[i] as number;
    for (const outcome of here()) anywhere.add(outcome);
  }
  walk.finish();
  const atEnd = new Set(here());
  for (const outcome of atEnd) anywhere.add(outcome);
  return { anywhere: [...anywhere].sort(), atEnd: [...atEnd].sort() };
}
