import { Flag, STATUS_FLAGS } from '../../../emulator/cpu/flags.ts';

/**
 * The instructions of user mode that cases are made of, with what each does to the status flags (SDM vol. 1
 * appendix A, and the "Flags affected" of each in vol. 2). Left out, since the two machines may differ: CPUID,
 * RDTSC, what reads segment selectors or descriptors, far transfers into other segments, INT 80h, x87 and what
 * comes after it; and operands whose result is undefined.
 */
export interface FlagEffect {
  readonly reads: number;
  /** Gets a value that the manual defines. */
  readonly defines: number;
  /** Gets a value that the manual leaves undefined. */
  readonly undefines: number;
}

export interface Operands {
  /** 1, 2 or 4. */
  readonly sizeBytes: number;
  /** The immediate as it is encoded. */
  readonly immediate: number;
}

export type ImmediateKind = 'none' | 'byte' | 'operand' | 'word' | 'address' | 'enter' | 'shift' | 'vector';

export interface Form {
  readonly name: string;
  readonly opcode: readonly number[];
  /** 'none', a register in the reg field, or the digit that stands there. */
  readonly modRm: 'none' | 'register' | number;
  readonly immediate: ImmediateKind;
  /** The operand is a byte whatever the prefix says. */
  readonly isByte: boolean;
  readonly flags: (operands: Operands) => FlagEffect;
  /** A branch forward over the next few instructions. */
  readonly branch?: 'rel8' | 'rel32';
  readonly isString?: boolean;
  readonly isLockable?: boolean;
  /** LOCK makes another instruction of it on some processors. */
  readonly takesNoLock?: boolean;
  /**
   * What a fault in its middle may leave open. 'registers': those loaded before the fault, though the manual
   * says that a fault leaves the state before the instruction. 'memory': those pushed before the fault, below the
   * stack pointer. 'address': which of two operands faults first.
   */
  readonly openAtFault?: 'registers' | 'memory' | 'address';
  /** A register as the operand would be another instruction. */
  readonly isMemoryOnly?: boolean;
  /** 66h is not to be put before it. */
  readonly is32Only?: boolean;
  /** Bytes that go before it: PUSH of a harmless image before POPF. */
  readonly pushesFirst?: boolean;
}

const { cf, pf, af, zf, sf, of } = Flag;
const ALL = STATUS_FLAGS;
const effect = (reads: number, defines: number, undefines: number): (() => FlagEffect) => {
  const value = { reads, defines, undefines };
  return () => value;
};
const NONE = effect(0, 0, 0);
const ARITHMETIC = effect(0, ALL, 0);
const WITH_CARRY = effect(cf, ALL, 0);
const LOGIC = effect(0, ALL & ~af, af);
const STEP = effect(0, ALL & ~cf, 0);
const PRODUCT = effect(0, cf | of, sf | zf | af | pf);

const forms: Form[] = [];

function add(
  name: string,
  opcode: readonly number[],
  modRm: Form['modRm'],
  options: Partial<
    Pick<
      Form,
      | 'immediate'
      | 'isByte'
      | 'flags'
      | 'branch'
      | 'isString'
      | 'isLockable'
      | 'is32Only'
      | 'pushesFirst'
      | 'isMemoryOnly'
      | 'takesNoLock'
      | 'openAtFault'
    >
  > = {},
): void {
  forms.push({ name, opcode, modRm, immediate: 'none', isByte: false, flags: NONE, ...options });
}

/** The byte form and the operand-sized form, whose opcodes follow each other. */
function addPair(
  name: string,
  opcode: readonly number[],
  modRm: Form['modRm'],
  options: Parameters<typeof add>[3] = {},
): void {
  const last = opcode.length - 1;
  add(name, opcode, modRm, { ...options, isByte: true });
  add(name, [...opcode.slice(0, last), (opcode[last] ?? 0) + 1], modRm, options);
}

