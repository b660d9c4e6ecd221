import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Assembler } from '../../emulator/assembler/assembler.ts';
import { type MemoryOperand, mem } from '../../emulator/assembler/operands.ts';
import { type BareMachine, bareMachine, HANDLERS, withTables } from '../emulator/cpu/bare-machine.ts';

/**
 * Compiled code against plain interpretation: random programs with loops, calls and self-modifying stores end
 * in the same state after any number of instructions, with the same store log and the same notes of what was
 * read, however the run is cut and wherever the notes begin anew.
 */

const INSTRUCTIONS_COUNT = 3000;
const DATA = 0x20000;
const REGISTERS_32 = ['eax', 'ecx', 'edx', 'esi', 'edi', 'ebp'] as const;
const REGISTERS_16 = ['ax', 'cx', 'dx', 'si', 'di', 'bp'] as const;
const REGISTERS_8 = ['al', 'cl', 'dl', 'ah', 'ch', 'dh'] as const;
const ALU = ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp', 'test', 'mov'] as const;
const CONDITIONS = ['o', 'no', 'b', 'ae', 'e', 'ne', 'be', 'a', 's', 'ns', 'p', 'np', 'l', 'ge', 'le', 'g'];

/** One instruction of a body, by numbers; `emit` makes something of any of them. */
interface Step {
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly value: number;
}

const pick = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;
const SIZES = ['dword', 'word', 'byte'] as const;
const registers = (size: (typeof SIZES)[number]): readonly string[] =>
  size === 'dword' ? REGISTERS_32 : size === 'word' ? REGISTERS_16 : REGISTERS_8;

/** EBX stays at DATA. Most operands are aligned and near; some are not, some lie far off. */
function place(size: (typeof SIZES)[number], step: Step): MemoryOperand {
  const displacement = step.c % 8 === 0 ? step.value & 0x1fff : step.value & 0x7c;
  if (step.c % 11 === 1) return mem[size]({ base: 'ebx', index: 'esi', scale: 4, displacement });
  return mem[size]({ base: 'ebx', displacement });
}

function emit(a: Assembler, step: Step, n: number): void {
  const size = step.b % 5 < 3 ? 'dword' : pick(SIZES, step.b);
  const register = pick(registers(size), step.a);
  const other = pick(registers(size), step.b);
  const wide = pick(REGISTERS_32, step.a);
  const immediate = size === 'dword' ? step.value : size === 'word' ? step.value & 0xffff : step.value & 0xff;
  const memory = place(size, step);
  const operation = pick(ALU, step.c);
  switch (step.kind) {
    case 0:
    case 1:
      a.emit(operation, register, other);
      break;
    case 2:
      a.emit(operation, register, immediate);
      break;
    case 3:
    case 4:
      if (operation === 'test') a.emit('test', memory, register);
      else a.emit(operation, register, memory);
      break;
    case 5:
      a.emit(operation, memory, register);
      break;
    case 6:
      a.emit(operation, memory, immediate);
      break;
    case 7:
      a.emit(pick(['inc', 'dec', 'neg', 'not'], step.c), step.b % 2 === 0 ? register : memory);
      break;
    case 8:
      a.emit(
        pick(['shl', 'shr', 'sar', 'rol', 'rcr'], step.c),
        step.b % 3 === 0 ? memory : wide,
        step.value & 31,
      );
      break;
    case 9:
      a.emit(
        `set${pick(CONDITIONS, step.c)}`,
        step.b % 2 === 0 ? pick(REGISTERS_8, step.a) : place('byte', step),
      );
      break;
    case 10:
      a.emit(
        `cmov${pick(CONDITIONS, step.c)}`,
        wide,
        step.b % 2 === 0 ? pick(REGISTERS_32, step.b) : place('dword', step),
      );
      break;
    case 11:
      a.emit(
        pick(['movzx', 'movsx'], step.c),
        wide,
        step.b % 2 === 0 ? pick(REGISTERS_8, step.b) : place('word', step),
      );
      break;
    case 12:
      if (step.b % 3 === 0) a.push(step.value);
      else a.push(step.b % 3 === 1 ? wide : place('dword', step));
      a.pop(pick(REGISTERS_32, step.c));
      break;
    case 13:
      a.lea(
        wide,
        mem.any({
          base: 'ebx',
          index: pick(REGISTERS_32, step.b),
          scale: pick([1, 2, 4, 8] as const, step.c),
          displacement: step.value,
        }),
      );
      break;
    case 14:
      a.imul(wide, step.b % 2 === 0 ? pick(REGISTERS_32, step.b) : place('dword', step));
      break;
    case 15:
      a.call(pick(['routine', 'leaf'], step.c));
      break;
    case 16:
      a.emit(`j${pick(CONDITIONS, step.c)}`, `skip${n}`)
        .emit('add', wide, step.value)
        .label(`skip${n}`);
      break;
    case 17:
      a.xchg(wide, pick(REGISTERS_32, step.b));
      break;
    case 18:
      a.emit(pick(['cdq', 'cwde', 'nop', 'stc', 'cmc', 'lahf', 'pushf'], step.c));
      if (pick([0, 0, 0, 0, 0, 0, 1], step.c) === 1) a.popf();
      break;
    case 19:
      // The constant of an instruction further on, or back.
      a.mov(mem.byte({ displacement: a.addressOf('patched', 1) }), step.value & 0xff);
      break;
    case 20:
      a.mov('edi', DATA + 0x800)
        .mov('ecx', 3)
        .rep('stosd');
      break;
    default:
      a.emit('div', wide);
  }
}

