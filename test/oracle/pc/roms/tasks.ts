import { far, mem } from '../../../../emulator/assembler/operands.ts';
import {
  GDT,
  gate,
  LDT,
  RESUME_EIP,
  RESUME_ESP,
  Sel,
  STACK_3,
  STACK_B,
  STACK_FAULT,
  segment,
  TASK_16,
  TASK_B,
  TASK_FAULT,
  TSS,
} from '../layout.ts';
import { RomKit } from '../rom-kit.ts';

/** Task switches by JMP, CALL, IRET and through task gates, and their faults. */

const at = (address: number) => ({ displacement: address });
const Field = {
  backLink: 0,
  cr3: 0x1c,
  eip: 0x20,
  eflags: 0x24,
  eax: 0x28,
  esp: 0x38,
  segments: 0x48,
} as const;
const SEGMENT_NAMES = ['es', 'cs', 'ss', 'ds', 'fs', 'gs', 'ldt'] as const;

const outer = { ss: Sel.data3, ds: Sel.data3, es: Sel.data3, fs: Sel.data3, gs: Sel.data3 };

interface Task {
  readonly label: string;
  readonly eflags?: number;
  readonly segments?: Partial<Record<(typeof SEGMENT_NAMES)[number], number>>;
  readonly trap?: boolean;
}

/** A 32-bit TSS in ring 0. */
function makeTask(k: RomKit, address: number, task: Task, stack = STACK_B): void {
  const { a } = k;
  k.setDword(address + Field.eip, a.addressOf(task.label));
  k.setDword(address + Field.eflags, task.eflags ?? 2);
  for (let n = 0; n < 8; n += 1) k.setDword(address + Field.eax + 4 * n, 0x1111_1111 * n);
  k.setDword(address + Field.esp, stack);
  SEGMENT_NAMES.forEach((name, n) => {
    const usual = name === 'cs' ? Sel.code0 : name === 'ldt' ? 0 : Sel.data0;
    k.setDword(address + Field.segments + 4 * n, task.segments?.[name] ?? usual);
  });
  k.setDword(address + 0x64, 0x680000 | (task.trap === true ? 1 : 0));
}

/** Prints what a task switch leaves: TR, CR0.TS, NT, back links, busy bits, and the image of the old task. */
function writeReport(k: RomKit): void {
  const { a } = k;
  const skip = k.unique();
  a.jmp(skip).label('report').pushf().pusha();
  a.xor('eax', 'eax').emit('str', 'ax');
  k.show('eax', 'tr');
  a.emit('sldt', 'ax');
  k.show('eax', 'ldtr');
  a.mov('eax', 'cr0').and('eax', 0x1f);
  k.show('eax', 'cr0');
  a.mov('eax', mem.dword({ base: 'esp', displacement: 32 })).and('eax', 0x27700);
  k.show('eax', 'flags');
  for (const [name, address] of [
    ['main', TSS],
    ['B', TASK_B],
    ['fault', TASK_FAULT],
  ] as const) {
    k.say(`; ${name}`);
    k.showAt('link', address);
    k.showAt('eip', address + Field.eip);
    a.mov('eax', mem.dword(at(address + Field.eflags))).and('eax', 0x37700);
    k.show('eax', 'flags');
    k.showAt('eax', address + Field.eax);
    k.showAt('edi', address + Field.eax + 28);
    k.showAt('esp', address + Field.esp);
    k.showAt('cs', address + Field.segments + 4);
    k.showAt('ss', address + Field.segments + 8);
    k.showAt('ds', address + Field.segments + 12);
  }
  k.say('; descriptors');
  for (const selector of [Sel.tss, Sel.taskB, Sel.taskFault]) k.showAt('', GDT + selector + 4);
  a.popa().popf().ret().label(skip);
}

