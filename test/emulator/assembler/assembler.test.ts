import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Assembler } from '../../../emulator/assembler/assembler.ts';
import { AssemblyError, type AssemblyFault } from '../../../emulator/assembler/assembly-error.ts';
import { far, mem } from '../../../emulator/assembler/operands.ts';
import { describeAddress, formatListing, symbolAt } from '../../../emulator/guest-image.ts';

const hex = (bytes: Uint8Array | undefined): string =>
  [...(bytes ?? [])].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');

/** The bytes of the first section. */
const code = (build: (a: Assembler) => void, bits: 16 | 32 = 32): string => {
  const a = new Assembler({ origin: 0x1000, bits });
  build(a);
  return hex(a.assemble().segments[0]?.bytes);
};

const faultOf = (build: (a: Assembler) => void): AssemblyFault | string => {
  try {
    code(build);
  } catch (error) {
    if (error instanceof AssemblyError) return error.fault;
    throw error;
  }
  return 'no fault';
};

describe('assembler: encodings', () => {
  // Expected bytes are from the instruction set reference (SDM volume 2), worked out by hand.
  const cases: readonly (readonly [string, string, (a: Assembler) => void])[] = [
    ['mov r32, imm32', 'b8 04 00 00 00', (a) => a.mov('eax', 4)],
    ['mov r32, −1', 'bb ff ff ff ff', (a) => a.mov('ebx', -1)],
    ['mov r32, 0xffffffff', 'bb ff ff ff ff', (a) => a.mov('ebx', 0xffffffff)],
    ['mov r32, r32', '89 c8', (a) => a.mov('eax', 'ecx')],
    ['mov r8, imm8', 'b0 ff', (a) => a.mov('al', 255)],
    ['mov r16, imm16', '66 b8 34 12', (a) => a.mov('ax', 0x1234)],
    ['mov r32, [base+disp8]', '8b 43 04', (a) => a.mov('eax', mem.dword({ base: 'ebx', displacement: 4 }))],
    [
      'mov r32, [base+disp32]',
      '8b 83 00 01 00 00',
      (a) => a.mov('eax', mem.dword({ base: 'ebx', displacement: 256 })),
    ],
    ['mov r32, [ebp]', '8b 45 00', (a) => a.mov('eax', mem.dword({ base: 'ebp' }))],
    ['mov r32, [esp]', '8b 04 24', (a) => a.mov('eax', mem.dword({ base: 'esp' }))],
    [
      'mov [base+index*4-8], r32',
      '89 54 8b f8',
      (a) => a.mov(mem.dword({ base: 'ebx', index: 'ecx', scale: 4, displacement: -8 }), 'edx'),
    ],
    ['mov r32, [disp32]', '8b 0d 78 56 34 12', (a) => a.mov('ecx', mem.dword({ displacement: 0x12345678 }))],
    [
      'mov r32, [disp32] above 2 GiB',
      '8b 0d 00 00 00 c0',
      (a) => a.mov('ecx', mem.dword({ displacement: 0xc0000000 })),
    ],
    ['mov byte [r], imm8', 'c6 06 41', (a) => a.mov(mem.byte({ base: 'esi' }), 0x41)],
    ['segment override', '64 8b 03', (a) => a.mov('eax', mem.dword({ base: 'ebx', segment: 'fs' }))],
    ['movzx', '0f b6 06', (a) => a.movzx('eax', mem.byte({ base: 'esi' }))],
    ['movsx from word', '0f bf c1', (a) => a.movsx('eax', 'cx')],
    [
      'lea',
      '8d 44 89 01',
      (a) => a.lea('eax', mem.any({ base: 'ecx', index: 'ecx', scale: 4, displacement: 1 })),
    ],
    ['add r32, imm8 sign-extended', '83 c0 ff', (a) => a.add('eax', -1)],
    ['add eax, imm32', '05 00 01 00 00', (a) => a.add('eax', 256)],
    ['sub esp, imm8', '83 ec 10', (a) => a.sub('esp', 16)],
    ['cmp byte [r], imm8', '80 3b 0a', (a) => a.cmp(mem.byte({ base: 'ebx' }), 10)],
    ['test', '85 c0', (a) => a.test('eax', 'eax')],
    ['xor', '31 db', (a) => a.xor('ebx', 'ebx')],
    ['inc r32', '41', (a) => a.inc('ecx')],
    ['dec byte [r]', 'fe 0f', (a) => a.dec(mem.byte({ base: 'edi' }))],
    ['shl by 1', 'd1 e0', (a) => a.shl('eax', 1)],
    ['shl by imm8', 'c1 e0 05', (a) => a.shl('eax', 5)],
    ['shr by cl', 'd3 e8', (a) => a.shr('eax', 'cl')],
    ['imul r32, r32', '0f af c3', (a) => a.imul('eax', 'ebx')],
    ['imul r32, r32, imm8', '6b c3 0a', (a) => a.imul('eax', 'ebx', 10)],
    ['shld by imm8', '0f a4 d0 04', (a) => a.emit('shld', 'eax', 'edx', 4)],
    ['shld by cl', '0f a5 d0', (a) => a.emit('shld', 'eax', 'edx', 'cl')],
    ['push r32', '53', (a) => a.push('ebx')],
    ['push imm8', '6a 07', (a) => a.push(7)],
    ['push imm32', '68 00 10 00 00', (a) => a.push(0x1000)],
    ['push segment', '1e', (a) => a.push('ds')],
    ['push memory', 'ff 33', (a) => a.push(mem.dword({ base: 'ebx' }))],
    ['pop', '58', (a) => a.pop('eax')],
    ['ret, ret imm16', 'c3 c2 08 00', (a) => a.ret().ret(8)],
    ['int', 'cd 80', (a) => a.int(0x80)],
    [
      'in, out',
      'e4 60 ec e6 80 ee ef',
      (a) => a.in('al', 0x60).in('al', 'dx').out(0x80, 'al').out('dx', 'al').out('dx', 'eax'),
    ],
    [
      'no operands',
      '90 fa fb f4 cf 60 61 9c 9d c9',
      (a) => a.nop().cli().sti().hlt().iret().pusha().popa().pushf().popf().leave(),
    ],
    [
      'strings',
      'fc a4 f3 a4 f3 ab f3 a6 f2 ae ac',
      (a) => a.cld().movsb().rep('movsb').rep('stosd').repe('cmpsb').repne('scasb').lodsb(),
    ],
    ['lock xadd', 'f0 0f c1 03', (a) => a.lock('xadd', mem.dword({ base: 'ebx' }), 'eax')],
    ['control registers', '0f 20 c0 0f 22 d8', (a) => a.mov('eax', 'cr0').mov('cr3', 'eax')],
    ['mov ds, eax', '8e d8', (a) => a.mov('ds', 'eax')],
    ['lgdt', '0f 01 15 00 20 00 00', (a) => a.lgdt(mem.any({ displacement: 0x2000 }))],
    [
      'invlpg, clflush, clwb',
      '0f 01 38 0f ae 38 66 0f ae 30',
      (a) => {
        const at = mem.any({ base: 'eax' });
        a.invlpg(at).clflush(at).clwb(at);
      },
    ],
    ['fences, wbinvd', '0f ae f8 0f ae f0 0f 09', (a) => a.sfence().mfence().wbinvd()],
    ['setz, cmovz', '0f 94 c0 0f 44 c1', (a) => a.emit('setz', 'al').emit('cmovz', 'eax', 'ecx')],
    [
      'call and jmp through a register and memory',
      'ff d0 ff 23',
      (a) => a.call('eax').jmp(mem.dword({ base: 'ebx' })),
    ],
    ['far jump', 'ea 78 56 34 12 08 00', (a) => a.jmp(far(8, 0x12345678))],
  ];
  for (const [name, expected, build] of cases) {
    it(name, () => expect(code(build)).toBe(expected));
  }

  it('writes 16-bit code with the prefixes it needs', () => {
    const built = code((a) => {
      a.label('again')
        .mov('ax', 0x1234)
        .mov('eax', 1)
        .mov('al', mem.byte({ base: 'bx', index: 'si' }));
      a.mov('al', mem.byte({ base: 'ebx' }))
        .push(5)
        .ret()
        .jmp('again')
        .jmp(far(0x10, 0x20));
    }, 16);
    expect(built).toBe('b8 34 12 66 b8 01 00 00 00 8a 00 67 8a 03 6a 05 c3 eb ed ea 20 00 10 00');
  });

  it('reaches the whole 64 KiB in 16-bit code', () => {
    const built = code((a) => {
      a.mov('ax', mem.word({ displacement: 0xf123 })).mov('ax', mem.word({ base: 'bx', displacement: -4 }));
      a.mov('ax', mem.word({ base: 'bx', displacement: 0xf000 }));
    }, 16);
    expect(built).toBe('8b 06 23 f1 8b 47 fc 8b 87 00 f0');
  });
});

