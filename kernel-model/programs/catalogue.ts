/** The workloads. The first is the default suite. */
import { consumer } from './consumer.ts';
import { producer } from './producer.ts';
import { sender } from './sender.ts';
import type { Workload } from './workload.ts';
import { writer } from './writer.ts';

const MESSAGE = 'NVM keeps what it has';
/** What a producer and a consumer show that give and get a receipt. */
const PIPE_PROMISES = ['EndsKept', 'EndOfFileOnlyAtEnd', 'BrokenPipeOnlyUnread', 'NobodyBlockedInVain'];
const QUANTUM_INSTRUCTIONS = 400;
const SERIAL_BYTE_INSTRUCTIONS = 20_000;

interface WorkloadEntry {
  readonly name: string;
  readonly describe: string;
  readonly inDefaultSuite: boolean;
  make(): Workload;
}

function define(
  entry: Omit<WorkloadEntry, 'make'>,
  parts: () => Pick<Workload, 'programs' | 'pipesCount' | 'shows'>,
): WorkloadEntry {
  const make = (): Workload => ({
    name: entry.name,
    describe: entry.describe,
    quantumInstructions: QUANTUM_INSTRUCTIONS,
    serialByteInstructions: SERIAL_BYTE_INSTRUCTIONS,
    ...parts(),
  });
  return { ...entry, make };
}

export const workloads: readonly WorkloadEntry[] = [
  define(
    {
      name: 'pipe-and-serial',
      describe: 'a producer and a consumer over a pipe, and a process that waits for the serial port',
      inDefaultSuite: true,
    },
    () => ({
      pipesCount: 2,
      shows: PIPE_PROMISES,
      programs: [
        producer({ message: MESSAGE, chunkBytes: 6, pipe: 0, receiptPipe: 1 }),
        consumer({ message: MESSAGE, chunkBytes: 5, pipe: 0, receiptPipe: 1, workPerByte: 40 }),
        sender({ messages: ['Aa', 'Bb'] }),
      ],
    }),
  ),
  define(
    {
      name: 'small',
      describe: 'the same three in as few steps as show everything: what mutants are judged by',
      inDefaultSuite: false,
    },
    () => ({
      pipesCount: 2,
      shows: PIPE_PROMISES,
      programs: [
        // The consumer first: it finds the pipe empty and blocks.
        consumer({ message: 'NVM', chunkBytes: 2, pipe: 0, receiptPipe: 1, workPerByte: 10 }),
        producer({ message: 'NVM', chunkBytes: 2, pipe: 0, receiptPipe: 1 }),
        sender({ messages: ['Aa', 'B'] }),
      ],
    }),
  ),
  define({ name: 'pipe', describe: 'a producer and a consumer over a pipe', inDefaultSuite: false }, () => ({
    pipesCount: 1,
    programs: [
      producer({ message: 'NVM', chunkBytes: 2, pipe: 0 }),
      consumer({ message: 'NVM', chunkBytes: 2, pipe: 0, workPerByte: 10 }),
    ],
  })),
  define(
    { name: 'serial', describe: 'one process that sends twice over the serial port', inDefaultSuite: false },
    () => ({ pipesCount: 0, programs: [sender({ messages: ['Aa', 'Bb'] })] }),
  ),
  define(
    {
      name: 'two-senders',
      describe: 'two processes that want the serial port at once',
      inDefaultSuite: false,
    },
    () => ({ pipesCount: 0, programs: [sender({ messages: ['Aa'] }), sender({ messages: ['Bb'] })] }),
  ),
  define(
    {
      name: 'write-and-send',
      describe:
        'one process that writes its own memory, yields, and sends one byte: what write-backs are judged by',
      inDefaultSuite: false,
    },
    () => ({ pipesCount: 0, programs: [writer({ byte: 0x41 })] }),
  ),
  define(
    {
      name: 'wait-and-write',
      describe: 'one process that waits for the serial port while another writes its own memory',
      inDefaultSuite: false,
    },
    () => ({ pipesCount: 0, programs: [sender({ messages: ['Bcd'] }), writer({ byte: 0x41 })] }),
  ),
];
