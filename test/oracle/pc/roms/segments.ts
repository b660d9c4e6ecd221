import { mem } from '../../../../emulator/assembler/operands.ts';
import { DATA, GDT, LDT, Sel, segment } from '../layout.ts';
import { RomKit } from '../rom-kit.ts';

/** Limits, types and privilege of segments; LDT, LAR, LSL, VERR, VERW, ARPL. */

const at = (offset: number) => ({ displacement: offset, segment: 'fs' as const });

function limits(k: RomKit): void {
  const { a } = k;
  const access = (name: string, descriptor: Parameters<typeof segment>[0], body: () => void): void => {
    k.test(name, () => {
      k.setDescriptor(Sel.spare, segment({ base: DATA, ...descriptor }));
      k.load('fs', Sel.spare);
      body();
    });
  };
  const data = { limit: 0xff, access: 0x92, flags: 4 };
  for (const offset of [0xfc, 0xfd, 0xff, 0x100, 0xfffffffc, 0xffffffff]) {
    const name = `limit FFh at ${offset.toString(16)}`;
    access(`${name} load dword`, data, () => a.mov('eax', mem.dword(at(offset))));
    access(`${name} store word`, data, () => a.mov(mem.word(at(offset)), 1));
    access(`${name} add byte`, data, () => a.add(mem.byte(at(offset)), 1));
  }
  access('limit of one page', { limit: 0, access: 0x92, flags: 12 }, () => {
    a.mov('al', mem.byte(at(0xfff)));
    k.say(' last');
    a.mov('al', mem.byte(at(0x1000)));
  });
  for (const [name, flags, offsets] of [
    ['expand-down 32-bit', 4, [0, 0xff, 0x100, 0xffff, 0x10000, 0xfffffffc, 0xfffffffd]],
    ['expand-down 16-bit', 0, [0xff, 0x100, 0xfffc, 0xfffd, 0x10000]],
  ] as const) {
    for (const offset of offsets) {
      access(`${name} at ${offset.toString(16)}`, { base: 0, limit: 0xff, access: 0x96, flags }, () =>
        a.mov('eax', mem.dword(at(offset))),
      );
    }
  }
  const kinds = [
    ['read-only', 0x90],
    ['read-write', 0x92],
    ['expand-down read-only', 0x94],
    ['code readable', 0x9a],
    ['conforming readable', 0x9e],
  ] as const;
  for (const [name, kind] of kinds) {
    const descriptor = { limit: 0xfff, access: kind, flags: 4 };
    const offset = name.startsWith('expand') ? 0x2000 : 0;
    access(`${name} load`, descriptor, () => a.mov('eax', mem.dword(at(offset))));
    access(`${name} store`, descriptor, () => a.mov(mem.dword(at(offset)), 'eax'));
    access(`${name} read-modify-write`, descriptor, () => a.add(mem.dword(at(offset)), 'eax'));
  }
  k.test('store through CS', () => a.mov(mem.dword({ displacement: DATA, segment: 'cs' }), 'eax'));
  k.test('load through execute-only CS', () => {
    k.setDescriptor(Sel.spare, segment({ access: 0x98 }));
    const inside = k.unique();
    a.push(Sel.spare).push(a.addressOf(inside)).emit('retf').label(inside);
    a.mov('eax', mem.dword({ displacement: DATA, segment: 'cs' }));
  });
}

function stackLimits(k: RomKit): void {
  const { a } = k;
  const onStack = (name: string, descriptor: Parameters<typeof segment>[0], body: () => void): void => {
    k.test(name, () => {
      k.setDescriptor(Sel.spare, segment({ base: 0, ...descriptor }));
      // The handler needs a stack that works: faults go to ring 0 by way of a ring 1.
      k.inRing(1, () => {
        a.mov('ax', Sel.spare | 1).mov('ss', 'ax');
        body();
      });
    });
  };
  const small = { limit: 0xdfff, access: 0xb2, flags: 4 };
  onStack('push below the limit', small, () => a.mov('esp', 0xe000).push('eax'));
  onStack('push beyond the limit', small, () => a.mov('esp', 0xe003).push('eax'));
  onStack('pop beyond the limit', small, () => a.mov('esp', 0xdffd).pop('eax'));
  onStack('load through EBP beyond the limit', small, () =>
    a.mov('ebp', 0xdffd).mov('eax', mem.dword({ base: 'ebp' })),
  );
  onStack('call beyond the limit', small, () => a.mov('esp', 0xe004 + 0x1000).call('puts'));
  onStack('pusha half beyond the limit', { limit: 0xff, access: 0xb6, flags: 4 }, () =>
    a.mov('esp', 0x110).pusha(),
  );
  onStack('enter beyond the limit', { limit: 0xdfff, access: 0xb6, flags: 4 }, () =>
    a.mov('esp', 0xe004).emit('enter', 0x40, 0),
  );
  onStack('16-bit stack wraps', { limit: 0xffff, access: 0xb2, flags: 0 }, () => {
    a.mov('esp', 0x12340000).push('eax');
    // SP is FFFCh now, the upper half is kept.
    a.mov('ebx', 'esp');
    a.mov('ax', Sel.data1).mov('ss', 'ax').mov('esp', 0xe000);
    k.show('ebx');
  });
  onStack('16-bit stack pop over FFFFh', { limit: 0xffff, access: 0xb2, flags: 0 }, () =>
    a.mov('esp', 0x1fffe).pop('eax'),
  );
}

