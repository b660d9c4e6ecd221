/**
 * From a mnemonic and operands to bytes, over the encoder of `iced-x86`: of all instruction forms that the
 * operands fit, the shortest is taken; of equals, the first in the library's order.
 */
import {
  type Code,
  Encoder,
  MemoryOperand as IcedMemory,
  Instruction,
  OpCodeOperandKind as Kind,
  Register,
  RepPrefixKind,
} from 'iced-x86';
import { AssemblyError } from './assembly-error.ts';
import { type Form, fittingForms, GENERAL_32, isInstruction, type ResolvedOperand } from './forms.ts';
import type { Bits } from './mnemonics.ts';
import { formatOperand, type Operand, type RegisterName } from './operands.ts';

export type Prefix = 'lock' | 'rep' | 'repe' | 'repne';

/** An instruction as the program's author wrote it. */
export interface Statement {
  readonly mnemonic: string;
  readonly prefix: Prefix | undefined;
  readonly operands: readonly Operand[];
}

export const formatStatement = ({ mnemonic, prefix, operands }: Statement): string =>
  [prefix, mnemonic, operands.map(formatOperand).join(', ')].filter((part) => part).join(' ');

const registerId = (name: RegisterName): Register => Register[name.toUpperCase() as keyof typeof Register];

function icedMemory(operand: Extract<ResolvedOperand, { kind: 'memory' }>, bits: Bits): IcedMemory {
  const { memory, displacement, isFixed } = operand;
  const { base, index } = memory;
  const addressBits =
    base === undefined && index === undefined ? bits : GENERAL_32.test(base ?? index ?? '') ? 32 : 16;
  const isBare = base === undefined && index === undefined;
  const size = isFixed || isBare ? addressBits / 8 : displacement === 0 ? 0 : 1;
  return new IcedMemory(
    base === undefined ? Register.None : registerId(base),
    index === undefined ? Register.None : registerId(index),
    memory.scale,
    BigInt(displacementFor(displacement, addressBits, isBare)),
    size,
    false,
    memory.segment === undefined ? Register.None : registerId(memory.segment),
  );
}

/** The library wants an address without base register unsigned, and a distance from one signed. */
function displacementFor(value: number, addressBits: 16 | 32, isBare: boolean): number {
  if (addressBits === 16) return isBare ? value & 0xffff : (value << 16) >> 16;
  return isBare ? value >>> 0 : value | 0;
}

type Arguments = readonly (Register | number | IcedMemory)[];
/** Instruction makers by the shape of their operands: r register, i immediate, m memory. */
const MAKERS: Readonly<Record<string, (code: Code, a: Arguments) => Instruction>> = {
  '': (code) => Instruction.create(code),
  r: (code, a) => Instruction.createReg(code, a[0] as Register),
  i: (code, a) => Instruction.createI32(code, a[0] as number),
  m: (code, a) => Instruction.createMem(code, a[0] as IcedMemory),
  rr: (code, a) => Instruction.createRegReg(code, a[0] as Register, a[1] as Register),
  ri: (code, a) => Instruction.createRegI32(code, a[0] as Register, a[1] as number),
  rm: (code, a) => Instruction.createRegMem(code, a[0] as Register, a[1] as IcedMemory),
  mr: (code, a) => Instruction.createMemReg(code, a[0] as IcedMemory, a[1] as Register),
  mi: (code, a) => Instruction.createMemI32(code, a[0] as IcedMemory, a[1] as number),
  ir: (code, a) => Instruction.createI32Reg(code, a[0] as number, a[1] as Register),
  ii: (code, a) => Instruction.createI32I32(code, a[0] as number, a[1] as number),
  rri: (code, a) => Instruction.createRegRegI32(code, a[0] as Register, a[1] as Register, a[2] as number),
  rmi: (code, a) => Instruction.createRegMemI32(code, a[0] as Register, a[1] as IcedMemory, a[2] as number),
  mri: (code, a) => Instruction.createMemRegI32(code, a[0] as IcedMemory, a[1] as Register, a[2] as number),
  rrr: (code, a) => Instruction.createRegRegReg(code, a[0] as Register, a[1] as Register, a[2] as Register),
  mrr: (code, a) => Instruction.createMemRegReg(code, a[0] as IcedMemory, a[1] as Register, a[2] as Register),
};

