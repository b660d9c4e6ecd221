import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GuestExit } from '../emulator/devices/guest-requests.ts';
import { makePc, type Pc } from '../emulator/platform/pc.ts';
import { mapRom } from '../emulator/platform/rom-image.ts';
import { GdbRemote } from './gdb-remote.ts';
import { crashGuestRom, GUEST_DATA, GUEST_DATA_BYTES, TRANSFERS_COUNT } from './qemu-crash-guest.ts';

/**
 * What one would do without fukugen: QEMU with the guest's RAM in a file. The guest is single-stepped once through
 * the stub for GDB; wherever its memory has changed the file is copied, which is what a power failure there would
 * leave; for each copy QEMU is started anew on it, and what the guest's recovery reports is read. Beside it this
 * emulator crashes the same guest at the same points. Both must report the same.
 */

const MEMORY_BYTES = 8 << 20;
const SAMPLES_COUNT = 60;
const INSTRUCTIONS_MAX = 1_000_000;
const OWN_ROUNDS_COUNT = 10;

/** A point: how many stores have changed the guest's memory, and what recovery reports if power fails there. */
type Reports = Map<number, string>;

const QEMU = 'qemu-system-i386';
const options = (folder: string, ram: string): string[] => [
  ...['-machine', 'pc,memory-backend=ram', '-accel', 'tcg', '-nodefaults', '-no-user-config'],
  ...['-object', `memory-backend-file,id=ram,size=${MEMORY_BYTES},mem-path=${ram},share=on`],
  ...['-m', `${MEMORY_BYTES >> 20}`, '-bios', join(folder, 'rom.bin'), '-display', 'none'],
  ...['-debugcon', 'stdio', '-device', 'isa-debug-exit,iobase=0xf4,iosize=4'],
];

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null) resolve();
    else child.on('exit', () => resolve());
  });

/** Steps once through the guest's run and copies its RAM where it has changed. Gives how often it has. */
async function copyAtEachStore(folder: string, isWanted: (point: number) => boolean): Promise<number> {
  const ram = join(folder, 'ram');
  writeFileSync(ram, '');
  truncateSync(ram, MEMORY_BYTES);
  copyFileSync(ram, join(folder, 'point0'));
  const socket = join(folder, 'gdb');
  const stub = ['-S', '-chardev', `socket,id=gdb,path=${socket},server=on,wait=off`, '-gdb', 'chardev:gdb'];
  const child = spawn(QEMU, [...options(folder, ram), ...stub], { stdio: ['ignore', 'ignore', 'inherit'] });
  const remote = await GdbRemote.open(socket);
  const file = openSync(ram, 'r');
  try {
    const [before, now] = [Buffer.alloc(GUEST_DATA_BYTES), Buffer.alloc(GUEST_DATA_BYTES)];
    let point = 0;
    while (await remote.step()) {
      readSync(file, now, 0, GUEST_DATA_BYTES, GUEST_DATA);
      if (now.equals(before)) continue;
      now.copy(before);
      point += 1;
      if (isWanted(point)) copyFileSync(ram, join(folder, `point${point}`));
    }
    return point;
  } finally {
    closeSync(file);
    remote.close();
    child.kill('SIGKILL');
    await ended(child);
  }
}

function rebootInQemu(folder: string, point: number): string {
  const { stdout } = spawnSync(QEMU, options(folder, join(folder, `point${point}`)), {
    encoding: 'latin1',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 20_000,
  });
  return stdout.trim();
}

/** The guest on this emulator. */
class OwnGuest {
  private readonly pc: Pc;
  private output = '';

  constructor(rom: Uint8Array) {
    const nothing = (): void => {};
    this.pc = makePc({
      memoryBytes: MEMORY_BYTES,
      roms: mapRom(rom),
      onSerial: nothing,
      onPost: nothing,
      onDebug: (byte) => {
        this.output += String.fromCharCode(byte);
      },
    });
  }

