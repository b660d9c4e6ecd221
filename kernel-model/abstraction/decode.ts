/**
 * The abstraction proper: reads the kernel's data out of NVM into the words of the spec. It reads through
 * `nvm.load32`, so that what it looks at counts among what the run has read.
 */
import type { Nvm } from '../../emulator/nvm/nvm.ts';
import { decodeFile, FileKind } from '../files.ts';
import {
  BOOT_CLEAN,
  BOOT_RUNNING,
  Control,
  FILE_WORD_BYTES,
  FILES_PER_PROCESS,
  Frame,
  frameAddress,
  PIPE_CAPACITY_BYTES,
  PipeRecord,
  PROCESSES_MAX,
  Proc,
  Sched,
} from '../layout.ts';
import type { MemoryPlan } from '../plan.ts';
import { Cause } from '../probe.ts';
import { Answer, Call, SIGPWR_BIT, Status } from '../process-table.ts';
import type { Observation, Workload } from '../programs/workload.ts';
import type { BootName, Core } from './abstract-state.ts';

const nameOf = (names: Readonly<Record<string, number>>, value: number): string => {
  for (const [name, number] of Object.entries(names)) if (number === value) return name;
  return `impossible ${value}`;
};

const procField = (nvm: Nvm, pid: number, offset: number): number =>
  nvm.load32(frameAddress(Frame.procs) + pid * Proc.sizeBytes + offset) >>> 0;

export function decodeBoot(nvm: Nvm): BootName {
  const word = nvm.load32(frameAddress(Frame.control) + Control.bootWord);
  if (word === BOOT_RUNNING) return 'running';
  return word === BOOT_CLEAN ? 'clean' : 'uninitialised';
}

/** Everything that a commit makes durable and the spec speaks of. */
export function decodeCore(nvm: Nvm, plan: MemoryPlan, workload: Workload): Core {
  const sched = frameAddress(Frame.sched);
  const pids = plan.processes.map((p) => p.pid);
  return {
    current: nvm.load32(sched + Sched.current),
    cause: nameOf(Cause, nvm.load32(sched + Sched.cause)),
    status: pids.map((pid) => nameOf(Status, procField(nvm, pid, Proc.status))),
    call: pids.map((pid) => nameOf(Call, procField(nvm, pid, Proc.call))),
    answer: pids.map((pid) => nameOf(Answer, procField(nvm, pid, Proc.answer))),
    notices: pids.map((pid) => procField(nvm, pid, Proc.notices)),
    pending: pids.filter((pid) => (procField(nvm, pid, Proc.pendingSignals) & SIGPWR_BIT) !== 0),
    queue: decodeQueue(nvm),
    pipe: Array.from({ length: workload.pipesCount }, (_, pipe) => decodePipe(nvm, pipe)),
    ...decodeEnds(nvm, pids, workload.pipesCount),
  };
}

function decodeQueue(nvm: Nvm): number[] {
  const sched = frameAddress(Frame.sched);
  const head = nvm.load32(sched + Sched.queueHead) >>> 0;
  const count = nvm.load32(sched + Sched.queueCount);
  // As with a pipe: what cannot be a count is shown as processes that cannot be.
  if (count < 0 || count > PROCESSES_MAX) return [-1, count];
  return Array.from({ length: count }, (_, i) =>
    nvm.load32(sched + Sched.queue + ((head + i) % PROCESSES_MAX) * 4),
  );
}

/** Who holds which end of a pipe: what the table of open files says, not what the pipes themselves count. */
function decodeEnds(
  nvm: Nvm,
  pids: readonly number[],
  pipesCount: number,
): Pick<Core, 'readers' | 'writers'> {
  const readers: number[][] = Array.from({ length: pipesCount }, () => []);
  const writers: number[][] = Array.from({ length: pipesCount }, () => []);
  for (const pid of pids) {
    for (let descriptor = 0; descriptor < FILES_PER_PROCESS; descriptor += 1) {
      const slot = (pid * FILES_PER_PROCESS + descriptor) * FILE_WORD_BYTES;
      const { kind, index } = decodeFile(nvm.load32(frameAddress(Frame.files) + slot) >>> 0);
      const ends = kind === FileKind.pipeRead ? readers : kind === FileKind.pipeWrite ? writers : [];
      const holders = ends[index];
      if (holders !== undefined && holders.at(-1) !== pid) holders.push(pid);
    }
  }
  return { readers, writers };
}

function decodePipe(nvm: Nvm, pipe: number): number[] {
  const record = frameAddress(Frame.pipes) + pipe * PipeRecord.sizeBytes;
  const readAt = nvm.load32(record + PipeRecord.readAt);
  const length = nvm.load32(record + PipeRecord.length);
  const bytes: number[] = [];
  // A torn record may hold any number here; what cannot be a length is shown as bytes that cannot be.
  if (length < 0 || length > PIPE_CAPACITY_BYTES) return [-1, length];
  for (let i = 0; i < length; i += 1) {
    bytes.push(nvm.load8(record + PipeRecord.buffer + (((readAt >>> 0) + i) % PIPE_CAPACITY_BYTES)));
  }
  return bytes;
}

/** What process `pid` shows at the end of a run. */
export function observe(
  nvm: Nvm,
  options: { plan: MemoryPlan; workload: Workload; pid: number; ledger: readonly number[] },
): Observation {
  const { plan, workload, pid, ledger } = options;
  const pages = plan.processes.find((p) => p.pid === pid)?.pages ?? [];
  const symbols = workload.programs[pid - 1]?.image.symbols;
  const byteAt = (linear: number): number => {
    const start = (linear & ~0xfff) >>> 0;
    const page = pages.find((p) => p.page.linear === start);
    if (page === undefined) throw new RangeError(`process ${pid} has no page at ${linear.toString(16)}h`);
    return nvm.load8(frameAddress(page.page.frame) + (linear & 0xfff));
  };
  const addressOf = (symbol: string): number => {
    const address = symbols?.get(symbol);
    if (address === undefined) throw new RangeError(`process ${pid} has no symbol ${symbol}`);
    return address;
  };
  const bytes = (symbol: string, lengthBytes: number): number[] =>
    Array.from({ length: lengthBytes }, (_, i) => byteAt(addressOf(symbol) + i));
  return {
    status: nameOf(Status, procField(nvm, pid, Proc.status)) as Observation['status'],
    exitStatus: procField(nvm, pid, Proc.exitStatus),
    notices: procField(nvm, pid, Proc.notices),
    ledger,
    bytes,
    word: (symbol) => bytes(symbol, 4).reduce((sum, byte, i) => sum + byte * 2 ** (8 * i), 0),
  };
}
