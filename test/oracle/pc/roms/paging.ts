import { far, mem } from '../../../../emulator/assembler/operands.ts';
import {
  DATA,
  gate,
  RESUME_EIP,
  RESUME_ESP,
  Sel,
  STACK_B,
  STACK_FAULT,
  segment,
  TASK_B,
  TASK_FAULT,
  TSS,
} from '../layout.ts';
import { RomKit } from '../rom-kit.ts';
import { crossings } from './crossings.ts';
import {
  at,
  DIRECTORY,
  DIRECTORY_2,
  dword,
  entry,
  LARGE,
  LOW_TABLE,
  NOWHERE,
  on,
  PAGE,
  TABLE,
  TABLE_2,
  writeRoutines,
} from './paging-routines.ts';

/** Pages of 4 KiB and 4 MiB: accessed and dirty bits, error codes, CR2, INVLPG, faults in faults. */

/** The flags of both entries, as the test leaves them. */
function showEntries(k: RomKit): void {
  const { a } = k;
  a.mov('eax', dword(DIRECTORY + 4)).and('eax', 0xfff);
  k.show('eax', 'pde');
  a.mov('eax', dword(entry(0))).and('eax', 0xfff);
  k.show('eax', 'pte');
}

function entries(k: RomKit): void {
  const { a } = k;
  /** Runs the body in its ring, and shows the entries after it, faulted or not. */
  const after = (name: string, prepare: () => void, body: () => void, ring: 0 | 3 = 0): void => {
    k.test(name, () => {
      on(k, true);
      prepare();
      const end = k.unique();
      a.mov(dword(RESUME_EIP), a.addressOf(end));
      if (ring === 3) k.inRing(3, body);
      else body();
      a.label(end);
      showEntries(k);
    });
  };
  const rights = (pde: number, pte: number) => () => {
    a.mov('eax', pde).mov('ebx', pte).call('set_rights');
  };
  const read = (): unknown => a.mov('ecx', dword(PAGE));
  const write = (): unknown => a.mov(dword(PAGE), 'ecx');
  after('bits after a read', rights(7, 7), read);
  after('bits after a write', rights(7, 7), write);
  after('bits after a write and what was set', rights(0x27, 0x27), write);
  after('bits of available use are kept', rights(0xe07, 0xe07), write);
  after('no page', rights(7, 6), read);
  after('no page, write', rights(7, 6), write);
  after('no table', rights(6, 7), read);
  after('no table from ring 3', rights(6, 7), write, 3);
  after('bits after a refused write', rights(7, 5), write);
  after('bits after a refused read of ring 3', rights(7, 3), read, 3);
  after('bits after a refused read of ring 3, by the directory', rights(3, 7), read, 3);
  after('dirty bit of a page read first', rights(7, 7), () => {
    read();
    showEntries(k);
    write();
  });
  after('read-modify-write', rights(7, 7), () => a.add(dword(PAGE), 1));
  for (const [name, body] of [
    ['add', () => a.add(dword(PAGE), 1)],
    ['cmp', () => a.cmp(dword(PAGE), 1)],
    ['test', () => a.test(dword(PAGE), 1)],
    ['cmpxchg that fails', () => a.mov('eax', 5).cmpxchg(dword(PAGE), 'ecx')],
    ['xchg', () => a.xchg(dword(PAGE), 'ecx')],
    ['not', () => a.not(dword(PAGE))],
    ['bts', () => a.emit('bts', dword(PAGE), 1)],
    ['bt', () => a.emit('bt', dword(PAGE), 1)],
    ['shl', () => a.shl(dword(PAGE), 1)],
    ['shl by 0', () => a.xor('ecx', 'ecx').shl(dword(PAGE), 'cl')],
    ['xadd', () => a.xadd(dword(PAGE), 'ecx')],
    ['push of memory', () => a.push(dword(PAGE))],
    ['pop to memory', () => a.push(1).pop(dword(PAGE))],
    ['setc', () => a.emit('setb', mem.byte(at(PAGE)))],
    ['sgdt', () => a.emit('sgdt', mem.any(at(PAGE)))],
    ['movsb', () => a.mov('esi', DATA).mov('edi', PAGE).movsb()],
    ['scasb', () => a.mov('edi', PAGE).scasb()],
    ['cmpsb', () => a.mov('esi', PAGE).mov('edi', PAGE).cmpsb()],
  ] as const) {
    after(`${name} on a read-only page`, rights(7, 5), body);
  }
  after('cmpxchg8b on a read-only page', rights(7, 5), () => a.emit('cmpxchg8b', mem.any(at(PAGE))));
  after('fetch of a page that is not there', rights(7, 6), () => a.push(0x1234).jmp(dword(DATA + 0x800)));
}

