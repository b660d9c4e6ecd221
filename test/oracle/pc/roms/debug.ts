import { mem } from '../../../../emulator/assembler/operands.ts';
import { DATA, IDT, Sel } from '../layout.ts';
import { RomKit } from '../rom-kit.ts';

/** Single step, breakpoints, the debug registers. */

const at = (displacement: number) => ({ displacement });
const dword = (address: number) => mem.dword(at(address));

const TF = 0x100;

/** Debug exceptions are printed one after the other; their handler goes on. */
function writeTracer(k: RomKit): void {
  const { a } = k;
  const skip = k.unique();
  a.jmp(skip).label('tracer').push('eax');
  k.say(' [');
  a.mov('eax', mem.dword({ base: 'esp', displacement: 4 })).sub(
    'eax',
    mem.dword({ displacement: 0xb040, segment: 'ss' }),
  );
  k.show('eax', 'at');
  a.mov('eax', mem.dword({ base: 'esp', displacement: 12 })).and('eax', 0x17700);
  k.show('eax', 'flags');
  a.mov('eax', 'dr6').and('eax', 0xe00f);
  k.show('eax', 'dr6');
  a.mov('eax', 'dr7').and('eax', 0x2000);
  k.show('eax', 'gd');
  k.say(']');
  a.mov('eax', 0xffff0ff0).mov('dr6', 'eax');
  // RF, so that an instruction breakpoint does not come again.
  a.emit('or', mem.dword({ base: 'esp', displacement: 12 }), 0x10000)
    .pop('eax')
    .iret()
    .label(skip);
}

