import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { V86 } from 'v86';
import { Machine } from '../emulator/machine.ts';
import type { MachineOptions } from '../emulator/machine-api.ts';
import type { PhysicalRegion } from '../emulator/paging/physical-bus.ts';
import { LOOPS, romFor } from './emulator-rom.ts';

/**
 * The emulator's speed, beside the npm package v86 without and with its JIT, in one run: three loops in 32-bit
 * protected mode out of the same ROM image; the same without our compiled code; what the store log costs; what a
 * fork for one crash point costs.
 */

const WARM_UP_INSTRUCTIONS = 4_000_000;
const MEASURED_INSTRUCTIONS = 40_000_000;
/** The best of so many: what else the machine does only ever slows one down. */
const ROUNDS_COUNT = 3;
/** Between two cuts of the store log, which grows otherwise. */
const SLICE_INSTRUCTIONS = 1_000_000;
/** A run as long as the explorer has them. */
const SHORT_SLICE_INSTRUCTIONS = 50_000;
const V86_WARM_UP_MS = 700;
const V86_MEASURED_MS = 500;
const MEMORY_BYTES = 1 << 20;
const DISK_BYTES = 1 << 16;
const V86_FORKS_COUNT = 10;
const FORKS_COUNT = 20_000;
const FORK_INSTRUCTIONS = 200;

function romRegion(rom: Uint8Array, firstAddress: number): PhysicalRegion {
  return {
    firstAddress,
    lastAddress: firstAddress + rom.length - 1,
    read(address, sizeBytes) {
      let value = 0;
      for (let n = sizeBytes - 1; n >= 0; n -= 1)
        value = value * 256 + (rom[address - firstAddress + n] ?? 0xff);
      return value;
    },
    write() {},
  };
}

function machineWith(loop: readonly number[], options: Partial<MachineOptions> = {}): Machine {
  const rom = romFor(loop);
  return new Machine({
    ...options,
    memoryBytes: MEMORY_BYTES,
    openBus: true,
    regions: [romRegion(rom, 0xf0000), romRegion(rom, 0xffff0000)],
  });
}

function runFor(machine: Machine, instructions: number, slice = SLICE_INSTRUCTIONS): void {
  for (let left = instructions; left > 0; left -= slice) {
    const stop = machine.run({ instructionsMax: Math.min(left, slice) });
    if (stop.kind !== 'budget') throw new Error(`the loop ended: ${JSON.stringify(stop)}`);
    machine.nvm.beginRun();
  }
}