function large(k: RomKit): void {
  const { a } = k;
  const test = (name: string, flags: number, pse: boolean, body: () => void, ring: 0 | 3 = 0): void => {
    k.test(`4 MiB page, ${name}`, () => {
      on(k, true);
      if (pse) a.mov('eax', 0x10).mov('cr4', 'eax');
      k.setDword(DIRECTORY + 8, flags);
      const end = k.unique();
      a.mov(dword(RESUME_EIP), a.addressOf(end));
      if (ring === 3) k.inRing(3, body);
      else body();
      a.label(end);
      a.mov('eax', dword(DIRECTORY + 8));
      k.show('eax', 'pde');
    });
  };
  const read = (): void => {
    a.mov(dword(DATA), 0x600d);
    a.mov('ecx', dword(LARGE + DATA));
    k.show('ecx');
  };
  const write = (): unknown => a.mov(dword(LARGE + DATA), 'ecx');
  test('read', 0x87, true, read);
  test('write', 0x87, true, write);
  test('write where it is read-only', 0x85, true, write);
  test('read from ring 3', 0x87, true, () => a.mov('ecx', dword(LARGE + DATA)), 3);
  test('read from ring 3 where it is the kernel’s', 0x83, true, () => a.mov('ecx', dword(LARGE + DATA)), 3);
  test('not present', 0x86, true, read);
  test('with PSE off it is a table', TABLE | 0x87, false, () => a.mov('ecx', dword(LARGE)));
  test('over its end', 0x87, true, () => a.mov('eax', dword(LARGE + 0x3ffffe)));
}

function translations(k: RomKit): void {
  const { a } = k;
  k.test('INVLPG shows a new page', () => {
    on(k);
    a.mov(dword(DATA), 1).mov(dword(DATA + 0x1000), 2);
    a.mov('ecx', dword(PAGE));
    k.show('ecx');
    k.setDword(entry(0), (DATA + 0x1000) | 7);
    a.invlpg(mem.any(at(PAGE))).mov('ecx', dword(PAGE));
    k.show('ecx');
  });
  k.test('a load of CR3 shows a new page', () => {
    on(k);
    a.mov(dword(DATA), 1).mov(dword(DATA + 0x1000), 2);
    a.mov('ecx', dword(PAGE));
    k.setDword(entry(0), (DATA + 0x1000) | 7);
    a.mov('eax', 'cr3').mov('cr3', 'eax').mov('ecx', dword(PAGE));
    k.show('ecx');
  });
  k.test('a page made present needs no flush', () => {
    on(k);
    k.setDword(entry(2), 0);
    const again = k.unique();
    a.mov(dword(RESUME_EIP), a.addressOf(again))
      .mov('ecx', dword(PAGE + 0x2000))
      .label(again);
    k.setDword(entry(2), DATA | 7);
    a.mov(dword(DATA), 3).mov('ecx', dword(PAGE + 0x2000));
    k.show('ecx');
  });
  k.test('paging off and on again', () => {
    on(k);
    a.mov(dword(PAGE), 7).mov('eax', 'cr0').and('eax', 0x7fffffff).mov('cr0', 'eax');
    a.mov('ecx', dword(DATA));
    k.show('ecx');
    k.setDword(entry(0), (DATA + 0x1000) | 7);
    a.mov(dword(DATA + 0x1000), 9)
      .mov('eax', 'cr0')
      .or('eax', 0x80000000)
      .mov('cr0', 'eax');
    a.mov('ecx', dword(PAGE));
    k.show('ecx');
  });
  k.test('CR2 is written and read', () => {
    a.mov('eax', 0x12345678).mov('cr2', 'eax').xor('eax', 'eax').mov('eax', 'cr2');
    k.show('eax', 'cr2');
  });
  k.test('the descriptor table is on a page of the kernel', () => {
    on(k);
    // The GDT and all else below 4 MiB for ring 0 only, but the pages that ring 3 needs.
    k.setDword(LOW_TABLE + 4 * 9, 0x9000 | 3);
    a.mov('eax', 'cr3').mov('cr3', 'eax');
    k.inRing(3, () => {
      a.mov('ax', Sel.data3).mov('fs', 'ax');
      k.say(' loaded');
      a.mov('eax', dword(0x9000));
    });
  });
  k.test('a descriptor on a page that is not there', () => {
    on(k);
    a.mov(dword(LOW_TABLE + 4 * 9), 0x9000 | 7);
    k.setDescriptor(Sel.ldt, segment({ base: NOWHERE, limit: 0xff, access: 0x82, flags: 0 }));
    a.mov('ax', Sel.ldt).emit('lldt', 'ax');
    k.inRing(3, () => a.mov('ax', 0x0f).mov('fs', 'ax'));
  });
  k.test('the accessed bit of a descriptor on a read-only page', () => {
    on(k, true);
    k.setDescriptor(Sel.spare, segment({ access: 0x92 }));
    k.setDword(LOW_TABLE + 4 * 9, 0x9000 | 5);
    a.mov('eax', 'cr3').mov('cr3', 'eax').mov('ax', Sel.spare).mov('fs', 'ax');
  });
}

