import { Gpr } from '../../native.ts';
import { type Cpu, Seg } from '../cpu.ts';
import type { Build, Decoder } from '../decoder.ts';
import { condition, getCf, getOf, getSf, getZf } from '../flags.ts';
import { BlockRole, type Exec, type Insn } from '../insn.ts';
import { getRm, readAddress, writeAddress } from '../operands.ts';
import { drop, peek, push, setStackPointer } from '../stack.ts';
import { CONDITION_NAMES } from './move.ts';

/**
 * Near branches. The target of a relative one is `blockEip + target`; a 16-bit operand size cuts
 * it to 16 bits. A target beyond the limit of CS faults at the branch (SDM vol. 2, JMP).
 */

function goTo(c: Cpu, target: number): void {
  if (target >>> 0 > (c.segmentLimit[Seg.cs] as number) >>> 0) c.generalProtection(0);
  c.eip = target;
}

const relativeTarget = (c: Cpu, i: Insn): number => {
  const target = (c.blockEip + i.target) | 0;
  return i.size === 4 ? target : target & 0xffff;
};

const jump: Exec = (c, i) => {
  goTo(c, relativeTarget(c, i));
};
const jumpIf: Exec = (c, i) => {
  if (condition(c, i.extra)) goTo(c, relativeTarget(c, i));
};

/** The conditions of compiled code, one function each for V8's sake; indexed by condition code. */
const JUMP_IF: readonly Exec[] = [
  jumpIf,
  jumpIf,
  (c, i) => {
    if (getCf(c) !== 0) goTo(c, relativeTarget(c, i));
  },
  (c, i) => {
    if (getCf(c) === 0) goTo(c, relativeTarget(c, i));
  },
  (c, i) => {
    if (getZf(c) !== 0) goTo(c, relativeTarget(c, i));
  },
  (c, i) => {
    if (getZf(c) === 0) goTo(c, relativeTarget(c, i));
  },
  (c, i) => {
    if (getZf(c) !== 0 || getCf(c) !== 0) goTo(c, relativeTarget(c, i));
  },
  (c, i) => {
    if (getZf(c) === 0 && getCf(c) === 0) goTo(c, relativeTarget(c, i));
  },
  (c, i) => {
    if (getSf(c) !== 0) goTo(c, relativeTarget(c, i));
  },
  (c, i) => {
    if (getSf(c) === 0) goTo(c, relativeTarget(c, i));
  },
  jumpIf,
  jumpIf,
  (c, i) => {
    if (getSf(c) !== getOf(c)) goTo(c, relativeTarget(c, i));
  },
  (c, i) => {
    if (getSf(c) === getOf(c)) goTo(c, relativeTarget(c, i));
  },
  (c, i) => {
    if (getZf(c) !== 0 || getSf(c) !== getOf(c)) goTo(c, relativeTarget(c, i));
  },
  (c, i) => {
    if (getZf(c) === 0 && getSf(c) === getOf(c)) goTo(c, relativeTarget(c, i));
  },
];

function callTo(c: Cpu, i: Insn, target: number): void {
  if (target >>> 0 > (c.segmentLimit[Seg.cs] as number) >>> 0) c.generalProtection(0);
  push(c, c.blockEip + i.end, i.size as 2 | 4);
  c.eip = target;
}
const call: Exec = (c, i) => {
  callTo(c, i, relativeTarget(c, i));
};
const callRm: Exec = (c, i) => {
  callTo(c, i, getRm(c, i));
};
const jumpRm: Exec = (c, i) => {
  goTo(c, getRm(c, i));
};
/** CALL with a 32-bit operand: `push` written out, since it is half of what compiled code's calls cost. */
const call32: Exec = (c, i) => {
  const target = (c.blockEip + i.target) | 0;
  if (target >>> 0 > (c.segmentLimit[Seg.cs] as number) >>> 0) c.generalProtection(0);
  const top = ((c.regs[Gpr.esp] as number) - 4) & c.stackMask;
  c.mmu.store32(writeAddress(c, Seg.ss, top, 4), (c.blockEip + i.end) | 0);
  if (c.stackMask === -1) c.regs[Gpr.esp] = top;
  else setStackPointer(c, top);
  c.eip = target;
};
/** A call in the middle of a block that goes on at its target. */
const callThrough: Exec = (c, i) => {
  const top = ((c.regs[Gpr.esp] as number) - 4) & c.stackMask;
  c.mmu.store32(writeAddress(c, Seg.ss, top, 4), (c.blockEip + i.end) | 0);
  if (c.stackMask === -1) c.regs[Gpr.esp] = top;
  else setStackPointer(c, top);
};
const jumpThrough: Exec = () => {};
const return32: Exec = (c, i) => {
  const at = (c.regs[Gpr.esp] as number) & c.stackMask;
  goTo(c, c.mmu.load32(readAddress(c, Seg.ss, at, 4)));
  const top = at + 4 + i.immediate;
  if (c.stackMask === -1) c.regs[Gpr.esp] = top;
  else setStackPointer(c, top);
};
const returnNear: Exec = (c, i) => {
  goTo(c, peek(c, 0, i.size as 2 | 4));
  drop(c, i.size + i.immediate);
};