/** Milliseconds of processor time this process has had: other work on the machine does not count. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Millions of instructions a second of processor time. */
function ownSpeed(
  loop: readonly number[],
  options: Partial<MachineOptions> = {},
  slice = SLICE_INSTRUCTIONS,
): number {
  const machine = machineWith(loop, options);
  const instructions = options.compileAfter === undefined ? MEASURED_INSTRUCTIONS : MEASURED_INSTRUCTIONS / 4;
  runFor(machine, WARM_UP_INSTRUCTIONS);
  let best = 0;
  for (let round = 0; round < ROUNDS_COUNT; round += 1) {
    const started = processorMs();
    runFor(machine, instructions, slice);
    best = Math.max(best, instructions / (processorMs() - started) / 1000);
  }
  return best;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A running v86. It has a disk and a CD, though nobody reads them: without one of the two its `restore_state` fails
 * in the PCI registers of the IDE channel that is not there.
 */
async function startV86(loop: readonly number[], disableJit: boolean): Promise<V86> {
  const folder = dirname(createRequire(import.meta.url).resolve('v86'));
  const rom = romFor(loop);
  const machine = new V86({
    wasm_path: join(folder, 'v86.wasm'),
    bios: { buffer: rom.buffer as ArrayBuffer },
    hda: { buffer: new ArrayBuffer(DISK_BYTES) },
    cdrom: { buffer: new ArrayBuffer(DISK_BYTES) },
    memory_size: 16 << 20,
    vga_memory_size: 1 << 20,
    disable_jit: disableJit,
    disable_speaker: true,
    autostart: false,
  });
  await new Promise<void>((resolve) => machine.add_listener('emulator-loaded', () => resolve()));
  void machine.run();
  await wait(V86_WARM_UP_MS);
  return machine;
}

async function v86Speed(loop: readonly number[], disableJit: boolean): Promise<number> {
  const machine = await startV86(loop, disableJit);
  let best = 0;
  for (let round = 0; round < ROUNDS_COUNT; round += 1) {
    const before = machine.get_instruction_counter();
    const started = processorMs();
    await wait(V86_MEASURED_MS);
    const instructions = (machine.get_instruction_counter() - before) >>> 0;
    best = Math.max(best, instructions / (processorMs() - started) / 1000);
  }
  await machine.destroy();
  return best;
}

/** Microseconds of processor time for a fork: a few instructions, then all is taken back, by undo or by snapshot. */
function forkCost(): { readonly undo: number; readonly snapshot: number } {
  const machine = machineWith(LOOPS.memory);
  runFor(machine, WARM_UP_INSTRUCTIONS);
  const volatile = machine.saveVolatile();
  const timed = (takeBack: () => void): number => {
    const started = processorMs();
    for (let n = 0; n < FORKS_COUNT; n += 1) {
      machine.run({ instructionsMax: FORK_INSTRUCTIONS });
      takeBack();
      machine.restoreVolatile(volatile);
    }
    return ((processorMs() - started) * 1000) / FORKS_COUNT;
  };
  const undo = timed(() => machine.nvm.undoTo(0));
  let memory = machine.nvm.snapshot();
  const snapshot = timed(() => {
    machine.nvm.restore(memory);
    machine.nvm.log.truncate(0);
    memory = machine.nvm.snapshot();
  });
  return { undo, snapshot };
}

/** Microseconds for v86's save_state and restore_state. */
async function v86ForkCost(): Promise<{ readonly save: number; readonly restore: number }> {
  const machine = await startV86(LOOPS.memory, true);
  await machine.stop();
  let state = await machine.save_state();
  const timed = async (work: () => Promise<void>): Promise<number> => {
    const started = processorMs();
    for (let n = 0; n < V86_FORKS_COUNT; n += 1) await work();
    return ((processorMs() - started) * 1000) / V86_FORKS_COUNT;
  };
  const save = await timed(async () => {
    state = await machine.save_state();
  });
  const restore = await timed(() => machine.restore_state(state));
  await machine.destroy();
  return { save, restore };
}

const column = (text: string | number, width: number): string =>
  (typeof text === 'number' ? text.toFixed(1) : text).padStart(width);

export async function run(): Promise<void> {
  console.log('Emulator: millions of instructions a second of processor time (every store to NVM logged)');
  console.log(
    `${''.padEnd(18)}${column('fukugen', 10)}${column('v86 interp.', 13)}${column('ratio', 8)}${column('v86 JIT', 10)}${column('ratio', 8)}`,
  );
  for (const [name, loop] of Object.entries(LOOPS)) {
    const own = ownSpeed(loop);
    const interpreter = await v86Speed(loop, true);
    const jit = await v86Speed(loop, false);
    const ratios = [own / interpreter, own / jit].map((ratio) => `${ratio.toFixed(2)}×`);
    console.log(
      `${name.padEnd(18)}${column(own, 10)}${column(interpreter, 13)}${column(ratios[0] ?? '', 8)}${column(jit, 10)}${column(ratios[1] ?? '', 8)}`,
    );
  }
  const interpreted = Object.entries(LOOPS).map(
    ([name, loop]) => `${name} ${ownSpeed(loop, { compileAfter: Number.POSITIVE_INFINITY }).toFixed(1)}`,
  );
  console.log(`without compiled code: ${interpreted.join(', ')}`);
  for (const name of ['memory', 'call and return'] as const) {
    // A run of the explorer is tens of thousands of stores long at most, so that its log stays in the cache.
    for (const slice of [SHORT_SLICE_INSTRUCTIONS, SLICE_INSTRUCTIONS]) {
      const logged = ownSpeed(LOOPS[name], {}, slice);
      const unlogged = ownSpeed(LOOPS[name], { isLogged: false }, slice);
      const cost = (100 * (1 - logged / unlogged)).toFixed(0);
      console.log(
        `store log: ${name}, runs of ${slice} instructions: ${logged.toFixed(1)} with it, ` +
          `${unlogged.toFixed(1)} without (${cost} % of the speed)`,
      );
    }
  }
  const { undo, snapshot } = forkCost();
  const { save, restore } = await v86ForkCost();
  console.log(
    `fork of ${FORK_INSTRUCTIONS} instructions, run and taken back: ${undo.toFixed(1)} µs by undo, ${snapshot.toFixed(1)} µs by snapshot; ` +
      `v86 save_state ${save.toFixed(0)} µs, restore_state ${restore.toFixed(0)} µs`,
  );
}