function writeTasks(k: RomKit): void {
  const { a } = k;
  const skip = k.unique();
  a.jmp(skip);
  const begin = (label: string, name: string): void => {
    a.label(label);
    k.say(` [${name}`);
    k.show('eax');
    k.show('edi');
    k.show('esp');
    a.call('report');
    k.say(']');
  };
  begin('task_returns', 'B');
  a.iret();
  begin('task_again', 'B again');
  a.iret();
  begin('task_jumps', 'B');
  a.jmp(far(Sel.tss, 0));
  begin('task_interrupts', 'B');
  a.int(0x30);
  // Takes the error code off, shows it, and goes back to the test.
  a.label('fault_task');
  k.say(' [fault task');
  k.show('esp');
  k.show(mem.dword({ base: 'esp' }), 'err');
  a.call('report');
  k.say(']');
  a.label('leave_test').mov('ax', Sel.data0).mov('ss', 'ax');
  a.mov('esp', mem.dword(at(RESUME_ESP))).jmp(mem.dword(at(RESUME_EIP)));
  a.label(skip);
}

function switches(k: RomKit): void {
  const { a } = k;
  const toB = (task: Partial<Task> = {}): void => makeTask(k, TASK_B, { label: 'task_returns', ...task });
  k.test('jump there and back', () => {
    toB({ label: 'task_jumps' });
    a.mov('eax', 0x12345678).mov('edi', 0x9abcdef0).emit('stc').jmp(far(Sel.taskB, 0));
    k.say(' back');
    k.show('eax');
    k.show('edi');
    a.call('report');
  });
  k.test('call and iret, twice', () => {
    toB();
    a.emit('call', far(Sel.taskB, 0x1234));
    k.say(' back');
    a.call('report');
    k.setDword(TASK_B + Field.eip, a.addressOf('task_again'));
    a.emit('call', far(Sel.taskB, 0));
    k.say(' back');
    a.call('report');
  });
  k.test('call from ring 3 through a task gate', () => {
    toB();
    k.setDescriptor(Sel.spare, gate({ selector: Sel.taskB, offset: 0, access: 0xe5 }));
    k.inRing(3, () => a.emit('call', far(Sel.spare | 3, 0)));
  });
  k.test('call from ring 3 through a task gate of DPL 0', () => {
    toB();
    k.setDescriptor(Sel.spare, gate({ selector: Sel.taskB, offset: 0, access: 0x85 }));
    k.inRing(3, () => a.emit('call', far(Sel.spare | 3, 0)));
  });
  k.test('call from ring 3 to a TSS of DPL 0', () => {
    toB();
    k.inRing(3, () => a.emit('call', far(Sel.taskB, 0)));
  });
  k.test('int through a task gate', () => {
    toB();
    k.setGate(0x31, gate({ selector: Sel.taskB, offset: 0, access: 0xe5 }));
    k.inRing(3, () => a.int(0x31));
  });
  k.test('exception through a task gate', () => {
    makeTask(k, TASK_FAULT, { label: 'fault_task' }, STACK_FAULT);
    k.setGate(13, gate({ selector: Sel.taskFault, offset: 0, access: 0x85 }));
    k.inRing(3, () => a.hlt());
  });
  k.test('double fault through a task gate', () => {
    makeTask(k, TASK_FAULT, { label: 'fault_task' }, STACK_FAULT);
    k.setGate(8, gate({ selector: Sel.taskFault, offset: 0, access: 0x85 }));
    k.setGate(13, gate({ selector: Sel.code0, offset: 0, access: 0x0e }));
    k.setGate(11, gate({ selector: Sel.code0, offset: 0, access: 0x0e }));
    k.inRing(3, () => a.hlt());
  });
  k.test('an exception in the task', () => {
    toB({ label: 'task_interrupts' });
    a.jmp(far(Sel.taskB, 0));
  });
  k.test('a task of ring 3', () => {
    toB({ label: 'in_ring3', segments: { ...outer, cs: Sel.code3 } });
    k.setDword(TASK_B + 4, STACK_B);
    k.setDword(TASK_B + 8, Sel.data0);
    a.jmp(far(Sel.taskB, 0)).label('in_ring3').int(0x30);
  });
  k.test('a task of virtual-8086 mode', () => {
    toB({
      label: 'in_v86',
      eflags: 0x20002,
      segments: { cs: 0, ss: 0x10, ds: 0x1234, es: 0x2345, fs: 0x3456, gs: 0x4567 },
    });
    k.setDword(TASK_B + 4, STACK_B);
    k.setDword(TASK_B + 8, Sel.data0);
    a.jmp(far(Sel.taskB, 0)).label('in_v86').int(0x30);
  });
  k.test('a task with an LDT', () => {
    toB({ label: 'task_returns', segments: { ldt: Sel.ldt, fs: 0x0c } });
    k.setDescriptor(0x0c, segment({ access: 0x93 }));
    a.emit('call', far(Sel.taskB, 0));
    a.call('report');
  });
  k.test('the debug trap bit', () => {
    toB({ label: 'task_returns', trap: true });
    a.jmp(far(Sel.taskB, 0));
  });
  k.test('null data segments', () => {
    toB({ label: 'null_data', segments: { ds: 0, es: 3, fs: 0, gs: 0 } });
    a.jmp(far(Sel.taskB, 0)).label('null_data');
    a.mov('eax', mem.dword(at(TASK_B)));
  });
}

