import { ElfError } from './elf-error.ts';
import type { GuestImage, GuestSegment } from './guest-image.ts';

/** Where a user program may lie, in linear addresses; the first page stays unmapped, to catch null pointers. */
export interface ElfOptions {
  readonly lowestAddress?: number;
  /** The first address that is no longer user space. */
  readonly limitAddress?: number;
}

const DEFAULT_LOWEST = 0x1000;
const DEFAULT_LIMIT = 0xc0000000;

/** One program header of type PT_LOAD. */
export interface ElfLoad {
  readonly linearAddress: number;
  readonly physicalAddress: number;
  readonly bytes: Uint8Array;
  readonly memoryBytes: number;
  readonly writable: boolean;
  readonly executable: boolean;
}

/** What an ELF32 executable for the i386 says of itself (System V ABI, chapters 4 and 5). */
export interface ElfFile {
  readonly entry: number;
  readonly loads: readonly ElfLoad[];
  readonly symbols: ReadonlyMap<string, number>;
}

const HEADER_BYTES = 52;
const PROGRAM_HEADER_BYTES = 32;
const SECTION_HEADER_BYTES = 40;
const SYMBOL_BYTES = 16;
const EM_386 = 3;
const FILE_TYPES: Readonly<Record<number, string>> = {
  0: 'no file type',
  1: 'a relocatable object',
  3: 'a shared object or position-independent executable',
  4: 'a core dump',
};
const SegmentType = { load: 1, dynamic: 2, interpreter: 3 } as const;
const SegmentFlag = { execute: 1, write: 2 } as const;
const SECTION_SYMTAB = 2;

const hex = (value: number): string => `0x${value.toString(16)}`;

/**
 * Reads a static ELF32 executable (ET_EXEC, EM_386, little-endian).
 * @throws ElfError that says what the file is instead, or which part of it is broken.
 */
export function parseElf(file: Uint8Array): ElfFile {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  checkHeader(file, view);
  const loads = readLoads(file, view);
  if (loads.length === 0) throw new ElfError('no-load-segment', 'the ELF file has nothing to load');
  checkOverlaps(loads);
  return { entry: view.getUint32(24, true), loads, symbols: readSymbols(file, view) };
}

/**
 * Reads a user program: a static ELF32 executable whose segments lie in user space.
 * @throws ElfError
 */
export function loadElf(file: Uint8Array, options: ElfOptions = {}): GuestImage {
  const lowest = options.lowestAddress ?? DEFAULT_LOWEST;
  const limit = options.limitAddress ?? DEFAULT_LIMIT;
  const { entry, loads, symbols } = parseElf(file);
  const segments = loads
    .map((load): GuestSegment => {
      const { linearAddress, bytes, memoryBytes, writable, executable } = load;
      const end = linearAddress + memoryBytes;
      if (linearAddress < lowest || end > limit)
        throw new ElfError(
          'outside-user-space',
          `a segment lies at ${hex(linearAddress)}–${hex(end)}, outside user space (${hex(lowest)}–${hex(limit)})`,
        );
      return { linearAddress, bytes, bssBytes: memoryBytes - bytes.length, writable, executable };
    })
    .sort((a, b) => a.linearAddress - b.linearAddress);
  const holdsEntry = (load: ElfLoad): boolean =>
    load.executable && entry >= load.linearAddress && entry < load.linearAddress + load.memoryBytes;
  if (!loads.some(holdsEntry))
    throw new ElfError('bad-entry', `the entry point ${hex(entry)} is in no executable segment`);
  return { entry, segments, symbols, listing: [] };
}

function checkHeader(file: Uint8Array, view: DataView): void {
  const isElf = file.length >= 4 && view.getUint32(0, false) === 0x7f454c46;
  if (!isElf) throw new ElfError('not-elf', 'this is no ELF file: it does not begin with 7F "ELF"');
  if (file.length < HEADER_BYTES)
    throw new ElfError('truncated', `the ELF header has ${HEADER_BYTES} bytes, the file only ${file.length}`);
  if (file[4] !== 1)
    throw new ElfError(
      'wrong-class',
      file[4] === 2
        ? 'this is a 64-bit ELF file; a 32-bit one is needed (gcc -m32)'
        : `ELF class ${file[4]} is unknown`,
    );
  if (file[5] !== 1) throw new ElfError('wrong-endianness', 'the ELF file is not little-endian');
  const machine = view.getUint16(18, true);
  if (machine !== EM_386)
    throw new ElfError(
      'wrong-machine',
      `the ELF file is for machine ${machine}; the i386 is machine ${EM_386}`,
    );
  const type = view.getUint16(16, true);
  if (type !== 2)
    throw new ElfError(
      'not-executable',
      `the ELF file is ${FILE_TYPES[type] ?? `of type ${type}`}; a static executable is needed (gcc -static -no-pie)`,
    );
}

