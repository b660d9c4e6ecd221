/** What every guest program of ours shares: where it is linked, and how it calls the kernel. */
import { Assembler } from '../../emulator/assembler/assembler.ts';
import type { Operand } from '../../emulator/assembler/operands.ts';
import { Syscall } from '../syscalls.ts';

export const TEXT_ADDRESS = 0x08048000;

export class GuestAssembler extends Assembler {
  constructor() {
    super({ origin: TEXT_ADDRESS });
  }

  /** `int 0x80` under Linux' convention; the arguments are moved to EBX, ECX and EDX in this order. */
  systemCall(number: keyof typeof Syscall, ...args: readonly Operand[]): this {
    const registers = ['ebx', 'ecx', 'edx'];
    args.forEach((value, i) => {
      const register = registers[i];
      if (register !== undefined && value !== register) this.emit('mov', register, value);
    });
    return this.emit('mov', 'eax', Syscall[number]).emit('int', 0x80);
  }
}
