import { Assembler } from '../../../emulator/assembler/assembler.ts';
import { far, type MemoryOptions, mem, type Operand } from '../../../emulator/assembler/operands.ts';
import {
  CODE,
  CODE_END,
  GDT,
  GDT_BYTES,
  GDT_CONTENT,
  IDT,
  IDT_GATES_COUNT,
  INNER_STACK_0,
  INNER_STACK_1,
  INNER_STACK_2,
  LDT,
  RESUME_EIP,
  RESUME_ESP,
  Sel,
  STACK_0,
  STACK_3,
  TSS,
  TSS_BYTES,
  VARIABLES,
  type Words,
} from './layout.ts';
import { writeRoutines16, writeRoutines32 } from './rom-routines.ts';

const ROM_BYTES = 0x10000;
const TSS_MAP = 0x68;
const BEGIN = '@@begin';
const END = '@@end';

export interface TestRom {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What a ROM printed between its marks; the whole with a note where it never came to its end. */
export function linesOf(output: string): readonly string[] {
  const begin = output.indexOf(`${BEGIN}\n`);
  const end = output.lastIndexOf(`${END}\n`);
  const body = output.slice(begin < 0 ? 0 : begin + BEGIN.length + 1, end < 0 ? undefined : end);
  const lines = body.split('\n').filter((line) => line !== '');
  return begin >= 0 && end >= 0 ? lines : [...lines, '(it did not come to its end)'];
}

const absolute = (address: number): { displacement: number } => ({ displacement: address });

/**
 * Writes a ROM that runs on any PC emulator: it copies itself to low memory, goes to flat 32-bit protected
 * mode in ring 0 and makes its tests one by one. Each prints a line to port E9h: its name, what it shows, and
 * the exception that ended it, as the handler found it on its stack. Before each test processor and tables
 * are put back to the same state, and after an exception the next test follows.
 */
export class RomKit {
  readonly a = new Assembler({ origin: CODE, bits: 16 });
  private readonly strings = new Map<string, string>();
  private labels = 0;

  /**
   * @param real 16-bit code that runs in real mode first, with DS = ES = SS = 0; it prints lines by
   * `say16` and `show16`.
   */
  static make(name: string, tests: (k: RomKit) => void, real: (k: RomKit) => void = () => {}): TestRom {
    const k = new RomKit();
    k.writeStart(real);
    tests(k);
    k.writeEnd();
    return { name, bytes: k.image() };
  }

  unique(): string {
    this.labels += 1;
    return `u${this.labels}`;
  }

  /** One test in ring 0. `name` begins its line. */
  test(name: string, body: () => void): void {
    const { a } = this;
    const end = this.unique();
    a.mov('esp', STACK_0).call('restore');
    this.say(`${name}:`);
    a.mov(mem.dword(absolute(RESUME_EIP)), a.addressOf(end)).mov(mem.dword(absolute(RESUME_ESP)), 'esp');
    body();
    this.say(' done');
    a.label(end);
    this.say('\n');
  }

  /** Goes to a ring from ring 0 with flat segments; `int 30h` at the end of the body comes back. */
  inRing(ring: 1 | 2 | 3, body: () => void, eflags = 2): void {
    const { a } = this;
    const [code, data] = (
      [
        [Sel.code1, Sel.data1],
        [Sel.code2, Sel.data2],
        [Sel.code3, Sel.data3],
      ] as const
    )[ring - 1] as readonly [number, number];
    const inside = this.unique();
    a.push(data).push(STACK_3).push(eflags).push(code).push(a.addressOf(inside)).iret().label(inside);
    a.mov('ax', data).mov('ds', 'ax').mov('es', 'ax');
    body();
    a.int(0x30);
  }

  /** Prints text from 32-bit code of any ring. Keeps all registers and flags. */
  say(text: string): void {
    this.a.push(this.a.addressOf(this.string(text))).call('puts');
  }

  /** Prints ` name=value` with 8 digits. */
  show(operand: Operand, name = typeof operand === 'string' ? operand : 'value'): void {
    const { a } = this;
    a.push(operand)
      .push(a.addressOf(this.string(` ${name}=`)))
      .call('show');
  }