/** CX or ECX, by the address size. */
const counter = (c: Cpu, i: Insn): number => (c.regs[Gpr.ecx] as number) & i.addressMask;
function setCounter(c: Cpu, i: Insn, value: number): void {
  const ecx = c.regs[Gpr.ecx] as number;
  c.regs[Gpr.ecx] = (ecx & ~i.addressMask) | (value & i.addressMask);
}

function loopIf(c: Cpu, i: Insn, holds: boolean): void {
  const count = (counter(c, i) - 1) & i.addressMask;
  if (count !== 0 && holds) goTo(c, relativeTarget(c, i));
  setCounter(c, i, count);
}
const LOOPS: readonly { readonly name: string; readonly exec: Exec }[] = [
  { name: 'loopne', exec: (c, i) => loopIf(c, i, getZf(c) === 0) },
  { name: 'loope', exec: (c, i) => loopIf(c, i, getZf(c) !== 0) },
  { name: 'loop', exec: (c, i) => loopIf(c, i, true) },
  {
    name: 'jecxz',
    exec: (c, i) => {
      if (counter(c, i) === 0) goTo(c, relativeTarget(c, i));
    },
  },
];

const relativeSized = (d: Decoder): number => (d.operandSize === 4 ? d.next32() : (d.next16() << 16) >> 16);

const buildJump: Build = (d) => {
  d.insn.immediate = d.opcode === 0xeb ? d.nextSigned8() : relativeSized(d);
  d.is('jmp', jump, BlockRole.ends);
  if (d.operandSize === 4) d.insn.through = jumpThrough;
};
const buildJumpIf: Build = (d) => {
  const code = d.opcode & 15;
  d.insn.immediate = d.opcode < 0x80 ? d.nextSigned8() : relativeSized(d);
  d.insn.extra = code;
  d.is(`j${CONDITION_NAMES[code]}`, JUMP_IF[code] as Exec, BlockRole.ends);
};
const buildCall: Build = (d) => {
  d.insn.immediate = relativeSized(d);
  d.is('call', d.operandSize === 4 ? call32 : call, BlockRole.ends);
  if (d.operandSize === 4) d.insn.through = callThrough;
};
const buildReturn: Build = (d) => {
  d.insn.immediate = d.opcode === 0xc2 ? d.next16() : 0;
  d.is('ret', d.operandSize === 4 ? return32 : returnNear, BlockRole.ends);
};
const buildLoop: Build = (d) => {
  const { name, exec } = LOOPS[d.opcode & 3] as (typeof LOOPS)[number];
  d.insn.immediate = d.nextSigned8();
  d.is(name === 'jecxz' && d.addressSize === 2 ? 'jcxz' : name, exec, BlockRole.ends);
};

/** CALL and JMP of ModRM (group 5), after it has been read. */
export function buildBranchRm(d: Decoder): void {
  if (d.regField === 2) d.is('call', callRm, BlockRole.ends);
  else d.is('jmp', jumpRm, BlockRole.ends);
}

export function installBranch(table: Build[], table0f: Build[]): void {
  for (let code = 0; code < 16; code += 1) {
    table[0x70 + code] = buildJumpIf;
    table0f[0x80 + code] = buildJumpIf;
  }
  table[0xe8] = buildCall;
  table[0xe9] = buildJump;
  table[0xeb] = buildJump;
  table[0xc2] = buildReturn;
  table[0xc3] = buildReturn;
  for (let opcode = 0xe0; opcode < 0xe4; opcode += 1) table[opcode] = buildLoop;
}