/** The part of the file from `offset`; throws where the file ends before it does. */
function part(file: Uint8Array, offset: number, lengthBytes: number, what: string): Uint8Array {
  if (offset + lengthBytes > file.length)
    throw new ElfError(
      'truncated',
      `${what} would end at ${hex(offset + lengthBytes)}, but the file ends at ${hex(file.length)}`,
    );
  return file.subarray(offset, offset + lengthBytes);
}

function readLoads(file: Uint8Array, view: DataView): ElfLoad[] {
  const table = view.getUint32(28, true);
  const count = view.getUint16(44, true);
  const stride = view.getUint16(42, true);
  if (count > 0 && stride < PROGRAM_HEADER_BYTES)
    throw new ElfError('malformed', `program headers of ${stride} bytes are too small`);
  part(file, table, count * stride, 'the table of program headers');
  const loads: ElfLoad[] = [];
  for (let i = 0; i < count; i += 1) {
    const at = table + i * stride;
    const type = view.getUint32(at, true);
    if (type === SegmentType.interpreter)
      throw new ElfError('not-executable', 'the ELF file is linked dynamically; link it with gcc -static');
    if (type !== SegmentType.load) continue;
    const load = readLoad(file, view, at);
    if (load.memoryBytes > 0) loads.push(load);
  }
  return loads;
}

function readLoad(file: Uint8Array, view: DataView, at: number): ElfLoad {
  const offset = view.getUint32(at + 4, true);
  const linearAddress = view.getUint32(at + 8, true);
  const fileBytes = view.getUint32(at + 16, true);
  const memoryBytes = view.getUint32(at + 20, true);
  const flags = view.getUint32(at + 24, true);
  const name = `the segment at ${hex(linearAddress)}`;
  if (fileBytes > memoryBytes)
    throw new ElfError(
      'malformed',
      `${name} has ${fileBytes} bytes in the file but only ${memoryBytes} in memory`,
    );
  if (linearAddress + memoryBytes > 2 ** 32) throw new ElfError('malformed', `${name} ends above 4 GiB`);
  return {
    linearAddress,
    physicalAddress: view.getUint32(at + 12, true),
    bytes: part(file, offset, fileBytes, name).slice(),
    memoryBytes,
    writable: (flags & SegmentFlag.write) !== 0,
    executable: (flags & SegmentFlag.execute) !== 0,
  };
}

function checkOverlaps(loads: readonly ElfLoad[]): void {
  const sorted = [...loads].sort((a, b) => a.linearAddress - b.linearAddress);
  sorted.forEach((load, index) => {
    const next = sorted[index + 1];
    if (next === undefined || load.linearAddress + load.memoryBytes <= next.linearAddress) return;
    throw new ElfError(
      'overlapping-segments',
      `the segments at ${hex(load.linearAddress)} and ${hex(next.linearAddress)} overlap`,
    );
  });
}

/** Functions, objects and untyped labels of .symtab; none where the file is stripped. */
function readSymbols(file: Uint8Array, view: DataView): Map<string, number> {
  const symbols = new Map<string, number>();
  const table = view.getUint32(32, true);
  const count = view.getUint16(48, true);
  if (table === 0 || count === 0) return symbols;
  const stride = view.getUint16(46, true);
  if (stride < SECTION_HEADER_BYTES)
    throw new ElfError('malformed', `section headers of ${stride} bytes are too small`);
  part(file, table, count * stride, 'the table of section headers');
  for (let i = 0; i < count; i += 1) {
    const at = table + i * stride;
    if (view.getUint32(at + 4, true) !== SECTION_SYMTAB) continue;
    const strings = view.getUint32(at + 24, true);
    if (strings >= count) throw new ElfError('malformed', '.symtab names no section of strings');
    readSymbolTable(
      file,
      { entries: sectionBytes(file, view, at), strings: sectionBytes(file, view, table + strings * stride) },
      symbols,
    );
  }
  return symbols;
}

function sectionBytes(file: Uint8Array, view: DataView, header: number): Uint8Array {
  return part(file, view.getUint32(header + 16, true), view.getUint32(header + 20, true), 'a section');
}

function readSymbolTable(
  file: Uint8Array,
  { entries, strings }: { entries: Uint8Array; strings: Uint8Array },
  symbols: Map<string, number>,
): void {
  const view = new DataView(file.buffer, entries.byteOffset, entries.byteLength);
  const decoder = new TextDecoder();
  for (let at = 0; at + SYMBOL_BYTES <= entries.length; at += SYMBOL_BYTES) {
    const nameAt = view.getUint32(at, true);
    const type = view.getUint8(at + 12) & 15;
    const section = view.getUint16(at + 14, true);
    const isDefined = section !== 0 && section < 0xff00;
    if (type > 2 || !isDefined || nameAt === 0) continue;
    const end = strings.indexOf(0, nameAt);
    if (end < 0) throw new ElfError('malformed', 'a symbol’s name does not end');
    const name = decoder.decode(strings.subarray(nameAt, end));
    // Static functions of two files may share a name: the first stays.
    if (!symbols.has(name)) symbols.set(name, view.getUint32(at + 4, true));
  }
}
