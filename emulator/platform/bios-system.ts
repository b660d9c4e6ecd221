import type { BiosFrame } from './bios-frame.ts';
import { memoryMap } from './firmware-tables.ts';

const NOT_SUPPORTED = 0x86;
const SMAP = 0x534d4150;
const TICKS_AT = 0x46c;
const MIDNIGHT_AT = 0x470;
const TICKS_PER_DAY = 0x1800b0;
const Gpr = { eax: 0, ecx: 1, edx: 2, ebx: 3 } as const;

/** IRQ 0: counts ticks since midnight. The stub then calls INT 1Ch. */
export function timerInterrupt(f: BiosFrame): void {
  const ticks = f.read16(TICKS_AT) + f.read16(TICKS_AT + 2) * 2 ** 16 + 1;
  f.write32(TICKS_AT, ticks === TICKS_PER_DAY ? 0 : ticks);
  if (ticks === TICKS_PER_DAY) f.write8(MIDNIGHT_AT, 1);
}

/** INT 15h: A20, memory sizes, memory map. Others fail with AH = 86h, as on a PC without them. */
export function systemService(f: BiosFrame, memoryBytes: number): void {
  const above1Mib = memoryBytes / 1024 - 1024;
  f.setCarry(false);
  switch (f.get('ax')) {
    case 0x2400:
    case 0x2401:
      setA20(f, f.get8('al') === 1);
      f.set8('ah', 0);
      return;
    case 0x2402:
      f.set('ax', (f.in8(0x92) & 2) >>> 1);
      return;
    case 0x2403: // Port 92h and the keyboard controller both work.
      f.set('bx', 3);
      f.set8('ah', 0);
      return;
    case 0xe801: {
      const low = Math.min(above1Mib, 15 * 1024);
      const high = Math.max(0, memoryBytes - 16 * 2 ** 20) / 65_536;
      f.set('ax', low);
      f.set('bx', high);
      f.set('cx', low);
      f.set('dx', high);
      return;
    }
    case 0xe820:
      if (memoryRange(f, memoryBytes)) return;
      break;
    default:
  }
  if (f.get8('ah') === 0x88) f.set('ax', Math.min(above1Mib, 0xffff));
  else {
    f.set8('ah', NOT_SUPPORTED);
    f.setCarry(true);
  }
}

/** The A20 gate through both of its handles, so that it really closes. */
function setA20(f: BiosFrame, isOpen: boolean): void {
  f.out8(0x92, isOpen ? 2 : 0);
  f.out8(0x64, isOpen ? 0xdf : 0xdd);
}

/** Function E820h: EBX numbers the ranges, 0 after the last. */
function memoryRange(f: BiosFrame, memoryBytes: number): boolean {
  const { regs } = f.machine.cpu;
  const index = regs[Gpr.ebx] ?? 0;
  const ranges = memoryMap(memoryBytes).filter(({ lengthBytes }) => lengthBytes > 0);
  const range = ranges[index];
  if (regs[Gpr.edx] !== SMAP || (regs[Gpr.ecx] ?? 0) >>> 0 < 20 || range === undefined) return false;
  const at = f.physical('es', f.get('di'));
  f.write32(at, range.base);
  f.write32(at + 4, 0);
  f.write32(at + 8, range.lengthBytes);
  f.write32(at + 12, 0);
  f.write32(at + 16, range.type);
  regs[Gpr.eax] = SMAP;
  regs[Gpr.ecx] = 20;
  regs[Gpr.ebx] = index + 1 < ranges.length ? index + 1 : 0;
  return true;
}

/** INT 1Ah: ticks and the clock. Whether the function is there. */
export function clockService(f: BiosFrame): boolean {
  const cmos = (index: number): number => {
    f.out8(0x70, index);
    return f.in8(0x71);
  };
  f.setCarry(false);
  switch (f.get8('ah')) {
    case 0x00:
      f.set('cx', f.read16(TICKS_AT + 2));
      f.set('dx', f.read16(TICKS_AT));
      f.set8('al', f.read8(MIDNIGHT_AT));
      f.write8(MIDNIGHT_AT, 0);
      return true;
    case 0x01:
      f.write16(TICKS_AT, f.get('dx'));
      f.write16(TICKS_AT + 2, f.get('cx'));
      return true;
    case 0x02:
      f.set8('ch', cmos(0x04));
      f.set8('cl', cmos(0x02));
      f.set8('dh', cmos(0x00));
      f.set8('dl', 0);
      return true;
    case 0x04:
      f.set8('ch', cmos(0x32));
      f.set8('cl', cmos(0x09));
      f.set8('dh', cmos(0x08));
      f.set8('dl', cmos(0x07));
      return true;
    case 0xb1: // There is no PCI bus.
      f.set8('ah', 0x81);
      f.setCarry(true);
      return true;
    default:
      return false;
  }
}
