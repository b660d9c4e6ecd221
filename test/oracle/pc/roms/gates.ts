import { far, mem } from '../../../../emulator/assembler/operands.ts';
import { GDT, IDT, INNER_STACK_0, Sel, segment, TSS } from '../layout.ts';
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
  a.mov(mem.dword(at(TSS + 8)), Sel.data0)
    .int(0x30)
    .label(skip);
}

export const gatesRom = (): ReturnType<typeof RomKit.make> =>
  RomKit.make('gates', (k) => {
    writeTargets(k);
    writeFaultInRing3(k);
    callGates(k);
  });
