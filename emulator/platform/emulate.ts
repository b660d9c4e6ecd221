import { BlockMedium } from '../devices/block-medium.ts';
import { GuestExit, ResetRequest } from '../devices/guest-requests.ts';
import { InternalFault } from '../invariant.ts';
import type { StopReason } from '../machine-api.ts';
import { UsageError } from '../usage-error.ts';
import { Bios, startBootSector } from './bios.ts';
import { makeBiosRom } from './bios-rom.ts';
import { setUpDevices } from './firmware-setup.ts';
import { writeFirmwareTables } from './firmware-tables.ts';
import { ImageError } from './image-error.ts';
import { MemoryWriter } from './memory-writer.ts';
import { enterMultiboot, loadMultiboot, type MultibootKernel, readMultiboot } from './multiboot.ts';
import { makePc, type Pc } from './pc.ts';
import { mapRom } from './rom-image.ts';
import { traceLine } from './trace-line.ts';

const MEBIBYTE = 2 ** 20;
const MEMORY_MAX_MIB = 1024;
/** Instructions between two looks at the keys, the signal and the store log. */
const SLICE_INSTRUCTIONS = 200_000;

/** Exit codes of `emulate`, but for those that the guest chooses through isa-debug-exit (always odd). */
export const EmulateExit = {
  /** The guest halted with interrupts off, or waits for keys that will not come. */
  halted: 0,
  /** The number of instructions is used up, or Ctrl-C. */
  limit: 3,
  /** Triple fault, or something that this machine does not implement. */
  failed: 4,
} as const;

export interface EmulateOptions {
  /** One of `rom`, `kernel` and `disk` says what is started; a disk may be given besides the others. */
  readonly rom?: Uint8Array;
  /** A multiboot kernel. */
  readonly kernel?: Uint8Array;
  readonly commandLine?: string;
  /** A disk image; without `rom` and `kernel` its boot sector is started. What is written stays in memory. */
  readonly disk?: Uint8Array;
  /** 1–1024; 64 where absent. */
  readonly memoryMib?: number;
  readonly instructionsMax?: number;
  /** Prints each byte written to this port; 80h is the usual one. */
  readonly postPort?: number;
  /** Prints the registers before each instruction. */
  readonly trace?: boolean;
  /** What the guest sends through the serial port and port E9h: for standard output. */
  readonly onOutput: (byte: number) => void;
  /** A line for standard error: POST codes, the trace, why the run ended. */
  readonly onMessage: (line: string) => void;
  /** Characters typed; it ends with standard input. Absent: nobody types. */
  readonly keys?: AsyncIterable<string | Uint8Array>;
  readonly signal?: AbortSignal;
}

/** How a run ended. */
export interface EmulateResult {
  readonly exitCode: number;
  /** The text screen's 25 lines at the end. */
  readonly screen: readonly string[];
  readonly instructions: number;
  /** Hash of memory at the end, 16 hexadecimal digits. */
  readonly memoryHash: string;
}

/**
 * Runs any image on an emulated PC until the guest ends, halts for good, or the limit is reached.
 * @returns the exit code: the guest's own through isa-debug-exit, or one of `EmulateExit`.
 * @throws UsageError for options or images that cannot be run.
 */
export async function emulate(options: EmulateOptions): Promise<number> {
  return (await emulateToEnd(options)).exitCode;
}

