import type { Cpu } from '../cpu.ts';
import type { Build } from '../decoder.ts';
import { Flag, settleFlags } from '../flags.ts';
import type { Exec, Insn } from '../insn.ts';
import {
  getRegister,
  getRm,
  loadSized,
  offsetOf,
  readAddress,
  setRegister,
  signExtend16,
  storeSized,
  writeAddress,
} from '../operands.ts';

/** BT, BTS, BTR, BTC, BSF, BSR. The bit tests change CF alone; the scans define ZF alone and leave the rest. */

const BitTest = { test: 0, set: 1, reset: 2, complement: 3 } as const;
const BIT_TEST_NAMES = ['bt', 'bts', 'btr', 'btc'] as const;

function changed(operation: number, value: number, mask: number): number {
  if (operation === BitTest.set) return value | mask;
  return operation === BitTest.reset ? value & ~mask : value ^ mask;
}

function setCarry(c: Cpu, carry: boolean): void {
  settleFlags(c);
  c.flags = carry ? c.flags | Flag.cf : c.flags & ~Flag.cf;
}

function bitTest(c: Cpu, i: Insn, bitOffset: number): void {
  const { size } = i;
  const mask = 1 << (bitOffset & (size * 8 - 1));
  if (!i.isMemory) {
    const value = getRegister(c, i.rm, size);
    if (i.extra !== BitTest.test) setRegister(c, i.rm, changed(i.extra, value, mask), size);
    setCarry(c, (value & mask) !== 0);
    return;
  }
  // A bit offset in a register reaches beyond the operand: the operand-sized word that holds the bit.
  const away = size === 4 ? (bitOffset >> 5) << 2 : (bitOffset >> 4) << 1;
  const offset = (offsetOf(c, i) + away) & i.addressMask;
  if (i.extra === BitTest.test) {
    setCarry(c, (loadSized(c, readAddress(c, i.segment, offset, size), size) & mask) !== 0);
    return;
  }
  const address = writeAddress(c, i.segment, offset, size);
  const value = c.mmu.loadForStore(address, size);
  storeSized(c, address, changed(i.extra, value, mask), size);
  setCarry(c, (value & mask) !== 0);
}

const byRegister: Exec = (c, i) => {
  const index = getRegister(c, i.reg, i.size);
  bitTest(c, i, i.size === 4 ? index : signExtend16(index));
};
const byImmediate: Exec = (c, i) => {
  bitTest(c, i, i.immediate & (i.size * 8 - 1));
};

/** ZF by the source; the other flags are undefined and stay. A source of 0 leaves the destination. */
function scan(c: Cpu, i: Insn, isReverse: boolean): void {
  const value = getRm(c, i);
  settleFlags(c);
  if (value === 0) {
    c.flags |= Flag.zf;
    return;
  }
  c.flags &= ~Flag.zf;
  const lowest = 31 - Math.clz32(value & -value);
  setRegister(c, i.reg, isReverse ? 31 - Math.clz32(value) : lowest, i.size);
}
const scanForward: Exec = (c, i) => {
  scan(c, i, false);
};
const scanReverse: Exec = (c, i) => {
  scan(c, i, true);
};

export function installBits(table0f: Build[]): void {
  for (let operation = 0; operation < 4; operation += 1) {
    table0f[0xa3 + 8 * operation] = (d) => {
      d.modRm(d.operandSize);
      d.insn.extra = operation;
      d.insn.isLockable = operation !== BitTest.test;
      d.is(BIT_TEST_NAMES[operation] as string, byRegister);
    };
  }
  table0f[0xba] = (d) => {
    d.modRm(d.operandSize);
    d.insn.immediate = d.next8();
    if (d.regField < 4) {
      d.is('invalid', (c) => c.invalidOpcode());
      return;
    }
    d.insn.extra = d.regField - 4;
    d.insn.isLockable = d.insn.extra !== BitTest.test;
    d.is(BIT_TEST_NAMES[d.insn.extra] as string, byImmediate);
  };
  table0f[0xbc] = (d) => {
    d.modRm(d.operandSize);
    d.is('bsf', scanForward);
  };
  table0f[0xbd] = (d) => {
    d.modRm(d.operandSize);
    d.is('bsr', scanReverse);
  };
}
