/**
 * Where QEMU is wrong, by the manual and by Bochs: ROM, why, and the lines, by what stands before their first
 * colon. The test wants Bochs to agree with fukugen in every line, and QEMU in every line that is not here; and it
 * wants those here to differ, so that nothing stays that need not. Two things more are true of all of QEMU's lines:
 * it never pushes RF, and never leaves it in a TSS (`withoutRf`).
 */
export interface Deviation {
  readonly why: string;
  readonly lines: readonly string[];
}

const onReadOnly = (names: readonly string[]): string[] => names.map((name) => `${name} on a read-only page`);
const offsets = (names: readonly (readonly [string, string])[]): string[] =>
  names.map(([offset, access]) => `limit FFh at ${offset} ${access}`);

const LIMITS = 'QEMU does not check the limits of segments in loads and stores';
const TYPES = 'QEMU does not check in loads and stores whether a segment is writable, readable or null';
const EARLY_ACCESSED = "QEMU sets the directory's accessed bit before it knows that the access is allowed";
const NEW_TASK =
  "where the new task's segments are bad, QEMU stores the old ESP or EIP of the wrong task, or raises the fault at the wrong EIP";

export const QEMU_DEVIATIONS: Readonly<Record<string, readonly Deviation[]>> = {
  segments: [
    {
      why: LIMITS,
      lines: [
        ...offsets([
          ['fd', 'load dword'],
          ['ff', 'load dword'],
          ['ff', 'store word'],
          ['100', 'load dword'],
          ['100', 'store word'],
          ['100', 'add byte'],
          ['fffffffc', 'load dword'],
          ['fffffffc', 'store word'],
          ['fffffffc', 'add byte'],
          ['ffffffff', 'load dword'],
          ['ffffffff', 'store word'],
          ['ffffffff', 'add byte'],
        ]),
        'limit of one page',
        ...['0', 'ff', 'fffffffd'].map((offset) => `expand-down 32-bit at ${offset}`),
        ...['ff', 'fffd', '10000'].map((offset) => `expand-down 16-bit at ${offset}`),
        'push beyond the limit',
        'pop beyond the limit',
        'load through EBP beyond the limit',
        'call beyond the limit',
        'pusha half beyond the limit',
        'enter beyond the limit',
        '16-bit stack pop over FFFFh',
      ],
    },
    {
      why: TYPES,
      lines: [
        ...['read-only', 'expand-down read-only', 'code readable', 'conforming readable'].flatMap((name) => [
          `${name} store`,
          `${name} read-modify-write`,
        ]),
        'store through CS',
        'load through execute-only CS',
      ],
    },
    { why: 'QEMU loads a null task register; it is #GP(0) (SDM vol. 2, LTR)', lines: ['LTR null'] },
  ],
  loads: [{ why: TYPES, lines: ['null in DS, then a load'] }],
  gates: [
    {
      why: 'QEMU takes the RPL of the gate for that of CS in conforming code; it is CPL (SDM vol. 2, CALL)',
      lines: ['call gate to conforming code of ring 0', 'call gate to conforming code of ring 2'],
    },
    {
      why: 'QEMU does not check that the target of a gate is within its segment',
      lines: ['call gate beyond the code limit'],
    },
    {
      why: 'QEMU does not check that the frame fits the inner stack',
      lines: ['call gate, inner stack without room', 'interrupt gate, inner stack without room'],
    },
  ],
  transfers: [
    {
      why: 'QEMU raises #NP for the stack segment of a RET, as of an IRET; for RET it is #SS (SDM vol. 2)',
      lines: ['retf to ring 3 with a stack that is not present'],
    },
    {
      why: 'QEMU does not check that EIP is within the new code segment',
      lines: [
        'retf to beyond the code limit',
        'iret to beyond the code limit',
        'int through a gate beyond the code limit',
      ],
    },
    {
      why: 'QEMU leaves EXT clear in the error code of an exception raised by an exception (SDM vol. 3 §6.13)',
      lines: ['no double fault after an invalid opcode'],
    },
  ],
  privilege: [
    {
      why: 'QEMU looks at the privilege first: control registers that there are not are #UD in ring 3 too',
      lines: ['bytes 0f 20 c8 in ring 3', 'bytes 0f 22 e8 in ring 3', 'bytes 0f 20 f8 in ring 3'],
    },
    {
      why: 'QEMU does not look at the reg field of 8F, C6 and C7',
      lines: [
        'bytes 8f c8',
        'bytes 8f c8 in ring 3',
        'bytes c6 c8 00',
        'bytes c6 c8 00 in ring 3',
        'bytes c7 f8 00 00 00 00',
      ],
    },
    {
      why: 'QEMU takes LOCK before a MOV and a BT',
      lines: ['bytes f0 8b 06', 'bytes f0 8b 06 in ring 3', 'bytes f0 0f a3 06'],
    },
  ],
  tasks: [
    { why: 'QEMU does not know the debug trap bit of a TSS', lines: ['the debug trap bit'] },
    { why: TYPES, lines: ['null data segments'] },
    {
      why: 'QEMU raises #TS for a task gate whose TSS selector names the LDT; it is #GP (SDM vol. 2, JMP)',
      lines: ['jump through a gate to a TSS with TI', 'int through a gate to a TSS with TI'],
    },
    {
      why: NEW_TASK,
      lines: [
        'null CS',
        'data as CS',
        'CS of ring 0, RPL 3',
        'CS that is not present',
        'null SS',
        'SS of ring 3',
        'code as SS',
        'SS that is not present',
        'DS beyond the GDT',
        'DS that is not present',
        'execute-only DS',
        'GS of an LDT that is not there',
        'data as LDT',
        'an LDT that is not present',
        'an LDT with TI',
        'EIP beyond the limit',
      ].map((name) => `new task with ${name}`),
    },
  ],
  paging: [
    {
      why: EARLY_ACCESSED,
      lines: [
        'no page',
        'no page, write',
        'bits after a refused write',
        'bits after a refused read of ring 3',
        'bits after a refused read of ring 3, by the directory',
        'fetch of a page that is not there',
        ...onReadOnly(['movsb', 'pop to memory', 'setc', 'sgdt']),
      ],
    },
    {
      why: 'QEMU reads before it writes: the fault of a read-modify-write is a read there, or comes after the read has set A',
      lines: [
        ...onReadOnly([
          'add',
          'cmpxchg that fails',
          'xchg',
          'not',
          'bts',
          'shl',
          'shl by 0',
          'xadd',
          'cmpxchg8b',
        ]),
        'dword added over a hole',
      ],
    },
    { why: 'QEMU pushes from the lowest address up', lines: ['pusha into a hole'] },
    {
      why: "QEMU does not try the write to the new frame's last byte (SDM vol. 2, ENTER)",
      lines: ['enter into a hole'],
    },
    {
      why: 'QEMU sets the accessed bit of a descriptor as if CR0.WP were off',
      lines: ['the accessed bit of a descriptor on a read-only page'],
    },
  ],
  modes: [
    {
      why: LIMITS,
      lines: [
        'real mode, word at FFFFh',
        'real mode, dword at FFFDh',
        'real mode, word at FFFFh of the stack',
        'real mode, an offset above 64 KiB',
        'real mode, a limit kept from protected mode',
      ],
    },
  ],
  v86: [
    {
      why: LIMITS,
      lines: [
        'V86, a load above 64 KiB',
        'V86, a word at FFFFh',
        'V86, a word at FFFFh of the stack',
        'V86, push at 1',
      ],
    },
    {
      why: 'QEMU lets an interrupt in V86 mode go to ring 1; it is #GP (SDM vol. 3 §20.3.1)',
      lines: ['V86, an interrupt gate to ring 1'],
    },
    {
      why: 'QEMU goes to V86 mode by an IRET of ring 3; VM is changed in ring 0 only (SDM vol. 2, IRET)',
      lines: ['iretd to V86 from ring 3 ignores VM'],
    },
  ],
  debug: [
    { why: 'QEMU does not know ICEBP in every version', lines: ['icebp'] },
    {
      why: 'QEMU reports only the first of two breakpoints met by one access',
      lines: ['two breakpoints at once'],
    },
    { why: 'QEMU does not know DR7.GD', lines: ['general detect'] },
    { why: 'QEMU keeps bit 12 of DR6, which is always 0', lines: ['what dr6 and dr7 keep'] },
  ],
};

/** A line of QEMU or of another with RF taken out of every EFLAGS that it shows. */
export const withoutRf = (line: string): string =>
  line.replaceAll(
    /\b(fl|flags)=([0-9a-f]{8})/g,
    (_all, name: string, value: string) =>
      `${name}=${(Number.parseInt(value, 16) & ~0x10000).toString(16).padStart(8, '0')}`,
  );

/** A line's name. */
export const nameOf = (line: string): string => line.split(':', 1)[0] ?? '';