type StringMaker = (addressSize: number, rep: RepPrefixKind) => Instruction;
const STRING_MAKERS: Readonly<Record<string, StringMaker>> = {
  movsb: (size, rep) => Instruction.createMovsb(size, Register.None, rep),
  movsw: (size, rep) => Instruction.createMovsw(size, Register.None, rep),
  movsd: (size, rep) => Instruction.createMovsd(size, Register.None, rep),
  cmpsb: (size, rep) => Instruction.createCmpsb(size, Register.None, rep),
  cmpsw: (size, rep) => Instruction.createCmpsw(size, Register.None, rep),
  cmpsd: (size, rep) => Instruction.createCmpsd(size, Register.None, rep),
  lodsb: (size, rep) => Instruction.createLodsb(size, Register.None, rep),
  lodsw: (size, rep) => Instruction.createLodsw(size, Register.None, rep),
  lodsd: (size, rep) => Instruction.createLodsd(size, Register.None, rep),
  outsb: (size, rep) => Instruction.createOutsb(size, Register.None, rep),
  outsw: (size, rep) => Instruction.createOutsw(size, Register.None, rep),
  outsd: (size, rep) => Instruction.createOutsd(size, Register.None, rep),
  stosb: (size, rep) => Instruction.createStosb(size, rep),
  stosw: (size, rep) => Instruction.createStosw(size, rep),
  stosd: (size, rep) => Instruction.createStosd(size, rep),
  scasb: (size, rep) => Instruction.createScasb(size, rep),
  scasw: (size, rep) => Instruction.createScasw(size, rep),
  scasd: (size, rep) => Instruction.createScasd(size, rep),
  insb: (size, rep) => Instruction.createInsb(size, rep),
  insw: (size, rep) => Instruction.createInsw(size, rep),
  insd: (size, rep) => Instruction.createInsd(size, rep),
};
const REPEATS = { rep: RepPrefixKind.Repe, repe: RepPrefixKind.Repe, repne: RepPrefixKind.Repne } as const;

/** The bytes of a statement at `address`, its operands resolved. Throws AssemblyError where none fit. */
export function encode(
  statement: Statement,
  operands: readonly ResolvedOperand[],
  address: number,
  bits: Bits,
): Uint8Array {
  const { mnemonic, prefix } = statement;
  const stringMaker = STRING_MAKERS[mnemonic];
  if (stringMaker !== undefined && operands.length === 0) {
    if (prefix === 'lock') throw new AssemblyError('bad-operands', `${mnemonic} cannot be locked`);
    const rep = prefix === undefined ? RepPrefixKind.None : REPEATS[prefix];
    return encodeOne(stringMaker(bits, rep), address, bits);
  }
  if (prefix !== undefined && prefix !== 'lock')
    throw new AssemblyError('bad-operands', `${formatStatement(statement)}: only string instructions repeat`);
  let best: Uint8Array | undefined;
  let failure: unknown;
  for (const form of fittingForms(mnemonic, operands, bits)) {
    try {
      const instruction = make(form, operands, bits);
      instruction.hasLockPrefix = prefix === 'lock';
      const bytes = encodeOne(instruction, address, bits);
      if (best === undefined || bytes.length < best.length) best = bytes;
    } catch (error) {
      failure ??= error;
    }
  }
  if (best !== undefined) return best;
  if (failure !== undefined)
    throw new AssemblyError(
      'out-of-range',
      `${formatStatement(statement)}: ${failure instanceof Error ? failure.message : String(failure)}`,
    );
  if (!isInstruction(mnemonic, bits))
    throw new AssemblyError('unknown-instruction', `no instruction ${mnemonic} in ${bits}-bit mode`);
  throw new AssemblyError(
    'bad-operands',
    `${formatStatement(statement)}: no form of ${mnemonic} takes these operands`,
  );
}

function make(form: Form, operands: readonly ResolvedOperand[], bits: Bits): Instruction {
  const first = operands[0];
  if (first?.kind === 'branch') return Instruction.createBranch(form.code, BigInt(first.target >>> 0));
  if (first?.kind === 'far')
    return Instruction.createFarBranch(form.code, first.selector, first.offset >>> 0);
  let shape = '';
  const args = operands.map((operand, i): Register | number | IcedMemory => {
    shape += operand.kind.charAt(0);
    if (operand.kind === 'register') return registerId(operand.name);
    if (operand.kind === 'immediate') return asImmediate(operand.value, form.kinds[i]);
    if (operand.kind !== 'memory') throw new AssemblyError('bad-operands', 'a branch takes one operand');
    return icedMemory(operand, bits);
  });
  const maker = MAKERS[shape];
  if (maker === undefined) throw new AssemblyError('bad-operands', `no instruction has operands ${shape}`);
  // The maker takes the memory operand over: it must not be freed here.
  return maker(form.code, args);
}

function asImmediate(value: number, kind: Kind | undefined): number {
  if (kind === Kind.imm32 || kind === Kind.imm8sex32) return value | 0;
  return kind === Kind.imm8sex16 ? (value << 16) >> 16 : value;
}

const encoders = new Map<Bits, Encoder>();

function encodeOne(instruction: Instruction, address: number, bits: Bits): Uint8Array {
  const encoder = encoders.get(bits) ?? new Encoder(bits);
  encoders.set(bits, encoder);
  try {
    encoder.encode(instruction, BigInt(address >>> 0));
    return encoder.takeBuffer();
  } catch (error) {
    // What a failed encoding leaves behind must not get into the next.
    encoders.delete(bits);
    encoder.free();
    throw error;
  } finally {
    instruction.free();
  }
}