function loads(k: RomKit): void {
  const { a } = k;
  k.test('null in DS, then a load', () => {
    k.load('fs', 3);
    k.say(' loaded');
    a.mov('eax', mem.dword(at(DATA)));
  });
  k.test('null in SS', () => k.load('ss', 0));
  k.test('selector beyond the GDT', () => k.load('fs', 0x1f8 + 8));
  k.test('last selector of the GDT', () => k.load('fs', 0x1f8));
  k.test('LDT selector without an LDT', () => k.load('fs', 4));
  k.test('accessed bit', () => {
    k.setDescriptor(Sel.spare, segment({ access: 0x92 }));
    k.load('fs', Sel.spare);
    k.showAt('high', GDT + Sel.spare + 4);
    k.setDescriptor(Sel.spare2, segment({ access: 0x12 }));
    k.load('fs', Sel.spare2);
  });
  k.test('accessed bit of what was not present', () => {
    k.showAt('high', GDT + Sel.spare2 + 4);
  });
  // Every type, present or not, into DS and SS, from ring 0 and with RPL 3.
  for (let type = 0; type < 32; type += 1) {
    const access = 0x80 | type;
    const name = `type ${type.toString(16)}`;
    const put = (value: number): void => k.setDescriptor(Sel.spare, segment({ access: value, limit: 0x3f }));
    k.test(`${name} into FS`, () => {
      put(access);
      k.load('fs', Sel.spare);
    });
    k.test(`${name} not present into FS`, () => {
      put(access & 0x7f);
      k.load('fs', Sel.spare);
    });
    k.test(`${name} into SS`, () => {
      put(access);
      k.load('ss', Sel.spare);
      k.load('ss', Sel.data0);
    });
    k.test(`${name} RPL 3 into FS`, () => {
      put(access);
      k.load('fs', Sel.spare | 3);
    });
  }
  for (const [name, selector, access] of [
    ['RPL 3', Sel.spare | 3, 0x92],
    ['DPL 3', Sel.spare, 0xf2],
    ['RPL and DPL 3', Sel.spare | 3, 0xf2],
    ['not present', Sel.spare, 0x12],
  ] as const) {
    k.test(`SS with ${name}`, () => {
      k.setDescriptor(Sel.spare, segment({ access }));
      k.load('ss', selector);
      k.load('ss', Sel.data0);
    });
  }
  for (const dpl of [0, 1, 2, 3]) {
    for (const rpl of [0, 3]) {
      k.test(`ring 2 loads DPL ${dpl} RPL ${rpl}`, () => {
        k.setDescriptor(Sel.spare, segment({ access: 0x92 | (dpl << 5) }));
        k.inRing(2, () => k.load('fs', Sel.spare | rpl));
      });
    }
  }
}

