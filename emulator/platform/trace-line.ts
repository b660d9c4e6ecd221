import { Seg } from '../cpu/cpu.ts';
import { readEflags } from '../cpu/flags.ts';
import type { Machine } from '../machine.ts';

const NAMES = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'] as const;
const hex = (value: number | undefined, digits: number): string =>
  ((value ?? 0) >>> 0).toString(16).padStart(digits, '0');

/** The processor before its next instruction: CS:EIP, the general registers, EFLAGS and CPL. */
export function traceLine(machine: Machine): string {
  const { cpu } = machine;
  const registers = NAMES.map((name, index) => `${name}=${hex(cpu.regs[index], 8)}`).join(' ');
  const at = `${hex(cpu.segmentSelector[Seg.cs], 4)}:${hex(cpu.eip, 8)}`;
  return `${at} ${registers} efl=${hex(readEflags(cpu), 8)} cpl=${cpu.cpl}`;
}
