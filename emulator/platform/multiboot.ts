import { Seg } from '../cpu/cpu.ts';
import { setSegment } from '../cpu/segments.ts';
import { parseElf } from '../elf.ts';
import { ElfError } from '../elf-error.ts';
import type { Machine } from '../machine.ts';
import { Gpr } from '../native.ts';
import { Cr0 } from '../paging/page-walk.ts';
import { memoryMap } from './firmware-tables.ts';
import { ImageError } from './image-error.ts';
import { type MemoryWriter, Table } from './memory-writer.ts';

const HEADER_MAGIC = 0x1badb002;
const LOADER_MAGIC = 0x2badb002;
/** The header is within this many bytes, aligned to 4. */
const SEARCH_BYTES = 8192;
const HeaderFlag = { align: 1, memory: 2, video: 4, addresses: 0x10000 } as const;
/** Flags that a loader must understand or refuse the kernel. */
const REQUIRED_FLAGS = 0xffff;
const InfoFlag = { memory: 1, bootDevice: 2, commandLine: 4, memoryMap: 0x40, loaderName: 0x200 } as const;
const MEBIBYTE = 2 ** 20;
/** Where the information structure goes: the end of conventional memory, below the EBDA. */
const INFO_ADDRESS = 0x9e000;
const INFO_END = 0x9fc00;
const LOWEST_ADDRESS = 0x1000;
const FLAT = { code: 0xc09b, data: 0xc093 } as const;

/** A part of a kernel, at a physical address. */
interface Part {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly memoryBytes: number;
}

export interface MultibootKernel {
  readonly entry: number;
  readonly parts: readonly Part[];
}

const hex = (value: number): string => `${value.toString(16)}h`;

/**
 * Reads a multiboot kernel (Multiboot Specification 0.6.96): an ELF32 executable, or any file whose header
 * has the address fields.
 * @throws ImageError for a file without header, with flags that cannot be met, or with a broken layout.
 */
export function readMultiboot(file: Uint8Array): MultibootKernel {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const header = findHeader(view);
  if (header === undefined)
    throw new ImageError(
      'the kernel has no multiboot header in its first 8 KiB',
      'The header (1BADB002h, flags, checksum) must be linked to the front of the file.',
    );
  const flags = view.getUint32(header + 4, true);
  const unknown = flags & REQUIRED_FLAGS & ~(HeaderFlag.align | HeaderFlag.memory | HeaderFlag.video);
  if (unknown !== 0)
    throw new ImageError(`the kernel asks for multiboot features ${hex(unknown)}, which are unknown`);
  if (
    (flags & HeaderFlag.video) !== 0 &&
    header + 36 <= file.length &&
    view.getUint32(header + 32, true) !== 1
  )
    throw new ImageError('the kernel asks for a graphics mode; there is only text mode');
  return (flags & HeaderFlag.addresses) !== 0 ? readFlat(file, view, header) : readElfKernel(file);
}

function findHeader(view: DataView): number | undefined {
  const end = Math.min(view.byteLength, SEARCH_BYTES) - 12;
  for (let at = 0; at <= end; at += 4) {
    if (view.getUint32(at, true) !== HEADER_MAGIC) continue;
    const sum = HEADER_MAGIC + view.getUint32(at + 4, true) + view.getUint32(at + 8, true);
    if (sum % 2 ** 32 === 0) return at;
  }
  return undefined;
}

function readFlat(file: Uint8Array, view: DataView, header: number): MultibootKernel {
  if (header + 32 > file.length) throw new ImageError('the kernel’s multiboot header is cut short');
  const field = (at: number): number => view.getUint32(header + at, true);
  const [headerAddress, loadAddress, loadEnd, bssEnd, entry] = [
    field(12),
    field(16),
    field(20),
    field(24),
    field(28),
  ];
  const from = header - (headerAddress - loadAddress);
  const fileBytes = loadEnd === 0 ? file.length - from : loadEnd - loadAddress;
  if (from < 0 || fileBytes < 0 || from + fileBytes > file.length)
    throw new ImageError('the addresses in the kernel’s multiboot header do not fit its file');
  const memoryBytes = Math.max(fileBytes, bssEnd === 0 ? 0 : bssEnd - loadAddress);
  return {
    entry,
    parts: [{ address: loadAddress, bytes: file.subarray(from, from + fileBytes), memoryBytes }],
  };
}

