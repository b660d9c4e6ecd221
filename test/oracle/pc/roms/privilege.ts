import { mem } from '../../../../emulator/assembler/operands.ts';
import { TSS } from '../layout.ts';
import { RomKit } from '../rom-kit.ts';

const at = (address: number) => ({ displacement: address });

/** Instructions that a ring may not execute, and opcodes that there are not. */
export const privilegeRom = (): ReturnType<typeof RomKit.make> =>
  RomKit.make('privilege', (k) => {
    const { a } = k;
    const privileged: readonly (readonly [string, readonly number[]])[] = [
      ['hlt', [0xf4]],
      ['cli', [0xfa]],
      ['sti', [0xfb]],
      ['in al, 21h', [0xe4, 0x21]],
      ['out 21h, al', [0xe6, 0x21]],
      ['insb', [0x6c]],
      ['outsb', [0x6e]],
      ['lgdt', [0x0f, 0x01, 0x10]],
      ['lidt', [0x0f, 0x01, 0x18]],
      ['lmsw', [0x0f, 0x01, 0xf0]],
      ['clts', [0x0f, 0x06]],
      ['invd', [0x0f, 0x08]],
      ['wbinvd', [0x0f, 0x09]],
      ['mov eax, cr0', [0x0f, 0x20, 0xc0]],
      ['mov cr0, eax', [0x0f, 0x22, 0xc0]],
      ['mov eax, dr7', [0x0f, 0x21, 0xf8]],
      ['mov dr0, eax', [0x0f, 0x23, 0xc0]],
      ['invlpg', [0x0f, 0x01, 0x38]],
      ['smsw', [0x0f, 0x01, 0xe1]],
    ];
    for (const [name, bytes] of privileged) {
      k.test(`${name} in ring 3`, () => k.inRing(3, () => a.mov('edx', 0x21).bytes(...bytes)));
      if (bytes.length <= 2 && bytes[0] !== 0x0f && bytes[0] !== 0xf4)
        k.test(`${name} in ring 3 with IOPL 3`, () => k.inRing(3, () => a.bytes(...bytes), 0x3002));
    }
    for (const iopl of [0, 3]) {
      k.test(`popf in ring 3 with IOPL ${iopl}`, () =>
        k.inRing(
          3,
          () => {
            a.push(0x4ed7 & ~0x100)
              .popf()
              .pushf()
              .pop('eax');
            k.show('eax', 'flags');
          },
          2 | (iopl << 12),
        ),
      );
    }
    k.test('popf in ring 0', () => {
      a.push(0x247ed7 & ~0x100)
        .popf()
        .pushf()
        .pop('eax');
      k.show('eax', 'flags');
      a.push(2).popf();
    });
    ioPermissions(k);
    const undefinedOpcodes: readonly (readonly number[])[] = [
      [0x0f, 0x0b],
      [0x0f, 0x04],
      [0x0f, 0x0a],
      [0x0f, 0x24, 0xf0],
      [0x0f, 0x26, 0xf0],
      [0x0f, 0xff, 0xc0],
      [0x0f, 0x36],
      [0x0f, 0x20, 0xc8],
      [0x0f, 0x22, 0xe8],
      [0x0f, 0x20, 0xf8],
      [0x0f, 0x00, 0xf0],
      [0x0f, 0x00, 0xf8],
      [0x0f, 0x01, 0xe8],
      [0x0f, 0x01, 0x28],
      [0x0f, 0x01, 0xd0],
      [0x0f, 0xb9, 0xc0],
      [0x0f, 0xba, 0xc0, 0x00],
      [0x0f, 0xba, 0xd8, 0x00],
      [0x0f, 0xc7, 0xc8],
      [0x0f, 0xa6, 0xc0],
      [0x62, 0xc0],
      [0xc4, 0xc0],
      [0xc5, 0xc0],
      [0x8d, 0xc0],
      [0x8e, 0xc8],
      [0x8e, 0xf0],
      [0x8c, 0xf0],
      [0x8f, 0xc8],
      [0xc6, 0xc8, 0x00],
      [0xc7, 0xf8, 0x00, 0x00, 0x00, 0x00],
      [0xfe, 0xd0],
      [0xfe, 0xf8],
      [0xff, 0xf8],
      [0xff, 0xd8],
      [0xff, 0xe8],
      [0xf0, 0x90],
      [0xf0, 0x01, 0xc0],
      [0xf0, 0x8b, 0x06],
      [0xf0, 0x39, 0x06],
      [0xf0, 0x0f, 0xa3, 0x06],
      [0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x90],
      [0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x90],
    ];
    for (const bytes of undefinedOpcodes) {
      const name = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
      k.test(`bytes ${name}`, () => a.mov('esi', 0xb080).bytes(...bytes));
      if (bytes.length < 4) k.test(`bytes ${name} in ring 3`, () => k.inRing(3, () => a.bytes(...bytes)));
    }
    for (const cr0 of [0x11, 0x15, 0x19, 0x1b]) {
      k.test(`wait and x87 with CR0 ${cr0.toString(16)}`, () => {
        a.mov('eax', cr0).mov('cr0', 'eax').bytes(0x9b);
        k.say(' waited');
        if ((cr0 & 12) !== 0) a.bytes(0xd9, 0xe8);
      });
    }
    k.test('lmsw cannot clear PE', () => {
      a.xor('eax', 'eax').emit('lmsw', 'ax').mov('eax', 'cr0').and('eax', 0x1f);
      k.show('eax', 'cr0');
    });
  });

