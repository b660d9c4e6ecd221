import { far, mem } from '../../../../emulator/assembler/operands.ts';
import { CODE, DATA, IDT, RESUME_EIP, RESUME_ESP, Sel, STACK_0, segment, TABLES, TSS } from '../layout.ts';
import { RomKit } from '../rom-kit.ts';

/** Real mode, virtual-8086 mode, 16-bit protected mode, and the ways between them. */

const at = (displacement: number) => ({ displacement });
/** A line in real mode: handlers print the vector and the stack they find, and go on with the next. */
function realTest(k: RomKit, name: string, body: () => void): void {
  const { a } = k;
  const end = k.unique();
  a.mov('ax', 0).mov('ss', 'ax').mov('sp', STACK_0).mov('ds', 'ax').mov('es', 'ax').mov('fs', 'ax').cld();
  k.say16(`${name}:`);
  a.mov(mem.word(at(RESUME_EIP)), a.addressOf(end)).mov(mem.word(at(RESUME_ESP)), 'sp');
  a.push(2).popf();
  body();
  k.say16(' done');
  a.label(end);
  k.say16('\n');
}

/** The real mode's vector table at 0: each handler prints its number. */
function writeRealHandlers(k: RomKit): void {
  const { a } = k;
  const skip = k.unique();
  a.jmp(skip);
  for (let vector = 0; vector < 0x22; vector += 1)
    a.label(`real${vector}`).push(vector).jmp('real_exception');
  a.label('real_exception').mov('bp', 'sp').xor('ax', 'ax').mov('ds', 'ax');
  const word = (n: number) => mem.word({ base: 'bp', displacement: n });
  for (const [name, n] of [
    ['int', 0],
    ['ip', 2],
    ['cs', 4],
    ['flags', 6],
  ] as const) {
    a.mov('ax', word(n));
    if (name === 'flags') a.and('ax', 0x7700);
    k.show16('ax', name);
  }
  a.mov('ax', 'sp');
  k.show16('ax', 'sp');
  a.xor('ax', 'ax')
    .mov('ss', 'ax')
    .mov('sp', mem.word(at(RESUME_ESP)))
    .jmp(mem.word(at(RESUME_EIP)));
  a.label('write_vectors');
  for (let vector = 0; vector < 0x22; vector += 1) {
    a.mov(mem.word(at(4 * vector)), a.addressOf(`real${vector}`)).mov(mem.word(at(4 * vector + 2)), 0);
  }
  a.ret();
  a.label('real_idtr').words(0x3ff).dwords(0);
  a.label(skip)
    .call('write_vectors')
    .lidt(mem.any({ displacement: a.addressOf('real_idtr') }));
}