function readElfKernel(file: Uint8Array): MultibootKernel {
  try {
    const { entry, loads } = parseElf(file);
    const parts = loads.map(({ physicalAddress, bytes, memoryBytes }) => ({
      address: physicalAddress,
      bytes,
      memoryBytes,
    }));
    // The entry is a linear address; a kernel linked high is entered where it was loaded.
    const home = loads.find((l) => entry >= l.linearAddress && entry < l.linearAddress + l.memoryBytes);
    const offset = home === undefined ? 0 : home.physicalAddress - home.linearAddress;
    return { entry: entry + offset, parts };
  } catch (error) {
    if (error instanceof ElfError) throw new ImageError(error.message);
    throw error;
  }
}

/**
 * Puts the kernel into memory with its information structure.
 * @returns the structure's address.
 * @throws ImageError where the kernel does not fit memory, or would lie over what firmware left.
 */
export function loadMultiboot(
  kernel: MultibootKernel,
  memory: MemoryWriter,
  options: { readonly memoryBytes: number; readonly commandLine: string },
): number {
  const { memoryBytes } = options;
  const parts = [...kernel.parts].sort((a, b) => a.address - b.address);
  parts.forEach((part, index) => {
    const end = part.address + part.memoryBytes;
    const name = `the kernel’s part at ${hex(part.address)}–${hex(end)}`;
    if (end > memoryBytes)
      throw new ImageError(
        `${name} ends above memory (${memoryBytes / MEBIBYTE} MiB)`,
        `Give more memory: --memory ${Math.ceil(end / MEBIBYTE)}`,
      );
    const isLow = part.address >= LOWEST_ADDRESS && end <= INFO_ADDRESS;
    if (part.address < MEBIBYTE && !isLow)
      throw new ImageError(`${name} lies over what firmware left in memory`);
    const next = parts[index + 1];
    if (next !== undefined && end > next.address)
      throw new ImageError(`${name} overlaps the one at ${hex(next.address)}`);
  });
  for (const part of parts) {
    memory.bytes(part.address, part.bytes);
    memory.zeros(part.address + part.bytes.length, part.memoryBytes - part.bytes.length);
  }
  memory.bytes(INFO_ADDRESS, information(memoryBytes, options.commandLine));
  return INFO_ADDRESS;
}

function information(memoryBytes: number, commandLine: string): Uint8Array {
  const ranges = memoryMap(memoryBytes);
  const mapAt = 0x80;
  const mapBytes = ranges.length * 24;
  const nameAt = mapAt + mapBytes;
  const commandAt = nameAt + 16;
  const command = new TextEncoder().encode(commandLine);
  if (INFO_ADDRESS + commandAt + command.length + 1 > INFO_END)
    throw new ImageError('the kernel’s command line is too long');
  const table = new Table(commandAt + command.length + 1)
    .u32(0, InfoFlag.memory | InfoFlag.commandLine | InfoFlag.memoryMap | InfoFlag.loaderName)
    .u32(4, 639)
    .u32(8, (memoryBytes - MEBIBYTE) / 1024)
    .u32(16, INFO_ADDRESS + commandAt)
    .u32(44, mapBytes)
    .u32(48, INFO_ADDRESS + mapAt)
    .u32(64, INFO_ADDRESS + nameAt)
    .text(nameAt, 'fukugen');
  ranges.forEach(({ base, lengthBytes, type }, index) => {
    const at = mapAt + index * 24;
    table
      .u32(at, 20)
      .u32(at + 4, base)
      .u32(at + 12, lengthBytes)
      .u32(at + 20, type);
  });
  table.bytes.set(command, commandAt);
  return table.bytes;
}

/** The machine state of the specification, §3.2: protected mode, flat segments, paging off, interrupts off. */
export function enterMultiboot(machine: Machine, entry: number, informationAddress: number): void {
  const { cpu } = machine;
  cpu.mmu.setCr0(Cr0.et | Cr0.pe);
  for (const seg of [Seg.es, Seg.ss, Seg.ds, Seg.fs, Seg.gs])
    setSegment(cpu, seg, { selector: 0x10, base: 0, limit: -1, attributes: FLAT.data });
  setSegment(cpu, Seg.cs, { selector: 0x08, base: 0, limit: -1, attributes: FLAT.code });
  cpu.regs[Gpr.eax] = LOADER_MAGIC;
  cpu.regs[Gpr.ebx] = informationAddress;
  cpu.eip = entry | 0;
}