  showAt(name: string, address: number | MemoryOptions): void {
    this.show(mem.dword(typeof address === 'number' ? absolute(address) : address), name);
  }

  /** Prints the defined status flags in the mask. */
  showFlags(mask = 0x8d5): void {
    const { a } = this;
    a.pushf()
      .push('eax')
      .mov('eax', mem.dword({ base: 'esp', displacement: 4 }));
    a.and('eax', mask);
    this.show('eax', 'flags');
    a.pop('eax').popf();
  }

  say16(text: string): void {
    this.a.push(this.a.addressOf(this.string(text))).call('puts16');
  }

  /** Prints ` name=value` with 4 digits. */
  show16(register: string, name = register): void {
    this.a
      .push(register)
      .push(this.a.addressOf(this.string(` ${name}=`)))
      .call('show16');
  }

  set(address: number, words: Words): void {
    this.a.mov(mem.dword(absolute(address)), words[0]).mov(mem.dword(absolute(address + 4)), words[1]);
  }

  /** Writes an entry of the GDT, or of the table that the LDT descriptor names. */
  setDescriptor(selector: number, words: Words): void {
    this.set(((selector & 4) === 0 ? GDT : LDT) + (selector & 0xfff8), words);
  }

  setGate(vector: number, words: Words): void {
    this.set(IDT + 8 * vector, words);
  }

  /** A gate, in any table, whose target is a label. */
  setGateTo(
    address: number,
    to: {
      readonly label: string;
      readonly selector?: number;
      readonly access: number;
      readonly count?: number;
    },
  ): void {
    const { a } = this;
    a.mov(mem.word(absolute(address)), a.addressOf(to.label));
    a.mov(mem.word(absolute(address + 2)), to.selector ?? Sel.code0);
    a.mov(mem.word(absolute(address + 4)), (to.access << 8) | (to.count ?? 0));
    a.mov(mem.word(absolute(address + 6)), 0);
  }

  /**
   * Goes from ring 0 to virtual-8086 mode, CS = SS = 0 and the data segments as given; the body is 16-bit code.
   * It may end in any exception.
   */
  inV86(body: () => void, options: { readonly eflags?: number; readonly dataSelector?: number } = {}): void {
    const { a } = this;
    const inside = this.unique();
    const { eflags = 2, dataSelector = 0 } = options;
    for (const value of [4, 3, 2, 1]) a.push(dataSelector + value);
    a.push(0)
      .push(STACK_3)
      .push(0x20000 | eflags)
      .push(0)
      .push(a.addressOf(inside))
      .iret();
    a.bits(16).label(inside);
    body();
    a.bits(32);
  }

  setDword(address: number, value: Operand): void {
    this.a.mov(mem.dword(absolute(address)), value);
  }

  /** Loads a segment register by way of AX. */
  load(register: 'ds' | 'es' | 'ss' | 'fs' | 'gs', selector: number): void {
    this.a.mov('ax', selector).mov(register, 'ax');
  }

  string(text: string): string {
    const known = this.strings.get(text);
    if (known !== undefined) return known;
    const label = `s${this.strings.size}`;
    this.strings.set(text, label);
    return label;
  }

  private writeStart(real: (k: RomKit) => void): void {
    const { a } = this;
    a.cli().cld().mov('ax', 0xf000).mov('ds', 'ax').xor('ax', 'ax').mov('es', 'ax');
    a.mov('si', CODE)
      .mov('di', CODE)
      .mov('cx', (CODE_END - CODE) / 2)
      .rep('movsw');
    a.mov('ds', 'ax')
      .mov('ss', 'ax')
      .mov('sp', STACK_0)
      .jmp(far(0, a.addressOf('low')));
    a.label('low');
    this.say16(`\n${BEGIN}\n`);
    real(this);
    a.label('to_protected').lgdt(mem.any({ displacement: a.addressOf('first_gdtr') }));
    a.mov('eax', 'cr0')
      .or('al', 1)
      .mov('cr0', 'eax')
      .jmp(far(Sel.code0, a.addressOf('protected')));
    writeRoutines16(this);
    a.bits(32).label('protected').mov('ax', Sel.data0);
    for (const register of ['ds', 'es', 'ss', 'fs', 'gs'] as const) a.mov(register, 'ax');
    a.mov('esp', STACK_0).jmp('tests');
    writeRoutines32(this);
    this.writeRestore();
    a.label('tests');
  }

