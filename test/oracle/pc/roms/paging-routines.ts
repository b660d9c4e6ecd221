import { mem } from '../../../../emulator/assembler/operands.ts';
import { DATA, TABLES } from '../layout.ts';
import type { RomKit } from '../rom-kit.ts';

/** The page tables of the test ROMs. */

export const DIRECTORY = TABLES;
export const LOW_TABLE = TABLES + 0x1000;
export const TABLE = TABLES + 0x2000;
export const DIRECTORY_2 = TABLES + 0x3000;
export const TABLE_2 = TABLES + 0x4000;
/** Linear addresses: pages of the table, which lead to DATA and what follows it; a 4 MiB page; nothing. */
export const PAGE = 0x00400000;
export const LARGE = 0x00800000;
export const NOWHERE = 0x00c00000;

export const at = (address: number) => ({ displacement: address });
export const dword = (address: number) => mem.dword(at(address));
export const entry = (page: number): number => TABLE + 4 * page;

/** `paging_on`: identity for 4 MiB, then the table, and CR3, CR0.PG. EBX is or'ed to CR0. */
export function writeRoutines(k: RomKit): void {
  const { a } = k;
  const skip = k.unique();
  a.jmp(skip).label('paging_on').pusha();
  a.mov('edi', DIRECTORY)
    .xor('eax', 'eax')
    .mov('ecx', 0x5000 / 4)
    .rep('stosd');
  a.mov(dword(DIRECTORY), LOW_TABLE | 7).mov(dword(DIRECTORY + 4), TABLE | 7);
  const fill = (table: number, first: number): void => {
    const loop = k.unique();
    a.mov('edi', table)
      .mov('eax', first | 7)
      .mov('ecx', 1024)
      .label(loop)
      .stosd();
    a.add('eax', 0x1000).loop(loop);
  };
  fill(LOW_TABLE, 0);
  a.mov('edi', TABLE)
    .mov('eax', DATA | 7)
    .mov('ecx', 16);
  a.label('.next').stosd().add('eax', 0x1000).loop('.next');
  a.mov('edi', DATA)
    .xor('eax', 'eax')
    .mov('ecx', 0x4000 / 4)
    .rep('stosd');
  a.mov('eax', DIRECTORY).mov('cr3', 'eax').mov('eax', 'cr0').or('eax', 0x80000000).or('eax', 'ebx');
  a.mov('cr0', 'eax').popa().ret();

  // EAX: directory entry's flags, EBX: page entry's, for the first page; then all is read anew.
  a.label('set_rights').push('eax').push('ebx').or('eax', TABLE).or('ebx', DATA);
  a.mov(dword(DIRECTORY + 4), 'eax')
    .mov(dword(entry(0)), 'ebx')
    .mov('eax', 'cr3')
    .mov('cr3', 'eax');
  a.pop('ebx').pop('eax').ret();
  a.label(skip);
}

export const on = (k: RomKit, wp = false): void => {
  k.a.mov('ebx', wp ? 0x10000 : 0).call('paging_on');
};
