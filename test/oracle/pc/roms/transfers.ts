import { far, mem } from '../../../../emulator/assembler/operands.ts';
import { gate, IDT, Sel, STACK_3, segment } from '../layout.ts';
import { RomKit } from '../rom-kit.ts';

/** Far jumps, calls and returns, interrupts and what they may lead to. */

const at = (address: number) => ({ displacement: address });

function farTransfers(k: RomKit): void {
  const { a } = k;
  const targets = [
    ['ring 0', Sel.code0],
    ['ring 0 RPL 3', Sel.code0 | 3],
    ['ring 3', Sel.code3],
    ['conforming 0', Sel.conforming0],
    ['conforming 0 RPL 3', Sel.conforming0 | 3],
    ['conforming 2', Sel.conforming2],
    ['null', 0],
    ['data', Sel.data3],
    ['an LDT', Sel.ldt],
    ['beyond the GDT', 0x200],
    ['not present', Sel.spare2],
    ['not present, ring 3', Sel.spare3 | 3],
  ] as const;
  for (const [name, selector] of targets) {
    for (const ring of [0, 3] as const) {
      k.test(`far jump in ring ${ring} to ${name}`, () => {
        k.setDescriptor(Sel.spare2, segment({ access: 0x1b }));
        k.setDescriptor(Sel.spare3, segment({ access: 0x7b }));
        const go = (): void => {
          const there = k.unique();
          a.jmp(far(selector, a.addressOf(there)))
            .label(there)
            .xor('eax', 'eax')
            .mov('ax', 'cs');
          k.show('eax', 'cs');
          a.int(0x30);
        };
        if (ring === 0) go();
        else k.inRing(3, go);
      });
    }
  }
  k.test('far call and return, 16-bit operands', () => {
    const there = k.unique();
    const over = k.unique();
    // call 0008:there with a 16-bit offset
    a.bytes(0x66, 0x9a).words(a.addressOf(there), Sel.code0).jmp(over);
    a.label(there);
    k.show(mem.dword({ base: 'esp' }), 'stack');
    a.bytes(0x66, 0xcb).label(over);
    k.show('esp');
  });
  k.test('far jump beyond the limit', () => {
    k.setDescriptor(Sel.spare2, segment({ access: 0x9b, limit: 0xfff, flags: 4 }));
    a.jmp(far(Sel.spare2, 0x1000));
  });
  returns(k, 'retf', () => a.emit('retf'));
  returns(k, 'iret', () => a.iret());
}

function returns(k: RomKit, name: string, back: () => void): void {
  const { a } = k;
  const attempt = (what: string, cs: number, ss: number, change: () => void = () => {}): void => {
    k.test(`${name} to ${what}`, () => {
      change();
      const there = k.unique();
      a.push(ss).push(STACK_3);
      if (name === 'iret') a.push(2);
      a.push(cs).push(a.addressOf(there));
      back();
      a.label(there).int(0x30);
    });
  };
  attempt('ring 3', Sel.code3, Sel.data3);
  attempt('ring 3 with a null stack', Sel.code3, 0);
  attempt('ring 3 with a null stack RPL 3', Sel.code3, 3);
  attempt('ring 3 with a stack of ring 0', Sel.code3, Sel.data0);
  attempt('ring 3 with a stack RPL 0', Sel.code3, Sel.data3 & ~3);
  attempt('ring 3 with a code stack', Sel.code3, Sel.code3);
  attempt('ring 3 with a stack that is not present', Sel.code3, Sel.spare2 | 3, () =>
    k.setDescriptor(Sel.spare2, segment({ access: 0x73 })),
  );
  attempt('null', 0, Sel.data3);
  attempt('data', Sel.data0, Sel.data3);
  attempt('ring 0 code with RPL 3', Sel.code0 | 3, Sel.data3);
  attempt('ring 3 code with RPL 0', Sel.code3 & ~3, Sel.data3);
  attempt('conforming code with RPL 3', Sel.conforming0 | 3, Sel.data3);
  attempt('conforming code of ring 2 with RPL 1', Sel.conforming2 | 1, Sel.data1);
  attempt('code that is not present', Sel.spare2 | 3, Sel.data3, () =>
    k.setDescriptor(Sel.spare2, segment({ access: 0x7b })),
  );
  attempt('beyond the GDT', 0x200, Sel.data3);
  attempt('beyond the code limit', Sel.spare2 | 3, Sel.data3, () =>
    k.setDescriptor(Sel.spare2, segment({ access: 0xfb, limit: 0xff, flags: 4 })),
  );
  k.test(`${name} from ring 3 to ring 0`, () =>
    k.inRing(3, () => {
      if (name === 'iret') a.push(2);
      a.push(Sel.code0).push(0);
      back();
    }),
  );
}

