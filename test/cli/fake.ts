/** A process and a runner made of data, for tests of the command line alone. Their results are fixtures. */

import type { Cover } from '../../checker/cli/coverage.ts';
import type { EndSignal, Io, TextSink } from '../../checker/cli/io.ts';
import { type Judge, type Parts, runCli } from '../../checker/cli/program.ts';
import type { TlcTools } from '../../checker/cli/tlc.ts';
import type { Catalogue, MutantsMatrix, Runner } from '../../checker/run-api.ts';
import type { EmulateOptions } from '../../emulator/platform/emulate.ts';
import { embedded, finding, report } from '../checker/report/fixtures.ts';

export const catalogue: Catalogue = {
  schemes: [
    { name: 'page-shadow', sentence: 'One store commits an epoch.' },
    { name: 'thesis', sentence: 'Pages go back to read-only one by one.' },
  ],
  workloads: [
    { name: 'pipes', sentence: 'A producer and a consumer.', inDefaultSuite: true },
    { name: 'serial', sentence: 'A writer to the serial port.', inDefaultSuite: false },
  ],
  mutants: [{ name: 'no-flush', sentence: 'The TLB is not flushed.', expected: 'WriteOnlyIfShadowed' }],
  promises: [
    { name: 'AtomicEpoch', sentence: 'An epoch is seen whole, or not at all.', thesis: 'thesis §3.4' },
    { name: 'WriteOnlyIfShadowed', sentence: 'No page is written without a shadow.', thesis: 'thesis §4.1' },
  ],
  defaults: { scheme: 'page-shadow', depth: 2 },
};

export const matrix: MutantsMatrix = {
  format: 'fukugen-mutants/1',
  scheme: 'page-shadow',
  clean: { verdict: 'consistent', broken: {} },
  promises: ['AtomicEpoch', 'WriteOnlyIfShadowed'],
  rows: [
    {
      mutant: 'no-flush',
      sentence: 'The TLB is not flushed.',
      expected: 'WriteOnlyIfShadowed',
      broken: { WriteOnlyIfShadowed: 7, AtomicEpoch: 2 },
      verdict: 'violated',
      seconds: 0.5,
    },
  ],
};

/** A runner that hands out the given results and keeps what it was asked. */
export function fakeRunner(over: Partial<Runner> = {}): Runner & { readonly asked: unknown[] } {
  const asked: unknown[] = [];
  return {
    asked,
    catalogue: () => catalogue,
    check: async (options, hooks) => {
      asked.push(options);
      hooks.onProgress({ phase: 'crash points', subject: 'pipes', done: 10, total: 1600, unit: 'points' });
      return report();
    },
    merge: async (options) => {
      asked.push(options);
      return report();
    },
    replay: async (line) => {
      asked.push(line);
      const { workload, crashes, trace } = finding;
      return {
        verdict: 'violated',
        scheme: 'thesis',
        workload,
        crashes,
        trace,
        findings: [finding],
        undecided: [],
      };
    },
    mutantsMatrix: async (options) => {
      asked.push(options);
      return matrix;
    },
    ...over,
  };
}

/** An engine to which every step is right. */
const silentJudge: Judge = async (input) => ({
  result: {
    badEdges: [],
    badStates: [],
    errors: [],
    actions: {},
    premises: {},
    statesCount: input.states.length,
    edgesCount: input.edges.length,
    seconds: 0,
  },
  engines: [embedded],
  doubts: [],
});

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly asked: readonly unknown[];
  /** The code of an immediate end, where there was one. */
  readonly endedNow: number | null;
  /** How often standard input was opened and not closed again. */
  readonly keysOpen: number;
}

export interface FakeOptions {
  readonly runner?: Partial<Runner>;
  readonly judge?: Judge;
  readonly emulate?: (options: EmulateOptions) => Promise<number>;
  readonly tlc?: TlcTools;
  readonly cover?: Cover;
  /** What stands in standard input. */
  readonly typed?: string;
  readonly env?: Record<string, string>;
  readonly isTTY?: boolean;
  /** Is handed the way to send the process a signal. */
  readonly onStart?: (send: (signal: EndSignal) => void) => void;
}

function sinkOf(written: string[], isTTY: boolean): TextSink {
  return {
    isTTY,
    columns: 200,
    write: (text) => void written.push(text),
    writeBytes: (bytes) => void written.push(Buffer.from(bytes).toString('latin1')),
  };
}

/** Keys that are there at once, and then nothing more. */
async function* typed(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

/** Runs one command line, written as one would type it without quotes, and gives all that it did. */
export async function run(commandLine: string, options: FakeOptions = {}): Promise<Outcome> {
  const runner = fakeRunner(options.runner);
  const stdout: string[] = [];
  const stderr: string[] = [];
  let endedNow: number | null = null;
  let keysOpen = 0;
  const isTTY = options.isTTY === true;
  const handlers = new Set<(signal: EndSignal) => void>();
  const io: Io = {
    stdout: sinkOf(stdout, isTTY),
    stderr: sinkOf(stderr, isTTY),
    env: options.env ?? {},
    onEndSignal: (handler) => {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
    openKeys: () => {
      keysOpen++;
      return { bytes: typed(options.typed ?? ''), close: () => void keysOpen-- };
    },
    exitNow: (code) => {
      endedNow = code;
    },
  };
  options.onStart?.((signal) => {
    for (const handler of handlers) handler(signal);
  });
  const { cover, emulate, tlc } = options;
  const parts: Parts = {
    runner: async () => runner,
    judge: async () => options.judge ?? silentJudge,
    ...(cover === undefined ? {} : { cover: async () => cover }),
    ...(tlc === undefined ? {} : { tlc: async () => tlc }),
    ...(emulate === undefined ? {} : { emulate: async () => emulate }),
  };
  const args = commandLine.split(' ').filter((word) => word !== '');
  const exitCode = await runCli(args, io, parts);
  return {
    exitCode,
    stdout: stdout.join(''),
    stderr: stderr.join(''),
    asked: runner.asked,
    endedNow,
    keysOpen,
  };
}