function realTests(k: RomKit): void {
  const { a } = k;
  writeRealHandlers(k);
  const test = (name: string, body: () => void): void => realTest(k, `real mode, ${name}`, body);
  const memory = (offset: number) => ({ base: 'bx' as const, displacement: offset });
  test('int 21h', () => a.int(0x21));
  test('int3', () => a.int3());
  test('into', () => a.mov('al', 0x7f).add('al', 1).emit('into'));
  test('divide by zero', () => a.xor('cx', 'cx').div('cx'));
  test('bound', () =>
    a
      .mov('bx', 0xb080)
      .mov('ax', 5)
      .emit('bound', 'ax', mem.any({ base: 'bx' })));
  test('word at FFFFh', () => a.mov('bx', 0xffff).mov('ax', mem.word(memory(0))));
  test('dword at FFFDh', () => a.mov('bx', 0xfffd).mov(mem.dword(memory(0)), 'eax'));
  test('word at FFFEh', () => a.mov('bx', 0xfffe).mov('ax', mem.word(memory(0))));
  test('word at FFFFh of the stack', () => a.mov('bp', 0xffff).mov('ax', mem.word({ base: 'bp' })));
  test('an offset above 64 KiB', () => a.mov('ebx', 0x10000).mov('al', mem.byte({ base: 'ebx' })));
  test('push at 0', () => {
    a.mov('ax', 0x3000).mov('ss', 'ax').mov('sp', 0).push('ax').mov('cx', 'sp');
    a.xor('ax', 'ax').mov('ss', 'ax').mov('sp', STACK_0);
    k.show16('cx', 'sp');
  });
  for (const [name, bytes] of [
    ['lldt', [0x0f, 0x00, 0xd0]],
    ['ltr', [0x0f, 0x00, 0xd8]],
    ['sldt', [0x0f, 0x00, 0xc0]],
    ['str', [0x0f, 0x00, 0xc8]],
    ['verr', [0x0f, 0x00, 0xe0]],
    ['verw', [0x0f, 0x00, 0xe8]],
    ['lar', [0x0f, 0x02, 0xc0]],
    ['lsl', [0x0f, 0x03, 0xc0]],
    ['arpl', [0x63, 0xc0]],
    ['0f 0b', [0x0f, 0x0b]],
    ['0f ff', [0x0f, 0xff, 0xc0]],
    ['0f 24', [0x0f, 0x24, 0xf0]],
    ['ff f8', [0xff, 0xf8]],
    ['lock nop', [0xf0, 0x90]],
    ['mov cs, ax', [0x8e, 0xc8]],
    ['16 bytes', [...new Array<number>(15).fill(0x26), 0x90]],
  ] as const) {
    test(name, () => a.bytes(...bytes));
  }
  test('smsw and mov cr0', () => {
    a.emit('smsw', 'ax').and('ax', 0x1f);
    k.show16('ax');
  });
  test('pushf', () => {
    a.push(0x7202).popf().pushf().pop('ax').cli();
    k.show16('ax', 'flags');
    a.push(2).popf();
  });
  test('popf of 32 bits', () => {
    a.bytes(0x66, 0x68).dwords(0x00247202).bytes(0x66, 0x9d, 0x66, 0x9c).pop('ax').pop('cx').cli();
    k.show16('ax');
    k.show16('cx');
    a.bytes(0x66, 0x68).dwords(2).bytes(0x66, 0x9d);
  });
  test('iret', () => {
    const there = k.unique();
    a.push(0x3402).push(0).push(a.addressOf(there)).iret().label(there).pushf().pop('ax').cld();
    a.and('ax', 0x7f00);
    k.show16('ax', 'flags');
  });
  test('far call and return', () => {
    const there = k.unique();
    const over = k.unique();
    a.bytes(0x9a).words(a.addressOf(there, -0x100), 0x10).jmp(over).label(there);
    a.mov('ax', 'cs');
    k.show16('ax', 'cs');
    a.emit('retf').label(over);
  });
  test('a limit kept from protected mode', () => {
    // FS gets 4 GiB in protected mode, and a load in real mode leaves that.
    a.lgdt(mem.any({ displacement: a.addressOf('first_gdtr') }));
    a.mov('eax', 'cr0').or('al', 1).mov('cr0', 'eax').mov('bx', Sel.data0).mov('fs', 'bx');
    a.and('al', 0xfe).mov('cr0', 'eax').mov('bx', 0).mov('fs', 'bx');
    a.mov('ebx', DATA).mov(mem.dword({ base: 'ebx', segment: 'fs' }), 0x1234);
    a.mov('ax', mem.word({ base: 'ebx', segment: 'fs' }));
    k.show16('ax');
    a.mov('ax', mem.word({ base: 'ebx' }));
  });
  test('CS after a far jump in real mode', () => {
    const there = k.unique();
    a.jmp(far(0x20, a.addressOf(there, -0x200)))
      .label(there)
      .mov('ax', 'cs');
    k.show16('ax', 'cs');
    // Near branches go on in the new segment; back to segment 0.
    const back = k.unique();
    a.jmp(far(0, a.addressOf(back))).label(back);
  });
  test('int beyond the vector table', () => {
    a.lidt(mem.any({ displacement: a.addressOf('short_idtr') })).int(0x20);
  });
  const skip = k.unique();
  a.jmp(skip).label('short_idtr').words(0x7f).dwords(0).label(skip);
  a.lidt(mem.any({ displacement: a.addressOf('real_idtr') }));
}

/** QEMU jumps beyond the limit, and is lost there. */
function realLimits(k: RomKit): void {
  const { a } = k;
  writeRealHandlers(k);
  realTest(k, 'real mode, a jump beyond 64 KiB', () => a.mov('eax', 0x12345).bytes(0x66, 0xff, 0xe0));
  realTest(k, 'real mode, a return beyond 64 KiB', () =>
    a.bytes(0x66, 0x68).dwords(0x10000).bytes(0x66, 0xc3),
  );
}

/** As above, in 16-bit protected mode. */
function protectedLimits(k: RomKit): void {
  const { a } = k;
  k.test('16-bit protected mode, dword at FFFDh', () => {
    const inside = k.unique();
    a.mov('ax', Sel.data16).mov('ds', 'ax');
    a.jmp(far(Sel.code16, a.addressOf(inside)))
      .bits(16)
      .label(inside);
    a.bytes(0x67, 0x66, 0xa1, 0xfd, 0xff, 0x00, 0x00).bits(32);
  });
  k.test('a return beyond a 16-bit code segment', () => {
    k.setDescriptor(Sel.spare, segment({ base: 0, limit: CODE + 0x20, access: 0x9b, flags: 0 }));
    a.push(Sel.spare)
      .push(CODE + 0x100)
      .emit('retf');
  });
}

