import { Gpr } from '../../native.ts';
import { type Cpu, Seg } from '../cpu.ts';
import type { Build, Decoder } from '../decoder.ts';
import { Flag, readEflags } from '../flags.ts';
import { BlockRole, type Exec, Form, type Insn, registerIndex } from '../insn.ts';
import { changeableFlags, mergeFlags } from '../iret.ts';
import { getRegister, getRm, readAddress, setRegister, setRm, writeAddress } from '../operands.ts';
import { loadSegment } from '../segments.ts';
import { drop, peek, pop, push, setStackPointer } from '../stack.ts';

/** PUSH, POP and their kin, ENTER, LEAVE. */

const wide = (i: Insn): 2 | 4 => i.size as 2 | 4;

const pushReg: Exec = (c, i) => {
  push(c, getRegister(c, i.rm, i.size), wide(i));
};
const pushReg32: Exec = (c, i) => {
  const top = ((c.regs[Gpr.esp] as number) - 4) & c.stackMask;
  c.mmu.store32(writeAddress(c, Seg.ss, top, 4), c.regs[i.rm] as number);
  if (c.stackMask === -1) c.regs[Gpr.esp] = top;
  else setStackPointer(c, top);
};
const popReg32: Exec = (c, i) => {
  const at = (c.regs[Gpr.esp] as number) & c.stackMask;
  const value = c.mmu.load32(readAddress(c, Seg.ss, at, 4));
  if (c.stackMask === -1) c.regs[Gpr.esp] = at + 4;
  else setStackPointer(c, at + 4);
  c.regs[i.rm] = value;
};
const popReg: Exec = (c, i) => {
  setRegister(c, i.rm, pop(c, wide(i)), i.size);
};
const pushImmediate: Exec = (c, i) => {
  push(c, i.immediate, wide(i));
};
const pushRm: Exec = (c, i) => {
  push(c, getRm(c, i), wide(i));
};

/** POP to memory: an address with ESP as its base uses ESP after the pop (SDM vol. 2, POP). */
const popRm: Exec = (c, i) => {
  const esp = c.regs[Gpr.esp] as number;
  const value = peek(c, 0, wide(i));
  drop(c, i.size);
  if (!i.isMemory) {
    setRm(c, i, value);
    return;
  }
  try {
    setRm(c, i, value);
  } catch (thrown) {
    c.regs[Gpr.esp] = esp;
    throw thrown;
  }
};

/** A push of a selector to a 32-bit stack writes its 16 bits only (SDM vol. 2, PUSH), the rest stays. */
const pushSegment: Exec = (c, i) => {
  const top = ((c.regs[Gpr.esp] as number) - i.size) & c.stackMask;
  c.mmu.store16(writeAddress(c, Seg.ss, top, i.size), c.segmentSelector[i.extra] as number);
  setStackPointer(c, top);
};
const popSegment: Exec = (c, i) => {
  const selector = peek(c, 0, wide(i)) & 0xffff;
  const mask = c.stackMask;
  loadSegment(c, i.extra, selector);
  // ESP moves by the size that the old SS had.
  const esp = c.regs[Gpr.esp] as number;
  c.regs[Gpr.esp] = (esp & ~mask) | ((esp + i.size) & mask);
  if (i.extra === Seg.ss) c.inhibitUntil = c.count + 2;
};
const buildPushSegment =
  (seg: number): Build =>
  (d) => {
    d.insn.extra = seg;
    d.is('push', pushSegment);
  };
const buildPopSegment =
  (seg: number): Build =>
  (d) => {
    d.insn.extra = seg;
    d.is('pop', popSegment, BlockRole.alone);
  };

/** Pushes of `count` values will not fault. They go downward, so the highest faults first. */
function checkPushes(c: Cpu, count: number, sizeBytes: 2 | 4): void {
  const esp = c.regs[Gpr.esp] as number;
  const isOnePage = (esp - sizeBytes) >>> 12 === (esp - count * sizeBytes) >>> 12;
  // The limit is checked for the whole first; of pages, the first push that faults is the one that counts.
  writeAddress(c, Seg.ss, (esp - count * sizeBytes) & c.stackMask, sizeBytes);
  for (let n = 1; n <= count; n += isOnePage ? Math.max(1, count - 1) : 1) {
    const address = writeAddress(c, Seg.ss, (esp - n * sizeBytes) & c.stackMask, sizeBytes);
    c.mmu.checkWrite(address, sizeBytes, c.mmu.user);
  }
}

const pushAll: Exec = (c, i) => {
  const size = wide(i);
  const esp = c.regs[Gpr.esp] as number;
  checkPushes(c, 8, size);
  for (let n = 0; n < 8; n += 1) push(c, n === Gpr.esp ? esp : (c.regs[n] as number), size);
};
const popAll: Exec = (c, i) => {
  const size = wide(i);
  const values: number[] = [];
  for (let n = 0; n < 8; n += 1) values.push(peek(c, n * size, size));
  for (let n = 0; n < 8; n += 1) {
    const number = 7 - n;
    if (number !== Gpr.esp) setRegister(c, registerIndex(number, size), values[n] as number, size);
  }
  drop(c, 8 * size);
};

