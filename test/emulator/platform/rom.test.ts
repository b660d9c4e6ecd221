import { describe, expect, it } from 'vitest';
import { far, mem } from '../../../emulator/assembler/operands.ts';
import { EmulateExit } from '../../../emulator/platform/emulate.ts';
import { UsageError } from '../../../emulator/usage-error.ts';
import { exitWith, makeRom } from './guest-images.ts';
import { run } from './run-image.ts';

describe('emulate: ROM images', () => {
  it('starts at FFFFFFF0h in real mode and ends by isa-debug-exit', async () => {
    const rom = makeRom((a) => {
      a.mov('al', 0x41).out(0xe9, 'al');
      exitWith(a, 16);
    });
    const result = await run({ rom });
    expect(result).toMatchObject({ output: 'A', exitCode: 33, messages: [] });
  });

  it('goes to protected mode, with its code above 4 GiB − 4 KiB', async () => {
    const rom = makeRom((a) => {
      // With a 32-bit operand, or the base loses its upper byte.
      a.cli()
        .bytes(0x66)
        .emit('lgdt', mem.any({ displacement: a.addressOf('gdtr'), segment: 'cs' }));
      a.mov('eax', 'cr0').or('eax', 1).mov('cr0', 'eax');
      a.bytes(0x66)
        .bits(32)
        .jmp(far(8, a.addressOf('protected', -0xf000 + 0xfffff000)));
      a.label('protected')
        .mov('eax', 0x10)
        .mov('ds', 'eax')
        .mov(mem.dword({ displacement: 0x5000 }), 0x12345678);
      a.cmp(mem.word({ displacement: 0x5002 }), 0x1234).jne('bad');
      exitWith(a, 1).label('bad');
      exitWith(a, 2);
      a.align(8).label('gdt').dwords(0, 0, 0x0000ffff, 0x00cf9a00, 0x0000ffff, 0x00cf9200);
      a.label('gdtr')
        .words(23)
        .dwords(a.addressOf('gdt', -0xf000 + 0xfffff000));
    });
    expect((await run({ rom })).exitCode).toBe(3);
  });

  it('prints POST codes where asked, and the registers of each instruction', async () => {
    const rom = makeRom((a) => {
      a.mov('al', 0xab).out(0x80, 'al').hlt();
    });
    expect((await run({ rom })).messages).toEqual(['the guest halted with interrupts off']);
    const { messages, exitCode } = await run({ rom, postPort: 0x80, trace: true });
    expect(exitCode).toBe(EmulateExit.halted);
    expect(messages).toHaveLength(6);
    expect(messages[0]).toContain('f000:0000fff0 eax=00000000');
    expect(messages[2]).toContain('f000:0000f002 eax=000000ab');
    expect(messages[3]).toBe('POST 80h: ab');
  });

  it('resets through the keyboard controller and starts again', async () => {
    const rom = makeRom((a) => {
      a.inc(mem.byte({ displacement: 0x500 }))
        .cmp(mem.byte({ displacement: 0x500 }), 3)
        .je('done');
      a.mov('al', 0xfe).out(0x64, 'al').label('done');
      exitWith(a, 5);
    });
    const result = await run({ rom });
    expect(result.exitCode).toBe(11);
    expect(result.messages).toEqual([
      'the guest reset the machine through the keyboard controller',
      'the guest reset the machine through the keyboard controller',
    ]);
  });

  it('says where a triple fault happened, and when the limit is reached', async () => {
    const fault = await run({
      rom: makeRom((a) =>
        a
          .cli()
          .emit('lidt', mem.any({ displacement: a.addressOf('none'), segment: 'cs' }))
          .int3()
          .label('none')
          .words(0, 0, 0),
      ),
    });
    expect(fault.exitCode).toBe(EmulateExit.failed);
    expect(fault.messages[0]).toContain('triple fault');
    const endless = await run({ rom: makeRom((a) => a.label('x').jmp('x')), instructionsMax: 1000 });
    expect(endless).toMatchObject({
      exitCode: EmulateExit.limit,
      messages: ['the limit of instructions is reached'],
    });
  });

  it('refuses ROMs that cannot be mapped', async () => {
    await expect(run({ rom: new Uint8Array(100) })).rejects.toThrow('no multiple of 4096');
    await expect(run({ rom: new Uint8Array(0) })).rejects.toThrow(UsageError);
    await expect(run({ rom: new Uint8Array(17 * 2 ** 20) })).rejects.toThrow('at most');
  });
});
