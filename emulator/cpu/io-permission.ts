import { type Cpu, Seg } from './cpu.ts';
import { notePortAccess } from './debug.ts';

/**
 * Whether this code may touch the ports (SDM vol. 1 §18.5): CPL at most IOPL, or the TSS' I/O permission
 * bitmap has a 0 for each; in V86 mode the bitmap alone decides.
 * @throws GuestFault #GP(0).
 */
export function checkPortAccess(c: Cpu, port: number, sizeBytes: 1 | 2 | 4): void {
  checkPermission(c, port, sizeBytes);
  notePortAccess(c, port, sizeBytes);
}

function checkPermission(c: Cpu, port: number, sizeBytes: 1 | 2 | 4): void {
  if ((c.mmu.cr0 & 1) === 0 || (!c.isV86 && c.cpl <= c.iopl)) return;
  const base = c.segmentBase[Seg.tr] as number;
  const limit = (c.segmentLimit[Seg.tr] as number) >>> 0;
  const is32 = ((c.segmentAttributes[Seg.tr] as number) & 8) !== 0;
  if (!is32 || limit < 103) c.generalProtection();
  const at = c.mmu.loadSystem16((base + 102) | 0) + (port >>> 3);
  // The processor reads two bytes, so both must be within the segment.
  if (at + 1 > limit) c.generalProtection();
  const bits = c.mmu.loadSystem16((base + at) | 0) >>> (port & 7);
  if ((bits & ((1 << sizeBytes) - 1)) !== 0) c.generalProtection();
}