/** From 32-bit protected mode to 16-bit code, to real mode, and back; with paging too. */
function waysBack(k: RomKit): void {
  const { a } = k;
  const toReal = (name: string, prepare: () => void, leave: () => void): void => {
    k.test(name, () => {
      prepare();
      const protected16 = k.unique();
      const real = k.unique();
      const back = k.unique();
      a.jmp(far(Sel.code16, a.addressOf(protected16)))
        .bits(16)
        .label(protected16);
      a.mov('ax', Sel.data16);
      for (const register of ['ds', 'es', 'ss', 'fs', 'gs'] as const) a.mov(register, 'ax');
      a.mov('sp', STACK_0 - 0x100);
      k.say16(' 16-bit');
      a.mov('ax', 'cs');
      k.show16('ax', 'cs');
      leave();
      a.mov('eax', 'cr0')
        .and('al', 0xfe)
        .mov('cr0', 'eax')
        .jmp(far(0, a.addressOf(real)))
        .label(real);
      a.xor('ax', 'ax')
        .mov('ds', 'ax')
        .mov('es', 'ax')
        .mov('ss', 'ax')
        .mov('sp', STACK_0 - 0x100);
      k.say16(' real');
      a.lidt(mem.any({ displacement: a.addressOf('real_idtr') })).call('write_vectors');
      const after = k.unique();
      a.mov(mem.word(at(RESUME_EIP)), a.addressOf(after))
        .mov(mem.word(at(RESUME_ESP)), 'sp')
        .int(0x20);
      a.label(after).mov('eax', 'cr0').and('ax', 0x1f);
      k.show16('ax', 'cr0');
      a.mov('eax', 'cr0')
        .or('al', 1)
        .mov('cr0', 'eax')
        .jmp(far(Sel.code0, a.addressOf(back)));
      a.bits(32).label(back).mov('ax', Sel.data0);
      for (const register of ['ds', 'es', 'ss', 'fs', 'gs'] as const) a.mov(register, 'ax');
      a.mov('esp', STACK_0);
      k.say(' back');
    });
  };
  toReal(
    'to 16-bit protected mode, real mode, and back',
    () => {},
    () => {},
  );
  toReal(
    'the same out of paging',
    () => {
      a.mov('edi', TABLES + 0x1000)
        .mov('eax', 7)
        .mov('ecx', 1024)
        .label('.entry')
        .stosd();
      a.add('eax', 0x1000).loop('.entry');
      a.mov(mem.dword(at(TABLES)), (TABLES + 0x1000) | 7);
      a.mov('eax', TABLES).mov('cr3', 'eax').mov('eax', 'cr0').or('eax', 0x80000000).mov('cr0', 'eax');
      a.jmp('paged').label('paged');
      k.say(' paged');
    },
    () => {
      a.mov('eax', 'cr0').and('eax', 0x7fffffff).mov('cr0', 'eax').xor('eax', 'eax').mov('cr3', 'eax');
    },
  );
  for (const [name, bytes] of [
    ['0f 0b', [0x0f, 0x0b]],
    ['0f ff', [0x0f, 0xff, 0xc0]],
    ['ff f8', [0xff, 0xf8]],
    ['lock nop', [0xf0, 0x90]],
    ['0f 24', [0x0f, 0x24, 0xf0]],
  ] as const) {
    k.test(`16-bit protected mode, ${name}`, () => {
      const inside = k.unique();
      a.mov('ax', Sel.data16).mov('ds', 'ax');
      a.jmp(far(Sel.code16, a.addressOf(inside)))
        .bits(16)
        .label(inside)
        .bytes(...bytes)
        .bits(32);
    });
  }
}

