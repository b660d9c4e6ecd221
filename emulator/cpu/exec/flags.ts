import type { Cpu } from '../cpu.ts';
import type { Build } from '../decoder.ts';
import { Flag, getCf, settleFlags } from '../flags.ts';
import { BlockRole, type Exec } from '../insn.ts';

/** CLC, STC, CMC, CLD, STD, CLI, STI. */

function setFlag(c: Cpu, flag: number, isSet: boolean): void {
  settleFlags(c);
  c.flags = isSet ? c.flags | flag : c.flags & ~flag;
}

const clearCarry: Exec = (c) => {
  setFlag(c, Flag.cf, false);
};
const setCarry: Exec = (c) => {
  setFlag(c, Flag.cf, true);
};
const complementCarry: Exec = (c) => {
  setFlag(c, Flag.cf, getCf(c) === 0);
};
const clearDirection: Exec = (c) => {
  c.flags &= ~Flag.df;
};
const setDirection: Exec = (c) => {
  c.flags |= Flag.df;
};
const clearInterrupt: Exec = (c) => {
  if (c.cpl > c.iopl) c.generalProtection();
  c.flags &= ~Flag.if;
};
/** Interrupts stay off for one more instruction, if they were off (SDM vol. 2, STI). */
const setInterrupt: Exec = (c) => {
  if (c.cpl > c.iopl) c.generalProtection();
  if ((c.flags & Flag.if) === 0) c.inhibitUntil = c.count + 2;
  c.flags |= Flag.if;
  c.attention = true;
};

export function installFlags(table: Build[]): void {
  table[0xf5] = (d) => d.is('cmc', complementCarry);
  table[0xf8] = (d) => d.is('clc', clearCarry);
  table[0xf9] = (d) => d.is('stc', setCarry);
  table[0xfa] = (d) => d.is('cli', clearInterrupt);
  table[0xfb] = (d) => d.is('sti', setInterrupt, BlockRole.alone);
  table[0xfc] = (d) => d.is('cld', clearDirection);
  table[0xfd] = (d) => d.is('std', setDirection);
}
