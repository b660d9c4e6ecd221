/** A workload: the guest programs that run together, and what each must have observed at the end. */
import { FileKind } from '../files.ts';

/** What the assembler and the ELF loader give: where a program's bytes go and where it starts. */
export interface ProgramImage {
  readonly entry: number;
  readonly segments: readonly {
    readonly linearAddress: number;
    readonly bytes: Uint8Array;
    readonly bssBytes: number;
    readonly writable: boolean;
  }[];
  /** Linear addresses of labels. */
  readonly symbols: ReadonlyMap<string, number>;
}

/** What one process shows once a run is over. */
export interface Observation {
  readonly status: 'ready' | 'waiting' | 'blocked' | 'exited' | 'none';
  readonly exitStatus: number;
  /** Notices of a reboot given to it, in all. */
  readonly notices: number;
  /** What the serial port really sent in this session, in order. */
  readonly ledger: readonly number[];
  /** Bytes of its own memory, from a label of its program. */
  bytes(symbol: string, lengthBytes: number): readonly number[];
  word(symbol: string): number;
}

export interface GuestProgram {
  readonly name: string;
  readonly image: ProgramImage;
  /** Open files at start: descriptor i is entry i. */
  readonly files: readonly { readonly kind: number; readonly index: number }[];
  /**
   * What it must have observed, whatever crashed and when.
   * @returns why the observation is impossible, or null when it is right.
   */
  mustObserve(observation: Observation): string | null;
}

export interface Workload {
  readonly name: string;
  readonly describe: string;
  readonly programs: readonly GuestProgram[];
  readonly pipesCount: number;
  /** Instructions a process runs before the timer takes the processor from it. */
  readonly quantumInstructions: number;
  /** Instructions that the serial port takes to send a byte. */
  readonly serialByteInstructions: number;
  /** Promises, besides those that every workload is about, whose premise its runs must bring about. */
  readonly shows?: readonly string[];
}

/** Of each pipe, the processes that are given its end for reading, and for writing, at start. */
export function endsGiven(workload: Workload): { readers: number[][]; writers: number[][] } {
  const holders = (kind: number): number[][] =>
    Array.from({ length: workload.pipesCount }, (_, pipe) =>
      workload.programs.flatMap(({ files }, i) =>
        files.some((f) => f.kind === kind && f.index === pipe) ? [i + 1] : [],
      ),
    );
  return { readers: holders(FileKind.pipeRead), writers: holders(FileKind.pipeWrite) };
}
