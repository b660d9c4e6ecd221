import { Alu, alu } from '../alu.ts';
import type { Build } from '../decoder.ts';
import { Flag, settleFlags } from '../flags.ts';
import type { Exec } from '../insn.ts';
import { getRegister, getRmForStore, offsetOf, putRm, setRegister, writeAddress } from '../operands.ts';
import { sizeByOpcode } from './alu.ts';

/** XADD, CMPXCHG and CMPXCHG8B: the read-modify-writes of the 486 and the Pentium. */

const exchangeAdd: Exec = (c, i) => {
  const left = getRmForStore(c, i);
  const right = getRegister(c, i.reg, i.size);
  const sum = alu(c, Alu.add, left, right, i.size);
  if (i.isMemory) {
    putRm(c, i, sum);
    setRegister(c, i.reg, left, i.size);
  } else {
    setRegister(c, i.reg, left, i.size);
    putRm(c, i, sum);
  }
};

/** The destination is written in both cases, as the manual says: a store of what was there. */
const compareExchange: Exec = (c, i) => {
  const found = getRmForStore(c, i);
  const difference = alu(c, Alu.cmp, getRegister(c, 0, i.size), found, i.size);
  putRm(c, i, difference === 0 ? getRegister(c, i.reg, i.size) : found);
  if (difference !== 0) setRegister(c, 0, found, i.size);
};

const compareExchange8: Exec = (c, i) => {
  const address = writeAddress(c, i.segment, offsetOf(c, i), 8);
  c.mmu.checkWrite(address, 8, c.mmu.user);
  const low = c.mmu.load32(address);
  const high = c.mmu.load32((address + 4) | 0);
  const isEqual = low === (c.regs[0] as number) && high === (c.regs[2] as number);
  settleFlags(c);
  c.flags = isEqual ? c.flags | Flag.zf : c.flags & ~Flag.zf;
  c.mmu.store32(address, isEqual ? (c.regs[3] as number) : low);
  c.mmu.store32((address + 4) | 0, isEqual ? (c.regs[1] as number) : high);
  if (!isEqual) {
    c.regs[0] = low;
    c.regs[2] = high;
  }
};

export function installAtomic(table0f: Build[]): void {
  const exchangeAddBuild: Build = (d) => {
    d.modRm(sizeByOpcode(d));
    d.insn.isLockable = true;
    d.is('xadd', exchangeAdd);
  };
  const compareExchangeBuild: Build = (d) => {
    d.modRm(sizeByOpcode(d));
    d.insn.isLockable = true;
    d.is('cmpxchg', compareExchange);
  };
  table0f[0xb0] = compareExchangeBuild;
  table0f[0xb1] = compareExchangeBuild;
  table0f[0xc0] = exchangeAddBuild;
  table0f[0xc1] = exchangeAddBuild;
  table0f[0xc7] = (d) => {
    d.modRm(4);
    d.insn.isLockable = true;
    if (d.regField === 1 && d.insn.isMemory) d.is('cmpxchg8b', compareExchange8);
    else d.is('invalid', (c) => c.invalidOpcode());
  };
}
