import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadElf, parseElf } from '../../emulator/elf.ts';
import { ElfError, type ElfFault } from '../../emulator/elf-error.ts';
import { writeElf } from './elf-writer.ts';

const RX = 5;
const RW = 6;
const good = (): Uint8Array =>
  writeElf({
    entry: 0x08048002,
    segments: [
      { address: 0x08049000, bytes: [1, 2, 3], memoryBytes: 0x100, flags: RW },
      { address: 0x08048000, bytes: [0x90, 0x90, 0xcd, 0x80], flags: RX },
    ],
    symbols: { _start: 0x08048002, counter: 0x08049000 },
  });

const faultOf = (file: Uint8Array): ElfFault | 'none' => {
  try {
    loadElf(file);
  } catch (error) {
    if (error instanceof ElfError) return error.fault;
    throw error;
  }
  return 'none';
};
const changed = (at: number, ...bytes: readonly number[]): Uint8Array => {
  const file = good();
  file.set(bytes, at);
  return file;
};

describe('ELF loader', () => {
  it('reads segments in order of address, the entry and the symbols', () => {
    expect(loadElf(good())).toEqual({
      entry: 0x08048002,
      segments: [
        {
          linearAddress: 0x08048000,
          bytes: Uint8Array.of(0x90, 0x90, 0xcd, 0x80),
          bssBytes: 0,
          writable: false,
          executable: true,
        },
        {
          linearAddress: 0x08049000,
          bytes: Uint8Array.of(1, 2, 3),
          bssBytes: 0xfd,
          writable: true,
          executable: false,
        },
      ],
      symbols: new Map([
        ['_start', 0x08048002],
        ['counter', 0x08049000],
      ]),
      listing: [],
    });
  });

  it('reads a file that lies within a larger buffer, and a stripped one', () => {
    const file = good();
    const buffer = new Uint8Array(file.length + 20);
    buffer.set(file, 13);
    expect(loadElf(buffer.subarray(13, 13 + file.length))).toEqual(loadElf(file));
    const stripped = writeElf({ entry: 0x2000, segments: [{ address: 0x2000, bytes: [0x90], flags: RX }] });
    expect(loadElf(stripped).symbols.size).toBe(0);
  });

  it('gives physical addresses apart, for kernels', () => {
    const file = writeElf({
      entry: 0xc0100000,
      segments: [{ address: 0xc0100000, physicalAddress: 0x100000, bytes: [0x90], flags: RX }],
    });
    expect(parseElf(file).loads[0]?.physicalAddress).toBe(0x100000);
    expect(faultOf(file)).toBe('outside-user-space');
  });

  const bad: readonly (readonly [string, ElfFault, Uint8Array])[] = [
    ['an empty file', 'not-elf', new Uint8Array(0)],
    [
      'a text',
      'not-elf',
      new TextEncoder().encode('#!/bin/sh\necho no ELF file at all, but long enough to be one'),
    ],
    ['a header cut short', 'truncated', good().subarray(0, 30)],
    ['program headers cut short', 'truncated', good().subarray(0, 80)],
    ['a segment cut short', 'truncated', good().subarray(0, 52 + 64 + 5)],
    ['section headers cut short', 'truncated', good().subarray(0, good().length - 1)],
    ['64 bits', 'wrong-class', changed(4, 2)],
    ['big-endian', 'wrong-endianness', changed(5, 2)],
    ['x86-64', 'wrong-machine', changed(18, 62)],
    ['a relocatable object', 'not-executable', changed(16, 1)],
    ['a position-independent executable', 'not-executable', changed(16, 3)],
    ['an interpreter', 'not-executable', changed(52, 3)],
    ['no segment to load', 'no-load-segment', changed(44, 0)],
    ['more in the file than in memory', 'malformed', changed(52 + 20, 1, 0, 0, 0)],
    ['a segment that wraps around', 'malformed', changed(52 + 20, 0xff, 0xff, 0xff, 0xff)],
    ['an entry outside the code', 'bad-entry', changed(24, 0, 0x90, 0x04, 0x08)],
    [
      'segments that overlap',
      'overlapping-segments',
      writeElf({
        entry: 0x2000,
        segments: [
          { address: 0x2000, bytes: [1, 2, 3, 4], flags: RX },
          { address: 0x2003, bytes: [1], flags: RW },
        ],
      }),
    ],
    [
      'the null page',
      'outside-user-space',
      writeElf({ entry: 0x10, segments: [{ address: 0x10, bytes: [0x90], flags: RX }] }),
    ],
    [
      'the end of user space',
      'outside-user-space',
      writeElf({ entry: 0xbfffffff, segments: [{ address: 0xbfffffff, bytes: [0x90, 0x90], flags: RX }] }),
    ],
  ];
  for (const [name, fault, file] of bad) it(`refuses ${name}`, () => expect(faultOf(file)).toBe(fault));

  it('says how to make a file that can be loaded', () => {
    expect(() => loadElf(changed(4, 2))).toThrow('gcc -m32');
    expect(() => loadElf(changed(16, 3))).toThrow('-static -no-pie');
  });

  it('loads, or refuses with an ElfError, whatever bytes of the file are changed or cut off', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: good().length - 1 }), fc.nat({ max: 255 })), { maxLength: 6 }),
        fc.nat({ max: good().length }),
        (changes, length) => {
          const file = good();
          for (const [at, value] of changes) file[at] = value;
          faultOf(file);
          faultOf(file.subarray(0, length));
        },
      ),
      { numRuns: 2000, seed: 32 },
    );
  });
});

/** Whether gcc makes 32-bit executables here; many machines have no 32-bit support. */
const buildWithGcc = (): Uint8Array | undefined => {
  const directory = mkdtempSync(join(tmpdir(), 'fukugen-'));
  try {
    const source = join(directory, 'program.c');
    writeFileSync(
      source,
      'int table[100] = {7};\nint zeros[1000];\nvoid _start(void) { zeros[1] = table[0]; for (;;); }\n',
    );
    const output = join(directory, 'program');
    const flags = ['-m32', '-static', '-no-pie', '-fno-pic', '-nostdlib', '-O1', '-o', output, source];
    execFileSync('gcc', flags, { stdio: 'ignore' });
    return new Uint8Array(readFileSync(output));
  } catch {
    return undefined;
  } finally {
    rmSync(directory, { recursive: true });
  }
};
const gccProgram = buildWithGcc();

describe.skipIf(gccProgram === undefined)('ELF loader on what gcc makes', () => {
  it('finds the code, the data, the zeros and the symbols', () => {
    const image = loadElf(gccProgram ?? new Uint8Array(0));
    expect(image.symbols.get('_start')).toBe(image.entry);
    const zeros = image.symbols.get('zeros') ?? 0;
    const data = image.segments.find((s) => s.writable && !s.executable);
    expect(data).toBeDefined();
    const table = (image.symbols.get('table') ?? 0) - (data?.linearAddress ?? 0);
    expect(data?.bytes[table]).toBe(7);
    expect(zeros).toBeGreaterThanOrEqual((data?.linearAddress ?? 0) + (data?.bytes.length ?? 0));
  });
});
