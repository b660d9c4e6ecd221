import { Gpr } from '../../native.ts';
import { Alu, alu } from '../alu.ts';
import { type Cpu, Seg } from '../cpu.ts';
import type { Build } from '../decoder.ts';
import { Flag, getZf } from '../flags.ts';
import { BlockRole, type Exec, type Insn, Rep } from '../insn.ts';
import { checkPortAccess } from '../io-permission.ts';
import { getRegister, loadSized, readAddress, setRegister, storeSized, writeAddress } from '../operands.ts';
import { sizeByOpcode } from './alu.ts';

/**
 * MOVS, CMPS, STOS, LODS, SCAS, INS, OUTS, with REP. Each element is an instruction of time and leaves the
 * registers as after it, so that an interrupt, a fault or a power failure between two elements finds an
 * instruction that can be started again.
 */

/** One element: moves data and the index registers. */
type Element = (c: Cpu, i: Insn) => void;

const index = (c: Cpu, register: number, i: Insn): number => (c.regs[register] as number) & i.addressMask;

function advance(c: Cpu, register: number, i: Insn): void {
  const old = c.regs[register] as number;
  const next = old + ((c.flags & Flag.df) === 0 ? i.size : -i.size);
  c.regs[register] = i.addressMask === -1 ? next : (old & 0xffff0000) | (next & 0xffff);
}

const source = (c: Cpu, i: Insn): number => {
  const address = readAddress(c, i.segment, index(c, Gpr.esi, i), i.size);
  return loadSized(c, address, i.size);
};
const target = (c: Cpu, i: Insn): number => writeAddress(c, Seg.es, index(c, Gpr.edi, i), i.size);

const move: Element = (c, i) => {
  const value = source(c, i);
  storeSized(c, target(c, i), value, i.size);
  advance(c, Gpr.esi, i);
  advance(c, Gpr.edi, i);
};
const fill: Element = (c, i) => {
  storeSized(c, target(c, i), getRegister(c, 0, i.size), i.size);
  advance(c, Gpr.edi, i);
};
const load: Element = (c, i) => {
  setRegister(c, 0, source(c, i), i.size);
  advance(c, Gpr.esi, i);
};
const compare: Element = (c, i) => {
  // Where both would fault the manual names no order; processors take the destination first.
  const right = loadSized(c, readAddress(c, Seg.es, index(c, Gpr.edi, i), i.size), i.size);
  const left = source(c, i);
  alu(c, Alu.cmp, left, right, i.size);
  advance(c, Gpr.esi, i);
  advance(c, Gpr.edi, i);
};
const scan: Element = (c, i) => {
  const right = loadSized(c, readAddress(c, Seg.es, index(c, Gpr.edi, i), i.size), i.size);
  alu(c, Alu.cmp, getRegister(c, 0, i.size), right, i.size);
  advance(c, Gpr.edi, i);
};
const input: Element = (c, i) => {
  const port = c.regs16[4] as number;
  checkPortAccess(c, port, i.size);
  // The destination is checked first: a device must not be read for nothing.
  const address = target(c, i);
  c.mmu.checkWrite(address, i.size, c.mmu.user);
  c.attention = true;
  storeSized(c, address, c.ports.read(port, i.size), i.size);
  advance(c, Gpr.edi, i);
};
const output: Element = (c, i) => {
  const port = c.regs16[4] as number;
  checkPortAccess(c, port, i.size);
  const value = source(c, i);
  c.attention = true;
  c.ports.write(port, value, i.size);
  advance(c, Gpr.esi, i);
};

/** Runs elements until the count is used up, the condition fails, or the run loop's deadline comes. */
function repeat(c: Cpu, i: Insn, element: Element, endsOnFlag: boolean): void {
  const restartEip = (c.blockEip + i.offset) | 0;
  const nextEip = c.eip;
  const wanted = i.rep === Rep.rep ? 1 : 0;
  for (;;) {
    const ecx = c.regs[Gpr.ecx] as number;
    const left = ecx & i.addressMask;
    if (left === 0) return;
    element(c, i);
    c.regs[Gpr.ecx] = i.addressMask === -1 ? left - 1 : (ecx & 0xffff0000) | (left - 1);
    if (left === 1 || (endsOnFlag && getZf(c) !== wanted)) return;
    // The run loop counts one instruction itself, for the last element.
    if (c.count + 1 >= c.deadline || c.attention || c.mmu.blockEnd === 0) {
      c.eip = restartEip;
      return;
    }
    c.count += 1;
    c.eip = nextEip;
  }
}

const execFor = (
  element: Element,
  endsOnFlag: boolean,
): { readonly once: Exec; readonly repeated: Exec } => ({
  once: element,
  repeated: (c, i) => {
    repeat(c, i, element, endsOnFlag);
  },
});

const SUFFIX = { 1: 'b', 2: 'w', 4: 'd' } as const;

export function installString(table: Build[]): void {
  const install = (first: number, name: string, element: Element, endsOnFlag: boolean): void => {
    const exec = execFor(element, endsOnFlag);
    const isPort = first === 0x6c || first === 0x6e;
    const build: Build = (d) => {
      d.insn.size = sizeByOpcode(d);
      const isRepeated = d.insn.rep !== Rep.none;
      const role = isRepeated || isPort ? BlockRole.alone : BlockRole.inside;
      d.is(`${name}${SUFFIX[d.insn.size]}`, isRepeated ? exec.repeated : exec.once, role);
    };
    table[first] = build;
    table[first + 1] = build;
  };
  install(0x6c, 'ins', input, false);
  install(0x6e, 'outs', output, false);
  install(0xa4, 'movs', move, false);
  install(0xa6, 'cmps', compare, true);
  install(0xaa, 'stos', fill, false);
  install(0xac, 'lods', load, false);
  install(0xae, 'scas', scan, true);
}
