import type { Cpu } from '../cpu.ts';
import { Seg } from '../cpu.ts';
import type { Build, Decoder } from '../decoder.ts';
import { callFar, jumpFar, returnFar } from '../far.ts';
import { NO_ERROR_CODE, Vector } from '../fault.ts';
import { getOf } from '../flags.ts';
import { BlockRole, type Exec, type Insn } from '../insn.ts';
import { deliver } from '../interrupts.ts';
import { interruptReturn } from '../iret.ts';
import { getRegister, loadSized, offsetOf, readAddress, setRegister, signExtend16 } from '../operands.ts';
import { loadSegment } from '../segments.ts';

/** Far branches and pointers, software interrupts, IRET, BOUND. */

const wide = (i: Insn): 2 | 4 => i.size as 2 | 4;

/** The far pointer in memory: the offset, then the selector. */
function memoryPointer(c: Cpu, i: Insn): { selector: number; offset: number } {
  const at = offsetOf(c, i);
  const address = readAddress(c, i.segment, at, i.size + 2);
  return {
    offset: loadSized(c, address, i.size),
    selector: c.mmu.load16((address + i.size) | 0),
  };
}

const jumpImmediate: Exec = (c, i) => {
  jumpFar(c, { selector: i.extra, offset: i.immediate });
};
const callImmediate: Exec = (c, i) => {
  callFar(c, { selector: i.extra, offset: i.immediate }, (c.blockEip + i.end) | 0, wide(i));
};
const jumpMemory: Exec = (c, i) => {
  jumpFar(c, memoryPointer(c, i));
};
const callMemory: Exec = (c, i) => {
  callFar(c, memoryPointer(c, i), (c.blockEip + i.end) | 0, wide(i));
};
const returnFarExec: Exec = (c, i) => {
  returnFar(c, i.immediate, wide(i));
};

/** LES, LDS, LSS, LFS, LGS: the segment register is loaded first, since that can fault. */
const loadPointer: Exec = (c, i) => {
  const { selector, offset } = memoryPointer(c, i);
  loadSegment(c, i.extra, selector);
  setRegister(c, i.reg, offset, i.size);
};
const buildLoadPointer =
  (name: string, seg: number): Build =>
  (d) => {
    d.modRm(d.operandSize);
    d.insn.extra = seg;
    if (d.insn.isMemory) d.is(name, loadPointer, BlockRole.ends);
    else d.is('invalid', (c) => c.invalidOpcode());
  };

/** In V86 mode INT n needs IOPL 3; INT3, INTO and INT1 do not (SDM vol. 3 §20.3.3). */
const softwareInterrupt: Exec = (c, i) => {
  if (c.isV86 && c.iopl < 3) c.generalProtection();
  trap(c, i, i.immediate);
};
function trap(c: Cpu, i: Insn, vector: number): void {
  c.attention = true;
  const returnEip = (c.blockEip + i.end) | 0;
  deliver(c, { vector, source: 'software', errorCode: NO_ERROR_CODE, returnEip });
}
const breakpoint: Exec = (c, i) => {
  trap(c, i, Vector.breakpoint);
};
/** INT1 (F1h): a debug exception that no DPL is checked for. */
const debugTrap: Exec = (c, i) => {
  c.attention = true;
  const returnEip = (c.blockEip + i.end) | 0;
  deliver(c, { vector: Vector.debug, source: 'exception', errorCode: NO_ERROR_CODE, returnEip });
};
const overflow: Exec = (c, i) => {
  if (getOf(c) !== 0) trap(c, i, Vector.overflow);
};
const interruptReturnExec: Exec = (c, i) => {
  interruptReturn(c, wide(i));
};

const bound: Exec = (c, i) => {
  const address = readAddress(c, i.segment, offsetOf(c, i), i.size * 2);
  const low = loadSized(c, address, i.size);
  const high = loadSized(c, (address + i.size) | 0, i.size);
  const extend = i.size === 4 ? (value: number): number => value : signExtend16;
  const value = extend(getRegister(c, i.reg, i.size));
  if (value < extend(low) || value > extend(high)) c.fault.raise(Vector.boundRange, NO_ERROR_CODE);
};

const buildFarImmediate =
  (name: string, exec: Exec): Build =>
  (d) => {
    d.insn.immediate = d.nextSized(d.operandSize);
    d.insn.extra = d.next16();
    d.is(name, exec, BlockRole.alone);
  };

/** Far CALL and JMP of ModRM (group 5), after it has been read. */
export function buildFarRm(d: Decoder): void {
  if (!d.insn.isMemory) d.is('invalid', (c) => c.invalidOpcode());
  else if (d.regField === 3) d.is('call', callMemory, BlockRole.alone);
  else d.is('jmp', jumpMemory, BlockRole.alone);
}

export function installFar(table: Build[], table0f: Build[]): void {
  table[0x9a] = buildFarImmediate('call', callImmediate);
  table[0xea] = buildFarImmediate('jmp', jumpImmediate);
  for (const opcode of [0xca, 0xcb]) {
    table[opcode] = (d) => {
      d.insn.immediate = opcode === 0xca ? d.next16() : 0;
      d.is('retf', returnFarExec, BlockRole.alone);
    };
  }
  table[0xc4] = buildLoadPointer('les', Seg.es);
  table[0xc5] = buildLoadPointer('lds', Seg.ds);
  table0f[0xb2] = buildLoadPointer('lss', Seg.ss);
  table0f[0xb4] = buildLoadPointer('lfs', Seg.fs);
  table0f[0xb5] = buildLoadPointer('lgs', Seg.gs);
  table[0xcc] = (d) => d.is('int3', breakpoint, BlockRole.alone);
  table[0xcd] = (d) => {
    d.insn.immediate = d.next8();
    d.is('int', softwareInterrupt, BlockRole.alone);
  };
  table[0xce] = (d) => d.is('into', overflow, BlockRole.alone);
  table[0xf1] = (d) => d.is('int1', debugTrap, BlockRole.alone);
  table[0xcf] = (d) => d.is(d.operandSize === 4 ? 'iretd' : 'iret', interruptReturnExec, BlockRole.alone);
  table[0x62] = (d) => {
    d.modRm(d.operandSize);
    if (d.insn.isMemory) d.is('bound', bound);
    else d.is('invalid', (c) => c.invalidOpcode());
  };
}
