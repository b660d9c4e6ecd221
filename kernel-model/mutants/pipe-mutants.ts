/** Faults in who holds the ends of pipes, in what finds a pipe at its end or broken, and in who waits for whom. */

import type { Door } from '../door.ts';
import { FileKind, Files } from '../files.ts';
import { FILES_PER_PROCESS } from '../layout.ts';
import { Pipes } from '../pipes.ts';
import { type ProcessTable, Status } from '../process-table.ts';
import { Recovery } from '../recovery.ts';
import type { Mutant } from './mutant.ts';
import { withFiles, withPipes, withRecovery } from './parts.ts';

function mutant(name: string, expected: string, sentence: string, mutate: Mutant['mutate']): Mutant {
  return { name, expected, sentence, mutate };
}

class EndOfFileWhileWritten extends Pipes {
  override writersCount(): number {
    return 0;
  }
}

class BrokenWhileRead extends Pipes {
  override readersCount(): number {
    return 0;
  }
}

class WriterCountKept extends Pipes {
  override dropWriter(): void {
    // The pipe goes on counting who has given up its end.
  }
}

class KeptAtExit extends Files {
  private readonly processes: ProcessTable;

  constructor(door: Door, processes: ProcessTable) {
    super(door);
    this.processes = processes;
  }

  override close(pid: number, descriptor: number): void {
    // Only a process that is still there has its descriptors taken from the table.
    if (this.processes.status(pid) !== Status.exited) super.close(pid, descriptor);
  }
}

class ClosesTheNextToo extends Files {
  override close(pid: number, descriptor: number): void {
    super.close(pid, descriptor);
    if (this.get(pid, descriptor + 1).kind !== FileKind.closed) super.close(pid, descriptor + 1);
  }
}

class CloseForgotten extends Files {
  override close(): void {
    // The pipe is told, the table of open files is not.
  }
}

class FilesClosedByRecovery extends Recovery {
  override run(): void {
    super.run();
    // What the process that ran had open is not thought to have survived (thesis §3.1).
    const { files, scheduler } = this.kernel;
    const pid = scheduler.current();
    if (pid === 0) return;
    for (let descriptor = 0; descriptor < FILES_PER_PROCESS; descriptor += 1) {
      if (files.get(pid, descriptor).kind !== FileKind.closed) files.close(pid, descriptor);
    }
  }
}

export const pipeMutants: readonly Mutant[] = [
  mutant(
    'end-of-file-while-written',
    'EndOfFileOnlyAtEnd',
    'an empty pipe is at its end although a writer is left',
    withPipes(EndOfFileWhileWritten),
  ),
  mutant(
    'broken-while-read',
    'BrokenPipeOnlyUnread',
    'a pipe is broken although a reader is left',
    withPipes(BrokenWhileRead),
  ),
  mutant(
    'writer-count-kept',
    'NobodyBlockedInVain',
    'a pipe goes on counting a writer that has gone, and its reader waits for it',
    withPipes(WriterCountKept),
  ),
  mutant(
    'files-kept-at-exit',
    'EndsClosedAtExit',
    'a process that ends goes on holding its open files',
    withFiles(KeptAtExit),
  ),
  mutant(
    'close-closes-the-next-too',
    'EndsKept',
    'closing a descriptor closes the one after it as well',
    withFiles(ClosesTheNextToo),
  ),
  mutant(
    'close-forgotten',
    'EndsKept',
    'a close comes back as done and leaves the descriptor open',
    withFiles(CloseForgotten),
  ),
  mutant(
    'files-closed-by-recovery',
    'EndsKept',
    'recovery takes the running process’s open files from it',
    withRecovery(FilesClosedByRecovery),
  ),
];
