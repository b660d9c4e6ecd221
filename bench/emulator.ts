import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { V86 } from 'v86';
import { Machine } from '../emulator/machine.ts';
import type { PhysicalRegion } from '../emulator/paging/physical-bus.ts';
import { LOOPS, romFor } from './emulator-rom.ts';

/**
 * The emulator's speed, beside the npm package v86 without and with its JIT, in one run: three loops in 32-bit
 * protected mode out of the same ROM image; what the store log costs; what a fork for one crash point costs.
 */

const WARM_UP_INSTRUCTIONS = 4_000_000;
const MEASURED_INSTRUCTIONS = 10_000_000;
/** The best of so many: what else the machine does only ever slows one down. */
const ROUNDS_COUNT = 3;
/** Between two cuts of the store log, which grows otherwise. */
const SLICE_INSTRUCTIONS = 1_000_000;
const V86_WARM_UP_MS = 700;
const V86_MEASURED_MS = 500;
const MEMORY_BYTES = 1 << 20;
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

function machineWith(loop: readonly number[]): Machine {
  const rom = romFor(loop);
  return new Machine({
    memoryBytes: MEMORY_BYTES,
    openBus: true,
    regions: [romRegion(rom, 0xf0000), romRegion(rom, 0xffff0000)],
  });
}

function runFor(machine: Machine, instructions: number): void {
  for (let left = instructions; left > 0; left -= SLICE_INSTRUCTIONS) {
    const stop = machine.run({ instructionsMax: Math.min(left, SLICE_INSTRUCTIONS) });
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
function ownSpeed(loop: readonly number[], withLog = true): number {
  const machine = machineWith(loop);
  if (!withLog) machine.nvm.log.appendStore = () => {};
  runFor(machine, WARM_UP_INSTRUCTIONS);
  let best = 0;
  for (let round = 0; round < ROUNDS_COUNT; round += 1) {
    const started = processorMs();
    runFor(machine, MEASURED_INSTRUCTIONS);
    best = Math.max(best, MEASURED_INSTRUCTIONS / (processorMs() - started) / 1000);
  }
  return best;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function startV86(loop: readonly number[], disableJit: boolean): Promise<V86> {
  const folder = dirname(createRequire(import.meta.url).resolve('v86'));
  const rom = romFor(loop);
  const machine = new V86({
    wasm_path: join(folder, 'v86.wasm'),
    bios: { buffer: rom.buffer as ArrayBuffer },
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

/** Milliseconds for v86's save_state alone: its restore_state wants the devices that a BIOS has set up. */
async function v86SaveCost(): Promise<number> {
  const machine = await startV86(LOOPS.memory, true);
  await machine.stop();
  const started = processorMs();
  const rounds = 5;
  for (let n = 0; n < rounds; n += 1) await machine.save_state();
  const ms = (processorMs() - started) / rounds;
  await machine.destroy();
  return ms;
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
  const logged = ownSpeed(LOOPS.memory);
  const unlogged = ownSpeed(LOOPS.memory, false);
  const cost = (100 * (1 - logged / unlogged)).toFixed(0);
  console.log(
    `store log: memory loop ${logged.toFixed(1)} with it, ${unlogged.toFixed(1)} without (${cost} % of the speed)`,
  );
  const { undo, snapshot } = forkCost();
  const saveMs = await v86SaveCost();
  console.log(
    `fork of ${FORK_INSTRUCTIONS} instructions, run and taken back: ${undo.toFixed(1)} µs by undo, ${snapshot.toFixed(1)} µs by snapshot; ` +
      `v86 save_state alone ${(saveMs * 1000).toFixed(0)} µs`,
  );
}
