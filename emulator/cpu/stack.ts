import { Gpr } from '../native.ts';
import { type Cpu, Seg } from './cpu.ts';
import { loadSized, readAddress, storeSized, writeAddress } from './operands.ts';

/** ESP or SP with `value` in its significant bits. */
export function setStackPointer(c: Cpu, value: number): void {
  const mask = c.stackMask;
  c.regs[Gpr.esp] = ((c.regs[Gpr.esp] as number) & ~mask) | (value & mask);
}

/** PUSH of 2 or 4 bytes. ESP changes only when the store has succeeded. */
export function push(c: Cpu, value: number, sizeBytes: 2 | 4): void {
  const top = ((c.regs[Gpr.esp] as number) - sizeBytes) & c.stackMask;
  storeSized(c, writeAddress(c, Seg.ss, top, sizeBytes), value, sizeBytes);
  setStackPointer(c, top);
}

/** The value at the stack's top plus `skipBytes`, without moving ESP. */
export function peek(c: Cpu, skipBytes: number, sizeBytes: 2 | 4): number {
  const at = ((c.regs[Gpr.esp] as number) + skipBytes) & c.stackMask;
  return loadSized(c, readAddress(c, Seg.ss, at, sizeBytes), sizeBytes);
}

/** Moves ESP up. */
export function drop(c: Cpu, lengthBytes: number): void {
  setStackPointer(c, (c.regs[Gpr.esp] as number) + lengthBytes);
}

export function pop(c: Cpu, sizeBytes: 2 | 4): number {
  const value = peek(c, 0, sizeBytes);
  drop(c, sizeBytes);
  return value;
}