function v86(k: RomKit): void {
  const { a } = k;
  const test = (name: string, body: () => void, options: { eflags?: number; data?: number } = {}): void => {
    k.test(`V86, ${name}`, () => {
      k.inV86(body, {
        eflags: options.eflags ?? 2,
        ...(options.data === undefined ? {} : { dataSelector: options.data }),
      });
    });
  };
  for (const iopl of [0, 3] as const) {
    for (const [name, bytes] of [
      ['int 30h', [0xcd, 0x30]],
      ['int 21h', [0xcd, 0x21]],
      ['int3', [0xcc]],
      ['cli', [0xfa]],
      ['sti', [0xfb]],
      ['pushf', [0x9c]],
      ['popf', [0x6a, 0x02, 0x9d]],
      ['hlt', [0xf4]],
      ['in al, 21h', [0xe4, 0x21]],
      ['in al, e9h', [0xe4, 0xe9]],
    ] as const) {
      test(`IOPL ${iopl}, ${name}`, () => a.bytes(...bytes).emit('ud2'), { eflags: 2 | (iopl << 12) });
    }
  }
  for (const [name, bytes] of [
    ['lldt', [0x0f, 0x00, 0xd0]],
    ['sldt', [0x0f, 0x00, 0xc0]],
    ['lar', [0x0f, 0x02, 0xc0]],
    ['lsl', [0x0f, 0x03, 0xc0]],
    ['verr', [0x0f, 0x00, 0xe0]],
    ['arpl', [0x63, 0xc0]],
    ['lgdt', [0x0f, 0x01, 0x16, 0, 0]],
    ['sgdt', [0x0f, 0x01, 0x06, 0x80, 0xb0]],
    ['smsw', [0x0f, 0x01, 0xe0]],
    ['lmsw', [0x0f, 0x01, 0xf0]],
    ['clts', [0x0f, 0x06]],
    ['mov eax, cr0', [0x0f, 0x20, 0xc0]],
    ['mov dr0, eax', [0x0f, 0x23, 0xc0]],
    ['0f ff', [0x0f, 0xff, 0xc0]],
    ['0f 24', [0x0f, 0x24, 0xf0]],
    ['ff f8', [0xff, 0xf8]],
    ['lock nop', [0xf0, 0x90]],
    ['invlpg', [0x0f, 0x01, 0x3e, 0, 0]],
    ['wbinvd', [0x0f, 0x09]],
  ] as const) {
    test(name, () => a.bytes(...bytes).emit('ud2'));
  }
  test('data segments at exit', () => a.emit('ud2'), { data: 0x1230 });
  test('a load above 64 KiB', () => a.mov('ebx', 0x10000).mov('al', mem.byte({ base: 'ebx' })));
  test('a word at FFFFh', () => a.mov('bx', 0xffff).mov('ax', mem.word({ base: 'bx' })));
  test('a word at FFFFh of the stack', () => a.mov('bp', 0xffff).mov('ax', mem.word({ base: 'bp' })));
  test('push at 1', () => a.mov('sp', 1).push('ax'));
  test('loads of segments', () => {
    a.mov('ax', 0x2000).mov('ds', 'ax').mov('ax', 0x3000).mov('es', 'ax');
    a.mov(mem.word({ displacement: 0x10 }), 0x4321)
      .mov('cx', mem.word({ displacement: 0x10 }))
      .emit('ud2');
  });
  test('far jump', () => {
    const there = k.unique();
    a.jmp(far(0x10, a.addressOf(there, -0x100)))
      .label(there)
      .emit('ud2');
  });
  test('divide by zero', () => a.xor('cx', 'cx').div('cx'));
  for (const iopl of [0, 3]) {
    test(
      `IOPL ${iopl}, iret`,
      () => {
        const there = k.unique();
        a.push(2).push(0).push(a.addressOf(there)).iret().label(there).emit('ud2');
      },
      { eflags: 2 | (iopl << 12) },
    );
  }
  test('IOPL 3, popf keeps IOPL and VM', () => a.push(0x7202).popf().emit('ud2'), { eflags: 0x3002 });
  test('IOPL 3, pushfd', () => a.bytes(0x66, 0x9c, 0x66, 0x58).emit('ud2'), { eflags: 0x3002 });
  k.test('V86, an interrupt gate to ring 1', () => {
    k.setGateTo(IDT + 8 * 0x31, { label: 'vector49', selector: Sel.code1, access: 0xee });
    k.inV86(() => a.int(0x31), { eflags: 0x3002 });
  });
  k.test('V86, an interrupt gate to conforming code', () => {
    k.setGateTo(IDT + 8 * 0x31, { label: 'vector49', selector: Sel.conforming0, access: 0xee });
    k.inV86(() => a.int(0x31), { eflags: 0x3002 });
  });
  k.test('V86, no I/O map', () => {
    k.setDword(TSS + 0x64, 0xffff0000);
    k.inV86(() => a.in('al', 0xe9));
  });
  k.test('iretd to V86 from ring 3 ignores VM', () =>
    k.inRing(3, () => {
      const there = k.unique();
      a.push(0x20002).push(Sel.code3).push(a.addressOf(there)).iret().label(there);
    }),
  );
  k.test('popfd in ring 0 ignores VM', () => {
    a.push(0x20002).popf().pushf().pop('eax');
    k.show('eax', 'flags');
  });
  k.test('iretd to V86 with EIP above 64 KiB', () => {
    for (const value of [4, 3, 2, 1]) a.push(value);
    const there = k.unique();
    a.push(0).push(0xe000).push(0x20002).push(0).push(a.addressOf(there, 0x10000)).iret();
    a.bits(16).label(there).emit('ud2').bits(32);
  });
}

export const modesRom = (): ReturnType<typeof RomKit.make> => RomKit.make('modes', waysBack, realTests);
export const v86Rom = (): ReturnType<typeof RomKit.make> => RomKit.make('v86', v86);
export const realLimitsRom = (): ReturnType<typeof RomKit.make> =>
  RomKit.make('real-limits', protectedLimits, realLimits);
