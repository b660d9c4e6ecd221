/** Where a command writes text to. */
export interface TextSink {
  readonly isTTY: boolean;
  /** Characters of a line, where it is a terminal. */
  readonly columns?: number;
  write(text: string): void;
  writeBytes(bytes: Uint8Array): void;
}

/** What is typed, from standard input, until `close`. */
export interface Keys {
  readonly bytes: AsyncIterable<Uint8Array>;
  close(): void;
}

export type EndSignal = 'SIGINT' | 'SIGTERM';

/** All that the command line touches of its process, so that tests can be the process. */
export interface Io {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls back at each signal until the returned function is called. */
  onEndSignal(handler: (signal: EndSignal) => void): () => void;
  /** Standard input, key by key where it is a terminal; Ctrl-C then still ends the command. */
  openKeys(): Keys;
  /** Ends the process at once; for when it was asked to end twice. */
  exitNow(code: number): void;
}

export function processIo(): Io {
  return {
    stdout: sinkOf(process.stdout),
    stderr: sinkOf(process.stderr),
    env: process.env,
    onEndSignal(handler) {
      const onInterrupt = (): void => handler('SIGINT');
      const onTerminate = (): void => handler('SIGTERM');
      process.on('SIGINT', onInterrupt);
      process.on('SIGTERM', onTerminate);
      return () => {
        process.off('SIGINT', onInterrupt);
        process.off('SIGTERM', onTerminate);
      };
    },
    openKeys: () => openKeys(process.stdin),
    exitNow: (code) => process.exit(code),
  };
}

const CTRL_C = 3;

function openKeys(stdin: NodeJS.ReadStream): Keys {
  const isTerminal = stdin.isTTY === true;
  if (isTerminal) stdin.setRawMode(true);
  return {
    bytes: withoutCtrlC(stdin),
    close() {
      if (isTerminal) stdin.setRawMode(false);
      // A read that still waits would keep the process alive.
      stdin.destroy();
    },
  };
}

/** A terminal that hands over key by key makes no signal of Ctrl-C itself. */
async function* withoutCtrlC(stdin: NodeJS.ReadStream): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stdin) {
      const bytes = Buffer.from(chunk);
      if (stdin.isTTY === true && bytes.includes(CTRL_C)) process.kill(process.pid, 'SIGINT');
      else yield bytes;
    }
  } catch (error) {
    // Closed while it was being read: nothing more is typed.
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

function sinkOf(stream: NodeJS.WriteStream): TextSink {
  // A reader that has seen enough (`| head`) closes the pipe; that is no failure of ours.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    isTTY: stream.isTTY === true,
    columns: stream.columns ?? 80,
    write: (text) => void stream.write(text),
    writeBytes: (bytes) => void stream.write(bytes),
  };
}

/** Colour is for terminals; FORCE_COLOR asks for it elsewhere, NO_COLOR and TERM=dumb forbid it. */
export function wantsColor(sink: TextSink, env: Io['env']): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return env.FORCE_COLOR !== '0';
  return sink.isTTY && env.TERM !== 'dumb';
}