describe('assembler: labels', () => {
  it('takes short branches where they reach, near ones where not, forwards and backwards', () => {
    expect(code((a) => a.label('x').jmp('x').jl('y').label('y'))).toBe('eb fe 7c 00');
    const forwards = (gap: number): string =>
      code((a) => a.jmp('end').bytes(new Uint8Array(gap)).label('end'));
    expect(forwards(127).startsWith('eb 7f')).toBe(true);
    expect(forwards(128).startsWith('e9 80 00 00 00')).toBe(true);
    const backwards = (gap: number): string => code((a) => a.label('x').bytes(new Uint8Array(gap)).jne('x'));
    expect(backwards(126).endsWith('75 80')).toBe(true);
    expect(backwards(127).endsWith('0f 85 7b ff ff ff')).toBe(true);
  });

  it('lets one branch’s growth push another out of reach', () => {
    const built = code((a) =>
      a
        .jmp('end')
        .bytes(new Uint8Array(120))
        .jmp('far')
        .bytes(new Uint8Array(4))
        .label('end')
        .bytes(new Uint8Array(200))
        .label('far'),
    );
    expect(built.startsWith('e9 81 00 00 00')).toBe(true);
  });

  it('calls near and loops short', () => {
    expect(code((a) => a.label('x').call('x').loop('x').jecxz('x'))).toBe('e8 fb ff ff ff e2 f9 e3 f7');
  });

  it('gives local labels to the routine they stand in', () => {
    const a = new Assembler({ origin: 0 });
    a.label('f').label('.loop').jmp('.loop').label('g').label('.loop').jmp('.loop');
    const image = a.assemble();
    expect(hex(image.segments[0]?.bytes)).toBe('eb fe eb fe');
    expect([...image.symbols]).toEqual([
      ['f', 0],
      ['f.loop', 0],
      ['g', 2],
      ['g.loop', 2],
    ]);
  });

  it('puts addresses, distances and constants into operands and data', () => {
    const a = new Assembler({ origin: 0x1000 });
    a.mov('ecx', a.addressOf('text')).mov('edx', a.distance('text', 'end'));
    a.mov('eax', mem.dword({ base: 'ebx', displacement: a.addressOf('text', 2) }));
    a.mov('eax', a.addressOf('limit'));
    a.section('data', { address: 0x2000 }).label('text').bytes('Hello', 10).label('end');
    a.dwords(a.addressOf('end'), 7).words(a.distance('text', 'end'));
    a.constant('limit', 99);
    const [text, data] = a.assemble().segments;
    expect(hex(text?.bytes)).toBe('b9 00 20 00 00 ba 06 00 00 00 8b 83 02 20 00 00 b8 63 00 00 00');
    expect(hex(data?.bytes)).toBe('48 65 6c 6c 6f 0a 06 20 00 00 07 00 00 00 06 00');
  });
});

