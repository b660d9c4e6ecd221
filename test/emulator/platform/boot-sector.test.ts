import { describe, expect, it } from 'vitest';
import type { Assembler } from '../../../emulator/assembler/assembler.ts';
import { far, mem } from '../../../emulator/assembler/operands.ts';
import { EmulateExit, type EmulateOptions, emulateToEnd } from '../../../emulator/platform/emulate.ts';
import { exitWith, makeDisk } from './guest-images.ts';

async function run(build: (a: Assembler) => void, options: Partial<EmulateOptions> = {}) {
  const output: number[] = [];
  const messages: string[] = [];
  const result = await emulateToEnd({
    disk: makeDisk(build),
    instructionsMax: 3_000_000,
    memoryMib: 32,
    ...options,
    onOutput: (byte) => output.push(byte),
    onMessage: (line) => messages.push(line),
  });
  return { ...result, output: String.fromCharCode(...output), messages };
}

/** Loads AX and calls the interrupt. */
const service = (a: Assembler, vector: number, ax: number): Assembler => a.mov('ax', ax).int(vector);
/** Ends with `ok` where the branch `bad` was never taken. */
const ending = (a: Assembler): void => {
  exitWith(a, 0).label('bad');
  exitWith(a, 1);
};
const OK = 1;

describe('boot sectors', () => {
  it('start at 0000:7C00 with the disk’s number in DL', async () => {
    const { exitCode } = await run((a) => {
      a.call('here')
        .label('here')
        .pop('ax')
        .cmp('ax', a.addressOf('here'))
        .jne('bad')
        .cmp('dl', 0x80)
        .jne('bad');
      a.mov('ax', 'cs').test('ax', 'ax').jnz('bad');
      ending(a);
    });
    expect(exitCode).toBe(OK);
  });

  it('write on the screen, which scrolls', async () => {
    const { screen, exitCode } = await run((a) => {
      a.mov('cx', 30).mov('bl', 0x41).label('line').mov('al', 'bl').mov('ah', 0x0e).int(0x10);
      service(a, 0x10, 0x0e0d);
      service(a, 0x10, 0x0e0a).inc('bl').loop('line');
      a.mov('ah', 3).mov('bh', 0).int(0x10).cmp('dx', 0x1800).jne('bad');
      a.mov('ah', 2).mov('dx', 0x020a).int(0x10);
      a.mov('ax', 0x1301)
        .mov('cx', 5)
        .mov('bx', 0x1f)
        .mov('dx', 0x0305)
        .mov('bp', a.addressOf('text'))
        .int(0x10);
      a.jmp('done').label('text').bytes('hello').label('done');
      ending(a);
    });
    expect(exitCode).toBe(OK);
    expect(screen[0]).toBe('G');
    expect(screen[3]).toBe('J    hello');
    expect(screen[23]).toBe(String.fromCharCode(0x41 + 29));
    expect(screen[24]).toBe('');
  });

  it('read sectors by cylinder and by packet, and write them', async () => {
    const { exitCode } = await run((a) => {
      a.xor('ax', 'ax').mov('es', 'ax').mov('ds', 'ax');
      // Sectors 3 and 4 of track 0 are numbers 2 and 3.
      a.mov('ax', 0x0202)
        .mov('bx', 0x8000)
        .mov('cx', 3)
        .mov('dx', 0x0080)
        .int(0x13)
        .jc('bad')
        .test('ah', 'ah')
        .jnz('bad');
      a.cmp(mem.word({ displacement: 0x8000 }), 0x0202)
        .jne('bad')
        .cmp(mem.word({ displacement: 0x83fe }), 0x0303)
        .jne('bad');
      a.mov('ah', 0x41).mov('bx', 0x55aa).mov('dl', 0x80).int(0x13).jc('bad').cmp('bx', 0xaa55).jne('bad');
      a.mov('ah', 0x42).mov('dl', 0x80).mov('si', a.addressOf('packet')).int(0x13).jc('bad');
      a.cmp(mem.word({ displacement: 0x9000 }), 0x0909).jne('bad');
      a.mov(mem.word({ displacement: 0x9000 }), 0x1234);
      a.mov('ax', 0x4300).mov('dl', 0x80).mov('si', a.addressOf('packet')).int(0x13).jc('bad');
      a.mov(mem.word({ displacement: 0x9000 }), 0)
        .mov('ah', 0x42)
        .mov('dl', 0x80)
        .int(0x13)
        .jc('bad');
      a.cmp(mem.word({ displacement: 0x9000 }), 0x1234).jne('bad');
      // A sector behind the end, and another drive.
      a.mov('ax', 0x0201).mov('cx', 0x0101).mov('dx', 0x0080).int(0x13).jnc('bad').cmp('ah', 4).jne('bad');
      a.mov('ax', 0x0201).mov('cx', 1).mov('dx', 0x0000).int(0x13).jnc('bad');
      ending(a);
      a.align(4).label('packet').words(16, 1, 0x9000, 0).dwords(9, 0);
    });
    expect(exitCode).toBe(OK);
  });

  it('ask for memory: INT 12h, 88h, E801h and the map of E820h', async () => {
    const { exitCode } = await run((a) => {
      a.int(0x12).cmp('ax', 639).jne('bad');
      service(a, 0x15, 0x8800)
        .jc('bad')
        .cmp('ax', 31 * 1024)
        .jne('bad');
      service(a, 0x15, 0xe801)
        .jc('bad')
        .cmp('ax', 15 * 1024)
        .jne('bad')
        .cmp('bx', 256)
        .jne('bad');
      a.xor('ax', 'ax').mov('es', 'ax').xor('ebx', 'ebx').xor('bp', 'bp').mov('di', 0x8000);
      a.label('range').mov('eax', 0xe820).mov('edx', 0x534d4150).mov('ecx', 20).int(0x15).jc('bad');
      a.cmp('eax', 0x534d4150).jne('bad').inc('bp').add('di', 20).test('ebx', 'ebx').jnz('range');
      a.cmp('bp', 7)
        .jne('bad')
        .cmp(mem.dword({ displacement: 0x8008 }), 0x9fc00)
        .jne('bad');
      a.cmp(mem.dword({ displacement: 0x8000 + 3 * 20 }), 0x100000).jne('bad');
      a.cmp(mem.dword({ displacement: 0x8008 + 3 * 20 }), 31 * 2 ** 20).jne('bad');
      service(a, 0x15, 0x5300).jnc('bad').cmp('ah', 0x86).jne('bad');
      ending(a);
    });
    expect(exitCode).toBe(OK);
  });

  it('close and open the A20 gate', async () => {
    const { exitCode } = await run((a) => {
      const wrapped = mem.word({ base: 'bx', segment: 'fs' });
      a.mov('ax', 0xffff)
        .mov('fs', 'ax')
        .mov('bx', 0x8010)
        .mov(mem.word({ displacement: 0x8000 }), 0x1111);
      a.mov(wrapped, 0x2222)
        .cmp(mem.word({ displacement: 0x8000 }), 0x1111)
        .jne('bad');
      service(a, 0x15, 0x2400).jc('bad').cmp(wrapped, 0x1111).jne('bad');
      service(a, 0x15, 0x2401).jc('bad').cmp(wrapped, 0x2222).jne('bad');
      ending(a);
    });
    expect(exitCode).toBe(OK);
  });

  it('read keys as characters, waiting for them, while the timer ticks', async () => {
    async function* keys() {
      yield 'aB\u0003\n';
    }
    const { output, exitCode } = await run(
      (a) => {
        a.label('next').mov('ah', 0).int(0x16).out(0xe9, 'al').cmp('al', 13).jne('next');
        service(a, 0x16, 0x0100).jnz('bad');
        a.mov('ah', 0)
          .int(0x1a)
          .mov('bx', 'dx')
          .label('tick')
          .hlt()
          .mov('ah', 0)
          .int(0x1a)
          .cmp('dx', 'bx')
          .je('tick');
        ending(a);
      },
      { keys: keys() },
    );
    expect(output).toBe('aB\u0003\r');
    expect(exitCode).toBe(OK);
  });

  it('go to protected mode', async () => {
    const { exitCode } = await run((a) => {
      a.cli()
        .lgdt(mem.any({ displacement: a.addressOf('gdtr') }))
        .mov('eax', 'cr0')
        .or('al', 1)
        .mov('cr0', 'eax');
      a.jmp(far(8, a.addressOf('flat')))
        .bits(32)
        .label('flat')
        .mov('eax', 0x10)
        .mov('ds', 'eax');
      a.mov(mem.dword({ displacement: 0x1000000 }), 7)
        .cmp(mem.byte({ displacement: 0x1000000 }), 7)
        .jne('bad');
      ending(a);
      a.align(8).label('gdt').dwords(0, 0, 0x0000ffff, 0x00cf9a00, 0x0000ffff, 0x00cf9200);
      a.label('gdtr').words(23).dwords(a.addressOf('gdt'));
    });
    expect(exitCode).toBe(OK);
  });

  it('boot again by INT 19h and by a jump to FFFF:0000', async () => {
    const again = await run((a) => {
      a.inc(mem.byte({ displacement: 0x9000 }))
        .cmp(mem.byte({ displacement: 0x9000 }), 2)
        .jb('first')
        .ja('last');
      a.jmp(far(0xffff, 0)).label('first').int(0x19).label('last');
      exitWith(a, 0);
    });
    expect(again.exitCode).toBe(OK);
    expect(again.messages).toEqual([
      'the guest reset the machine through INT 19h',
      'the guest reset the machine through a jump to FFFF:0000',
    ]);
  });

  it('are stopped by name where they ask for what is not there', async () => {
    const graphics = await run((a) => service(a, 0x10, 0x0013));
    expect(graphics.exitCode).toBe(EmulateExit.failed);
    expect(graphics.messages[0]).toContain('BIOS service INT 10h with AX=0013h, called from 0000:7c05');
    const divided = await run((a) => a.xor('cx', 'cx').div('cx'));
    expect(divided.messages[0]).toContain('divide error at 0000:7c02');
    const printer = await run((a) => service(a, 0x17, 0));
    expect(printer.messages[0]).toContain('INT 17h');
  });

  it('must have their signature', async () => {
    await expect(run((a) => a.nop(), { disk: new Uint8Array(1024) })).rejects.toThrow('55h AAh');
  });
});
