import type { Cpu } from '../cpu.ts';
import type { Build } from '../decoder.ts';
import { BlockRole, type Exec } from '../insn.ts';
import { checkPortAccess } from '../io-permission.ts';
import { getRegister, setRegister } from '../operands.ts';
import { sizeByOpcode } from './alu.ts';

/** IN and OUT. A device may change what interrupts are pending, so the run loop looks after each. */

function input(c: Cpu, port: number, sizeBytes: 1 | 2 | 4): void {
  checkPortAccess(c, port, sizeBytes);
  c.attention = true;
  setRegister(c, 0, c.ports.read(port, sizeBytes), sizeBytes);
}
function output(c: Cpu, port: number, sizeBytes: 1 | 2 | 4): void {
  checkPortAccess(c, port, sizeBytes);
  c.attention = true;
  c.ports.write(port, getRegister(c, 0, sizeBytes), sizeBytes);
}

const inImmediate: Exec = (c, i) => {
  input(c, i.immediate, i.size);
};
const outImmediate: Exec = (c, i) => {
  output(c, i.immediate, i.size);
};
const inDx: Exec = (c, i) => {
  input(c, c.regs16[4] as number, i.size);
};
const outDx: Exec = (c, i) => {
  output(c, c.regs16[4] as number, i.size);
};

export function installIo(table: Build[]): void {
  const build =
    (name: string, exec: Exec, hasPort: boolean): Build =>
    (d) => {
      d.insn.size = sizeByOpcode(d);
      if (hasPort) d.insn.immediate = d.next8();
      d.is(name, exec, BlockRole.alone);
    };
  for (const low of [0, 1]) {
    table[0xe4 + low] = build('in', inImmediate, true);
    table[0xe6 + low] = build('out', outImmediate, true);
    table[0xec + low] = build('in', inDx, false);
    table[0xee + low] = build('out', outDx, false);
  }
}