interface Program {
  readonly steps: readonly Step[];
  readonly inner: readonly Step[];
}

/** Two loops in one another for ever, with routines behind them. */
function write(a: Assembler, { steps, inner }: Program): void {
  a.mov('ebx', DATA)
    .label('outer')
    .mov(mem.dword({ displacement: DATA + 0x1800 }), 5)
    .label('inner');
  inner.forEach((step, n) => {
    emit(a, step, n);
  });
  a.label('patched')
    .mov('eax', 0x12345678)
    .dec(mem.dword({ displacement: DATA + 0x1800 }))
    .jnz('inner');
  steps.forEach((step, n) => {
    emit(a, step, 100 + n);
  });
  a.mov('esp', 0x8000).jmp('outer');
  a.label('routine')
    .push('ebp')
    .mov('ebp', 'esp')
    .add('eax', mem.dword({ base: 'ebp', displacement: 4 }));
  a.call('leaf').leave().ret();
  a.label('leaf').add('edx', 3).ret();
}

/** Faults go on after what may not be done: here a division, which is two bytes long. */
function machineWith(program: Program, compileAfter: number): BareMachine {
  const m = withTables(bareMachine({ openBus: true, compileAfter }));
  m.code((a) => write(a, program));
  for (let vector = 0; vector < 32; vector += 1) {
    // add dword [esp], 2; iretd
    [0x83, 0x04, 0x24, 0x02, 0xcf].forEach((byte, n) => {
      m.setByte(HANDLERS + vector * 16 + n, byte);
    });
  }
  m.machine.nvm.beginRun();
  return m;
}

/** All that there is: time, registers, memory, the store log, and the notes of what was read. */
function state({ machine }: BareMachine, stop: string): string {
  const { nvm } = machine;
  const { log } = nvm;
  let digest = log.length;
  for (let n = 0; n < log.length; n += 1) {
    for (const column of [log.address, log.oldWord, log.newWord, log.meta])
      digest = (Math.imul(digest, 31) + (column[n] as number)) | 0;
  }
  let read = 0;
  for (const word of nvm.liveIn) read = (Math.imul(read, 31) + word) | 0;
  return [
    stop,
    machine.instructionsCount,
    machine.volatileKey(),
    nvm.hash(),
    digest,
    read,
    nvm.storesCount,
  ].join(' ');
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.nat({ max: 21 }),
  a: fc.nat({ max: 30 }),
  b: fc.nat({ max: 29 }),
  c: fc.nat({ max: 87 }),
  value: fc.nat({ max: 0x7fffffff }),
});
const program = fc.record({
  steps: fc.array(step, { maxLength: 6 }),
  inner: fc.array(step, { minLength: 1, maxLength: 14 }),
  pieces: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 }),
  beginsAnew: fc.integer({ min: 2, max: 9 }),
});

test('compiled code does what the interpreter does, after every piece of a run', () => {
  let compiled = 0;
  let all = 0;
  fc.assert(
    fc.property(program, fc.constantFrom(1, 2, 20), ({ steps, inner, pieces, beginsAnew }, compileAfter) => {
      const plain = machineWith({ steps, inner }, Number.POSITIVE_INFINITY);
      const other = machineWith({ steps, inner }, compileAfter);
      for (let n = 0; plain.machine.instructionsCount < INSTRUCTIONS_COUNT; n += 1) {
        const count = pieces[n % pieces.length] as number;
        const [one, two] = [plain, other].map((m) => state(m, m.step(count).kind));
        expect(two).toBe(one);
        if (n % beginsAnew === 0) for (const m of [plain, other]) m.machine.nvm.beginRun();
      }
      expect(plain.machine.compiledCount).toBe(0);
      compiled += other.machine.compiledCount;
      all += other.machine.instructionsCount;
    }),
    { numRuns: 120, seed: 5 },
  );
  // Not vacuous: most of it has really been compiled code.
  expect(compiled / all).toBeGreaterThan(0.5);
});
