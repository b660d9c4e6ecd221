import { far, mem } from '../../../../emulator/assembler/operands.ts';
import { GDT, gate, IDT, INNER_STACK_0, Sel, STACK_3, segment, TSS } from '../layout.ts';
import { RomKit } from '../rom-kit.ts';

/** Call, interrupt and trap gates, far jumps and returns, rings, and what each ring may do. */

const GATE = Sel.spare | 3;
const at = (address: number) => ({ displacement: address });

/** Where gates lead: shows the stack it finds, and goes back. */
function writeTargets(k: RomKit): void {
  const { a } = k;
  const target = (name: string, back: () => void): void => {
    a.label(name).push('eax').xor('eax', 'eax').mov('ax', 'cs');
    k.show('eax', 'cs');
    a.mov('ax', 'ss');
    k.show('eax', 'ss');
    a.pop('eax');
    k.show('esp');
    for (let n = 0; n < 5; n += 1)
      k.show(mem.dword({ base: 'esp', displacement: 4 * n }), n === 0 ? 'stack' : '');
    back();
  };
  const skip = k.unique();
  a.jmp(skip);
  target('gate_target', () => a.emit('retf'));
  target('gate_target_8', () => a.emit('retf', 8));
  target('gate_target_16', () => a.bytes(0x66, 0xca, 4, 0));
  a.label(skip);
}

function callGates(k: RomKit): void {
  const { a } = k;
  const callGate = (): void => {
    a.emit('call', far(GATE, 0x12345678));
  };
  const prepare = (options: { selector?: number; access?: number; count?: number; label?: string } = {}) =>
    k.setGateTo(GDT + Sel.spare, {
      label: options.label ?? 'gate_target',
      selector: options.selector ?? Sel.code0,
      access: options.access ?? 0xec,
      count: options.count ?? 0,
    });
  k.test('call gate in ring 0', () => {
    prepare();
    callGate();
  });
  for (const ring of [1, 2, 3] as const) {
    for (const [name, selector] of [
      ['0', Sel.code0],
      ['1', Sel.code1],
      ['2', Sel.code2],
    ] as const) {
      k.test(`call gate from ring ${ring} to DPL ${name}`, () => {
        prepare({ selector });
        k.inRing(ring, callGate);
      });
    }
  }
  k.test('call gate with two parameters', () => {
    prepare({ count: 2, label: 'gate_target_8' });
    k.inRing(3, () => {
      a.push(0x22).push(0x11);
      callGate();
      k.show('esp');
    });
  });
  k.test('16-bit call gate with two parameters', () => {
    prepare({ count: 2, label: 'gate_target_16', access: 0xe4 });
    k.inRing(3, () => {
      a.push(0x22334455).push(0x66778899);
      callGate();
    });
  });
  k.test('call gate drops segments of the inner ring', () => {
    prepare({ label: 'gate_loads' });
    k.inRing(3, () => {
      callGate();
      for (const register of ['ds', 'es', 'fs', 'gs'] as const) {
        a.xor('eax', 'eax').mov('ax', register);
        k.show('eax', register);
      }
    });
    const skip = k.unique();
    a.jmp(skip).label('gate_loads').mov('ax', Sel.data0).mov('fs', 'ax').mov('ax', Sel.conforming0);
    a.mov('gs', 'ax').mov('ax', Sel.data2).mov('es', 'ax').emit('retf').label(skip);
  });
  const bad = (name: string, options: Parameters<typeof prepare>[0], extra: () => void = () => {}): void => {
    k.test(`call gate ${name}`, () => {
      prepare(options);
      extra();
      k.inRing(3, callGate);
    });
  };
  bad('of DPL 0', { access: 0x8c });
  bad('of DPL 2', { access: 0xcc });
  bad('not present', { access: 0x6c });
  bad('to null', { selector: 0 });
  bad('to data', { selector: Sel.data0 });
  bad('to a TSS', { selector: Sel.taskB });
  bad('beyond the GDT', { selector: 0x200 });
  bad('to code that is not present', { selector: Sel.spare2 }, () =>
    k.setDescriptor(Sel.spare2, segment({ access: 0x1b })),
  );
  bad('to conforming code of ring 0', { selector: Sel.conforming0 });
  bad('to conforming code of ring 2', { selector: Sel.conforming2 });
  bad('to code of ring 3', { selector: Sel.code3 });
  bad('beyond the code limit', { selector: Sel.spare2 }, () =>
    k.setDescriptor(Sel.spare2, segment({ access: 0x9b, limit: 0x100, flags: 4 })),
  );
  k.test('call gate of ring 0 to code of ring 3', () => {
    prepare({ selector: Sel.code3 });
    callGate();
  });
  for (const [name, selector] of [
    ['ring 0', Sel.code0],
    ['conforming', Sel.conforming0],
    ['ring 3', Sel.code3],
  ] as const) {
    k.test(`jump from ring 3 through a gate to ${name}`, () => {
      prepare({ selector });
      k.inRing(3, () => {
        a.push(0x1b).push(a.addressOf('back_to_ring3'));
        a.jmp(far(GATE, 0));
      });
    });
  }
  k.test('call gate to ring 1, beyond the TSS limit', () => {
    prepare({ selector: Sel.code1 });
    k.setDescriptor(Sel.spare3, segment({ base: TSS, limit: 0x0f, access: 0x89, flags: 0 }));
    a.mov('ax', Sel.spare3).ltr('ax');
    k.inRing(3, callGate, 0x3002);
  });
  const skip = k.unique();
  a.jmp(skip).label('back_to_ring3');
  k.say(' back');
  a.int(0x30).label(skip);
  innerStacks(k, { prepare: () => prepare(), enter: callGate, name: 'call gate' });
  innerStacks(k, { prepare: () => {}, enter: () => a.int(0x31), name: 'interrupt gate' });
}