  private runToEnd(): string {
    this.output = '';
    try {
      const stop = this.pc.machine.run({ instructionsMax: INSTRUCTIONS_MAX });
      throw new Error(`the guest ended otherwise: ${JSON.stringify(stop)}`);
    } catch (thrown) {
      if (!(thrown instanceof GuestExit)) throw thrown;
    }
    return this.output.trim();
  }

  /** The log positions after each store that changes memory, the first 0. */
  points(): number[] {
    this.runToEnd();
    const { nvm } = this.pc.machine;
    const { log } = nvm;
    const points = [0];
    for (let n = 0; n < log.length; n += 1) if (log.oldWord[n] !== log.newWord[n]) points.push(n + 1);
    nvm.undoTo(0);
    return points;
  }

  /** Runs the guest to each position, which come in order, lets power fail there, and reads its report. */
  crash(positions: readonly number[]): string[] {
    const { machine } = this.pc;
    const { nvm } = machine;
    machine.reset();
    this.runToEnd();
    // Memory goes back through the log, point by point from the last one.
    return [...positions]
      .reverse()
      .map((position) => {
        nvm.undoTo(position);
        machine.reset();
        const report = this.runToEnd();
        nvm.undoTo(position);
        return report;
      })
      .reverse();
  }

  putBack(): void {
    this.pc.machine.nvm.undoTo(0);
  }
}

export async function run(): Promise<void> {
  const version = spawnSync(QEMU, ['--version'], { encoding: 'utf8' });
  if (version.error !== undefined) {
    console.log(`QEMU is not installed here (${QEMU}): nothing is measured`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'fukugen-qemu-crash-'));
  try {
    await measure(folder, (version.stdout.split('\n', 1)[0] ?? '').trim());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string, version: string): Promise<void> {
  const rom = crashGuestRom();
  writeFileSync(join(folder, 'rom.bin'), rom);
  const own = new OwnGuest(rom);
  const positions = own.points();
  const every = Math.max(1, Math.floor(positions.length / SAMPLES_COUNT));
  const sample = positions.map((_, point) => point).filter((point) => point % every === 0);
  const isWanted = new Set(sample);

  let started = performance.now();
  const found = await copyAtEachStore(folder, (point) => isWanted.has(point));
  const stepMs = performance.now() - started;
  if (found + 1 !== positions.length)
    throw new Error(`QEMU made ${found} stores that change memory, this emulator ${positions.length - 1}`);
  started = performance.now();
  const theirs: Reports = new Map(sample.map((point) => [point, rebootInQemu(folder, point)]));
  const rebootMs = (performance.now() - started) / sample.length;
  const qemuMs = stepMs / positions.length + rebootMs;

  const wanted = sample.map((point) => positions[point] as number);
  let ownMs = Number.POSITIVE_INFINITY;
  let reports: string[] = [];
  for (let round = 0; round < OWN_ROUNDS_COUNT; round += 1) {
    started = performance.now();
    reports = own.crash(wanted);
    ownMs = Math.min(ownMs, (performance.now() - started) / sample.length);
    own.putBack();
  }
  const different = sample.filter((point, n) => theirs.get(point) !== reports[n]);
  if (different.length > 0)
    throw new Error(`recovery reports otherwise at the points ${different.join(', ')}`);

  const perSecond = (ms: number): string => (1000 / ms).toFixed(1);
  console.log(`Crash points a second of elapsed time, one process; ${version}`);
  console.log(
    `guest: ${TRANSFERS_COUNT} transfers with an undo log, ${positions.length} crash points, ${sample.length} of them tried`,
  );
  console.log(
    `QEMU, RAM in a file: ${perSecond(qemuMs)} (${(stepMs / positions.length).toFixed(1)} ms to step there and copy, ${rebootMs.toFixed(1)} ms to reboot on the copy)`,
  );
  console.log(`fukugen's emulator: ${perSecond(ownMs)} (${ownMs.toFixed(3)} ms each)`);
  console.log(`ratio ${(qemuMs / ownMs).toFixed(0)}×; recovery reported the same at every point tried`);
}
