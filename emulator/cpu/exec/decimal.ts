import type { Cpu } from '../cpu.ts';
import type { Build } from '../decoder.ts';
import { NO_ERROR_CODE, Vector } from '../fault.ts';
import { Flag, getAf, getCf, setResultFlags } from '../flags.ts';
import type { Exec } from '../insn.ts';

/**
 * DAA, DAS, AAA, AAS, AAM, AAD (SDM vol. 2). Undefined flags: OF is 0 after DAA and DAS; after AAA and AAS
 * OF is 0 and SF, ZF, PF follow AL; after AAM and AAD CF, OF and AF are 0.
 */

function finish(c: Cpu, carry: boolean, auxiliary: boolean): void {
  const flags = (carry ? Flag.cf : 0) | (auxiliary ? Flag.af : 0);
  setResultFlags(c, c.regs8[0] as number, 7, flags);
}

function decimalAdjust(c: Cpu, sign: 1 | -1): void {
  const old = c.regs8[0] as number;
  const oldCarry = getCf(c) !== 0;
  let carry = false;
  let value = old;
  const auxiliary = (old & 15) > 9 || getAf(c) !== 0;
  if (auxiliary) {
    value += 6 * sign;
    carry = oldCarry || value < 0 || value > 0xff;
    value &= 0xff;
  }
  if (old > 0x99 || oldCarry) {
    value += 0x60 * sign;
    carry = true;
  } else if (sign === 1) carry = false;
  c.regs8[0] = value;
  finish(c, carry, auxiliary);
}

const daa: Exec = (c) => {
  decimalAdjust(c, 1);
};
const das: Exec = (c) => {
  decimalAdjust(c, -1);
};

function asciiAdjust(c: Cpu, sign: 1 | -1): void {
  const adjust = ((c.regs8[0] as number) & 15) > 9 || getAf(c) !== 0;
  if (adjust) c.regs16[0] = (c.regs16[0] as number) + 0x106 * sign;
  c.regs8[0] = (c.regs8[0] as number) & 15;
  finish(c, adjust, adjust);
}
const aaa: Exec = (c) => {
  asciiAdjust(c, 1);
};
const aas: Exec = (c) => {
  asciiAdjust(c, -1);
};

const aam: Exec = (c, i) => {
  if (i.immediate === 0) c.fault.raise(Vector.divideError, NO_ERROR_CODE);
  const value = c.regs8[0] as number;
  c.regs8[1] = Math.floor(value / i.immediate);
  c.regs8[0] = value % i.immediate;
  finish(c, false, false);
};
const aad: Exec = (c, i) => {
  const value = ((c.regs8[0] as number) + (c.regs8[1] as number) * i.immediate) & 0xff;
  c.regs16[0] = value;
  finish(c, false, false);
};

export function installDecimal(table: Build[]): void {
  table[0x27] = (d) => d.is('daa', daa);
  table[0x2f] = (d) => d.is('das', das);
  table[0x37] = (d) => d.is('aaa', aaa);
  table[0x3f] = (d) => d.is('aas', aas);
  table[0xd4] = (d) => {
    d.insn.immediate = d.next8();
    d.is('aam', aam);
  };
  table[0xd5] = (d) => {
    d.insn.immediate = d.next8();
    d.is('aad', aad);
  };
}
