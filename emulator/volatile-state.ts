import type { Cpu } from './cpu/cpu.ts';
import { refreshWatches } from './cpu/debug.ts';
import { readEflags, writeEflags } from './cpu/flags.ts';
import { refreshSegment } from './cpu/segments.ts';
import type { IoBus } from './devices/io-bus.ts';
import type { VolatileState } from './machine-api.ts';
import type { StoreOrigin } from './nvm/store-log.ts';
import type { SavedCache } from './persistency/run-cache.ts';

/** Everything that a power failure takes: saved, put back, and as a key. */

interface Saved {
  readonly registers: Int32Array;
  readonly segments: readonly Int32Array[];
  readonly debug: Int32Array;
  readonly scalars: readonly number[];
  readonly tlb: Int32Array;
  readonly count: number;
  readonly inhibitUntil: number;
  readonly halted: boolean;
  readonly origin: StoreOrigin;
  readonly devices: unknown;
  readonly cache: SavedCache | null;
}

/** The registers that are one number each, in a fixed order. */
const scalarsOf = (cpu: Cpu): number[] => [
  cpu.eip,
  readEflags(cpu),
  cpu.cpl,
  cpu.gdtBase,
  cpu.gdtLimit,
  cpu.idtBase,
  cpu.idtLimit,
  cpu.mmu.cr0,
  cpu.mmu.cr2,
  cpu.mmu.cr3,
  cpu.mmu.cr4,
  cpu.mmu.a20Mask,
  cpu.pendingDebug,
];

const segmentsOf = (cpu: Cpu): Int32Array[] => [
  cpu.segmentSelector,
  cpu.segmentBase,
  cpu.segmentLimit,
  cpu.segmentAttributes,
];

export function saveVolatile(cpu: Cpu, io: IoBus): VolatileState {
  const saved: Saved = {
    registers: cpu.regs.slice(),
    segments: segmentsOf(cpu).map((column) => column.slice()),
    debug: cpu.dr.slice(),
    scalars: scalarsOf(cpu),
    tlb: cpu.mmu.tlb.save(),
    count: cpu.count,
    inhibitUntil: cpu.inhibitUntil,
    halted: cpu.halted,
    origin: cpu.mmu.nvm.origin,
    devices: io.save(),
    cache: cpu.mmu.nvm.cache?.save() ?? null,
  };
  return saved as unknown as VolatileState;
}

export function restoreVolatile(cpu: Cpu, io: IoBus, state: VolatileState): void {
  const saved = state as unknown as Saved;
  const [eip, eflags, cpl, gdtBase, gdtLimit, idtBase, idtLimit, cr0, cr2, cr3, cr4, a20Mask, pendingDebug] =
    saved.scalars as readonly [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
  cpu.regs.set(saved.registers);
  segmentsOf(cpu).forEach((column, n) => {
    column.set(saved.segments[n] as Int32Array);
  });
  for (let seg = 0; seg < 8; seg += 1) refreshSegment(cpu, seg);
  cpu.dr.set(saved.debug);
  cpu.eip = eip;
  writeEflags(cpu, eflags);
  cpu.gdtBase = gdtBase;
  cpu.gdtLimit = gdtLimit;
  cpu.idtBase = idtBase;
  cpu.idtLimit = idtLimit;
  cpu.mmu.setCr0(cr0);
  cpu.mmu.cr2 = cr2;
  cpu.mmu.setCr3(cr3);
  cpu.mmu.setCr4(cr4);
  cpu.mmu.setA20(a20Mask === -1);
  cpu.mmu.tlb.restore(saved.tlb);
  cpu.setCpl(cpl);
  cpu.count = saved.count;
  cpu.inhibitUntil = saved.inhibitUntil;
  cpu.halted = saved.halted;
  cpu.pendingDebug = pendingDebug;
  refreshWatches(cpu);
  cpu.attention = true;
  cpu.mmu.nvm.origin = saved.origin;
  io.restore(saved.devices);
  if (saved.cache !== null) cpu.mmu.nvm.cache?.restore(saved.cache);
}

const hex = (values: Iterable<number>): string =>
  Array.from(values, (value) => (value >>> 0).toString(16)).join(',');

/** See MachineApi.processorKey. While paging is off the TLB holds nothing that could go stale. */
export function volatileKey(cpu: Cpu, io: IoBus): string {
  const now = cpu.count;
  const isPaging = cpu.mmu.cr0 < 0;
  return [
    hex(cpu.regs),
    hex(scalarsOf(cpu)),
    ...segmentsOf(cpu).map(hex),
    hex(cpu.dr),
    isPaging ? hex(cpu.mmu.tlb.save()) : '',
    `${Math.max(0, cpu.inhibitUntil - now)}${cpu.halted ? 'h' : ''}`,
    `${cpu.mmu.nvm.origin}`,
    io.key(now),
  ].join('|');
}
