import { Assembler } from '../emulator/assembler/assembler.ts';
import { far, mem } from '../emulator/assembler/operands.ts';

/**
 * The guest of the crash benchmark: a ROM that keeps accounts in RAM, with an undo log. From reset it recovers, or
 * sets memory up and makes its transfers; then it prints the accounts' sum and hash to port E9h, and ends by
 * isa-debug-exit. All its stores go to the 8 KiB at `GUEST_DATA`.
 */

export const GUEST_DATA = 0x100000;
export const GUEST_DATA_BYTES = 0x2000;
export const TRANSFERS_COUNT = 40;

const MAGIC = GUEST_DATA;
const LOG_LENGTH = GUEST_DATA + 4;
const LOG = GUEST_DATA + 0x100;
const ACCOUNTS = GUEST_DATA + 0x800;
const ACCOUNTS_COUNT = 64;
const BALANCE = 100;
const INITIALISED = 0x600d600d;
const ROM_BYTES = 0x10000;
const ROM_BASE = 0xf0000;
const CODE = 0x1000;

const dword = (address: number) => mem.dword({ displacement: address });
const account = (index: 'esi' | 'edi' | 'ecx', offset = 0) =>
  mem.dword({ index, scale: 4, displacement: ACCOUNTS + offset });

function writeRecovery(a: Assembler): void {
  a.label('recover').mov('ecx', dword(LOG_LENGTH));
  a.label('.undo').test('ecx', 'ecx').jz('.end').dec('ecx');
  a.mov('esi', mem.dword({ index: 'ecx', scale: 8, displacement: LOG }));
  a.mov('eax', mem.dword({ index: 'ecx', scale: 8, displacement: LOG + 4 }));
  a.mov(mem.dword({ base: 'esi' }), 'eax').jmp('.undo');
  a.label('.end').mov(dword(LOG_LENGTH), 0).jmp('report');
}

/** EBP counts the transfers. The old words are logged, then changed, then the log is emptied. */
function writeWork(a: Assembler): void {
  a.label('set_up').mov('ecx', ACCOUNTS_COUNT);
  a.label('.next').mov(account('ecx', -4), BALANCE).dec('ecx').jnz('.next');
  a.mov(dword(LOG_LENGTH), 0).mov(dword(MAGIC), INITIALISED).xor('ebp', 'ebp');
  a.label('transfer')
    .imul('esi', 'ebp', 7)
    .and('esi', ACCOUNTS_COUNT - 1);
  a.imul('edi', 'ebp', 13)
    .add('edi', 5)
    .and('edi', ACCOUNTS_COUNT - 1);
  (['esi', 'edi'] as const).forEach((index, n) => {
    a.lea('eax', mem.any({ index, scale: 4, displacement: ACCOUNTS })).mov(dword(LOG + 8 * n), 'eax');
    a.mov('eax', account(index))
      .mov(dword(LOG + 8 * n + 4), 'eax')
      .mov(dword(LOG_LENGTH), n + 1);
  });
  a.mov('ecx', 'ebp').and('ecx', 15).inc('ecx').sub(account('esi'), 'ecx').add(account('edi'), 'ecx');
  a.mov(dword(LOG_LENGTH), 0).inc('ebp').cmp('ebp', TRANSFERS_COUNT).jb('transfer');
}

function writeReport(a: Assembler): void {
  a.label('report').xor('ebx', 'ebx').xor('edx', 'edx').xor('ecx', 'ecx');
  a.label('.sum').mov('eax', account('ecx')).add('ebx', 'eax').imul('edx', 'edx', 31).add('edx', 'eax');
  a.inc('ecx').cmp('ecx', ACCOUNTS_COUNT).jb('.sum');
  for (const [register, name] of [
    ['ebx', 'sum'],
    ['edx', 'hash'],
  ] as const) {
    a.mov('ecx', 8)
      .label(`.digit_${name}`)
      .rol(register, 4)
      .mov('eax', register)
      .and('eax', 15)
      .add('al', 0x41);
    a.out(0xe9, 'al').loop(`.digit_${name}`);
  }
  a.mov('al', 0x0a).out(0xe9, 'al').mov('al', 0).out(0xf4, 'al').cli().hlt();
}

/** A 64 KiB ROM image for `-bios`. */
export function crashGuestRom(): Uint8Array {
  const a = new Assembler({ origin: CODE, bits: 16 });
  a.cli().cld().bytes(0x66);
  a.emit('lgdt', mem.any({ displacement: a.addressOf('gdtr'), segment: 'cs' }));
  a.mov('eax', 'cr0').or('al', 1).mov('cr0', 'eax').bytes(0x66).bits(32);
  a.jmp(far(8, a.addressOf('flat', ROM_BASE)))
    .label('flat')
    .mov('ax', 0x10);
  for (const register of ['ds', 'es', 'ss'] as const) a.mov(register, 'ax');
  a.cmp(dword(MAGIC), INITIALISED).jne('set_up');
  writeRecovery(a);
  writeWork(a);
  writeReport(a);
  a.align(8).label('gdt').dwords(0, 0, 0x0000ffff, 0x00cf9a00, 0x0000ffff, 0x00cf9200);
  a.label('gdtr').words(23).dwords(a.addressOf('gdt', ROM_BASE));
  const rom = new Uint8Array(ROM_BYTES).fill(0xf4);
  for (const { linearAddress, bytes } of a.assemble().segments) rom.set(bytes, linearAddress);
  rom.set([0xea, CODE & 0xff, CODE >> 8, 0x00, 0xf0], ROM_BYTES - 16);
  return rom;
}