function interrupts(k: RomKit): void {
  const { a } = k;
  const through = (name: string, access: number, options: { selector?: number; ring?: 0 | 3 } = {}): void => {
    k.test(`int through ${name}`, () => {
      k.setGateTo(IDT + 8 * 0x31, { label: 'int_target', access, selector: options.selector ?? Sel.code0 });
      k.setDescriptor(Sel.spare2, segment({ access: 0x1b }));
      k.setDescriptor(Sel.spare3, segment({ access: 0x9b, limit: 0xff, flags: 4 }));
      const go = (): void => {
        a.push(0x3202).popf().int(0x31);
      };
      if (options.ring === 3) k.inRing(3, go, 0x3002);
      else go();
    });
  };
  through('an interrupt gate', 0x8e);
  through('a trap gate', 0x8f);
  through('a 16-bit interrupt gate', 0x86);
  through('a 16-bit trap gate', 0x87);
  through('a 16-bit interrupt gate from ring 3', 0xe6, { ring: 3 });
  through('a trap gate from ring 3', 0xef, { ring: 3 });
  through('a gate of DPL 0 from ring 3', 0x8e, { ring: 3 });
  through('a gate of DPL 2 from ring 3', 0xce, { ring: 3 });
  through('a gate that is not present', 0x0e);
  through('a gate that is not present, DPL 0, from ring 3', 0x0e, { ring: 3 });
  for (const type of [0, 1, 2, 3, 4, 8, 9, 10, 11, 12, 13]) through(`type ${type.toString(16)}`, 0x80 | type);
  through('a segment descriptor', 0x9a);
  through('a gate to null', 0x8e, { selector: 0 });
  through('a gate to data', 0x8e, { selector: Sel.data0 });
  through('a gate to ring 3', 0x8e, { selector: Sel.code3 });
  through('a gate to RPL 3', 0x8e, { selector: Sel.code0 | 3 });
  through('a gate to ring 1 from ring 3', 0xee, { selector: Sel.code1, ring: 3 });
  through('a gate to ring 3 from ring 3', 0xee, { selector: Sel.code3, ring: 3 });
  through('a gate to conforming code from ring 3', 0xee, { selector: Sel.conforming0, ring: 3 });
  through('a gate to code that is not present', 0x8e, { selector: Sel.spare2 });
  through('a gate beyond the code limit', 0x8e, { selector: Sel.spare3 });
  through('a gate beyond the GDT', 0x8e, { selector: 0x200 });
  const skip = k.unique();
  a.jmp(skip).label('int_target').pushf().pop('ebx').and('ebx', 0x7700);
  a.xor('eax', 'eax').mov('ax', 'cs');
  k.show('eax', 'cs');
  k.show('ebx', 'flags');
  k.show('esp');
  for (let n = 0; n < 3; n += 1)
    k.show(mem.dword({ base: 'esp', displacement: 4 * n }), n === 0 ? 'stack' : '');
  a.int(0x30).label(skip);

  k.test('int beyond the IDT', () => a.int(0x40));
  k.test('int beyond the IDT from ring 3', () => k.inRing(3, () => a.int(0x80)));
  k.test('int3', () => a.int3());
  k.test('int3 through a gate of DPL 0 from ring 3', () => k.inRing(3, () => a.int3()));
  k.test('into', () => a.mov('al', 0x7f).add('al', 1).emit('into'));
  k.test('into without overflow', () => a.xor('eax', 'eax').emit('into'));
  k.test('bound', () => {
    k.set(0xb080, [5, 10]);
    a.mov('eax', 5).emit('bound', 'eax', mem.any(at(0xb080)));
    a.mov('eax', 10).emit('bound', 'eax', mem.any(at(0xb080)));
    k.say(' inside');
    a.mov('eax', -1).emit('bound', 'eax', mem.any(at(0xb080)));
  });
  k.test('divide by zero', () => a.xor('ecx', 'ecx').div('ecx'));
  k.test('divide by zero from ring 3', () => k.inRing(3, () => a.xor('ecx', 'ecx').div('ecx')));
  k.test('double fault', () => {
    k.setGate(13, gate({ selector: 0, offset: 0, access: 0x0e }));
    a.int(0x41);
  });
  k.test('double fault after a divide error', () => {
    k.setGate(0, gate({ selector: Sel.data0, offset: 0, access: 0x8e }));
    a.xor('ecx', 'ecx').div('ecx');
  });
  k.test('no double fault after an invalid opcode', () => {
    k.setGate(6, gate({ selector: Sel.data0, offset: 0, access: 0x8e }));
    a.emit('ud2');
  });
  k.test('no double fault after int n', () => {
    k.setGate(0x31, gate({ selector: Sel.code0, offset: 0, access: 0x0e }));
    a.int(0x31);
  });
  k.test('iret with flags in ring 3', () =>
    k.inRing(
      3,
      () => {
        a.push(0x3ed7 & ~0x100)
          .push(Sel.code3)
          .push(a.addressOf('iret_flags'))
          .iret();
        a.label('iret_flags').pushf().pop('eax');
        k.show('eax', 'flags');
      },
      0x1002,
    ),
  );
}

export const transfersRom = (): ReturnType<typeof RomKit.make> =>
  RomKit.make('transfers', (k) => {
    farTransfers(k);
    interrupts(k);
  });
