import { mem } from '../../../../emulator/assembler/operands.ts';
import { DATA, TABLES } from '../layout.ts';
import { RomKit } from '../rom-kit.ts';

/** The A20 gate; reset by triple fault and by the board. */

const at = (displacement: number) => ({ displacement });
const dword = (address: number) => mem.dword(at(address));
const MIB = 0x100000;

export const a20Rom = (): ReturnType<typeof RomKit.make> =>
  RomKit.make('a20', (k) => {
    const { a } = k;
    const byPort92 = (isOpen: boolean): void => {
      a.in('al', 0x92).and('al', 0xfc);
      if (isOpen) a.or('al', 2);
      a.out(0x92, 'al');
    };
    const waitInput = (): void => {
      const wait = k.unique();
      a.label(wait).in('al', 0x64).test('al', 2).jnz(wait);
    };
    const byController = (isOpen: boolean): void => {
      waitInput();
      a.mov('al', 0xd1).out(0x64, 'al');
      waitInput();
      a.mov('al', isOpen ? 0xdf : 0xdd).out(0x60, 'al');
      waitInput();
    };
    /** What is behind DATA and DATA + 1 MiB. */
    const look = (): void => {
      k.showAt('low', DATA);
      k.showAt('high', DATA + MIB);
      k.showAt('2 MiB', DATA + 2 * MIB);
      k.showAt('3 MiB', DATA + 3 * MIB);
    };
    const fill = (): void => {
      for (let n = 0; n < 4; n += 1) k.setDword(DATA + n * MIB, 0x1111 * (n + 1));
    };
    // On a PC the two handles are or'ed; Bochs and QEMU have one gate, which the last write sets. Where the tests
    // close they close both, and open by one, so that it is the same.
    const close = (): void => {
      byPort92(false);
      byController(false);
    };
    for (const [name, gate] of [
      ['port 92h', byPort92],
      ['8042', byController],
    ] as const) {
      k.test(`opened by ${name}`, () => {
        gate(true);
        fill();
        look();
        close();
        k.say('; closed');
        look();
        gate(true);
        k.say('; open');
        look();
        gate(false);
        k.say('; closed');
        look();
        gate(true);
      });
      k.test(`written while closed, opened by ${name}`, () => {
        gate(true);
        fill();
        close();
        a.mov(dword(DATA + MIB), 0xaaaa).mov(dword(DATA + 3 * MIB), 0xbbbb);
        gate(true);
        look();
      });
    }
    k.test('paging puts the gate behind the tables', () => {
      byPort92(true);
      fill();
      a.mov('edi', TABLES + 0x1000)
        .mov('eax', 7)
        .mov('ecx', 1024)
        .label('.entry')
        .stosd();
      a.add('eax', 0x1000).loop('.entry');
      k.setDword(TABLES, (TABLES + 0x1000) | 7);
      k.setDword(TABLES + 4, (TABLES + 0x2000) | 7);
      k.setDword(TABLES + 0x2000, (DATA + MIB) | 7);
      a.mov('eax', TABLES).mov('cr3', 'eax').mov('eax', 'cr0').or('eax', 0x80000000).mov('cr0', 'eax');
      k.showAt('open', 0x400000);
      close();
      k.showAt('closed', 0x400000);
      byPort92(true);
      k.showAt('open', 0x400000);
    });
    k.test('a dword at the end of the first MiB wraps', () => {
      byPort92(true);
      // 0FFFFEh is ROM; its second half is at 1 MiB, or at 0.
      a.mov(dword(MIB), 0x12345678).mov('ecx', dword(0)).mov(dword(0), 0x0badf00d);
      a.movzx('eax', mem.word(at(MIB)));
      k.show('eax', 'open');
      close();
      a.movzx('eax', mem.word(at(MIB)));
      k.show('eax', 'closed');
      byPort92(true);
      a.mov(dword(0), 'ecx');
    });
  });

/** The state after reset, and the ways to it; a word in memory, which outlives them, counts. */
export const resetRom = (): ReturnType<typeof RomKit.make> =>
  RomKit.make(
    'reset',
    (k) => {
      const { a } = k;
      const count = (n: number, what: string): void => {
        const other = k.unique();
        a.cmp(dword(0xfff0), n).jne(other);
        k.say(`${what}\n`);
        switch (n) {
          case 2:
            a.lidt(mem.any({ displacement: a.addressOf('no_idt') })).int3();
            break;
          case 3:
            a.mov('al', 0xfe).out(0x64, 'al').hlt();
            break;
          default:
            a.in('al', 0x92).or('al', 1).out(0x92, 'al').hlt();
        }
        a.label(other);
      };
      const over = k.unique();
      a.jmp(over).label('no_idt').words(0).dwords(0).label(over);
      count(2, 'triple fault in protected mode');
      count(3, 'reset through the 8042');
      count(4, 'reset through port 92h');
    },
    (k) => {
      const { a } = k;
      a.inc(mem.dword(at(0xfff0))).mov('ax', mem.word(at(0xfff0)));
      k.show16('ax', 'start');
      a.mov('eax', 'cr0');
      k.show16('ax', 'cr0');
      a.bytes(0x66, 0xc1, 0xe8, 0x10);
      k.show16('ax', 'cr0 high');
      for (const table of ['sgdt', 'sidt'] as const) {
        a.emit(table, mem.any(at(0xb080)));
        for (let n = 0; n < 3; n += 1) {
          a.mov('ax', mem.word(at(0xb080 + 2 * n)));
          k.show16('ax', n === 0 ? table : '');
        }
      }
      for (const register of ['dr0', 'dr6', 'dr7', 'cr2', 'cr3', 'cr4'] as const) {
        a.mov('eax', register).mov('cx', 'ax').bytes(0x66, 0xc1, 0xe8, 0x10);
        k.show16('ax', register);
        k.show16('cx', '');
      }
      k.say16('\n');
      const other = k.unique();
      a.cmp(mem.word(at(0xfff0)), 1).jne(other);
      k.say16('triple fault in real mode\n');
      a.lidt(mem.any({ displacement: a.addressOf('no_idt') }))
        .int3()
        .label(other);
    },
  );
