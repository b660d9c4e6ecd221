import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GuestExit, ResetRequest } from '../../../emulator/devices/guest-requests.ts';
import { makePc } from '../../../emulator/platform/pc.ts';
import { mapRom } from '../../../emulator/platform/rom-image.ts';
import { linesOf, type TestRom } from './rom-kit.ts';

/** The same ROM on this emulator, on QEMU and on Bochs. */

const MEMORY_MIB = 16;
const INSTRUCTIONS_MAX = 20_000_000;
const RESETS_MAX = 8;
const TIMEOUT_MS = 10_000;

export const RIVALS = ['bochs', 'qemu'] as const;
export type Rival = (typeof RIVALS)[number];

/** Runs a ROM here. As on a PC, a triple fault resets the machine. */
export function runHere({ bytes }: TestRom): readonly string[] {
  const output: number[] = [];
  const nothing = (): void => {};
  const { machine } = makePc({
    memoryBytes: MEMORY_MIB << 20,
    roms: mapRom(bytes),
    onSerial: nothing,
    onPost: nothing,
    onDebug: (byte) => output.push(byte),
  });
  const lines = (note?: string): readonly string[] => {
    const printed = linesOf(Buffer.from(output).toString('latin1'));
    return note === undefined ? printed : [...printed, note];
  };
  for (let resets = 0; resets <= RESETS_MAX; resets += 1) {
    try {
      const stop = machine.run({ instructionsMax: INSTRUCTIONS_MAX });
      if (stop.kind !== 'triple-fault') return lines(`(stopped: ${JSON.stringify(stop)})`);
    } catch (thrown) {
      if (thrown instanceof GuestExit) return lines();
      if (!(thrown instanceof ResetRequest)) throw thrown;
    }
    machine.reset();
  }
  return lines('(reset again and again)');
}

/** The program's version line, or undefined where it is not installed. */
export function versionOf(rival: Rival): string | undefined {
  const [command, ...options] = rival === 'qemu' ? ['qemu-system-i386', '--version'] : ['bochs', '--help'];
  const { stdout, stderr, error } = spawnSync(command as string, options, { encoding: 'utf8' });
  if (error !== undefined) return undefined;
  return /(QEMU emulator version|Bochs x86 Emulator) [^\s(]+/.exec(`${stdout}${stderr}`)?.[0];
}

export function runRival(rival: Rival, rom: TestRom): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'fukugen-oracle-'));
  try {
    writeFileSync(join(folder, 'rom.bin'), rom.bytes);
    return linesOf(rival === 'qemu' ? runQemu(folder) : runBochs(folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runIn(folder: string, command: string, options: readonly string[]): string {
  const { stdout } = spawnSync(command, options, {
    cwd: folder,
    encoding: 'latin1',
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return stdout ?? '';
}

const runQemu = (folder: string): string =>
  runIn(folder, 'qemu-system-i386', [
    ...['-M', 'pc', '-accel', 'tcg', '-cpu', 'pentium3', '-m', `${MEMORY_MIB}`, '-bios', 'rom.bin'],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-debugcon', 'stdio'],
    ...['-device', 'isa-debug-exit,iobase=0xf4,iosize=4'],
  ]);

/** Without a window: the display goes to a VNC port that nobody has to open. */
function runBochs(folder: string): string {
  const settings = [
    `megs: ${MEMORY_MIB}`,
    'cpu: model=p3_katmai, reset_on_triple_fault=1',
    `romimage: file=${join(folder, 'rom.bin')}, address=0xffff0000`,
    'vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest',
    'port_e9_hack: enabled=1',
    'display_library: rfb, options="timeout=0"',
    'sound: driver=dummy',
    'log: bochs.log',
    'panic: action=report',
    'error: action=report',
    'info: action=ignore',
  ];
  writeFileSync(join(folder, 'bochsrc'), `${settings.join('\n')}\n`);
  // Debian's Bochs stops in its debugger, at the start, after each triple fault and when the guest has ended.
  writeFileSync(join(folder, 'commands'), `${'c\n'.repeat(RESETS_MAX)}q\n`);
  const output = runIn(folder, 'bochs', ['-q', '-f', 'bochsrc', '-rc', 'commands']);
  // What the debugger prints may stand behind what the guest has printed of its line.
  return output.replaceAll(/(\(0\)\.? ?\[|Next at t=|<bochs:).*$/gm, '');
}
