/**
 * Which of the instruction forms of `iced-x86` an instruction's operands fit. Together with `encoder.ts` this
 * is all that loads that library, which instantiates WebAssembly at import.
 */
import { Code, CodeExt, OpCodeOperandKind as Kind } from 'iced-x86';
import { type Bits, codePrefixes } from './mnemonics.ts';
import type { MemoryOperand, RegisterName } from './operands.ts';

/** An operand whose symbols have been replaced by numbers; `isFixed` ones keep the full width they had. */
export type ResolvedOperand =
  | { readonly kind: 'register'; readonly name: RegisterName }
  | { readonly kind: 'immediate'; readonly value: number; readonly isFixed: boolean }
  | {
      readonly kind: 'memory';
      readonly memory: MemoryOperand;
      readonly displacement: number;
      readonly isFixed: boolean;
    }
  | { readonly kind: 'branch'; readonly target: number; readonly isShort: boolean }
  | { readonly kind: 'far'; readonly selector: number; readonly offset: number };

/** One form of an instruction: the library's code and the kinds of its operands. */
export interface Form {
  readonly code: Code;
  readonly name: string;
  readonly kinds: readonly Kind[];
}

const codesByPrefix = new Map<string, string[]>();
for (const name of Object.keys(Code)) {
  if (!Number.isNaN(Number(name))) continue;
  const prefix = name.split('_', 1)[0] ?? name;
  const names = codesByPrefix.get(prefix);
  if (names === undefined) codesByPrefix.set(prefix, [name]);
  else names.push(name);
}

const formsByMnemonic = new Map<string, readonly Form[]>();

/** All forms of a mnemonic that exist outside 64-bit mode. */
function formsOf(mnemonic: string, bits: Bits): readonly Form[] {
  const key = `${bits}${mnemonic}`;
  const known = formsByMnemonic.get(key);
  if (known !== undefined) return known;
  const forms: Form[] = [];
  for (const prefix of codePrefixes(mnemonic, bits)) {
    for (const name of codesByPrefix.get(prefix) ?? []) {
      // PUSH of a number pushes a whole stack word of the mode.
      if (name === 'Push_imm16' && bits === 32) continue;
      const code = Code[name as keyof typeof Code];
      const opCode = CodeExt.opCode(code);
      if (opCode.mode32)
        forms.push({
          code,
          name,
          kinds: Array.from({ length: opCode.opCount }, (_, i) => opCode.opKind(i)),
        });
      opCode.free();
    }
  }
  formsByMnemonic.set(key, forms);
  return forms;
}

export const GENERAL_32 = /^e(ax|cx|dx|bx|sp|bp|si|di)$/;
const GENERAL_16 = /^([acdb]x|[sb]p|[sd]i)$/;
const GENERAL_8 = /^[acdb][lh]$/;
const SEGMENT = /^[ecsdfg]s$/;

function registerFits(name: RegisterName, kind: Kind): boolean {
  switch (kind) {
    case Kind.r32_or_mem:
    case Kind.r32_reg:
    case Kind.r32_rm:
    case Kind.r32_opcode:
      return GENERAL_32.test(name);
    case Kind.r16_or_mem:
    case Kind.r16_reg:
    case Kind.r16_rm:
    case Kind.r16_opcode:
      return GENERAL_16.test(name);
    case Kind.r8_or_mem:
    case Kind.r8_reg:
    case Kind.r8_opcode:
      return GENERAL_8.test(name);
    case Kind.seg_reg:
      return SEGMENT.test(name);
    case Kind.cr_reg:
      return name.startsWith('cr');
    case Kind.dr_reg:
      return name.startsWith('dr');
    default:
      return Kind[kind] === name;
  }
}

function immediateFits(value: number, isFixed: boolean, kind: Kind): boolean {
  if (kind === Kind.imm32) return value >= -0x80000000 && value <= 0xffffffff;
  if (kind === Kind.imm16) return value >= -0x8000 && value <= 0xffff;
  if (isFixed) return false;
  if (kind === Kind.imm8) return value >= -0x80 && value <= 0xff;
  if (kind === Kind.imm8_const_1) return value === 1;
  if (kind === Kind.imm8sex32)
    return value >= -0x80000000 && value <= 0xffffffff && (value | 0) >= -0x80 && (value | 0) <= 0x7f;
  if (kind !== Kind.imm8sex16) return false;
  const signed = (value << 16) >> 16;
  return value >= -0x8000 && value <= 0xffff && signed >= -0x80 && signed <= 0x7f;
}

function memoryFits(memory: MemoryOperand, kind: Kind, form: Form): boolean {
  switch (kind) {
    case Kind.mem:
      return true;
    case Kind.r8_or_mem:
      return memory.sizeBytes === 1;
    case Kind.r16_or_mem:
      return memory.sizeBytes === 2;
    case Kind.r32_or_mem:
      return memory.sizeBytes === (form.name.includes('r32m16') ? 2 : 4);
    default:
      return false;
  }
}

function fits(operand: ResolvedOperand, kind: Kind | undefined, form: Form, bits: Bits): boolean {
  if (kind === undefined) return false;
  switch (operand.kind) {
    case 'register':
      return registerFits(operand.name, kind);
    case 'immediate':
      return immediateFits(operand.value, operand.isFixed, kind);
    case 'memory':
      return memoryFits(operand.memory, kind, form);
    case 'branch':
      if (operand.isShort) return kind === (bits === 32 ? Kind.br32_1 : Kind.br16_1);
      return kind === (bits === 32 ? Kind.br32_4 : Kind.br16_2);
    case 'far':
      return kind === (bits === 32 ? Kind.farbr4_2 : Kind.farbr2_2);
  }
}

/** How far a mnemonic can branch to a label, and whether it has a short form: CALL has none. */
export interface Branching {
  readonly reach: 'none' | 'short' | 'near';
  readonly hasShort: boolean;
}
const branchings = new Map<string, Branching>();

export function branchingOf(mnemonic: string, bits: Bits): Branching {
  const key = `${bits}${mnemonic}`;
  const known = branchings.get(key);
  if (known !== undefined) return known;
  const kinds = new Set(formsOf(mnemonic, bits).map((form) => form.kinds[0]));
  const hasShort = kinds.has(bits === 32 ? Kind.br32_1 : Kind.br16_1);
  const hasNear = kinds.has(bits === 32 ? Kind.br32_4 : Kind.br16_2);
  const branching: Branching = { reach: hasNear ? 'near' : hasShort ? 'short' : 'none', hasShort };
  branchings.set(key, branching);
  return branching;
}

/** The forms that the operands fit, in the library's order. */
export const fittingForms = (
  mnemonic: string,
  operands: readonly ResolvedOperand[],
  bits: Bits,
): readonly Form[] =>
  formsOf(mnemonic, bits).filter(
    (form) =>
      form.kinds.length === operands.length &&
      operands.every((operand, i) => fits(operand, form.kinds[i], form, bits)),
  );

/** Whether there is an instruction of this name at all. */
export const isInstruction = (mnemonic: string, bits: Bits): boolean => formsOf(mnemonic, bits).length > 0;