export const debugRom = (): ReturnType<typeof RomKit.make> =>
  RomKit.make('debug', (k) => {
    const { a } = k;
    writeTracer(k);
    /** Positions are shown from the start of the body. */
    const test = (name: string, body: () => void): void => {
      k.test(name, () => {
        k.setGateTo(IDT + 8, { label: 'tracer', access: 0x8e });
        const start = k.unique();
        a.mov(dword(0xb040), a.addressOf(start)).label(start);
        body();
        a.xor('eax', 'eax').mov('dr7', 'eax');
      });
    };
    const stepOn = (): void => {
      a.push(TF | 2).popf();
    };
    const stepOff = (): void => {
      a.push(2).popf();
    };
    const stepped = (name: string, body: () => void): void => {
      test(`single step, ${name}`, () => {
        stepOn();
        body();
        stepOff();
        a.nop();
      });
    };
    stepped('two instructions', () => a.nop().inc('eax'));
    stepped('rep stosb', () => a.mov('edi', DATA).mov('ecx', 3).rep('stosb'));
    stepped('rep of nothing', () => a.xor('ecx', 'ecx').rep('stosb'));
    stepped('mov ss', () => a.mov('ax', Sel.data0).mov('ss', 'ax').nop());
    stepped('pop ss', () => a.push(Sel.data0).emit('pop', 'ss').nop());
    stepped('sti', () => a.nop().nop());
    stepped('a taken jump', () => {
      const there = k.unique();
      a.jmp(there).nop().label(there).nop();
    });
    stepped('call and ret', () => {
      const routine = k.unique();
      const over = k.unique();
      a.call(routine).jmp(over).label(routine).ret().label(over);
    });
    stepped('pushf shows TF', () => {
      a.pushf().pop('ebx');
    });
    stepped('iret', () => {
      const there = k.unique();
      a.push(TF | 2)
        .push(Sel.code0)
        .push(a.addressOf(there))
        .iret()
        .label(there)
        .nop();
    });
    stepped('mov of a debug register', () => a.mov('eax', 'dr6'));
    test('single step into int n', () => {
      k.setGateTo(IDT + 8 * 0x31, { label: 'int_returns', access: 0x8e });
      stepOn();
      a.int(0x31).nop();
      stepOff();
    });
    test('single step into an exception', () => {
      k.setGateTo(IDT + 8 * 6, { label: 'skips_two', access: 0x8e });
      stepOn();
      a.emit('ud2').nop();
      stepOff();
    });
    const skip = k.unique();
    a.jmp(skip).label('int_returns').iret();
    a.label('skips_two')
      .add(mem.dword({ base: 'esp' }), 2)
      .iret()
      .label(skip);
    test('single step in ring 3', () => {
      k.setGateTo(IDT + 8, { label: 'vector1', access: 0x8e });
      k.inRing(3, () => a.nop(), TF | 2);
    });
    test('icebp', () => a.bytes(0xf1).nop());

    const breakpoint = (control: number, address: number | ReturnType<typeof a.addressOf>): void => {
      a.mov('eax', address)
        .mov('dr0', 'eax')
        .mov('eax', control | 0x400)
        .mov('dr7', 'eax');
    };
    test('instruction breakpoint', () => {
      const here = k.unique();
      breakpoint(2, a.addressOf(here));
      a.nop().label(here).nop().nop();
    });
    test('instruction breakpoint, local, with single step', () => {
      const here = k.unique();
      breakpoint(1, a.addressOf(here));
      stepOn();
      a.label(here).nop();
      stepOff();
    });
    test('instruction breakpoint in the middle of an instruction', () => {
      const here = k.unique();
      breakpoint(2, a.addressOf(here, 1));
      a.label(here).mov('ecx', 5).nop();
    });
    test('instruction breakpoint on what faults', () => {
      k.setGateTo(IDT + 8 * 6, { label: 'skips_two', access: 0x8e });
      const here = k.unique();
      breakpoint(2, a.addressOf(here));
      a.label(here).emit('ud2').nop();
    });
    const kinds = [
      ['write', 1],
      ['read or write', 3],
    ] as const;
    const lengths = [
      [1, 0],
      [2, 1],
      [4, 3],
    ] as const;
    for (const [kind, code] of kinds) {
      for (const [length, bits] of lengths) {
        const control = 2 | (code << 16) | (bits << 18);
        test(`${kind} of ${length} at ${length === 4 ? 4 : 2}`, () => {
          breakpoint(control, DATA + (length === 4 ? 4 : 2));
          for (const offset of [1, 2, 3, 4, 5]) a.mov(mem.byte(at(DATA + offset)), 'cl');
          a.nop()
            .mov(dword(DATA), 'ecx')
            .nop()
            .mov('ecx', dword(DATA + 1))
            .nop();
          a.mov('cl', mem.byte(at(DATA + 5))).nop();
        });
      }
    }
    test('a breakpoint that is off', () => {
      breakpoint(0x00010000, DATA);
      a.mov(dword(DATA), 'ecx').nop();
    });
    test('data breakpoint in rep movsb', () => {
      breakpoint(0x00010002, DATA + 2);
      a.mov('esi', DATA + 0x100)
        .mov('edi', DATA)
        .mov('ecx', 5)
        .rep('movsb')
        .nop();
      k.show('ecx');
    });
    test('data breakpoint met by push', () => {
      a.mov('eax', 'esp').sub('eax', 4).mov('dr0', 'eax').mov('eax', 0x000d0402).mov('dr7', 'eax');
      a.push('ecx').pop('ecx').nop();
    });
    test('two breakpoints at once', () => {
      breakpoint(0, DATA);
      a.mov('eax', DATA + 1)
        .mov('dr3', 'eax')
        .mov('eax', 0x10010482)
        .mov('dr7', 'eax');
      a.mov(dword(DATA), 'ecx').nop();
    });
    test('general detect', () => {
      a.mov('eax', 0x2400).mov('dr7', 'eax').nop();
      a.mov('ecx', 'dr0').nop();
    });
    test('dr4 and dr5 are dr6 and dr7', () => {
      a.mov('eax', 0x12340000).mov('dr0', 'eax').bytes(0x0f, 0x21, 0xe0);
      k.show('eax', 'dr4');
      a.bytes(0x0f, 0x21, 0xe8);
      k.show('eax', 'dr5');
    });
    test('dr4 with CR4.DE', () => a.mov('eax', 8).mov('cr4', 'eax').bytes(0x0f, 0x21, 0xe0));
    test('what dr6 and dr7 keep', () => {
      a.mov('eax', -1).mov('dr6', 'eax').mov('eax', 'dr6');
      k.show('eax', 'dr6');
      a.mov('eax', 0).mov('dr6', 'eax').mov('eax', 'dr6');
      k.show('eax', 'dr6');
      a.mov('eax', 0).mov('dr7', 'eax').mov('eax', 'dr7');
      k.show('eax', 'dr7');
    });
    test('port breakpoint', () => {
      a.mov('eax', 8).mov('cr4', 'eax');
      breakpoint(0x00020002, 0x80);
      a.out(0x80, 'al').nop().in('al', 0x80).nop().out(0x84, 'al').nop();
    });
    test('RF of an iret lets one instruction run', () => {
      const here = k.unique();
      breakpoint(2, a.addressOf(here));
      a.push(0x10002).push(Sel.code0).push(a.addressOf(here)).iret().label(here).nop().nop();
    });
  });
