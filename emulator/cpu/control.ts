import { Cr0, Cr4 } from '../paging/page-walk.ts';
import type { Cpu } from './cpu.ts';

/** MOV to and from the control registers, INVLPG, and their like. */

const CR0_EXISTING =
  Cr0.pe | Cr0.mp | Cr0.em | Cr0.ts | Cr0.et | 0x20 | Cr0.wp | 0x40000 | 0x60000000 | Cr0.pg;
const CR4_EXISTING = Cr4.tsd | Cr4.de | Cr4.pse;

/** CR8 and the numbers between do not exist: #UD. */
export function readControl(c: Cpu, number: number): number {
  if (number === 0) return c.mmu.cr0;
  if (number === 2) return c.mmu.cr2;
  if (number === 3) return c.mmu.cr3;
  return number === 4 ? c.mmu.cr4 : c.invalidOpcode();
}

/** @throws GuestFault #GP(0) for PG without PE and for bits that do not exist (SDM vol. 2, MOV to CR). */
export function writeControl(c: Cpu, number: number, value: number): void {
  switch (number) {
    case 0:
      if ((value & Cr0.pg) !== 0 && (value & Cr0.pe) === 0) c.generalProtection();
      // NW without CD is refused too.
      if ((value & 0x60000000) === 0x20000000) c.generalProtection();
      c.mmu.setCr0((value & CR0_EXISTING) | Cr0.et);
      break;
    case 2:
      c.mmu.cr2 = value;
      break;
    case 3:
      c.mmu.setCr3(value);
      break;
    case 4:
      if ((value & ~CR4_EXISTING) !== 0) c.generalProtection();
      c.mmu.setCr4(value);
      break;
    default:
      c.invalidOpcode();
  }
}