/** Faults before the switch belong to the old task, faults after it to the new one. */
function faults(k: RomKit): void {
  const { a } = k;
  const early = (name: string, prepare: () => void, go = () => a.jmp(far(Sel.taskB, 0))): void => {
    k.test(name, () => {
      makeTask(k, TASK_B, { label: 'task_returns' });
      prepare();
      go();
      a.call('report');
    });
  };
  const change = (words: ReturnType<typeof segment>) => () => k.setDescriptor(Sel.taskB, words);
  const tss = { base: TASK_B, limit: 0x67, access: 0x89, flags: 0 };
  early('jump to a busy task', change(segment({ ...tss, access: 0x8b })));
  early('jump to a task that is not present', change(segment({ ...tss, access: 0x09 })));
  early('jump to a short TSS', change(segment({ ...tss, limit: 0x66 })));
  early(
    'jump to oneself',
    () => {},
    () => a.jmp(far(Sel.tss, 0)),
  );
  early(
    'call to oneself',
    () => {},
    () => a.emit('call', far(Sel.tss, 0)),
  );
  for (const [name, words] of [
    ['a gate to data', gate({ selector: Sel.data0, offset: 0, access: 0xe5 })],
    ['a gate to null', gate({ selector: 0, offset: 0, access: 0xe5 })],
    ['a gate to a TSS with TI', gate({ selector: Sel.taskB | 4, offset: 0, access: 0xe5 })],
    ['a gate to a busy TSS', gate({ selector: Sel.tss, offset: 0, access: 0xe5 })],
    ['a gate that is not present', gate({ selector: Sel.taskB, offset: 0, access: 0x65 })],
  ] as const) {
    early(
      `jump through ${name}`,
      () => k.setDescriptor(Sel.spare, words),
      () => a.jmp(far(Sel.spare, 0)),
    );
    early(
      `int through ${name}`,
      () => k.setGate(0x31, words),
      () => a.int(0x31),
    );
  }
  const nested = (name: string, link: number): void => {
    early(
      name,
      () => k.setDword(TSS, link),
      () => a.push(0x4002).popf().push(2).push(0).push(0).iret(),
    );
  };
  nested('iret to a null link', 0);
  nested('iret to a link that is no TSS', Sel.data0);
  nested('iret to a task that is not busy', Sel.taskB);
  nested('iret to a link with TI', Sel.taskB | 4);
  k.test('iret with NT in ring 3', () => {
    makeTask(k, TASK_B, { label: 'leave_test' });
    k.setDescriptor(Sel.taskB, segment({ ...tss, access: 0x8b }));
    k.setDword(TSS, Sel.taskB);
    k.inRing(3, () => a.push(0x4002).popf().iret());
  });

  const late = (name: string, segments: Task['segments'], prepare: () => void = () => {}): void => {
    k.test(`new task with ${name}`, () => {
      makeTask(k, TASK_B, { label: 'task_returns', segments: segments ?? {} });
      makeTask(k, TASK_FAULT, { label: 'fault_task' }, STACK_FAULT);
      for (const vector of [10, 11, 12, 13])
        k.setGate(vector, gate({ selector: Sel.taskFault, offset: 0, access: 0x85 }));
      prepare();
      a.jmp(far(Sel.taskB, 0));
    });
  };
  late('null CS', { cs: 0 });
  late('data as CS', { cs: Sel.data0 });
  late('CS of ring 0, RPL 3', { ...outer, cs: Sel.code0 | 3 });
  late('CS that is not present', { cs: Sel.spare }, () =>
    k.setDescriptor(Sel.spare, segment({ access: 0x1b })),
  );
  late('null SS', { ss: 0 });
  late('SS of ring 3', { ss: Sel.data3 });
  late('code as SS', { ss: Sel.code0 });
  late('SS that is not present', { ss: Sel.spare }, () =>
    k.setDescriptor(Sel.spare, segment({ access: 0x13 })),
  );
  late('DS beyond the GDT', { ds: 0x200 });
  late('DS that is not present', { ds: Sel.spare }, () =>
    k.setDescriptor(Sel.spare, segment({ access: 0x13 })),
  );
  late('execute-only DS', { ds: Sel.spare }, () => k.setDescriptor(Sel.spare, segment({ access: 0x99 })));
  late('GS of an LDT that is not there', { gs: 0x0c });
  late('data as LDT', { ldt: Sel.data0 });
  late('an LDT that is not present', { ldt: Sel.spare }, () =>
    k.setDescriptor(Sel.spare, segment({ base: LDT, limit: 0x3f, access: 0x02, flags: 0 })),
  );
  late('an LDT with TI', { ldt: Sel.ldt | 4 });
  late('EIP beyond the limit', { cs: Sel.spare }, () =>
    k.setDescriptor(Sel.spare, segment({ access: 0x9b, limit: 0xff, flags: 4 })),
  );
}

