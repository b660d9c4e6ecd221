/** `npm run golden:pc`: runs every ROM on Bochs and on QEMU, and keeps what they print. Both must be installed. */
import { runRival, versionOf } from './emulators.ts';
import { writeGolden } from './golden.ts';
import { ORACLE_ROMS } from './roms/all.ts';

for (const { make, rivals } of ORACLE_ROMS) {
  const rom = make();
  for (const rival of rivals) {
    const version = versionOf(rival);
    if (version === undefined) {
      console.error(`${rival} is not installed: nothing is written for it`);
      process.exitCode = 1;
      continue;
    }
    const lines = runRival(rival, rom);
    writeGolden(rom, rival, version, lines);
    console.log(`${rom.name} on ${version}: ${lines.length} lines`);
  }
}