function localTable(k: RomKit): void {
  const { a } = k;
  const lldt = (selector: number): void => {
    a.mov('ax', selector).emit('lldt', 'ax');
  };
  k.test('LLDT null, then SLDT', () => {
    lldt(0);
    a.mov('eax', -1).emit('sldt', 'ax');
    a.and('eax', 0xffff);
    k.show('eax');
  });
  k.test('LLDT, SLDT, load through it', () => {
    k.setDescriptor(0x0c, segment({ base: DATA, limit: 0xff, access: 0x92, flags: 4 }));
    k.setDword(DATA + 4, 0x13579bdf);
    lldt(Sel.ldt);
    a.xor('eax', 'eax').emit('sldt', 'ax');
    k.show('eax');
    k.load('fs', 0x0c);
    a.mov('eax', mem.dword(at(4)));
    k.show('eax');
    k.showAt('high', LDT + 12);
    k.load('fs', 0x3c);
  });
  k.test('beyond the LDT', () => {
    lldt(Sel.ldt);
    k.load('fs', 0x44);
  });
  k.test('a null index of the LDT is no null selector', () => {
    k.setDescriptor(0x04, segment({ access: 0x92 }));
    lldt(Sel.ldt);
    k.load('fs', 0x04);
    a.mov('ax', 'fs').movzx('eax', 'ax');
    k.show('eax');
  });
  k.test('LLDT RPL 3', () => lldt(Sel.ldt | 3));
  k.test('LLDT of a TSS', () => lldt(Sel.taskB));
  k.test('LLDT of data', () => lldt(Sel.data0));
  k.test('LLDT with TI', () => lldt(Sel.ldt | 4));
  k.test('LLDT beyond the GDT', () => lldt(0x200));
  k.test('LLDT not present', () => {
    k.setDescriptor(Sel.spare, segment({ base: LDT, limit: 0x3f, access: 0x02, flags: 0 }));
    lldt(Sel.spare);
  });
  k.test('LLDT in ring 3', () => k.inRing(3, () => lldt(Sel.ldt)));
  k.test('SLDT and STR in ring 3', () =>
    k.inRing(3, () => {
      a.xor('eax', 'eax').emit('sldt', 'ax');
      k.show('eax');
      a.xor('eax', 'eax').emit('str', 'ax');
      k.show('eax');
    }),
  );
  const ltr = (selector: number): void => {
    a.mov('ax', selector).ltr('ax');
  };
  k.test('LTR marks busy', () => {
    ltr(Sel.taskB);
    k.showAt('high', GDT + Sel.taskB + 4);
  });
  k.test('LTR busy', () => ltr(Sel.tss));
  k.test('LTR null', () => ltr(0));
  k.test('LTR of an LDT', () => ltr(Sel.ldt));
  k.test('LTR with TI', () => ltr(Sel.taskB | 4));
  k.test('LTR not present', () => {
    k.setDescriptor(Sel.spare, segment({ base: LDT, limit: 0x67, access: 0x09, flags: 0 }));
    ltr(Sel.spare);
  });
  k.test('LTR in ring 3', () => k.inRing(3, () => ltr(Sel.taskB)));
}

export const segmentsRom = (): ReturnType<typeof RomKit.make> =>
  RomKit.make('segments', (k) => {
    limits(k);
    stackLimits(k);
    localTable(k);
  });

export const loadsRom = (): ReturnType<typeof RomKit.make> => RomKit.make('loads', loads);

/** LAR, LSL, VERR and VERW of a descriptor of every type, from rings 0 and 3. */
export const queriesRom = (): ReturnType<typeof RomKit.make> =>
  RomKit.make('queries', (k) => {
    const { a } = k;
    // The routine is shared: ECX is the selector.
    for (let type = 0; type < 32; type += 1) {
      k.test(`type ${type.toString(16)}`, () => {
        k.setDescriptor(Sel.spare, segment({ access: 0x80 | type, limit: 0x12345, flags: type & 8 }));
        a.mov('ebx', Sel.spare).call('ask_all');
      });
      k.test(`type ${type.toString(16)} in ring 3, DPL 2`, () => {
        k.setDescriptor(Sel.spare, segment({ access: 0xc0 | type }));
        k.inRing(3, () => a.mov('ebx', Sel.spare | 3).call('ask_all'));
      });
    }
    for (const [name, selector] of [
      ['null', 0],
      ['null RPL 3', 3],
      ['beyond the GDT', 0x200],
      ['LDT selector without an LDT', 0x0c],
    ] as const) {
      k.test(name, () => a.mov('ebx', selector).call('ask_all'));
    }
    k.test('not present', () => {
      k.setDescriptor(Sel.spare, segment({ access: 0x12 }));
      a.mov('ebx', Sel.spare).call('ask_all');
    });
    k.test('16-bit LAR and LSL', () => {
      k.setDescriptor(Sel.spare, segment({ access: 0x92, limit: 0x12345 }));
      a.mov('ecx', Sel.spare).mov('eax', 0x55aa55aa).emit('lar', 'ax', 'cx');
      k.show('eax', 'lar');
      a.mov('eax', 0x55aa55aa).emit('lsl', 'ax', 'cx');
      k.show('eax', 'lsl');
    });
    for (const [destination, source] of [
      [0x10, 0x13],
      [0x13, 0x11],
      [0x11, 0x11],
      [0x12, 0x23],
    ] as const) {
      k.test(`ARPL ${destination.toString(16)}, ${source.toString(16)}`, () => {
        a.mov('eax', 0x12340000 | destination)
          .mov('ecx', source)
          .emit('arpl', 'ax', 'cx');
        k.show('eax');
        k.showFlags(0x40);
      });
    }
    const skip = k.unique();
    a.jmp(skip).label('ask_all');
    for (const query of ['lar', 'lsl']) {
      a.mov('eax', 0x55aa55aa).emit(query, 'eax', 'ebx').pushf();
      // The manual leaves bits 16 to 19 of LAR undefined: processors give the limit's.
      if (query === 'lar') a.and('eax', 0xfff0ffff);
      a.popf();
      k.show('eax', query);
      k.showFlags(0x40);
    }
    for (const query of ['verr', 'verw']) {
      a.emit(query, 'bx');
      k.say(` ${query}`);
      k.showFlags(0x40);
    }
    a.ret().label(skip);
  });
