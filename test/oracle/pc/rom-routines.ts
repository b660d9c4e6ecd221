import { mem } from '../../../emulator/assembler/operands.ts';
import { IDT_GATES_COUNT, RESUME_EIP, RESUME_ESP, Sel } from './layout.ts';
import type { RomKit } from './rom-kit.ts';

/** The parts of a test ROM that print, and the handler of all its exceptions. */

/** EFLAGS without the status flags, which may be undefined, and the bit that is always one. */
const SYSTEM_FLAGS = 0x003f7700;
const PUSH_ERROR_CODES: readonly number[] = [8, 10, 11, 12, 13, 14, 17];

/** Offsets into what the handler has pushed, from EBP. */
const Frame = {
  gs: 0,
  vector: 48,
  error: 52,
  eip: 56,
  cs: 60,
  eflags: 64,
  esp: 68,
  ss: 72,
  v86Es: 76,
} as const;

const frame = (at: number) => mem.dword({ base: 'ebp', displacement: at });

/** `puts16`, `show16` and `power_off`: what is pushed is taken off; registers and flags are kept. */
export function writeRoutines16({ a }: RomKit): void {
  a.label('puts16').pushf().pusha().mov('bp', 'sp');
  a.mov('si', mem.word({ base: 'bp', displacement: 20 }));
  // SS is a segment at 0 wherever this is called; CS and DS need not be.
  a.label('.next').mov('al', mem.byte({ base: 'si', segment: 'ss' }));
  a.inc('si').test('al', 'al').jz('.end').out(0xe9, 'al').jmp('.next');
  a.label('.end').popa().popf().ret(2);

  a.label('show16').pushf().pusha().mov('bp', 'sp');
  a.push(mem.word({ base: 'bp', displacement: 20 })).call('puts16');
  a.mov('bx', mem.word({ base: 'bp', displacement: 22 })).mov('cx', 4);
  a.label('.digit').rol('bx', 4).mov('al', 'bl').and('al', 15).add('al', 0x30).cmp('al', 0x3a).jb('.small');
  a.add('al', 0x27).label('.small').out(0xe9, 'al').loop('.digit');
  a.popa().popf().ret(4);

  // Bochs, then QEMU and fukugen, end at these writes; a machine that does not halts.
  a.label('off16').mov('dx', 0x8900);
  for (const letter of 'Shutdown') a.mov('al', letter.charCodeAt(0)).out('dx', 'al');
  a.mov('al', 0).out(0xf4, 'al').cli().hlt();
}

export function writeRoutines32(k: RomKit): void {
  writePrinting(k);
  writeHandler(k);
}

function writePrinting({ a }: RomKit): void {
  a.label('power_off').mov('dx', 0x8900);
  for (const letter of 'Shutdown') a.mov('al', letter.charCodeAt(0)).out('dx', 'al');
  a.mov('al', 0).out(0xf4, 'al').cli().hlt();

  a.label('puts')
    .pushf()
    .pusha()
    .mov('esi', mem.dword({ base: 'esp', displacement: 40 }));
  a.label('.next').mov('al', mem.byte({ base: 'esi', segment: 'cs' }));
  a.inc('esi').test('al', 'al').jz('.end').out(0xe9, 'al').jmp('.next');
  a.label('.end').popa().popf().ret(4);

  // A number and then its name are pushed.
  a.label('show')
    .pushf()
    .pusha()
    .push(mem.dword({ base: 'esp', displacement: 40 }))
    .call('puts');
  a.mov('eax', mem.dword({ base: 'esp', displacement: 44 }))
    .mov('ecx', 8)
    .call('hex');
  a.popa().popf().ret(8);

  // The low ECX digits of EAX.
  a.label('hex').pusha().mov('edx', 'eax').mov('ebx', 8).sub('ebx', 'ecx').shl('ebx', 2);
  a.xchg('ebx', 'ecx').shl('edx', 'cl').mov('ecx', 'ebx');
  a.label('.digit').rol('edx', 4).mov('al', 'dl').and('al', 15).add('al', 0x30).cmp('al', 0x3a).jb('.small');
  a.add('al', 0x27).label('.small').out(0xe9, 'al').loop('.digit');
  a.popa().ret();
}

/** Prints what an exception has left on the stack, and goes on at RESUME_EIP. */
function writeHandler(k: RomKit): void {
  const { a } = k;
  const digits = (text: string, at: number, count: number): void => {
    k.say(text);
    a.mov('eax', frame(at)).mov('ecx', count).call('hex');
  };
  for (let vector = 0; vector < IDT_GATES_COUNT; vector += 1) {
    a.label(`vector${vector}`);
    if (!PUSH_ERROR_CODES.includes(vector)) a.push(0);
    a.push(vector).jmp('exception');
  }
  a.label('exception').pusha().push('ds').push('es').push('fs').push('gs');
  a.mov('ax', Sel.data0).mov('ds', 'ax').mov('es', 'ax').mov('ebp', 'esp');
  digits(' #', Frame.vector, 2);
  digits(' err=', Frame.error, 8);
  digits(' at ', Frame.cs, 4);
  digits(':', Frame.eip, 8);
  k.say(' fl=');
  a.mov('eax', frame(Frame.eflags)).and('eax', SYSTEM_FLAGS).mov('ecx', 8).call('hex');
  k.say(' on ');
  a.mov('ax', 'ss').mov('ecx', 4).call('hex');
  k.say(':');
  a.lea('eax', frame(Frame.eip)).mov('ecx', 8).call('hex');
  a.test(frame(Frame.eflags), 0x20000).jnz('.outer').test(frame(Frame.cs), 3).jz('.inner');
  a.label('.outer');
  digits(' from ', Frame.ss, 4);
  digits(':', Frame.esp, 8);
  a.test(frame(Frame.eflags), 0x20000).jz('.inner');
  ['es', 'ds', 'fs', 'gs'].forEach((name, n) => {
    digits(` ${name}=`, Frame.v86Es + 4 * n, 4);
  });
  ['ds', 'es', 'fs', 'gs'].forEach((name, n) => {
    digits(` now ${name}=`, 12 - 4 * n, 4);
  });
  a.label('.inner').cmp(frame(Frame.vector), 14).jne('.no_page_fault');
  a.mov('eax', 'cr2');
  k.show('eax', 'cr2');
  a.label('.no_page_fault').cmp(frame(Frame.vector), 1).jne('.end');
  a.mov('eax', 'dr6').and('eax', 0xe00f);
  k.show('eax', 'dr6');
  a.mov('eax', 0xffff0ff0).mov('dr6', 'eax');
  a.label('.end').mov('ax', Sel.data0).mov('ss', 'ax');
  a.mov('esp', mem.dword({ displacement: RESUME_ESP })).jmp(mem.dword({ displacement: RESUME_EIP }));
}
