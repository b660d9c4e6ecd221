import type { Watch } from '../paging/watches.ts';
import { type Cpu, Seg } from './cpu.ts';
import { NO_ERROR_CODE, Vector } from './fault.ts';
import { Flag } from './flags.ts';
import { deliverFault } from './interrupts.ts';

/** Breakpoints of the debug registers, and single step (SDM vol. 3 §17.2 and §17.3). */

/** Bits of DR6 beside B0–B3. */
const Dr6 = { singleStep: 0x4000 } as const;
const GENERAL_DETECT = 0x2000;
/** The R/W field of DR7. */
const Kind = { execute: 0, write: 1, port: 2, readWrite: 3 } as const;
const LENGTHS = [1, 2, 8, 4] as const;

interface Breakpoint {
  /** The B bit of DR6. */
  readonly bit: number;
  readonly kind: number;
  readonly address: number;
  readonly lengthBytes: number;
}

/** The enabled ones. */
function breakpoints(c: Cpu): Breakpoint[] {
  const control = c.dr[7] as number;
  return [0, 1, 2, 3].flatMap((n) => {
    if (((control >>> (2 * n)) & 3) === 0) return [];
    const lengthBytes = LENGTHS[(control >>> (18 + 4 * n)) & 3] ?? 1;
    const address = (c.dr[n] as number) & ~(lengthBytes - 1);
    return [{ bit: 1 << n, kind: (control >>> (16 + 4 * n)) & 3, address, lengthBytes }];
  });
}

/** Instructions must be run one by one: TF is set, a breakpoint is enabled, or a debug exception waits. */
export const isDebugging = (c: Cpu): boolean =>
  (c.flags & Flag.tf) !== 0 || ((c.dr[7] as number) & 0xff) !== 0 || c.pendingDebug !== 0;

/** Tells the MMU which data to watch; to be called whenever the debug registers have changed. */
export function refreshWatches(c: Cpu): void {
  const watches = breakpoints(c).flatMap(({ bit, kind, address, lengthBytes }): Watch[] =>
    kind === Kind.write || kind === Kind.readWrite
      ? [{ address, lengthBytes, bit, onRead: kind === Kind.readWrite }]
      : [],
  );
  c.mmu.setWatches(watches, (bits) => {
    c.pendingDebug |= bits;
  });
}

/** The bits of the breakpoints that the next instruction's address meets; none while RF is set. */
export function instructionBreakpoints(c: Cpu): number {
  if ((c.flags & Flag.rf) !== 0) return 0;
  const linear = ((c.segmentBase[Seg.cs] as number) + c.eip) | 0;
  return breakpoints(c)
    .filter(({ kind, address }) => kind === Kind.execute && address === linear)
    .reduce((bits, { bit }) => bits | bit, 0);
}

/** Notes an access to a watched port (CR4.DE). */
export function notePortAccess(c: Cpu, port: number, sizeBytes: number): void {
  if (((c.dr[7] as number) & 0xff) === 0 || (c.mmu.cr4 & 8) === 0) return;
  for (const { bit, kind, address, lengthBytes } of breakpoints(c)) {
    if (kind === Kind.port && address < port + sizeBytes && port < address + lengthBytes)
      c.pendingDebug |= bit;
  }
}

/**
 * Delivers #DB for the causes in `bits` with the current EIP.
 * @returns false on shutdown.
 */
export function deliverDebug(c: Cpu, bits: number): boolean {
  c.dr[6] = (c.dr[6] as number) | bits;
  c.dr[7] = (c.dr[7] as number) & ~GENERAL_DETECT;
  c.fault.vector = Vector.debug;
  c.fault.errorCode = NO_ERROR_CODE;
  return deliverFault(c, c.eip);
}

/** The causes that the instruction just run has left; single step is one where `wasStepping`. */
export function takeDebugCauses(c: Cpu, wasStepping: boolean): number {
  const bits = c.pendingDebug | (wasStepping ? Dr6.singleStep : 0);
  c.pendingDebug = 0;
  return bits;
}
