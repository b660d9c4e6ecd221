import { Assembler } from '../../../emulator/assembler/assembler.ts';
import { writeElf } from '../elf-writer.ts';

const ROM_BYTES = 4096;
const KERNEL_ADDRESS = 0x100000;

/** A ROM of 4 KiB: `build` writes its code from the start, in real mode; the reset vector jumps there. */
export function makeRom(build: (a: Assembler) => void): Uint8Array {
  const a = new Assembler({ origin: 0xf000, bits: 16 });
  build(a);
  const code = a.assemble().segments[0]?.bytes ?? new Uint8Array(0);
  const rom = new Uint8Array(ROM_BYTES);
  rom.set(code);
  // FFFFFFF0h: jmp F000:F000, which is below 1 MiB, where the ROM is seen too.
  rom.set([0xea, 0x00, 0xf0, 0x00, 0xf0], ROM_BYTES - 16);
  return rom;
}

/** A multiboot kernel at 1 MiB as an ELF file; `build` writes what comes after the header. */
export function makeKernel(build: (a: Assembler) => void, flags = 3): Uint8Array {
  const a = new Assembler({ origin: KERNEL_ADDRESS });
  a.dwords(0x1badb002, flags, -(0x1badb002 + flags) >>> 0).label('_start');
  build(a);
  const image = a.assemble();
  return writeElf({
    entry: image.entry,
    segments: image.segments.map((segment) => ({
      address: segment.linearAddress,
      bytes: segment.bytes,
      memoryBytes: segment.bytes.length + segment.bssBytes,
      flags: segment.writable ? 6 : 7,
    })),
  });
}

/** A disk whose first sector is the code, with the boot signature; further sectors hold their number. */
export function makeDisk(build: (a: Assembler) => void, sectorsCount = 64): Uint8Array {
  const a = new Assembler({ origin: 0x7c00, bits: 16 });
  build(a);
  const disk = new Uint8Array(sectorsCount * 512);
  for (let sector = 1; sector < sectorsCount; sector += 1)
    disk.fill(sector, sector * 512, (sector + 1) * 512);
  disk.set(a.assemble().segments[0]?.bytes ?? []);
  disk.set([0x55, 0xaa], 510);
  return disk;
}

/** Ends the run with exit code 2 × value + 1. */
export const exitWith = (a: Assembler, value: number): Assembler => a.mov('al', value).out(0xf4, 'al');