function ioPermissions(k: RomKit): void {
  const { a } = k;
  const map = TSS + 0x68;
  const open = (name: string, change: () => void, access: () => void): void => {
    k.test(`I/O map, ${name}`, () => {
      change();
      k.inRing(3, () => {
        a.mov('edx', 0x87);
        access();
      });
    });
  };
  // Port 80h and what follows it have nothing behind them that minds.
  const allow = (mask: number) => () => {
    a.mov(mem.word(at(map + 0x10)), mask);
  };
  open('byte allowed', allow(0xff7f), () => a.out('dx', 'al'));
  open('byte refused', allow(0xffbf), () => a.out('dx', 'al'));
  open('word over a byte of the map allowed', allow(0xfe7f), () => a.out('dx', 'ax'));
  open('word half refused', allow(0xff7f), () => a.out('dx', 'ax'));
  open('dword allowed', allow(0xf87f), () => a.out('dx', 'eax'));
  open('dword last byte refused', allow(0xfc7f), () => a.out('dx', 'eax'));
  open(
    'port beyond the map',
    () => {},
    () => a.mov('edx', 0x1234).in('al', 'dx'),
  );
  open(
    'last port of the map',
    () => a.mov(mem.byte(at(map + 0x7f)), 0x7f),
    () => a.mov('edx', 0x3ff).in('al', 'dx'),
  );
  open(
    'word at the last port of the map',
    () => a.mov(mem.byte(at(map + 0x7f)), 0x7f),
    () => a.mov('edx', 0x3ff).in('ax', 'dx'),
  );
  open(
    'no map',
    () => k.setDword(TSS + 0x64, 0xffff0000),
    () => a.in('al', 0x80),
  );
  open('outsb allowed, then refused', allow(0xff7f), () => {
    a.mov('esi', 0xb080).emit('outsb');
    k.show('esi');
    a.inc('edx').emit('outsb');
  });
}

/** Values that control registers do not take. QEMU takes them, and is lost. */
export const controlRom = (): ReturnType<typeof RomKit.make> =>
  RomKit.make('control', (k) => {
    const { a } = k;
    for (const [name, value] of [
      ['PG without PE', 0x80000010],
      ['NW without CD', 0x20000011],
    ] as const) {
      k.test(`mov cr0 with ${name}`, () => a.mov('eax', value).mov('cr0', 'eax'));
    }
    k.test('mov cr4 with a reserved bit', () => a.mov('eax', 0x80000000).mov('cr4', 'eax'));
  });