/** Bad stacks in the TSS. */
function innerStacks(
  k: RomKit,
  way: { readonly prepare: () => void; readonly enter: () => void; readonly name: string },
): void {
  const stack = (name: string, change: () => void): void => {
    k.test(`${way.name}, inner stack ${name}`, () => {
      way.prepare();
      // The fault goes on in ring 3, by a gate to conforming code: the inner stack is no use.
      for (const vector of [10, 12, 13])
        k.setGateTo(IDT + 8 * vector, { label: 'fault_in_ring3', selector: Sel.conforming0, access: 0x8e });
      change();
      // Prints by IOPL: the I/O map may be out of reach.
      k.inRing(3, way.enter, 0x3002);
    });
  };
  stack('null', () => k.setDword(TSS + 8, 0));
  stack('RPL 3', () => k.setDword(TSS + 8, Sel.data0 | 3));
  stack('DPL 3', () => k.setDword(TSS + 8, Sel.data3));
  stack('code', () => k.setDword(TSS + 8, Sel.code0));
  stack('read-only', () => {
    k.setDescriptor(Sel.spare3, segment({ access: 0x91 }));
    k.setDword(TSS + 8, Sel.spare3);
  });
  stack('not present', () => {
    k.setDescriptor(Sel.spare3, segment({ access: 0x13 }));
    k.setDword(TSS + 8, Sel.spare3);
  });
  stack('beyond the GDT', () => k.setDword(TSS + 8, 0x200));
  stack('without room', () => {
    k.setDescriptor(Sel.spare3, segment({ access: 0x93, limit: INNER_STACK_0 - 8, flags: 4 }));
    k.setDword(TSS + 8, Sel.spare3);
  });
}

function writeFaultInRing3(k: RomKit): void {
  const { a } = k;
  const skip = k.unique();
  // Ring 3 cannot restore anything: it tells what it found, and calls ring 0 by a gate of its own stack.
  a.jmp(skip).label('fault_in_ring3');
  k.say(' faulted in ring 3');
  k.show(mem.dword({ base: 'esp' }), 'err');
  k.show(mem.dword({ base: 'esp', displacement: 4 }), 'eip');
  k.show(mem.dword({ base: 'esp', displacement: 8 }), 'cs');
  // The inner stack of the TSS is mended through the flat data segment.
  a.mov(mem.dword(at(TSS + 8)), Sel.data0).int(0x30).label(skip);
}

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
        a.push(0x3ed7 & ~0x100).push(Sel.code3).push(a.addressOf('iret_flags')).iret();
        a.label('iret_flags').pushf().pop('eax');
        k.show('eax', 'flags');
      },
      0x1002,
    ),
  );
}

export const gatesRom = (): ReturnType<typeof RomKit.make> =>
  RomKit.make('gates', (k) => {
    writeTargets(k);
    writeFaultInRing3(k);
    callGates(k);
  });

export const transfersRom = (): ReturnType<typeof RomKit.make> =>
  RomKit.make('transfers', (k) => {
    farTransfers(k);
    interrupts(k);
  });

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
            a.push(0x4ed7 & ~0x100).popf().pushf().pop('eax');
            k.show('eax', 'flags');
          },
          2 | (iopl << 12),
        ),
      );
    }
    k.test('popf in ring 0', () => {
      a.push(0x247ed7 & ~0x100).popf().pushf().pop('eax');
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
    k.test(`I/O map: ${name}`, () => {
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
  open(
    'outsb allowed, then refused',
    allow(0xff7f),
    () => {
      a.mov('esi', 0xb080).emit('outsb');
      k.show('esi');
      a.inc('edx').emit('outsb');
    },
  );
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