/** Condition codes in pairs: the flags that each reads. */
const CONDITION_READS = [of, cf, zf, zf | cf, sf, pf, sf | of, zf | sf | of];
const conditionReads = (code: number): number => CONDITION_READS[code >> 1] ?? ALL;

function addAlu(): void {
  const names = ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp'];
  names.forEach((name, operation) => {
    const isLogic = operation === 1 || operation === 4 || operation === 6;
    const flags = isLogic ? LOGIC : operation === 2 || operation === 3 ? WITH_CARRY : ARITHMETIC;
    const isLockable = operation !== 7;
    addPair(name, [operation * 8], 'register', { flags, isLockable });
    addPair(name, [operation * 8 + 2], 'register', { flags });
    addPair(name, [operation * 8 + 4], 'none', { flags, immediate: 'operand' });
    addPair(name, [0x80], operation, { flags, immediate: 'operand', isLockable });
    add(name, [0x83], operation, { flags, immediate: 'byte', isLockable });
  });
  addPair('test', [0x84], 'register', { flags: LOGIC });
  addPair('test', [0xa8], 'none', { flags: LOGIC, immediate: 'operand' });
  addPair('test', [0xf6], 0, { flags: LOGIC, immediate: 'operand' });
  addPair('not', [0xf6], 2, { isLockable: true });
  addPair('neg', [0xf6], 3, { flags: ARITHMETIC, isLockable: true });
  addPair('inc', [0xfe], 0, { flags: STEP, isLockable: true });
  addPair('dec', [0xfe], 1, { flags: STEP, isLockable: true });
  for (let n = 0; n < 8; n += 1) {
    add('inc', [0x40 + n], 'none', { flags: STEP });
    add('dec', [0x48 + n], 'none', { flags: STEP });
  }
}

function addMultiply(): void {
  addPair('mul', [0xf6], 4, { flags: PRODUCT });
  addPair('imul', [0xf6], 5, { flags: PRODUCT });
  addPair('div', [0xf6], 6, { flags: effect(0, 0, ALL) });
  addPair('idiv', [0xf6], 7, { flags: effect(0, 0, ALL) });
  add('imul', [0x0f, 0xaf], 'register', { flags: PRODUCT });
  add('imul', [0x69], 'register', { flags: PRODUCT, immediate: 'operand' });
  add('imul', [0x6b], 'register', { flags: PRODUCT, immediate: 'byte' });
  add('daa', [0x27], 'none', { flags: effect(cf | af, ALL & ~of, of) });
  add('das', [0x2f], 'none', { flags: effect(cf | af, ALL & ~of, of) });
  add('aaa', [0x37], 'none', { flags: effect(af, cf | af, of | sf | zf | pf) });
  add('aas', [0x3f], 'none', { flags: effect(af, cf | af, of | sf | zf | pf) });
  add('aam', [0xd4], 'none', { flags: effect(0, sf | zf | pf, of | af | cf), immediate: 'byte' });
  add('aad', [0xd5], 'none', { flags: effect(0, sf | zf | pf, of | af | cf), immediate: 'byte' });
}

/** What a shift by a known count does; `isRotate` changes CF and OF alone. */
const shiftFlags =
  (operation: number) =>
  ({ sizeBytes, immediate }: Operands): FlagEffect => {
    const count = immediate & 31;
    const isRotate = operation < 4;
    const throughCarry = operation === 2 || operation === 3;
    const reads = throughCarry ? cf : 0;
    if (count === 0) return { reads: 0, defines: 0, undefines: 0 };
    const undefinedOf = count === 1 ? 0 : of;
    if (isRotate) return { reads, defines: (cf | of) & ~undefinedOf, undefines: undefinedOf };
    const lostCarry = operation !== 7 && count >= sizeBytes * 8 ? cf : 0;
    const undefines = af | undefinedOf | lostCarry;
    return { reads, defines: ALL & ~undefines, undefines };
  };

