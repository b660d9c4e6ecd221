/** `npm run bench [name …]`: runs the benchmarks named, or all. Each prints its own figures and how it got them. */
import { cpus } from 'node:os';
import * as emulator from './emulator.ts';
import * as explore from './explore.ts';
import * as memory from './memory.ts';
import * as qemuCrash from './qemu-crash.ts';
import * as tla from './tla.ts';

const benches: Readonly<Record<string, { run(): Promise<void> }>> = {
  emulator,
  explore,
  memory,
  'qemu-crash': qemuCrash,
  tla,
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => benches[name] === undefined);
if (unknown.length > 0) {
  console.error(`there is no benchmark ${unknown.join(', ')}; there is: ${Object.keys(benches).join(', ')}`);
  process.exitCode = 2;
} else {
  console.log(`node ${process.version} on ${cpus()[0]?.model ?? 'an unknown processor'}, one core each`);
  for (const [name, bench] of Object.entries(benches)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(`\n== ${name}`);
    await bench.run();
  }
}
