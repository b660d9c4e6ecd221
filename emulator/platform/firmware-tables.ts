import { type MemoryWriter, Table } from './memory-writer.ts';

/** Kilobyte at the end of conventional memory: the extended BIOS data area, with the MP table in it. */
export const EBDA_ADDRESS = 0x9fc00;
const BDA_ADDRESS = 0x400;
const MP_TABLE_AT = 0x20;
const LOCAL_APIC_ADDRESS = 0xfee00000;
const IO_APIC_ADDRESS = 0xfec00000;
/** The I/O APIC's number; the processor's is 0. */
export const IO_APIC_ID = 1;
const MEBIBYTE = 2 ** 20;

/** One range of the memory map; type 1 is memory that may be used, 2 is reserved. */
export interface MemoryRange {
  readonly base: number;
  readonly lengthBytes: number;
  readonly type: 1 | 2;
}

export const memoryMap = (memoryBytes: number): readonly MemoryRange[] => [
  { base: 0, lengthBytes: EBDA_ADDRESS, type: 1 },
  { base: EBDA_ADDRESS, lengthBytes: 0xa0000 - EBDA_ADDRESS, type: 2 },
  { base: 0xf0000, lengthBytes: 0x10000, type: 2 },
  { base: MEBIBYTE, lengthBytes: memoryBytes - MEBIBYTE, type: 1 },
  { base: IO_APIC_ADDRESS, lengthBytes: 0x1000, type: 2 },
  { base: LOCAL_APIC_ADDRESS, lengthBytes: 0x1000, type: 2 },
  { base: 0xffff0000, lengthBytes: 0x10000, type: 2 },
];

/** Writes the BIOS data area and, in the extended one, the multiprocessor table (MP specification 1.4). */
export function writeFirmwareTables(memory: MemoryWriter, options: { readonly hasDisk: boolean }): void {
  memory.bytes(BDA_ADDRESS, biosDataArea(options.hasDisk));
  const ebda = new Table(0x400);
  ebda.u8(0, 1);
  const mpTable = multiprocessorTable();
  ebda.bytes.set(floatingPointer(EBDA_ADDRESS + MP_TABLE_AT), 0x10);
  ebda.bytes.set(mpTable, MP_TABLE_AT);
  memory.bytes(EBDA_ADDRESS, ebda.bytes);
}

/** IBM PS/2 BIOS Technical Reference, "BIOS data area". */
function biosDataArea(hasDisk: boolean): Uint8Array {
  return new Table(0x100)
    .u16(0x00, 0x3f8) // COM1
    .u16(0x0e, EBDA_ADDRESS >>> 4)
    .u16(0x10, 0x0220) // equipment: 80×25 colour, one serial port
    .u16(0x13, EBDA_ADDRESS / 1024)
    .u16(0x1a, 0x1e) // keyboard buffer: empty
    .u16(0x1c, 0x1e)
    .u8(0x49, 3) // video mode
    .u16(0x4a, 80)
    .u16(0x4c, 0x1000)
    .u16(0x60, 0x0d0e)
    .u16(0x63, 0x3d4)
    .u8(0x75, hasDisk ? 1 : 0)
    .u16(0x80, 0x1e)
    .u16(0x82, 0x3e)
    .u8(0x84, 24)
    .u16(0x85, 16).bytes;
}

function floatingPointer(tableAddress: number): Uint8Array {
  return new Table(16).text(0, '_MP_').u32(4, tableAddress).u8(8, 1).u8(9, 4).checksum(10, 0, 16).bytes;
}

function multiprocessorTable(): Uint8Array {
  const processor = new Table(20).u8(0, 0).u8(1, 0).u8(2, 0x14).u8(3, 3).u32(4, 0x600).u32(8, 0x8108).bytes;
  const bus = new Table(8).u8(0, 1).u8(1, 0).text(2, 'ISA   ').bytes;
  const ioApic = new Table(8).u8(0, 2).u8(1, IO_APIC_ID).u8(2, 0x11).u8(3, 1).u32(4, IO_APIC_ADDRESS).bytes;
  const interrupts = Array.from({ length: 16 }, (_, irq) => irq)
    .filter((irq) => irq !== 2)
    .map(
      (irq) =>
        new Table(8)
          .u8(0, 3)
          .u8(5, irq)
          .u8(6, IO_APIC_ID)
          .u8(7, irq === 0 ? 2 : irq).bytes,
    );
  const external = new Table(8).u8(0, 4).u8(1, 3).u8(6, 0).u8(7, 0).bytes;
  const nmi = new Table(8).u8(0, 4).u8(1, 1).u8(6, 0xff).u8(7, 1).bytes;
  const entries = [processor, bus, ioApic, ...interrupts, external, nmi];
  const lengthBytes = 44 + entries.reduce((sum, entry) => sum + entry.length, 0);
  const table = new Table(lengthBytes).text(0, 'PCMP').u16(4, lengthBytes).u8(6, 4);
  table.text(8, 'FUKUGEN ').text(16, 'EMULATOR    ').u16(34, entries.length).u32(36, LOCAL_APIC_ADDRESS);
  let at = 44;
  for (const entry of entries) {
    table.bytes.set(entry, at);
    at += entry.length;
  }
  return table.checksum(7, 0, lengthBytes).bytes;
}
