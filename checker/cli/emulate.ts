import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { UsageError } from '../errors.ts';
import type { TextSink } from './io.ts';
import { positiveInteger } from './options.ts';
import type { CommandContext, LoadEmulate } from './program.ts';

interface EmulateFlags {
  readonly rom?: string;
  readonly kernel?: string;
  readonly disk?: string;
  readonly append?: string;
  readonly memory?: number;
  readonly instructions?: number;
  readonly post?: number;
  readonly trace?: true;
}

export function addEmulate(program: Command, context: CommandContext, loadEmulate: LoadEmulate): void {
  program
    .command('emulate')
    .description('run any PC image: serial port and port E9h on standard output, keys from standard input')
    .option('--rom <file>', 'a ROM image that ends at FFFFFFFFh and starts at FFFFFFF0h')
    .option('--kernel <file>', 'a multiboot ELF kernel')
    .option('--disk <file>', 'a disk image; alone, its boot sector is started. What is written is not kept')
    .option('--append <text>', 'the command line for the kernel')
    .option('--memory <mib>', 'memory in MiB', positiveInteger)
    .option('--instructions <n>', 'stop after so many instructions', positiveInteger)
    .option('--post <port>', 'print each byte written to this port: 80h, 0x80 or 128', portNumber)
    .option('--trace', 'print the registers before each instruction')
    .addHelpText(
      'after',
      '\nExit codes: what the guest gives to isa-debug-exit (always odd); else 0 halted, 2 bad image or option,\n3 the limit of instructions is reached, 4 triple fault or something not implemented.',
    )
    .action((flags: EmulateFlags) => emulate(flags, context, loadEmulate));
}

async function emulate(
  flags: EmulateFlags,
  context: CommandContext,
  loadEmulate: LoadEmulate,
): Promise<void> {
  const images = {
    ...(flags.rom === undefined ? {} : { rom: imageAt(flags.rom) }),
    ...(flags.kernel === undefined ? {} : { kernel: imageAt(flags.kernel) }),
    ...(flags.disk === undefined ? {} : { disk: imageAt(flags.disk) }),
  };
  const run = await loadEmulate();
  const { io, signal } = context;
  const output = new GuestOutput(io.stdout);
  const keys = io.openKeys();
  try {
    const exitCode = await run({
      ...images,
      ...(flags.append === undefined ? {} : { commandLine: flags.append }),
      ...(flags.memory === undefined ? {} : { memoryMib: flags.memory }),
      ...(flags.instructions === undefined ? {} : { instructionsMax: flags.instructions }),
      ...(flags.post === undefined ? {} : { postPort: flags.post }),
      trace: flags.trace === true,
      onOutput: (byte) => output.put(byte),
      onMessage: (line) => {
        // In the order in which they happened, where both go to the same terminal.
        output.flush();
        io.stderr.write(`${line}\n`);
      },
      keys: keys.bytes,
      signal,
    });
    signal.throwIfAborted();
    context.setExitCode(exitCode);
  } finally {
    output.flush();
    keys.close();
  }
}

function imageAt(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`cannot read the image ${path}: ${why}`, 'Name a file that you may read.');
  }
}

/** `80h` and `0x80` in sixteens, `128` in tens. */
function portNumber(text: string): number {
  const hex = /^(?:0x([0-9a-f]+)|([0-9a-f]+)h)$/i.exec(text);
  const port = hex === null ? positiveIntegerOrZero(text) : Number.parseInt(hex[1] ?? hex[2] ?? '', 16);
  if (!(port >= 0 && port <= 0xffff)) {
    throw new InvalidArgumentError('A port is a number up to FFFFh: 80h, 0x80 or 128.');
  }
  return port;
}

function positiveIntegerOrZero(text: string): number {
  return /^[0-9]+$/.test(text) ? Number(text) : -1;
}

/** Longest piece of output that is held back while no line ends. */
const HELD_BYTES_MAX = 1024;

/** Gathers the guest's bytes into pieces: a write for each byte would cost more than the guest does. */
class GuestOutput {
  private readonly sink: TextSink;
  private held: number[] = [];
  private isDue = false;

  constructor(sink: TextSink) {
    this.sink = sink;
  }

  put(byte: number): void {
    this.held.push(byte);
    if (byte === 0x0a || this.held.length >= HELD_BYTES_MAX) this.flush();
    else if (!this.isDue) {
      // A prompt has no end of line; it is shown as soon as the guest is given a pause.
      this.isDue = true;
      setImmediate(() => this.flush());
    }
  }

  flush(): void {
    this.isDue = false;
    if (this.held.length === 0) return;
    this.sink.writeBytes(Uint8Array.from(this.held));
    this.held = [];
  }
}
