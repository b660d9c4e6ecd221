import { describe, expect, it } from 'vitest';
import { Assembler } from '../../../emulator/assembler/assembler.ts';
import { far, mem } from '../../../emulator/assembler/operands.ts';
import { EmulateExit } from '../../../emulator/platform/emulate.ts';
import { UsageError } from '../../../emulator/usage-error.ts';
import { writeElf } from '../elf-writer.ts';
import { exitWith, makeKernel } from './guest-images.ts';
import { run } from './run-image.ts';

/** Prints a string on port E9h, in 32-bit code. */
const print = (a: Assembler, text: string): void => {
  for (const character of text) a.mov('al', character.charCodeAt(0)).out(0xe9, 'al');
};

describe('emulate: multiboot kernels', () => {
  it('enters an ELF kernel as the specification says, with memory map and command line', async () => {
    const kernel = makeKernel((a) => {
      a.mov('esp', 0x200000).cmp('eax', 0x2badb002).jne('bad');
      a.mov('ecx', mem.dword({ base: 'ebx' }))
        .and('ecx', 0x45)
        .cmp('ecx', 0x45)
        .jne('bad');
      a.cmp(mem.dword({ base: 'ebx', displacement: 8 }), 3 * 1024).jne('bad');
      a.mov('esi', mem.dword({ base: 'ebx', displacement: 16 }));
      a.label('next').lodsb().test('al', 'al').jz('map').out(0xe9, 'al').jmp('next');
      // The first range of the map is conventional memory.
      a.label('map').mov('esi', mem.dword({ base: 'ebx', displacement: 48 }));
      a.cmp(mem.dword({ base: 'esi' }), 20)
        .jne('bad')
        .cmp(mem.dword({ base: 'esi', displacement: 12 }), 0x9fc00)
        .jne('bad');
      exitWith(a, 0).label('bad');
      exitWith(a, 1);
    });
    expect(await run({ kernel, commandLine: 'console=ttyS0' })).toMatchObject({
      output: 'console=ttyS0',
      exitCode: 1,
    });
  });

  it('finds the BIOS data area and a multiprocessor table whose sums are right', async () => {
    const kernel = makeKernel((a) => {
      a.mov('esp', 0x200000)
        .cmp(mem.word({ displacement: 0x400 }), 0x3f8)
        .jne('bad');
      a.movzx('esi', mem.word({ displacement: 0x40e }))
        .shl('esi', 4)
        .mov('ecx', 64);
      a.label('search')
        .cmp(mem.dword({ base: 'esi' }), 0x5f504d5f)
        .je('found')
        .add('esi', 16)
        .loop('search');
      a.label('bad');
      exitWith(a, 1);
      a.label('found')
        .mov('edi', mem.dword({ base: 'esi', displacement: 4 }))
        .mov('ecx', 16)
        .call('sum')
        .jnz('bad');
      a.mov('esi', 'edi')
        .cmp(mem.dword({ base: 'esi' }), 0x504d4350)
        .jne('bad');
      a.movzx('ecx', mem.word({ base: 'esi', displacement: 4 }))
        .call('sum')
        .jnz('bad');
      a.cmp(mem.dword({ base: 'edi', displacement: 36 }), 0xfee00000).jne('bad');
      exitWith(a, 0);
      a.label('sum').push('esi').xor('edx', 'edx').label('.next').lodsb().add('dl', 'al').loop('.next');
      a.pop('esi').test('dl', 'dl').ret();
    });
    expect((await run({ kernel })).exitCode).toBe(1);
  });

  it('takes timer interrupts through the 8259, and again through the I/O APIC and the local APIC', async () => {
    const kernel = makeKernel((a) => {
      const gate = (vector: number, handler: string): void => {
        a.mov('eax', a.addressOf(handler)).mov('edx', 'eax').and('eax', 0xffff).or('eax', 0x80000);
        a.and('edx', 0xffff0000).or('edx', 0x8e00);
        a.mov(mem.dword({ displacement: a.addressOf('idt', vector * 8) }), 'eax');
        a.mov(mem.dword({ displacement: a.addressOf('idt', vector * 8 + 4) }), 'edx');
      };
      const out = (port: number, value: number): void => {
        a.mov('al', value).out(port, 'al');
      };
      a.mov('esp', 0x200000).lgdt(mem.any({ displacement: a.addressOf('gdtr') }));
      a.jmp(far(8, a.addressOf('flat')))
        .label('flat')
        .mov('eax', 0x10);
      for (const segment of ['ds', 'es', 'ss'] as const) a.mov(segment, 'eax');
      gate(0x20, 'byPic');
      gate(0x40, 'byApic');
      gate(0x41, 'byTimer');
      a.lidt(mem.any({ displacement: a.addressOf('idtr') }));
      for (const [port, value] of [
        [0x20, 0x11],
        [0x21, 0x20],
        [0x21, 4],
        [0x21, 1],
        [0x21, 0xfe],
        [0x43, 0x34],
        [0x40, 0],
        [0x40, 2],
      ] as const)
        out(port, value);
      a.sti()
        .label('wait1')
        .hlt()
        .cmp(mem.dword({ displacement: a.addressOf('ticks') }), 3)
        .jb('wait1')
        .cli();
      // The pair is masked; input 2 of the I/O APIC becomes vector 40h.
      out(0x21, 0xff);
      const apic = (register: number) => mem.dword({ displacement: 0xfee00000 + register });
      a.mov(apic(0xf0), 0x1ff).mov(mem.dword({ displacement: 0xfec00000 }), 0x14);
      a.mov(mem.dword({ displacement: 0xfec00010 }), 0x40);
      a.sti()
        .label('wait2')
        .hlt()
        .cmp(mem.dword({ displacement: a.addressOf('apicTicks') }), 2)
        .jb('wait2')
        .cli();
      // Now only the local timer, one-shot.
      a.mov(mem.dword({ displacement: 0xfec00010 }), 0x10040);
      a.mov(apic(0x320), 0x41).mov(apic(0x3e0), 0xb).mov(apic(0x380), 1000).sti();
      a.label('wait3')
        .hlt()
        .cmp(mem.dword({ displacement: a.addressOf('timerTicks') }), 1)
        .jb('wait3');
      print(a, 'ok');
      exitWith(a, 0);
      a.label('byPic')
        .push('eax')
        .inc(mem.dword({ displacement: a.addressOf('ticks') }));
      out(0x20, 0x20);
      a.pop('eax').iret();
      a.label('byApic')
        .inc(mem.dword({ displacement: a.addressOf('apicTicks') }))
        .mov(apic(0xb0), 0)
        .iret();
      a.label('byTimer')
        .inc(mem.dword({ displacement: a.addressOf('timerTicks') }))
        .mov(apic(0xb0), 0)
        .iret();
      a.align(8).label('gdt').dwords(0, 0, 0x0000ffff, 0x00cf9a00, 0x0000ffff, 0x00cf9200);
      a.label('gdtr')
        .words(23)
        .dwords(a.addressOf('gdt'))
        .label('idtr')
        .words(0x42 * 8 - 1)
        .dwords(a.addressOf('idt'));
      a.section('data', { address: 0x110000 }).label('ticks').dwords(0).label('apicTicks').dwords(0);
      a.label('timerTicks')
        .dwords(0)
        .align(8)
        .label('idt')
        .reserve(0x42 * 8);
    });
    expect(await run({ kernel })).toMatchObject({ output: 'ok', exitCode: 1 });
  });

  it('gives keys typed to the guest, and ends when no more can come', async () => {
    async function* keys() {
      yield 'hé';
      yield new TextEncoder().encode('i\n');
    }
    const kernel = makeKernel((a) => {
      a.label('poll').in('al', 0x64).test('al', 1).jz('poll').in('al', 0x60).test('al', 0x80).jnz('poll');
      a.out(0xe9, 'al').cmp('al', 0x1c).jne('poll');
      exitWith(a, 0);
    });
    const typed = await run({ kernel, keys: keys() });
    expect(typed.output).toBe('\u0023\u0017\u001c');
    expect(typed.messages).toEqual(['no key makes the character "é": it is left out']);
    const waiting = makeKernel((a) =>
      a.mov('al', 0xff).out(0x21, 'al').mov('al', 0x30).out(0x43, 'al').sti().hlt(),
    );
    expect(await run({ kernel: waiting })).toMatchObject({
      exitCode: EmulateExit.halted,
      messages: ['the guest waits for ever'],
    });
  });

  it('prints what is sent through the serial port, and shows the screen', async () => {
    const kernel = makeKernel((a) => {
      a.mov('edx', 0x3f8);
      for (const byte of [...'serial']) {
        a.mov('al', byte.charCodeAt(0)).out('dx', 'al').mov('edx', 0x3fd);
        a.label(`wait${byte}`).in('al', 'dx').test('al', 0x20).jz(`wait${byte}`).mov('edx', 0x3f8);
      }
      a.mov(mem.dword({ displacement: 0xb8000 }), 0x07690748)
        .cli()
        .hlt();
    });
    const result = await run({ kernel });
    expect(result).toMatchObject({ output: 'serial', exitCode: EmulateExit.halted });
    expect(result.screen[0]).toBe('Hi');
  });

  it('reads and writes its disk', async () => {
    const kernel = makeKernel((a) => {
      const register = (n: number, value: number): void => {
        a.mov('edx', 0x1f0 + n)
          .mov('al', value)
          .out('dx', 'al');
      };
      const wait = (label: string): void => {
        a.mov('edx', 0x1f7).label(label).in('al', 'dx').test('al', 0x80).jnz(label);
      };
      const command = (lba: number, value: number, label: string): void => {
        for (const [n, v] of [
          [2, 1],
          [3, lba],
          [4, 0],
          [5, 0],
          [6, 0xe0],
          [7, value],
        ] as const)
          register(n, v);
        wait(label);
        a.mov('edx', 0x1f0).mov('ecx', 256).cld();
      };
      command(5, 0x20, 'read');
      a.mov('edi', 0x180000).rep('insw');
      command(6, 0x30, 'write');
      a.mov('esi', 0x180000).rep('outsw');
      wait('written');
      command(6, 0x20, 'again');
      a.mov('edi', 0x181000)
        .rep('insw')
        .mov('esi', 0x180000)
        .mov('edi', 0x181000)
        .mov('ecx', 128)
        .repe('cmpsd')
        .jne('bad');
      a.cmp(mem.dword({ displacement: 0x181000 }), 0x05050505).jne('bad');
      exitWith(a, 0).label('bad');
      exitWith(a, 1);
    });
    const disk = new Uint8Array(64 * 512);
    disk.fill(5, 5 * 512, 6 * 512);
    expect((await run({ kernel, disk })).exitCode).toBe(1);
  });

  it('gives the same memory after the same instructions, sliced or traced', async () => {
    const kernel = makeKernel((a) => {
      a.mov('ecx', 0x1000)
        .mov('edi', 0x200000)
        .label('next')
        .mov('eax', 'ecx')
        .imul('eax', 'eax', 7)
        .stosd()
        .loop('next');
      a.label('x')
        .inc(mem.dword({ displacement: 0x300000 }))
        .jmp('x');
    });
    const results = await Promise.all([
      run({ kernel, instructionsMax: 30_001 }),
      run({ kernel, instructionsMax: 30_001, trace: true }),
    ]);
    expect(results[0]?.memoryHash).toBe(results[1]?.memoryHash);
    const other = await run({ kernel, instructionsMax: 30_005 });
    expect(other.memoryHash).not.toBe(results[0]?.memoryHash);
  });

  it('tells the local APIC’s timer to the instruction, however the run is sliced', async () => {
    const kernel = makeKernel((a) => {
      const apic = (register: number) => mem.dword({ displacement: 0xfee00000 + register });
      a.mov('edi', 0x200000).mov(apic(0x3e0), 0xb).mov(apic(0x380), 1_000_000);
      a.nop().nop().mov('eax', apic(0x390)).mov('ebx', apic(0x390)).nop().mov('ecx', apic(0x390));
      for (const register of ['eax', 'ebx', 'ecx'] as const)
        a.mov(mem.dword({ base: 'edi' }), register).add('edi', 4);
      // Three, one and two instructions after the one before.
      a.sub('eax', 1_000_000 - 3)
        .jnz('bad')
        .cmp('ebx', 1_000_000 - 4)
        .jne('bad')
        .cmp('ecx', 1_000_000 - 6)
        .jne('bad');
      exitWith(a, 0).label('bad');
      exitWith(a, 1);
    });
    const whole = await run({ kernel });
    const traced = await run({ kernel, trace: true });
    expect([whole.exitCode, traced.exitCode]).toEqual([1, 1]);
    expect(whole.memoryHash).toBe(traced.memoryHash);
  });

  const refused: readonly (readonly [string, string, Uint8Array])[] = [
    ['no header', 'no multiboot header', new TextEncoder().encode('no kernel at all, but some text')],
    ['an empty file', 'no multiboot header', new Uint8Array(0)],
    ['unknown features', 'features 8h', makeKernel((a) => a.nop(), 0x0b)],
    ['an ELF file cut short', 'ends at', makeKernel((a) => a.nop().align(64)).subarray(0, 120)],
    [
      'a kernel above memory',
      'ends above memory',
      makeKernel((a) => a.nop().section('bss', { address: 0x7ffffff0 }).reserve(4)),
    ],
    [
      'a kernel over the BIOS data area',
      'firmware left',
      makeKernel((a) => a.nop().section('bss', { address: 0x400 }).reserve(4)),
    ],
  ];
  for (const [name, message, kernel] of refused)
    it(`refuses ${name}`, async () => {
      await expect(run({ kernel })).rejects.toThrow(message);
      await expect(run({ kernel })).rejects.toThrow(UsageError);
    });

  /** A file that is no ELF: its header says where it is loaded, and where its zeros end. */
  const makeFlat = (changes: Readonly<Record<number, number>> = {}): Uint8Array => {
    const a = new Assembler({ origin: 0x200000 });
    const flags = 0x10003;
    a.bytes(1, 2, 3, 4)
      .label('header')
      .dwords(0x1badb002, flags, -(0x1badb002 + flags) >>> 0);
    a.dwords(
      a.addressOf('header'),
      0x200000,
      a.addressOf('end'),
      a.addressOf('end', 0x100),
      a.addressOf('start'),
    );
    a.label('start')
      .cmp(mem.dword({ displacement: 0x200000 }), 0x04030201)
      .jne('bad');
    a.cmp(mem.dword({ displacement: a.addressOf('end', 0x80) }), 0).jne('bad');
    exitWith(a, 0).label('bad');
    exitWith(a, 1).align(4).label('end');
    const file = (a.assemble().segments[0]?.bytes ?? new Uint8Array(0)).slice();
    for (const [at, value] of Object.entries(changes))
      new DataView(file.buffer).setUint32(Number(at), value, true);
    return file;
  };

  it('loads a kernel by the address fields of its header', async () => {
    expect((await run({ kernel: makeFlat() })).exitCode).toBe(1);
    // Loading from before the file's beginning, and to behind its end.
    await expect(run({ kernel: makeFlat({ 20: 0x1fff00 }) })).rejects.toThrow('do not fit its file');
    await expect(run({ kernel: makeFlat({ 24: 0x300000 }) })).rejects.toThrow('do not fit its file');
    await expect(run({ kernel: makeFlat().subarray(0, 24) })).rejects.toThrow('cut short');
  });

  it('enters a kernel that is linked high where it was loaded', async () => {
    const a = new Assembler({ origin: 0xc0100000 });
    a.dwords(0x1badb002, 3, -(0x1badb002 + 3) >>> 0)
      .label('_start')
      .mov('esp', 0x200000)
      .call('here')
      .label('here')
      .pop('eax');
    a.cmp('eax', 0x100016).jne('bad');
    exitWith(a, 0).label('bad');
    exitWith(a, 1);
    const image = a.assemble();
    const kernel = writeElf({
      entry: image.entry,
      segments: [
        { address: 0xc0100000, physicalAddress: 0x100000, bytes: image.segments[0]?.bytes ?? [], flags: 5 },
      ],
    });
    expect((await run({ kernel })).exitCode).toBe(1);
  });

  it('refuses options that do not go together', async () => {
    const rom = new Uint8Array(4096);
    await expect(run({})).rejects.toThrow('nothing to start');
    await expect(run({ rom, kernel: rom })).rejects.toThrow('together');
    await expect(run({ rom, memoryMib: 0 })).rejects.toThrow('1 to 1024');
  });
});
