import { mem } from '../../../../emulator/assembler/operands.ts';
import { DATA, IDT, RESUME_EIP, RESUME_ESP } from '../layout.ts';
import type { RomKit } from '../rom-kit.ts';

import { at, dword, entry, on, PAGE } from './paging-routines.ts';
/** Accesses over the end of a page, with a hole behind it. */
export function crossings(k: RomKit): void {
  const { a } = k;
  const hole = (page: number): void => k.setDword(entry(page), 0);
  const test = (name: string, body: () => void): void => {
    k.test(name, () => {
      on(k, true);
      hole(1);
      body();
    });
  };
  for (const offset of [0xffc, 0xffd, 0xffe, 0xfff]) {
    test(`dword read at ${offset.toString(16)}`, () => a.mov('eax', dword(PAGE + offset)));
  }
  const stored = (name: string, body: () => void): void => {
    k.test(name, () => {
      on(k, true);
      hole(1);
      const end = k.unique();
      a.mov(dword(RESUME_EIP), a.addressOf(end));
      body();
      a.label(end);
      k.showAt('stored', DATA + 0xffc);
    });
  };
  stored('dword write over a hole', () => a.mov(dword(PAGE + 0xffe), 0x12345678));
  stored('dword added over a hole', () => a.add(dword(PAGE + 0xffe), 0x12345678));
  stored('word write over a hole', () => a.mov(mem.word(at(PAGE + 0xfff)), 0x1234));
  test('read into the second page alone', () => a.mov('eax', dword(PAGE + 0x1004)));
  test('write before a hole behind', () => {
    hole(2);
    k.setDword(entry(1), (DATA + 0x1000) | 7);
    a.mov('eax', 'cr3')
      .mov('cr3', 'eax')
      .mov(dword(PAGE + 0x1ffc), 'eax')
      .mov(dword(PAGE + 0x1fff), 'eax');
  });
  test('movsd into a hole', () => {
    a.mov('esi', DATA)
      .mov('edi', PAGE + 0xff4)
      .mov('ecx', 8);
    a.mov(dword(RESUME_EIP), a.addressOf('moved')).rep('movsd').label('moved');
  });
  const skip = k.unique();
  a.jmp(skip).label('string_fault').add('esp', 4);
  k.show('esi');
  k.show('edi');
  k.show('ecx');
  a.mov('eax', 'cr2');
  k.show('eax', 'cr2');
  a.mov('esp', dword(RESUME_ESP)).jmp(dword(RESUME_EIP)).label(skip);
  for (const [name, body] of [
    [
      'rep stosd',
      () =>
        a
          .mov('edi', PAGE + 0xff0)
          .mov('ecx', 9)
          .rep('stosd'),
    ],
    [
      'rep movsb',
      () =>
        a
          .mov('esi', DATA)
          .mov('edi', PAGE + 0xffd)
          .mov('ecx', 9)
          .rep('movsb'),
    ],
    [
      'rep lodsb',
      () =>
        a
          .mov('esi', PAGE + 0xffe)
          .mov('ecx', 9)
          .rep('lodsb'),
    ],
    [
      'backwards',
      () =>
        a
          .std()
          .mov('esi', DATA)
          .mov('edi', PAGE + 0x2002)
          .mov('ecx', 9)
          .rep('movsb'),
    ],
  ] as const) {
    test(`${name} stops at the hole`, () => {
      a.mov('esi', 0);
      k.setGateTo(IDT + 8 * 14, { label: 'string_fault', access: 0x8e });
      a.cld();
      body();
    });
  }
  test('push into a hole', () => {
    k.inRing(3, () => a.mov('esp', PAGE + 0x2000).push('eax'));
  });
  test('pusha into a hole', () => k.inRing(3, () => a.mov('esp', PAGE + 0x2010).pusha()));
  test('call into a hole of the stack', () => k.inRing(3, () => a.mov('esp', PAGE + 0x2002).call('puts')));
  test('enter into a hole', () =>
    k.inRing(3, () =>
      a
        .mov('esp', PAGE + 0x2004)
        .mov('ebp', 5)
        .emit('enter', 0x10, 0),
    ));
  test('pop out of a hole', () => k.inRing(3, () => a.mov('esp', PAGE + 0xffe).pop('eax')));
  test('an instruction over the end of a page', () => {
    // mov eax, 12345678h, whose last two bytes are on the hole
    a.mov(mem.byte(at(PAGE + 0xffd)), 0xb8).mov(mem.word(at(PAGE + 0xffe)), 0x5678);
    a.mov('eax', PAGE + 0xffd).jmp('eax');
  });
  test('a fetch from a page of the kernel', () => {
    k.setDword(entry(0), DATA | 3);
    a.mov('eax', 'cr3').mov('cr3', 'eax');
    k.inRing(3, () => a.mov('eax', PAGE).jmp('eax'));
  });
}
