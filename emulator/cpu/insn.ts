import type { Cpu } from './cpu.ts';

/**
 * What a predecoded instruction does. An executor changes registers and memory only after everything that
 * can fault has been done, so that a fault leaves the state before the instruction.
 */
export type Exec = (c: Cpu, i: Insn) => void;

/**
 * Which operands an instruction has, for the compiler: the r/m operand with a register, an immediate or CL, or
 * alone; a register with the r/m operand; an immediate alone. `none`: the compiler need not know it.
 */
export const Form = { none: 0, rmReg: 1, regRm: 2, rmImmediate: 3, rmCl: 4, rm: 5, immediate: 6 } as const;
export type Form = (typeof Form)[keyof typeof Form];

/** Index of the register that is always zero: an address without base or index uses it. */
export const ZERO_REGISTER = 8;

/** Prefixes F2h and F3h. */
export const Rep = { none: 0, repne: 1, rep: 2 } as const;
export type Rep = (typeof Rep)[keyof typeof Rep];

/** Whether an instruction may stand inside a block, ends it, or must be run by itself. */
export const BlockRole = { inside: 0, ends: 1, alone: 2 } as const;
export type BlockRole = (typeof BlockRole)[keyof typeof BlockRole];

/**
 * One predecoded instruction. All have the same shape, since hot code reads them. Register operands hold an
 * index into the register view of the operand's size (`registerIndex`), so executors need no table.
 */
export class Insn {
  exec: Exec;
  form: Form = Form.none;
  /** Mnemonic as iced-x86 names it, lower case. */
  name = '';
  /** Bytes from the start of the block to this instruction and to the next. */
  offset = 0;
  end = 0;
  role: BlockRole = BlockRole.inside;
  /** Operand size in bytes. */
  size: 1 | 2 | 4 = 4;
  /** The register operand of ModRM (or of the opcode). */
  reg = 0;
  /** The register that ModRM's r/m names; unused where `isMemory`. */
  rm = 0;
  isMemory = false;
  /** Effective address: (base + (index << scale) + displacement) & addressMask, in segment `segment`. */
  base = ZERO_REGISTER;
  index = ZERO_REGISTER;
  scale = 0;
  displacement = 0;
  segment = 3;
  /** -1 for 32-bit addresses, FFFFh for 16-bit ones. */
  addressMask = -1;
  immediate = 0;
  /** A relative branch's target, in bytes from the start of the block. */
  target = 0;
  /**
   * For a direct near branch that is always taken: what is left of it where the block goes on at its target.
   * Absent for all others.
   */
  through: Exec | null = null;
  /** A second immediate: the selector of a far pointer, the level of ENTER; or a sub-operation's number. */
  extra = 0;
  rep: Rep = Rep.none;
  hasLock = false;
  /** LOCK is allowed where the destination is memory. */
  isLockable = false;

  constructor(exec: Exec) {
    this.exec = exec;
  }
}

/** Index of register `number` in the view for its size: regs8, regs16 or regs. */
export function registerIndex(number: number, sizeBytes: 1 | 2 | 4): number {
  if (sizeBytes === 4) return number;
  if (sizeBytes === 2) return number << 1;
  return ((number & 3) << 2) | (number >>> 2);
}