/** By CL, whose value is not known here: nothing is defined anew, since a count of 0 leaves all. */
const shiftByCl =
  (operation: number) =>
  ({ sizeBytes }: Operands): FlagEffect => ({
    reads: operation === 2 || operation === 3 ? cf : 0,
    defines: 0,
    undefines: of | (operation < 4 ? 0 : af | (sizeBytes < 4 && operation !== 7 ? cf : 0)),
  });

function addShifts(): void {
  const names = ['rol', 'ror', 'rcl', 'rcr', 'shl', 'shr', 'sal', 'sar'];
  names.forEach((name, operation) => {
    addPair(name, [0xc0], operation, { flags: shiftFlags(operation), immediate: 'shift' });
    const once = shiftFlags(operation);
    addPair(name, [0xd0], operation, { flags: (o) => once({ ...o, immediate: 1 }) });
    addPair(name, [0xd2], operation, { flags: shiftByCl(operation) });
  });
  for (const [name, opcode] of [
    ['shld', 0xa4],
    ['shrd', 0xac],
  ] as const) {
    const flags = ({ immediate }: Operands): FlagEffect => shiftFlags(7)({ sizeBytes: 4, immediate });
    add(name, [0x0f, opcode], 'register', { flags, immediate: 'shift', is32Only: true });
    add(name, [0x0f, opcode + 1], 'register', { flags: shiftByCl(7), is32Only: true });
  }
}

function addBits(): void {
  const flags = effect(0, cf, of | sf | af | pf);
  for (let n = 0; n < 4; n += 1) {
    const name = ['bt', 'bts', 'btr', 'btc'][n] ?? '';
    add(name, [0x0f, 0xa3 + 8 * n], 'register', { flags, isLockable: n > 0 });
    add(name, [0x0f, 0xba], 4 + n, { flags, immediate: 'byte', isLockable: n > 0 });
  }
  const scan = effect(0, zf, cf | of | sf | af | pf);
  add('bsf', [0x0f, 0xbc], 'register', { flags: scan });
  add('bsr', [0x0f, 0xbd], 'register', { flags: scan });
  addPair('xadd', [0x0f, 0xc0], 'register', { flags: ARITHMETIC, isLockable: true });
  addPair('cmpxchg', [0x0f, 0xb0], 'register', { flags: ARITHMETIC, isLockable: true });
  add('cmpxchg8b', [0x0f, 0xc7], 1, { flags: effect(0, zf, 0), isLockable: true });
}

function addMoves(): void {
  addPair('mov', [0x88], 'register');
  addPair('mov', [0x8a], 'register');
  addPair('mov', [0xc6], 0, { immediate: 'operand' });
  addPair('mov', [0xa0], 'none', { immediate: 'address' });
  addPair('mov', [0xa2], 'none', { immediate: 'address' });
  addPair('xchg', [0x86], 'register', { isLockable: true });
  for (let n = 0; n < 8; n += 1) {
    add('mov', [0xb0 + n], 'none', { immediate: 'operand', isByte: true });
    add('mov', [0xb8 + n], 'none', { immediate: 'operand' });
    add('xchg', [0x90 + n], 'none');
    add('push', [0x50 + n], 'none');
    add('pop', [0x58 + n], 'none');
    add('bswap', [0x0f, 0xc8 + n], 'none', { is32Only: true });
  }
  add('lea', [0x8d], 'register');
  for (const opcode of [0xb6, 0xb7, 0xbe, 0xbf]) add('movx', [0x0f, opcode], 'register');
  for (let code = 0; code < 16; code += 1) {
    add('cmov', [0x0f, 0x40 + code], 'register', { flags: effect(conditionReads(code), 0, 0) });
    add('set', [0x0f, 0x90 + code], 0, { isByte: true, flags: effect(conditionReads(code), 0, 0) });
  }
  add('xlat', [0xd7], 'none');
  add('cbw', [0x98], 'none');
  add('cwd', [0x99], 'none');
  add('sahf', [0x9e], 'none', { flags: effect(0, ALL & ~of, 0) });
  add('lahf', [0x9f], 'none', { flags: effect(ALL & ~of, 0, 0) });
  add('cmc', [0xf5], 'none', { flags: effect(cf, cf, 0) });
  add('clc', [0xf8], 'none', { flags: effect(0, cf, 0) });
  add('stc', [0xf9], 'none', { flags: effect(0, cf, 0) });
  add('cld', [0xfc], 'none');
  add('std', [0xfd], 'none');
}