function sixteenBit(k: RomKit): void {
  const { a } = k;
  const word = (at16: number, value: number | ReturnType<typeof a.addressOf>): void => {
    a.mov(mem.word(at(TASK_16 + at16)), value);
  };
  k.test('a 16-bit TSS', () => {
    word(0x0e, a.addressOf('task16'));
    word(0x10, 2);
    for (let n = 0; n < 8; n += 1) word(0x12 + 2 * n, 0x1111 * n);
    word(0x1a, STACK_B);
    word(0x22, Sel.data0);
    word(0x24, Sel.code0);
    word(0x26, Sel.data0);
    word(0x28, Sel.data0);
    a.mov('eax', 0x12345678).emit('call', far(Sel.task16, 0));
    k.say(' back');
    k.show('eax');
    for (let n = 0; n < 0x2c; n += 4) k.showAt('', TASK_16 + n);
    const skip = k.unique();
    a.jmp(skip).label('task16');
    a.and('eax', 0xffff).and('edi', 0xffff).and('esp', 0xffff);
    k.show('eax');
    k.show('edi');
    k.show('esp');
    a.xor('eax', 'eax').mov('ax', 'fs');
    k.show('eax', 'fs');
    a.iret().label(skip);
  });
  k.test('inner stack of a 16-bit TSS', () => {
    word(2, 0xc700);
    word(4, Sel.data0);
    a.mov('ax', Sel.task16).ltr('ax');
    const inside = k.unique();
    a.push(Sel.data3).push(STACK_3).push(0x3002).push(Sel.code3).push(a.addressOf(inside)).iret();
    a.label(inside).int(0x30);
  });
  k.test('I/O map of a 16-bit TSS', () => {
    word(2, 0xc700);
    word(4, Sel.data0);
    a.mov('ax', Sel.task16).ltr('ax');
    const inside = k.unique();
    a.push(Sel.data3).push(STACK_3).push(2).push(Sel.code3).push(a.addressOf(inside)).iret();
    a.label(inside).in('al', 0x80).int(0x30);
  });
}

export const tasksRom = (): ReturnType<typeof RomKit.make> =>
  RomKit.make('tasks', (k) => {
    writeReport(k);
    writeTasks(k);
    switches(k);
    sixteenBit(k);
    faults(k);
  });