/** As `emulate`, with what can be seen at the end. */
export async function emulateToEnd(options: EmulateOptions): Promise<EmulateResult> {
  const boot = prepare(options);
  const { machine } = boot.pc;
  const typist = new Typist(options);
  let exitCode: number | undefined;
  let instructions = 0;
  boot.start();
  while (exitCode === undefined) {
    const left = (options.instructionsMax ?? Number.POSITIVE_INFINITY) - instructions;
    if (left <= 0 || options.signal?.aborted === true) {
      options.onMessage(left <= 0 ? 'the limit of instructions is reached' : 'interrupted');
      exitCode = EmulateExit.limit;
      break;
    }
    typist.type(boot.pc);
    const before = machine.instructionsCount;
    const ended = runSlice(boot, options, Math.min(left, SLICE_INSTRUCTIONS));
    // A reset begins at 0 again.
    instructions += Math.max(1, machine.instructionsCount - (ended === 'reset' ? 0 : before));
    // Nobody takes this run back: its stores need not be kept.
    machine.nvm.beginRun();
    if (ended === 'waits') {
      if (typist.isAtEnd()) exitCode = finish(options, EmulateExit.halted, 'the guest waits for ever');
      else await typist.more();
    } else if (typeof ended === 'number') exitCode = ended;
    else await new Promise((resolve) => setImmediate(resolve));
  }
  return { exitCode, screen: boot.pc.vga.text(), instructions, memoryHash: machine.nvm.hash() };
}

interface Boot {
  readonly pc: Pc;
  /** Brings the machine from reset to where the image's first instruction is next. */
  start(): void;
}

function prepare(options: EmulateOptions): Boot {
  const memoryMib = options.memoryMib ?? 64;
  if (!Number.isInteger(memoryMib) || memoryMib < 1 || memoryMib > MEMORY_MAX_MIB)
    throw new UsageError(`memory must be 1 to ${MEMORY_MAX_MIB} MiB, not ${memoryMib}`);
  if (options.rom !== undefined && options.kernel !== undefined)
    throw new UsageError('a ROM and a kernel cannot be started together', 'Give one of --rom and --kernel.');
  if (options.rom === undefined && options.kernel === undefined && options.disk === undefined)
    throw new UsageError('nothing to start', 'Give one of --rom, --kernel and --disk.');
  const memoryBytes = memoryMib * MEBIBYTE;
  const kernel = options.kernel === undefined ? undefined : readMultiboot(options.kernel);
  const postName = options.postPort?.toString(16).padStart(2, '0');
  const medium = options.disk === undefined ? undefined : new BlockMedium(options.disk);
  const bios = new Bios(memoryBytes);
  const pc = makePc({
    memoryBytes,
    roms: options.rom === undefined ? makeBiosRom() : mapRom(options.rom),
    ...(medium === undefined ? {} : { medium }),
    extraDevices: options.rom === undefined ? [bios] : [],
    onSerial: options.onOutput,
    onDebug: options.onOutput,
    ...(options.postPort === undefined ? {} : { postPort: options.postPort }),
    onPost: (value) => {
      if (postName !== undefined)
        options.onMessage(`POST ${postName}h: ${value.toString(16).padStart(2, '0')}`);
    },
  });
  const { machine } = pc;
  const onEffect = machine.ledger.recorder('block', machine.nvm);
  bios.attach(machine, medium === undefined ? undefined : { medium, onEffect });
  const memory = new MemoryWriter(machine.nvm);
  const start = (): void => {
    if (options.rom !== undefined) return;
    setUpDevices(machine, pc.ioApic);
    writeFirmwareTables(memory, { hasDisk: options.disk !== undefined });
    if (kernel !== undefined) startKernel(pc, memory, { kernel, memoryBytes, options });
    else if (medium !== undefined) {
      startBootSector(machine, memory, bootSector(medium));
    }
  };
  return { pc, start };
}

/** @throws ImageError where the first sector does not end in 55h AAh. */
function bootSector(medium: BlockMedium): Uint8Array {
  const sector = medium.read(0);
  if (sector[510] !== 0x55 || sector[511] !== 0xaa)
    throw new ImageError(
      'the disk cannot be booted: its first sector does not end in 55h AAh',
      'To run a kernel with this disk, give the kernel by --kernel.',
    );
  return sector;
}

