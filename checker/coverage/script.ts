/**
 * What a driven process does: one operation after the other, read from a page of its own that nobody writes.
 * So a behaviour of the spec becomes a program by being written down, operation by operation.
 */
import { mem } from '../../emulator/assembler/operands.ts';
import { FileKind, type OpenFile } from '../../kernel-model/files.ts';
import { GuestAssembler } from '../../kernel-model/programs/guest.ts';
import type { GuestProgram, Observation } from '../../kernel-model/programs/workload.ts';
import type { SpecState } from './bounded-model.ts';

/** An operation of a process, in the words that its program reads. */
export interface Operation {
  /** For people: `write 1 byte`, `tick`. */
  readonly name: string;
  /** Why the kernel is entered by it, and by which call where it is one. */
  readonly enters: { readonly cause: string; readonly call?: string };
  /** EAX, EBX and EDX of the call, or one of the two that are no call. */
  readonly what: { readonly eax: number; readonly ebx: number; readonly edx: number };
  /** ECX, where it is not the address of `data`. */
  readonly ecx?: number;
  /** The call reads into memory: ECX is where the operation keeps what it was given. */
  readonly reads?: true;
  /** EBX is the address of `data`. */
  readonly pointsAtData?: true;
  /** What it writes or sends, or points at. */
  readonly data?: readonly number[];
  /** Turns of an empty loop before it. */
  readonly spins?: number;
  /** What the call returns where it comes back "ok", from what it did to the spec's state. */
  readonly okResult?: (before: SpecState, after: SpecState) => number;
  /** Likewise, the bytes that it has read. */
  readonly okData?: (before: SpecState, after: SpecState) => readonly number[];
}

/** `what.eax` of the operations that call nobody. */
export const NO_CALL = { none: 0, fault: -1 } as const;

export const OPERATIONS_MAX = 96;
const RECORD_BYTES = 32;
const RECORD_WORDS = RECORD_BYTES / 4;
const DATA_MAX_BYTES = 8;
const DATA_OFFSET = 20;
const READ_OFFSET = 8;
/** What a result is before there is one: no call returns it. */
const NO_RESULT = 0x7fffffff;

/** Descriptors of a driven process. */
export const Descriptor = { pipeRead: 0, pipeWrite: 1, serial: 2, none: 7 } as const;

/** The eight words of an operation that is number `index` of its script, which lies at linear `scriptAddress`. */
export function encode(
  operation: Operation,
  place: { readonly index: number; readonly scriptAddress: number; readonly keptAddress: number },
): Int32Array {
  const record = new Int32Array(RECORD_WORDS);
  const at = place.index * RECORD_BYTES;
  const { eax, ebx, edx } = operation.what;
  const data = place.scriptAddress + at + DATA_OFFSET;
  const buffer = operation.reads === true ? place.keptAddress + at + READ_OFFSET : data;
  const first = operation.pointsAtData === true ? data : ebx;
  record.set([eax, first, operation.ecx ?? buffer, edx, operation.spins ?? 0]);
  new Uint8Array(record.buffer).set((operation.data ?? []).slice(0, DATA_MAX_BYTES), DATA_OFFSET);
  return record;
}

/** Where a script's record begins, in bytes from the script's start. */
export const recordOffset = (index: number): number => index * RECORD_BYTES;

/** What a call must have given, once its process has gone on. */
export interface Expected {
  readonly name: string;
  /** Undefined for any negative number: an error whose number the spec does not say. */
  readonly result: number | undefined;
  readonly data: readonly number[];
}