describe('assembler: image', () => {
  const program = (): Assembler => {
    const a = new Assembler({ origin: 0x08048000 });
    a.label('helper').nop().label('_start').mov('eax', 1).align(16).label('tail').int(0x80);
    a.section('data').label('greeting').bytes('Hi').align(4).label('room').reserve(4096);
    a.section('bss', { address: 0x08050000 }).label('buffer').reserve(64);
    return a;
  };

  it('has segments with protection, zeros apart, the entry and the symbols', () => {
    const image = program().assemble();
    expect(image.entry).toBe(0x08048001);
    expect(image.segments.map(({ bytes, ...rest }) => ({ ...rest, fileBytes: bytes.length }))).toEqual([
      { linearAddress: 0x08048000, fileBytes: 18, bssBytes: 0, writable: false, executable: true },
      { linearAddress: 0x08049000, fileBytes: 4, bssBytes: 4096, writable: true, executable: false },
      { linearAddress: 0x08050000, fileBytes: 0, bssBytes: 64, writable: true, executable: false },
    ]);
    expect(image.symbols.get('room')).toBe(0x08049004);
    expect(hex(image.segments[0]?.bytes.subarray(6))).toBe('90 90 90 90 90 90 90 90 90 90 cd 80');
  });

  it('names addresses by the symbol before them', () => {
    const image = program().assemble();
    expect(describeAddress(image, 0x08048001)).toBe('_start');
    expect(describeAddress(image, 0x08048011)).toBe('tail+1');
    expect(describeAddress(image, 0x0804900a)).toBe('room+6');
    expect(describeAddress(image, 0x08050040)).toBe('0x08050040');
    expect(symbolAt(image, 0)).toBeUndefined();
  });

  it('prints a listing', () => {
    const a = new Assembler({ origin: 0x1000 });
    a.label('f')
      .mov('eax', mem.dword({ base: 'ebx', displacement: -4 }))
      .rep('movsb')
      .jmp('f');
    expect(
      formatListing(a.assemble())
        .split('\n')
        .map((line) => line.replaceAll(/ {2,}/g, '  ')),
    ).toEqual([
      'f:',
      '00001000  8b 43 fc  mov eax, dword [ebx-4]',
      '00001003  f3 a4  rep movsb',
      '00001005  eb f9  jmp f',
    ]);
  });

  it('makes the same image twice', () => {
    const a = program();
    expect(a.assemble()).toEqual(a.assemble());
  });
});