function addStackAndBranches(): void {
  add('push', [0x68], 'none', { immediate: 'operand' });
  add('push', [0x6a], 'none', { immediate: 'byte' });
  add('push', [0xff], 6);
  add('pop', [0x8f], 0);
  add('pusha', [0x60], 'none', { openAtFault: 'memory' });
  add('popa', [0x61], 'none', { openAtFault: 'registers' });
  add('pushf', [0x9c], 'none', { flags: effect(ALL, 0, 0) });
  add('popf', [0x9d], 'none', { flags: effect(0, ALL, 0), pushesFirst: true, is32Only: true });
  add('enter', [0xc8], 'none', { immediate: 'enter', openAtFault: 'memory' });
  add('leave', [0xc9], 'none');
  for (let code = 0; code < 16; code += 1) {
    const flags = effect(conditionReads(code), 0, 0);
    add('jcc', [0x70 + code], 'none', { branch: 'rel8', flags });
    add('jcc', [0x0f, 0x80 + code], 'none', { branch: 'rel32', flags, is32Only: true });
  }
  add('jmp', [0xeb], 'none', { branch: 'rel8' });
  add('jmp', [0xe9], 'none', { branch: 'rel32', is32Only: true });
  add('call', [0xe8], 'none', { branch: 'rel32', is32Only: true });
  add('ret', [0xc3], 'none');
  add('ret', [0xc2], 'none', { immediate: 'word' });
  for (const opcode of [0xe0, 0xe1])
    add('loopcc', [opcode], 'none', { branch: 'rel8', flags: effect(zf, 0, 0) });
  for (const opcode of [0xe2, 0xe3]) add('loop', [opcode], 'none', { branch: 'rel8' });
  add('call', [0xff], 2);
  add('jmp', [0xff], 4);
}

function addStringsAndFaults(): void {
  for (const opcode of [0xa4, 0xaa, 0xac]) addPair('string', [opcode], 'none', { isString: true });
  // With REP and a count of 0 the flags stay, so nothing is defined anew.
  addPair('cmps', [0xa6], 'none', { isString: true, openAtFault: 'address' });
  addPair('scas', [0xae], 'none', { isString: true });
  for (const opcode of [0xcc, 0xce, 0xf4, 0xfa, 0xfb, 0xec, 0xee]) {
    add('trap', [opcode], 'none', { flags: opcode === 0xce ? effect(of, 0, 0) : NONE });
  }
  add('int', [0xcd], 'none', { immediate: 'vector' });
  add('bound', [0x62], 'register', { isMemoryOnly: true });
  add('arpl', [0x63], 'register', { flags: effect(0, zf, 0) });
  add('ud2', [0x0f, 0x0b], 'none');
  add('mov cr', [0x0f, 0x20, 0xc0], 'none', { takesNoLock: true });
  add('lldt', [0x0f, 0x00], 2);
  add('ltr', [0x0f, 0x00], 3);
  add('lgdt', [0x0f, 0x01], 2, { isMemoryOnly: true });
  add('invlpg', [0x0f, 0x01], 7, { isMemoryOnly: true });
  add('nop', [0x0f, 0x1f], 0);
  add('fence', [0x0f, 0xae, 0xf0], 'none', { is32Only: true });
  add('undefined', [0xff], 7);
  add('undefined', [0xfe], 5);
  add('undefined', [0x0f, 0xba], 2, { immediate: 'byte' });
  add('undefined', [0x8f], 3);
}

addAlu();
addMultiply();
addShifts();
addBits();
addMoves();
addStackAndBranches();
addStringsAndFaults();

export const FORMS: readonly Form[] = forms;