/** Why what the process has kept of operation `index` is not what the behaviour says, or null where it is. */
export function complaint(
  expected: Expected,
  index: number,
  keptBytes: (offset: number, lengthBytes: number) => readonly number[],
): string | null {
  const at = index * RECORD_BYTES;
  const word = keptBytes(at, 4).reduce((sum, byte, i) => sum | (byte << (8 * i)), 0);
  const isRight = expected.result === undefined ? word < 0 : word === expected.result;
  if (!isRight) {
    const wanted = expected.result ?? 'an error';
    return `${expected.name} returned ${word === NO_RESULT ? 'nothing' : word} instead of ${wanted}`;
  }
  const data = keptBytes(at + READ_OFFSET, expected.data.length);
  const isSame = data.every((byte, i) => byte === expected.data[i]);
  return isSame ? null : `${expected.name} gave [${data}] instead of [${expected.data}]`;
}

/**
 * The program that does what its script says. `operations` are those that are known when it is built; a driver
 * writes the others into the script's page before the process comes to them, which it cannot tell from a
 * program that had them all along.
 */
export function scriptedProgram(options: {
  readonly name: string;
  readonly files: readonly OpenFile[];
  readonly operations?: readonly Operation[];
  readonly mustObserve: (observation: Observation) => string | null;
}): GuestProgram {
  const image = assemble(options.operations ?? []);
  return { name: options.name, image, files: options.files, mustObserve: options.mustObserve };
}

function assemble(operations: readonly Operation[]): GuestProgram['image'] {
  const bare = assembleWith(new Int32Array(OPERATIONS_MAX * RECORD_WORDS));
  if (operations.length === 0) return bare;
  const place = { scriptAddress: symbolOf(bare, 'script'), keptAddress: symbolOf(bare, 'kept') };
  const words = new Int32Array(OPERATIONS_MAX * RECORD_WORDS);
  operations.forEach((operation, index) => {
    words.set(encode(operation, { index, ...place }), index * RECORD_WORDS);
  });
  return assembleWith(words);
}

export function symbolOf(image: GuestProgram['image'], name: string): number {
  const address = image.symbols.get(name);
  if (address === undefined) throw new RangeError(`the program has no symbol ${name}`);
  return address;
}

function assembleWith(script: Int32Array): GuestProgram['image'] {
  const a = new GuestAssembler();
  const field = (offset: number) => mem.dword({ base: 'esi', displacement: a.addressOf('script', offset) });
  a.label('_start').emit('xor', 'esi', 'esi');
  a.label('next').emit('mov', 'ecx', field(16)).emit('test', 'ecx', 'ecx').emit('jz', 'act');
  a.label('spin').emit('dec', 'ecx').emit('jnz', 'spin');
  a.label('act').emit('mov', 'eax', field(0));
  a.emit('cmp', 'eax', NO_CALL.none).emit('je', 'advance');
  a.emit('cmp', 'eax', NO_CALL.fault).emit('je', 'fault');
  a.emit('mov', 'ebx', field(4)).emit('mov', 'ecx', field(8)).emit('mov', 'edx', field(12));
  a.label('call').emit('int', 0x80);
  a.emit('mov', mem.dword({ base: 'esi', displacement: a.addressOf('kept') }), 'eax');
  a.label('advance').emit('add', 'esi', RECORD_BYTES).emit('jmp', 'next');
  a.label('fault')
    .emit('mov', 'eax', mem.dword({ displacement: 0 }))
    .emit('jmp', 'fault');
  a.section('script', { writable: false, executable: false }).label('script');
  a.bytes(new Uint8Array(script.buffer));
  a.section('data').label('kept');
  for (let i = 0; i < OPERATIONS_MAX; i += 1) a.dwords(NO_RESULT).reserve(RECORD_BYTES - 4);
  return a.assemble();
}

/** The descriptors of process `pid`: 1 writes to the pipe, 2 reads from it, both have the serial port. */
export function filesOf(pid: number): OpenFile[] {
  const closed: OpenFile = { kind: FileKind.closed, index: 0 };
  return [
    pid === 2 ? { kind: FileKind.pipeRead, index: 0 } : closed,
    pid === 1 ? { kind: FileKind.pipeWrite, index: 0 } : closed,
    { kind: FileKind.serial, index: 0 },
  ];
}
