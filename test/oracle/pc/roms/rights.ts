import { RomKit } from '../rom-kit.ts';

import { dword, on, PAGE, writeRoutines } from './paging-routines.ts';
/** Every combination of rights, CR0.WP, ring and access. */
export const rightsRom = (): ReturnType<typeof RomKit.make> =>
  RomKit.make('rights', (k) => {
    const { a } = k;
    writeRoutines(k);
    const accesses = [
      ['read 0', 0, () => a.mov('ecx', dword(PAGE))],
      ['write 0', 0, () => a.mov(dword(PAGE), 'ecx')],
      ['read 3', 3, () => a.mov('ecx', dword(PAGE))],
      ['write 3', 3, () => a.mov(dword(PAGE), 'ecx')],
    ] as const;
    accesses.forEach(([, ring, access], n) => {
      const skip = k.unique();
      // Directory and page flags are in EAX and EBX.
      a.jmp(skip).label(`access${n}`).call('set_rights');
      if (ring === 3) k.inRing(3, access);
      else access();
      a.ret().label(skip);
    });
    for (const wp of [false, true]) {
      for (let rights = 0; rights < 16; rights += 1) {
        const pde = ((rights & 3) << 1) | 1;
        const pte = ((rights >> 2) << 1) | 1;
        accesses.forEach(([name], n) => {
          k.test(`${name}, directory ${pde}, page ${pte}, WP ${wp ? 1 : 0}`, () => {
            on(k, wp);
            a.mov('eax', pde).mov('ebx', pte).call(`access${n}`);
          });
        });
      }
    }
  });
