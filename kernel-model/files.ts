/** Open files: a table of descriptors a process, in the page `files`. */
import type { Door } from './door.ts';
import { FILE_WORD_BYTES, FILES_PER_PROCESS, Frame, tracked } from './layout.ts';

export const FileKind = { closed: 0, pipeRead: 1, pipeWrite: 2, serial: 3 } as const;

export interface OpenFile {
  readonly kind: number;
  /** Which pipe, for the two ends of one. */
  readonly index: number;
}

export const encodeFile = (file: OpenFile): number => file.kind | (file.index << 8);
export const decodeFile = (word: number): OpenFile => ({ kind: word & 0xff, index: word >>> 8 });

export class Files {
  private readonly door: Door;

  constructor(door: Door) {
    this.door = door;
  }

  private slot(pid: number, descriptor: number): number {
    return tracked(Frame.files) + (pid * FILES_PER_PROCESS + descriptor) * FILE_WORD_BYTES;
  }

  /** What a descriptor stands for; `closed` for one that does not exist. */
  get(pid: number, descriptor: number): OpenFile {
    if (descriptor >>> 0 >= FILES_PER_PROCESS) return { kind: FileKind.closed, index: 0 };
    return decodeFile(this.door.load(this.slot(pid, descriptor)));
  }

  /** Whether this descriptor is an end of a pipe, and the only one of its process for that end. */
  isLastOfItsEnd(pid: number, descriptor: number): boolean {
    const file = this.get(pid, descriptor);
    if (file.kind !== FileKind.pipeRead && file.kind !== FileKind.pipeWrite) return false;
    for (let other = 0; other < FILES_PER_PROCESS; other += 1) {
      const { kind, index } = this.get(pid, other);
      if (other !== descriptor && kind === file.kind && index === file.index) return false;
    }
    return true;
  }

  close(pid: number, descriptor: number): void {
    this.door.store(this.slot(pid, descriptor), FileKind.closed);
  }
}
