import { Seg } from '../cpu/cpu.ts';
import { Unimplemented } from '../cpu/fault.ts';
import { setRealSegment } from '../cpu/segments.ts';
import { ResetRequest } from '../devices/guest-requests.ts';
import { StatelessDevice } from '../devices/stateless-device.ts';
import { invariant } from '../invariant.ts';
import type { Machine } from '../machine.ts';
import { Gpr } from '../native.ts';
import { Cr0 } from '../paging/page-walk.ts';
import { type BiosDisk, diskService } from './bios-disk.ts';
import { BiosFrame } from './bios-frame.ts';
import { keyboardInterrupt, keyboardService } from './bios-keyboard.ts';
import { BIOS_PORT, RESET_VECTOR, ROM_SEGMENT, stubAt, vectorAt, WAIT_FOR_KEY_AT } from './bios-rom.ts';
import { clockService, systemService, timerInterrupt } from './bios-system.ts';
import { videoService } from './bios-video.ts';
import type { MemoryWriter } from './memory-writer.ts';
import { Table } from './memory-writer.ts';

const BOOT_ADDRESS = 0x7c00;
const VECTORS_COUNT = 256;
const FIRST_DISK = 0x80;
const EQUIPMENT_AT = 0x410;
const MEMORY_KIB_AT = 0x413;
const EXCEPTIONS = ['divide error', '', '', '', '', 'BOUND range', 'invalid opcode', 'no coprocessor'];

/**
 * Firmware for boot sectors, in the host's language: the services that raw boot sectors use. There are
 * INT 08h and 09h (timer, keyboard), 10h (text, page 0), 11h, 12h, 13h (the disk, CHS and packets), 15h (A20,
 * memory sizes, E820h), 16h (keys), 19h (boot again) and 1Ah (ticks, clock). There are no graphics modes, no
 * floppies, no serial or printer services, no PCI, no APM, no protected-mode interfaces. What is not there
 * stops the run by name, or fails as the service's own convention has it (INT 13h, INT 15h).
 */
export class Bios extends StatelessDevice {
  readonly ports = [{ first: BIOS_PORT, last: BIOS_PORT }];
  private readonly memoryBytes: number;
  private frame: BiosFrame | undefined;
  private disk: BiosDisk | undefined;

  constructor(memoryBytes: number) {
    super();
    this.memoryBytes = memoryBytes;
  }

  /** Must be done before the machine runs. Without a disk INT 13h fails for every drive. */
  attach(machine: Machine, disk: BiosDisk | undefined): void {
    this.frame = new BiosFrame(machine);
    this.disk = disk;
  }

  read(): number {
    return 0xff;
  }

  write(): void {
    const { frame } = this;
    invariant(frame !== undefined, 'firmware is attached before the machine runs');
    const { cpu } = frame.machine;
    // A guest that writes to the port itself gets nothing for it.
    const isStub = cpu.segmentSelector[Seg.cs] === ROM_SEGMENT;
    const vector = vectorAt(cpu.eip & 0xffff);
    if (!isStub || !Number.isInteger(vector) || vector < 0 || vector > RESET_VECTOR) return;
    this.serve(vector, frame);
  }

  private serve(vector: number, f: BiosFrame): void {
    if (vector < 0x08) this.exception(vector, f);
    else if (vector < 0x10 || (vector >= 0x70 && vector < 0x78)) hardwareInterrupt(vector, f);
    else if (!this.software(vector, f)) this.missing(vector, f);
  }

  /** INT 10h–1Fh. Whether the service is there. */
  private software(vector: number, f: BiosFrame): boolean {
    switch (vector) {
      case 0x10:
        return videoService(f);
      case 0x11:
        f.set('ax', f.read16(EQUIPMENT_AT));
        return true;
      case 0x12:
        f.set('ax', f.read16(MEMORY_KIB_AT));
        return true;
      case 0x13:
        diskService(f, this.disk);
        return true;
      case 0x15:
        systemService(f, this.memoryBytes);
        return true;
      case 0x16: {
        const result = keyboardService(f);
        if (result === 'wait') f.machine.cpu.eip = WAIT_FOR_KEY_AT;
        return result !== 'unknown';
      }
      case 0x19:
        throw new ResetRequest('INT 19h');
      case 0x1a:
        return clockService(f);
      case 0x1b:
      case 0x1c: // Hooks for programs: Ctrl-Break and the timer tick.
        return true;
      case RESET_VECTOR:
        throw new ResetRequest('a jump to FFFF:0000');
      default:
        return false;
    }
  }

  private exception(vector: number, f: BiosFrame): void {
    const name = EXCEPTIONS[vector];
    // Single step, NMI, breakpoint and overflow return, as on a PC.
    if (name) throw new Unimplemented(`${name} at ${f.caller()}, which the guest does not handle`);
  }

  private missing(vector: number, f: BiosFrame): never {
    const ax = f.get('ax').toString(16).padStart(4, '0');
    throw new Unimplemented(
      `BIOS service INT ${vector.toString(16)}h with AX=${ax}h, called from ${f.caller()}`,
    );
  }
}

/** IRQ 0–15. A vector below 10h without an interrupt in service is an exception of the processor. */
function hardwareInterrupt(vector: number, f: BiosFrame): void {
  const irq = vector < 0x10 ? vector - 8 : vector - 0x70 + 8;
  const command = irq < 8 ? 0x20 : 0xa0;
  f.out8(command, 0x0b);
  const isInService = (f.in8(command) & (1 << (irq & 7))) !== 0;
  if (!isInService) {
    // Vector 0Fh (IRQ 7) and 77h may be spurious; others come from the processor.
    if ((irq & 7) === 7) return;
    throw new Unimplemented(
      `exception ${vector.toString(16)}h at ${f.caller()}, which the guest does not handle`,
    );
  }
  if (irq === 0) timerInterrupt(f);
  if (irq === 1) keyboardInterrupt(f);
  if (irq >= 8) f.out8(0xa0, 0x20);
  f.out8(0x20, 0x20);
}

/** Fills the interrupt table and brings the machine to where a boot sector starts: 0000:7C00, DL = 80h. */
export function startBootSector(machine: Machine, memory: MemoryWriter, sector: Uint8Array): void {
  const vectors = new Table(VECTORS_COUNT * 4);
  for (let vector = 0; vector < VECTORS_COUNT; vector += 1)
    vectors.u16(vector * 4, stubAt(vector)).u16(vector * 4 + 2, ROM_SEGMENT);
  memory.bytes(0, vectors.bytes);
  memory.bytes(BOOT_ADDRESS, sector);
  const { cpu } = machine;
  // Firmware turns the caches on.
  cpu.mmu.setCr0(Cr0.et);
  for (const seg of [Seg.es, Seg.cs, Seg.ss, Seg.ds]) setRealSegment(cpu, seg, 0);
  cpu.regs[Gpr.esp] = BOOT_ADDRESS;
  cpu.regs[Gpr.edx] = FIRST_DISK;
  cpu.flags |= 0x200; // IF: firmware's interrupts run
  cpu.eip = BOOT_ADDRESS;
}