  /** Puts processor and tables back to where every test begins; general registers but ESP are 0. */
  private writeRestore(): void {
    const { a } = this;
    a.label('restore');
    a.mov('eax', 0x11).mov('cr0', 'eax').xor('eax', 'eax').mov('cr3', 'eax').mov('cr4', 'eax');
    a.mov('cr2', 'eax').mov('dr7', 'eax').mov('eax', 0xffff0ff0).mov('dr6', 'eax');
    a.mov('ax', Sel.data0);
    for (const register of ['ds', 'es', 'fs', 'gs'] as const) a.mov(register, 'ax');
    const copy = (label: string, to: number, lengthBytes: number): void => {
      a.mov('esi', a.addressOf(label))
        .mov('edi', to)
        .mov('ecx', lengthBytes / 4)
        .rep('movsd');
    };
    a.cld();
    copy('gdt_template', GDT, GDT_CONTENT.length * 8);
    const clear = (from: number, to: number): void => {
      a.mov('edi', from)
        .xor('eax', 'eax')
        .mov('ecx', (to - from) / 4)
        .rep('stosd');
    };
    clear(GDT + GDT_CONTENT.length * 8, TSS);
    copy('idt_template', IDT, IDT_GATES_COUNT * 8);
    clear(TSS, VARIABLES + 0x100);
    for (const [at, value] of [
      [4, INNER_STACK_0],
      [8, Sel.data0],
      [0xc, INNER_STACK_1],
      [0x10, Sel.data1],
      [0x14, INNER_STACK_2],
      [0x18, Sel.data2],
      [0x64, TSS_MAP << 16],
    ] as const) {
      this.setDword(TSS + at, value);
    }
    // All ports closed to ring 3 but E9h.
    a.mov('edi', TSS + TSS_MAP)
      .mov('al', 0xff)
      .mov('ecx', TSS_BYTES - TSS_MAP)
      .rep('stosb');
    a.mov(mem.byte(absolute(TSS + TSS_MAP + (0xe9 >> 3))), 0xfd);
    a.lgdt(mem.any({ displacement: a.addressOf('gdtr') })).lidt(
      mem.any({ displacement: a.addressOf('idtr') }),
    );
    a.xor('eax', 'eax').emit('lldt', 'ax').mov('ax', Sel.tss).ltr('ax');
    for (const register of ['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi', 'ebp'] as const)
      a.xor(register, register);
    a.push(2).popf().ret();
  }

  private writeEnd(): void {
    const { a } = this;
    a.call('restore');
    this.say(`${END}\n`);
    a.jmp('power_off');
    a.align(8).label('gdt_template');
    for (const words of GDT_CONTENT) a.dwords(...words);
    a.label('first_gdtr')
      .words(GDT_CONTENT.length * 8 - 1)
      .dwords(a.addressOf('gdt_template'));
    a.label('gdtr')
      .words(GDT_BYTES - 1)
      .dwords(GDT);
    a.label('idtr')
      .words(IDT_GATES_COUNT * 8 - 1)
      .dwords(IDT);
    a.align(8).label('idt_template');
    // Vectors from 30h on may be called from every ring.
    for (let vector = 0; vector < IDT_GATES_COUNT; vector += 1)
      a.words(a.addressOf(`vector${vector}`), Sel.code0, vector < 0x30 ? 0x8e00 : 0xee00, 0);
    for (const [text, label] of this.strings) a.label(label).bytes(text, 0);
  }

  private image(): Uint8Array {
    const rom = new Uint8Array(ROM_BYTES).fill(0xf4);
    for (const { linearAddress, bytes } of this.a.assemble().segments) {
      if (linearAddress + bytes.length > CODE_END)
        throw new Error(`the ROM's code ends at ${(linearAddress + bytes.length).toString(16)}h: too long`);
      rom.set(bytes, linearAddress);
    }
    // jmp F000:CODE
    rom.set([0xea, CODE & 0xff, CODE >> 8, 0x00, 0xf0], ROM_BYTES - 16);
    return rom;
  }
}