const pushFlags: Exec = (c, i) => {
  if (c.isV86 && c.iopl < 3) c.generalProtection();
  push(c, readEflags(c) & ~(Flag.vm | Flag.rf), wide(i));
};
const popFlags: Exec = (c, i) => {
  if (c.isV86 && c.iopl < 3) c.generalProtection();
  const image = pop(c, wide(i));
  mergeFlags(c, image, changeableFlags(c), wide(i));
  if (i.size === 4) c.flags &= ~Flag.rf;
  c.attention = true;
};

/** ENTER: `immediate` bytes of room, nesting level `extra`. */
const enter: Exec = (c, i) => {
  const size = wide(i);
  const level = i.extra & 31;
  const esp = c.regs[Gpr.esp] as number;
  const ebp = c.regs[Gpr.ebp] as number;
  checkPushes(c, level + 1, size);
  try {
    push(c, ebp, size);
    const frame = c.regs[Gpr.esp] as number;
    for (let n = 1; n < level; n += 1) {
      const at = (ebp - n * size) & c.stackMask;
      const address = readAddress(c, Seg.ss, at, size);
      push(c, size === 4 ? c.mmu.load32(address) : c.mmu.load16(address), size);
    }
    if (level > 0) push(c, frame, size);
    const bottom = ((c.regs[Gpr.esp] as number) - i.immediate) & c.stackMask;
    // A write to the last byte of the new frame must be possible (SDM vol. 2, ENTER).
    c.mmu.checkWrite(writeAddress(c, Seg.ss, bottom, 1), 1, c.mmu.user);
    setRegister(c, registerIndex(Gpr.ebp, size), frame, size);
    setStackPointer(c, bottom);
  } catch (thrown) {
    c.regs[Gpr.esp] = esp;
    c.regs[Gpr.ebp] = ebp;
    throw thrown;
  }
};
const leave: Exec = (c, i) => {
  const size = wide(i);
  const at = (c.regs[Gpr.ebp] as number) & c.stackMask;
  const address = readAddress(c, Seg.ss, at, size);
  const value = size === 4 ? c.mmu.load32(address) : c.mmu.load16(address);
  setStackPointer(c, at + size);
  setRegister(c, registerIndex(Gpr.ebp, size), value, size);
};

const buildReg =
  (name: string, exec: Exec, exec32: Exec): Build =>
  (d: Decoder) => {
    d.insn.rm = registerIndex(d.opcode & 7, d.operandSize);
    d.insn.form = Form.rm;
    d.is(name, d.operandSize === 4 ? exec32 : exec);
  };

/** PUSH of ModRM (group 5), after it has been read. */
export function buildPushRm(d: Decoder): void {
  d.insn.form = Form.rm;
  d.is('push', pushRm);
}

const named = (d: Decoder, name: string): string => (d.operandSize === 4 ? `${name}d` : name);

export function installStack(table: Build[], table0f: Build[]): void {
  for (let opcode = 0x50; opcode < 0x58; opcode += 1) {
    table[opcode] = buildReg('push', pushReg, pushReg32);
    table[opcode + 8] = buildReg('pop', popReg, popReg32);
  }
  table[0x68] = (d) => {
    d.insn.immediate = d.nextSized(d.operandSize);
    d.insn.form = Form.immediate;
    d.is('push', pushImmediate);
  };
  table[0x6a] = (d) => {
    d.insn.immediate = d.nextSigned8();
    d.insn.form = Form.immediate;
    d.is('push', pushImmediate);
  };
  table[0x8f] = (d) => {
    d.modRm(d.operandSize);
    if (d.regField === 0) d.is('pop', popRm);
    else d.is('invalid', (c) => c.invalidOpcode());
  };
  for (const seg of [Seg.es, Seg.cs, Seg.ss, Seg.ds]) {
    table[0x06 + 8 * seg] = buildPushSegment(seg);
    if (seg !== Seg.cs) table[0x07 + 8 * seg] = buildPopSegment(seg);
  }
  table0f[0xa0] = buildPushSegment(Seg.fs);
  table0f[0xa1] = buildPopSegment(Seg.fs);
  table0f[0xa8] = buildPushSegment(Seg.gs);
  table0f[0xa9] = buildPopSegment(Seg.gs);
  table[0x60] = (d) => d.is(named(d, 'pusha'), pushAll);
  table[0x61] = (d) => d.is(named(d, 'popa'), popAll);
  table[0x9c] = (d) => d.is(named(d, 'pushf'), pushFlags);
  table[0x9d] = (d) => d.is(named(d, 'popf'), popFlags, BlockRole.alone);
  table[0xc8] = (d) => {
    d.insn.immediate = d.next16();
    d.insn.extra = d.next8();
    d.is('enter', enter);
  };
  table[0xc9] = (d) => d.is('leave', leave);
}
