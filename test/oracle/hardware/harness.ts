import { Assembler } from '../../../emulator/assembler/assembler.ts';
import { mem, type Register32 } from '../../../emulator/assembler/operands.ts';
import { segmentBytes } from '../../../emulator/guest-image.ts';
import { CODE, CODE_BYTES, DATA, DATA_BYTES, READ_ONLY, READ_ONLY_BYTES } from './layout.ts';

/**
 * A small static ELF32 program for Linux on i386 that runs cases: it reads a count, a template of the data
 * pages and the cases from standard input, runs each until it raises an exception, and writes the results.
 * The exception's signal handler takes the registers out of the signal frame and puts those of the next case in.
 */
const ORIGIN = 0x08048000;
export const CASES_MAX = 512;
export const CASE_BYTES = 9 * 4 + CODE_BYTES;
/** Of a signal frame's 22 words GS … CR2, then the hash of the data pages. */
export const RESULT_BYTES = 23 * 4;
/** No address of the program, its stack or its vDSO is outside these; cases that get there do not count. */
export const isHarnessAddress = (address: number): boolean =>
  (address >>> 0 >= 0x08000000 && address >>> 0 < 0x09000000) || address >>> 0 >= 0xf0000000;

const Call = { exit: 1, read: 3, write: 4, rtSigreturn: 173, rtSigaction: 174, sigaltstack: 186, mmap2: 192 };
const SIGNALS = [4, 5, 7, 8, 11];
/** SA_SIGINFO | SA_RESTORER | SA_ONSTACK | SA_NODEFER. */
const ACTION_FLAGS = 0x4c000004;
/** Populated at once, so that an access in vain finds the page there. */
const MAP_FLAGS = 0x8032;
const Prot = { read: 1, write: 2, exec: 4 };
/** Offset of the machine context in a signal frame's ucontext, and of registers in it. */
const CONTEXT = 20;
const Context = { edi: 16, eip: 56, eflags: 64, words: 22 } as const;