function faultsInFaults(k: RomKit): void {
  const { a } = k;
  const skip = k.unique();
  a.jmp(skip).label('fault_task');
  k.show(mem.dword({ base: 'esp' }), 'err');
  k.showAt('eip', TSS + 0x20);
  k.showAt('cs', TSS + 0x4c);
  a.mov('eax', 'cr2');
  k.show('eax', 'cr2');
  a.mov('esp', dword(RESUME_ESP)).jmp(dword(RESUME_EIP)).label(skip);
  const withTask = (): void => {
    k.setDword(TASK_FAULT + 0x1c, DIRECTORY);
    k.setDword(TASK_FAULT + 0x20, a.addressOf('fault_task'));
    k.setDword(TASK_FAULT + 0x24, 2);
    k.setDword(TASK_FAULT + 0x38, STACK_FAULT);
    for (const field of [0x48, 0x50, 0x54, 0x58, 0x5c]) k.setDword(TASK_FAULT + field, Sel.data0);
    k.setDword(TASK_FAULT + 0x4c, Sel.code0);
    k.setGate(8, gate({ selector: Sel.taskFault, offset: 0, access: 0x85 }));
  };
  k.test('the inner stack is on no page, double fault', () => {
    withTask();
    on(k);
    k.setDword(TSS + 4, NOWHERE + 0x1000);
    k.inRing(3, () => a.mov('eax', dword(NOWHERE + 0x10)));
  });
  k.test('the inner stack is on no page, int n, page fault, double fault', () => {
    withTask();
    on(k);
    k.setDword(TSS + 4, NOWHERE + 0x1000);
    k.inRing(3, () => a.int(0x30));
  });
  k.test('a bad gate for page faults, double fault', () => {
    withTask();
    on(k);
    k.setGate(14, gate({ selector: Sel.code0, offset: 0, access: 0x0e }));
    a.mov('eax', dword(NOWHERE));
  });
  k.test('a task of another directory', () => {
    on(k);
    // The second directory leads the page to another frame.
    a.mov('eax', dword(DIRECTORY)).mov(dword(DIRECTORY_2), 'eax');
    k.setDword(DIRECTORY_2 + 4, TABLE_2 | 7);
    k.setDword(TABLE_2, (DATA + 0x3000) | 7);
    a.mov(dword(DATA), 0x11)
      .mov(dword(DATA + 0x3000), 0x22)
      .mov('ecx', dword(PAGE));
    k.show('ecx');
    k.setDword(TASK_B + 0x1c, DIRECTORY_2);
    k.setDword(TASK_B + 0x20, a.addressOf('other_directory'));
    k.setDword(TASK_B + 0x24, 2);
    k.setDword(TASK_B + 0x38, STACK_B);
    for (const field of [0x48, 0x50, 0x54, 0x58, 0x5c]) k.setDword(TASK_B + field, Sel.data0);
    k.setDword(TASK_B + 0x4c, Sel.code0);
    k.setDword(TSS + 0x1c, DIRECTORY);
    const over = k.unique();
    a.emit('call', far(Sel.taskB, 0)).mov('ecx', dword(PAGE));
    k.show('ecx');
    a.mov('eax', 'cr3');
    k.show('eax', 'cr3');
    a.jmp(over).label('other_directory').mov('ecx', dword(PAGE));
    k.show('ecx');
    a.iret().label(over);
  });
}

export const pagingRom = (): ReturnType<typeof RomKit.make> =>
  RomKit.make('paging', (k) => {
    writeRoutines(k);
    entries(k);
    crossings(k);
    large(k);
    translations(k);
    faultsInFaults(k);
  });