describe('assembler: mistakes', () => {
  const mistakes: readonly (readonly [AssemblyFault, string, (a: Assembler) => void])[] = [
    ['unknown-symbol', 'an unknown label', (a) => a.jmp('nowhere')],
    ['unknown-symbol', 'an unknown address', (a) => a.mov('eax', a.addressOf('nowhere'))],
    ['duplicate-symbol', 'a label twice', (a) => a.label('x').nop().label('x')],
    ['duplicate-symbol', 'a label and a constant', (a) => a.label('x').constant('x', 1)],
    ['duplicate-symbol', 'a label named as a register', (a) => a.label('eax')],
    ['unknown-instruction', 'an unknown instruction', (a) => a.emit('frobnicate', 'eax')],
    ['unknown-instruction', 'an instruction of 64-bit mode', (a) => a.emit('swapgs')],
    ['bad-operands', 'operands of two sizes', (a) => a.mov('eax', 'cx')],
    [
      'bad-operands',
      'two memory operands',
      (a) => a.mov(mem.dword({ base: 'eax' }), mem.dword({ base: 'ebx' })),
    ],
    ['bad-operands', 'memory without a size', (a) => a.mov(mem.any({ base: 'eax' }), 1)],
    ['bad-operands', 'a label where no branch is', (a) => a.label('x').mov('eax', 'x')],
    ['bad-operands', 'a byte out of range', (a) => a.mov('al', 256)],
    ['bad-operands', 'a doubleword out of range', (a) => a.mov('eax', 2 ** 32)],
    ['bad-operands', 'too few operands', (a) => a.emit('mov', 'eax')],
    ['bad-operands', 'REP with no string instruction', (a) => a.rep('nop')],
    ['bad-operands', 'an alignment that is no power of two', (a) => a.nop().align(3)],
    ['out-of-range', 'a fraction', (a) => a.mov('eax', 1.5)],
    ['out-of-range', 'a byte of data', (a) => a.bytes(256)],
    ['out-of-range', 'a LOOP out of reach', (a) => a.label('x').bytes(new Uint8Array(130)).loop('x')],
    ['out-of-range', 'ESP as index', (a) => a.mov('eax', mem.dword({ base: 'eax', index: 'esp' }))],
    ['overlapping-sections', 'overlap', (a) => a.nop().section('data', { address: 0x1000 }).bytes(1)],
    [
      'bad-section',
      'a section placed twice',
      (a) => a.section('d', { address: 1 }).nop().section('d', { address: 2 }),
    ],
    ['bad-section', 'an empty program', () => {}],
  ];
  for (const [fault, name, build] of mistakes) {
    it(name, () => expect(faultOf(build)).toBe(fault));
  }

  it('says what is wrong and where', () => {
    expect(() => code((a) => a.mov('eax', a.addressOf('nowhere', 4)))).toThrow(
      "mov eax, nowhere+4: there is no label or constant 'nowhere'",
    );
    expect(() => code((a) => a.mov('eax', 'cx'))).toThrow('mov eax, cx: no form of mov takes these operands');
  });
});

describe.skipIf(!existsSync('/usr/bin/objdump'))('assembler against objdump', () => {
  it('is disassembled to what was written', () => {
    const a = new Assembler({ origin: 0x1000 });
    const lines = ['mov    eax,0x4', 'add    ecx,DWORD PTR [ebx+esi*2+0x10]', 'movzx  edx,BYTE PTR [edi]'];
    a.mov('eax', 4).add('ecx', mem.dword({ base: 'ebx', index: 'esi', scale: 2, displacement: 16 }));
    a.movzx('edx', mem.byte({ base: 'edi' }));
    const directory = mkdtempSync(join(tmpdir(), 'fukugen-'));
    try {
      const file = join(directory, 'code');
      writeFileSync(file, a.assemble().segments[0]?.bytes ?? '');
      const text = execFileSync(
        '/usr/bin/objdump',
        ['-D', '-b', 'binary', '-m', 'i386', '-M', 'intel', file],
        {
          encoding: 'utf8',
        },
      );
      for (const line of lines) expect(text).toContain(line);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