function assemble(): { bytes: Uint8Array; memoryBytes: number } {
  const a = new Assembler({ origin: ORIGIN });
  const call = (number: number, ...args: (number | ReturnType<Assembler['addressOf']>)[]): void => {
    const registers: Register32[] = ['ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp'];
    args.forEach((arg, n) => {
      a.emit('mov', registers[n] as Register32, arg);
    });
    a.emit('mov', 'eax', number).emit('int', 0x80);
  };
  const at = (label: string): ReturnType<typeof mem.dword> => mem.dword({ displacement: a.addressOf(label) });

  a.label('_start');
  const map = (address: number, length: number, prot: number): void =>
    call(Call.mmap2, address, length, prot, MAP_FLAGS, -1, 0);
  map(CODE, 0x1000, Prot.read | Prot.write | Prot.exec);
  map(DATA, DATA_BYTES, Prot.read | Prot.write);
  map(READ_ONLY, READ_ONLY_BYTES, Prot.read);
  call(Call.sigaltstack, a.addressOf('stack_description'), 0);
  for (const signal of SIGNALS) call(Call.rtSigaction, signal, a.addressOf('action'), 0, 8);
  a.emit('mov', 'esi', a.addressOf('input'));
  a.label('read_more');
  a.emit('mov', 'ebx', 0).emit('mov', 'ecx', 'esi').emit('mov', 'edx', 0x10000);
  a.emit('mov', 'eax', Call.read).emit('int', 0x80);
  a.emit('add', 'esi', 'eax').emit('test', 'eax', 'eax').emit('jg', 'read_more');
  a.emit('mov', at('next_case'), a.addressOf('cases'));
  a.emit('mov', at('next_result'), a.addressOf('results'));
  a.emit('mov', 'eax', at('input')).emit('mov', at('left'), 'eax');
  // The first exception is not a case's.
  a.emit('mov', at('is_first'), 1).emit('int3');

  a.label('restore').emit('mov', 'eax', Call.rtSigreturn).emit('int', 0x80);

  a.label('handler').emit('cld');
  a.emit('mov', 'ebx', mem.dword({ base: 'esp', displacement: 12 })).emit('add', 'ebx', CONTEXT);
  a.emit('cmp', at('is_first'), 0).emit('mov', at('is_first'), 0).emit('jne', 'next');
  a.emit('mov', 'esi', 'ebx').emit('mov', 'edi', at('next_result')).emit('mov', 'ecx', Context.words);
  a.bytes(0xf3, 0xa5);
  a.emit('mov', 'esi', DATA)
    .emit('mov', 'ecx', DATA_BYTES / 4)
    .emit('xor', 'edx', 'edx');
  a.label('hash').emit('lodsd').emit('rol', 'edx', 5).emit('xor', 'edx', 'eax');
  a.emit('dec', 'ecx').emit('jnz', 'hash');
  a.emit('mov', 'eax', 'edx').emit('stosd').emit('mov', at('next_result'), 'edi');
  a.label('next').emit('cmp', at('left'), 0).emit('je', 'finish').emit('dec', at('left'));
  a.emit('mov', 'esi', a.addressOf('template'))
    .emit('mov', 'edi', DATA)
    .emit('mov', 'ecx', DATA_BYTES / 4);
  a.bytes(0xf3, 0xa5);
  a.emit('mov', 'esi', at('next_case'));
  a.emit('lea', 'edi', mem.any({ base: 'ebx', displacement: Context.edi })).emit('mov', 'ecx', 8);
  a.bytes(0xf3, 0xa5);
  a.emit('lodsd').emit('mov', mem.dword({ base: 'ebx', displacement: Context.eflags }), 'eax');
  a.emit('mov', mem.dword({ base: 'ebx', displacement: Context.eip }), CODE);
  a.emit('mov', 'edi', CODE).emit('mov', 'ecx', CODE_BYTES / 4);
  a.bytes(0xf3, 0xa5);
  a.emit('mov', at('next_case'), 'esi').emit('ret');

  a.label('finish').emit('mov', 'ecx', a.addressOf('results'));
  a.label('write_more');
  a.emit('mov', 'edx', at('next_result')).emit('sub', 'edx', 'ecx').emit('je', 'quit');
  a.emit('mov', 'ebx', 1).emit('mov', 'eax', Call.write).emit('int', 0x80);
  a.emit('test', 'eax', 'eax').emit('jle', 'quit').emit('add', 'ecx', 'eax').emit('jmp', 'write_more');
  a.label('quit');
  call(Call.exit, 0);

  a.align(16).label('action').dwords(a.addressOf('handler'), ACTION_FLAGS, a.addressOf('restore'), 0, 0);
  a.label('stack_description').dwords(a.addressOf('stack'), 0, 0x8000);
  for (const variable of ['next_case', 'next_result', 'left', 'is_first']) a.label(variable).dwords(0);
  a.section('bss', { writable: true }).label('stack').reserve(0x8000);
  a.label('input').reserve(4).label('template').reserve(DATA_BYTES);
  a.label('cases')
    .reserve(CASES_MAX * CASE_BYTES)
    .label('results')
    .reserve(CASES_MAX * RESULT_BYTES);
  const image = a.assemble();
  const [text, bss] = image.segments;
  if (text === undefined || bss === undefined) throw new Error('the harness has code and data');
  return { bytes: text.bytes, memoryBytes: bss.linearAddress + segmentBytes(bss) - ORIGIN };
}

/** The program's file: one loadable segment, and the note that its stack is not executable. */
export function harnessElf(): Uint8Array {
  const { bytes, memoryBytes } = assemble();
  const headersBytes = 0x1000;
  const file = new Uint8Array(headersBytes + bytes.length);
  const view = new DataView(file.buffer);
  const words = (at: number, ...values: number[]): void =>
    values.forEach((value, n) => {
      view.setUint32(at + 4 * n, value, true);
    });
  file.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 3, true);
  words(20, 1, ORIGIN, 52, 0, 0);
  view.setUint16(40, 52, true);
  view.setUint16(42, 32, true);
  view.setUint16(44, 2, true);
  const PT_LOAD = 1;
  const PT_GNU_STACK = 0x6474e551;
  words(52, PT_LOAD, headersBytes, ORIGIN, ORIGIN, bytes.length, memoryBytes, 7, 0x1000);
  words(84, PT_GNU_STACK, 0, 0, 0, 0, 0, 6, 16);
  file.set(bytes, headersBytes);
  return file;
}