function startKernel(
  pc: Pc,
  memory: MemoryWriter,
  start: { readonly kernel: MultibootKernel; readonly memoryBytes: number; readonly options: EmulateOptions },
): void {
  const { kernel, memoryBytes, options } = start;
  const commandLine = options.commandLine ?? '';
  const information = loadMultiboot(kernel, memory, { memoryBytes, commandLine });
  enterMultiboot(pc.machine, kernel.entry, information);
}

/** Runs some instructions; an exit code where the run is over. */
function runSlice(
  boot: Boot,
  options: EmulateOptions,
  count: number,
): number | 'goes on' | 'waits' | 'reset' {
  const { machine } = boot.pc;
  try {
    if (options.trace !== true) return judge(machine.run({ instructionsMax: count }), options);
    for (let i = 0; i < count; i += 1) {
      options.onMessage(traceLine(machine));
      const next = judge(machine.run({ instructionsMax: 1 }), options);
      if (next !== 'goes on') return next;
    }
    return 'goes on';
  } catch (thrown) {
    if (thrown instanceof GuestExit) return thrown.exitCode;
    if (!(thrown instanceof ResetRequest)) throw thrown;
    options.onMessage(thrown.message);
    machine.reset();
    boot.start();
    return 'reset';
  }
}

function judge(reason: StopReason, options: EmulateOptions): number | 'goes on' | 'waits' {
  const at = (eip: number): string => `${eip.toString(16).padStart(8, '0')}h`;
  switch (reason.kind) {
    case 'budget':
    case 'native-exit':
      return 'goes on';
    case 'idle-forever':
      return 'waits';
    case 'halted':
      return finish(options, EmulateExit.halted, 'the guest halted with interrupts off');
    case 'triple-fault':
      return finish(options, EmulateExit.failed, `triple fault at EIP ${at(reason.eip)}`);
    case 'unimplemented': {
      const bytes = reason.bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
      const text = `not implemented: ${reason.what}; EIP ${at(reason.eip)}, bytes ${bytes}`;
      return finish(options, EmulateExit.failed, text);
    }
    default:
      throw new InternalFault(`internal fault: the machine stopped with ${reason.kind}`);
  }
}

function finish(options: EmulateOptions, exitCode: number, message: string): number {
  options.onMessage(message);
  return exitCode;
}

/** Feeds what is typed into the keyboard as fast as its buffer takes it. */
class Typist {
  private pending = '';
  private ended: boolean;
  private arrival: Promise<void>;
  private readonly iterator: AsyncIterator<string | Uint8Array> | undefined;
  private readonly onMessage: (line: string) => void;
  private readonly decoder = new TextDecoder();

  constructor({ keys, onMessage }: EmulateOptions) {
    this.onMessage = onMessage;
    this.iterator = keys?.[Symbol.asyncIterator]();
    this.ended = keys === undefined;
    this.arrival = this.listen();
  }

  /** Nothing is typed any more, and everything that was has been taken. */
  isAtEnd(): boolean {
    return this.ended && this.pending === '';
  }

  /** Until something is typed or input ends. */
  async more(): Promise<void> {
    if (this.pending === '') await this.arrival;
  }

  type(pc: Pc): void {
    while (this.pending !== '') {
      const [character = ''] = this.pending;
      const isKey = pc.keyboard.canType(character);
      // The guest reads slower than this is typed: the rest waits for the next time.
      if (isKey && !pc.keyboard.type(character, pc.machine.instructionsCount)) return;
      if (!isKey) this.onMessage(`no key makes the character ${JSON.stringify(character)}: it is left out`);
      this.pending = this.pending.slice(character.length);
    }
  }

  private async listen(): Promise<void> {
    if (this.iterator === undefined) return;
    const result = await this.iterator.next();
    if (result.done === true) {
      this.ended = true;
      return;
    }
    const { value } = result;
    this.pending += typeof value === 'string' ? value : this.decoder.decode(value, { stream: true });
    this.arrival = this.listen();
  }
}
