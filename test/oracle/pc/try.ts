import { runHere, runRival, versionOf } from './emulators.ts';
import { loadsRom, queriesRom, segmentsRom } from './roms/segments.ts';
import { gatesRom, privilegeRom, transfersRom } from './roms/gates.ts';
import { pagingRom, rightsRom } from './roms/paging.ts';
import { modesRom, v86Rom } from './roms/modes.ts';
import { a20Rom, debugRom, resetRom } from './roms/system.ts';
import { controlRom } from './roms/gates.ts';
import { tasksRom } from './roms/tasks.ts';
console.log(versionOf('qemu'), versionOf('bochs'));
const args = process.argv.slice(2).filter((a) => !a.startsWith('-'));
const roms = [segmentsRom, loadsRom, queriesRom, gatesRom, transfersRom, privilegeRom, tasksRom, controlRom, rightsRom, pagingRom, modesRom, v86Rom, a20Rom, debugRom, resetRom].filter((r) => args.length === 0 || args.some((a) => r.name.startsWith(a)));
for (const make of roms) {
  const rom = make();
  const ours = runHere(rom);
  const bochs = runRival('bochs', rom);
  const qemu = runRival('qemu', rom).map((l) => l);
  console.log(rom.name, ours.length, bochs.length, qemu.length);
  if (process.argv.includes('-v')) console.log(ours.join('\n'));
  if (process.argv.includes('-vb')) console.log(bochs.join('\n'));
  const all = Math.max(ours.length, bochs.length, qemu.length);
  const norm = (s: string | undefined) => s?.replace(/fl=0001/g, 'fl=0000');
  for (let i = 0; i < all; i++) {
    if (ours[i] !== bochs[i]) console.log('O', ours[i], '\nB', bochs[i], '\nQ', qemu[i], '\n');
    else if (norm(qemu[i]) !== norm(bochs[i]) && process.argv.includes('-q')) console.log('B', bochs[i], '\nQ', qemu[i], '\n');
  }
}
