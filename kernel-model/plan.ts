import { PAGE_SIZE_BYTES } from '../emulator/units.ts';
import { UsageError } from '../emulator/usage-error.ts';
import { FileKind } from './files.ts';
import {
  FILES_PER_PROCESS,
  Frame,
  frameAddress,
  PIPES_MAX,
  PROCESSES_MAX,
  Pte,
  tracked,
  USER_STACK_TOP,
} from './layout.ts';
import type { Workload } from './programs/workload.ts';

/** A page whose content recovery must give back (thesis §3.4), and where its protection bit is. */
export interface ImportantPage {
  /** As the spec and the reports call it: `procs`, `user1.data`, … */
  readonly name: string;
  readonly frame: number;
  /** The frame of its copy. */
  readonly shadowFrame: number;
  /** The linear address through which it is written under protection. */
  readonly linear: number;
  /** Physical address of the page table entry that protects it. */
  readonly pteAddress: number;
  /** Its page table entry when protected and not yet written: read-only, accessed, not dirty. */
  readonly protectedPte: number;
  /** 0 for the kernel, otherwise the process whose page it is. */
  readonly owner: number;
  /** False for pages that nobody may ever write (program text). */
  readonly canWrite: boolean;
}

/** A page of a process and what it holds at start. */
export interface UserPage {
  readonly page: ImportantPage;
  readonly bytes: Uint8Array;
}

export interface ProcessPlan {
  readonly pid: number;
  readonly directoryFrame: number;
  readonly tableFrame: number;
  readonly entry: number;
  readonly pages: readonly UserPage[];
}

/** The memory map of one workload: computed once, from the programs alone. */
export interface MemoryPlan {
  readonly memoryBytes: number;
  /** Pages that can be shadowed; the same number of shadow frames follows them. */
  readonly primaryPagesCount: number;
  readonly important: readonly ImportantPage[];
  readonly processes: readonly ProcessPlan[];
}

const DIRECTORY_SPAN_BYTES = 1 << 22;
/** Each kernel window is one page table. */
const FRAMES_MAX = PAGE_SIZE_BYTES / 4;
const STACK_PAGE = USER_STACK_TOP - PAGE_SIZE_BYTES;
export const directoryIndex = (linear: number): number => linear >>> 22;
export const tableIndex = (linear: number): number => (linear >>> 12) & 1023;

interface Draft {
  name: string;
  frame: number;
  linear: number;
  pteAddress: number;
  owner: number;
  canWrite: boolean;
  user: boolean;
}

/**
 * Lays a workload out in memory.
 * @throws UsageError when a program does not fit: it must lie within the 4 MiB that hold its stack, and not
 * where the stack is; and when the workload has more of something than the kernel's tables have room for.
 */
export function planMemory(workload: Workload): MemoryPlan {
  demandRoom(workload);
  const drafts: Draft[] = [];
  const kernelPage = (name: string, frame: number): void => {
    const linear = tracked(frame);
    const pteAddress = frameAddress(Frame.trackedTable) + tableIndex(linear) * 4;
    drafts.push({ name, frame, linear, pteAddress, owner: 0, canWrite: true, user: false });
  };
  kernelPage('sched', Frame.sched);
  kernelPage('procs', Frame.procs);
  kernelPage('files', Frame.files);
  kernelPage('pipes', Frame.pipes);

  let nextFrame: number = Frame.firstUser;
  const shells = workload.programs.map((program, index) => {
    const pid = index + 1;
    const directoryFrame = nextFrame;
    const tableFrame = nextFrame + 1;
    nextFrame += 2;
    kernelPage(`user${pid}.directory`, directoryFrame);
    kernelPage(`user${pid}.table`, tableFrame);
    const contents = pagesOf(program.name, program.image.segments);
    const pages = contents.map((content) => {
      const frame = nextFrame;
      nextFrame += 1;
      drafts.push({
        name: `user${pid}.${content.name}`,
        frame,
        linear: content.linear,
        pteAddress: frameAddress(tableFrame) + tableIndex(content.linear) * 4,
        owner: pid,
        canWrite: content.writable,
        user: true,
      });
      return { frame, bytes: content.bytes };
    });
    return { pid, directoryFrame, tableFrame, entry: program.image.entry, pages };
  });

  const primaryPagesCount = nextFrame;
  demandAtMost(FRAMES_MAX, primaryPagesCount * 2, 'page frames, half of them for shadows');
  const important = drafts.map((d) => finish(d, primaryPagesCount));
  const byFrame = new Map(important.map((p) => [p.frame, p]));
  const processes = shells.map((shell) => ({
    ...shell,
    pages: shell.pages.flatMap(({ frame, bytes }) => {
      const page = byFrame.get(frame);
      return page === undefined ? [] : [{ page, bytes }];
    }),
  }));
  return { memoryBytes: primaryPagesCount * 2 * PAGE_SIZE_BYTES, primaryPagesCount, important, processes };
}

/** The kernel's tables are of fixed size; nothing that does not fit is taken on in silence. */
function demandRoom(workload: Workload): void {
  demandAtMost(PROCESSES_MAX, workload.programs.length, 'processes');
  demandAtMost(PIPES_MAX, workload.pipesCount, 'pipes');
  for (const { name, files } of workload.programs) {
    demandAtMost(FILES_PER_PROCESS, files.length, `open files of program ${name}`);
    for (const { kind, index } of files) {
      const isPipe = kind === FileKind.pipeRead || kind === FileKind.pipeWrite;
      if (isPipe && index >= workload.pipesCount) {
        throw new UsageError(
          `program ${name} is given an end of pipe ${index}, but there are ${workload.pipesCount} pipes`,
          'count from 0',
        );
      }
    }
  }
}

function demandAtMost(max: number, count: number, what: string): void {
  if (count > max) throw new UsageError(`the workload has ${count} ${what}`, `there is room for ${max}`);
}

function finish(draft: Draft, primaryPagesCount: number): ImportantPage {
  const flags = Pte.present | Pte.accessed | (draft.user ? Pte.user : 0) | (draft.canWrite ? Pte.tracked : 0);
  return {
    name: draft.name,
    frame: draft.frame,
    shadowFrame: draft.frame + primaryPagesCount,
    linear: draft.linear,
    pteAddress: draft.pteAddress,
    protectedPte: frameAddress(draft.frame) | flags,
    owner: draft.owner,
    canWrite: draft.canWrite,
  };
}

interface PageContent {
  readonly name: string;
  readonly linear: number;
  readonly bytes: Uint8Array;
  readonly writable: boolean;
}

function pagesOf(
  program: string,
  segments: Workload['programs'][number]['image']['segments'],
): PageContent[] {
  const region = directoryIndex(USER_STACK_TOP - 1);
  const byLinear = new Map<number, { bytes: Uint8Array; writable: boolean }>();
  const pageAt = (linear: number, writable: boolean): Uint8Array => {
    if (directoryIndex(linear) !== region) {
      throw new UsageError(
        `program ${program}: address ${hex(linear)} is outside ${hex(region * DIRECTORY_SPAN_BYTES)}–${hex(USER_STACK_TOP - 1)}`,
        'link it into the 4 MiB that hold its stack',
      );
    }
    const known = byLinear.get(linear);
    if (known !== undefined && known.writable === writable) return known.bytes;
    if (known !== undefined) {
      throw new UsageError(
        `program ${program}: text and data share the page at ${hex(linear)}`,
        'align data to 4096 bytes',
      );
    }
    const fresh = { bytes: new Uint8Array(PAGE_SIZE_BYTES), writable };
    byLinear.set(linear, fresh);
    return fresh.bytes;
  };
  for (const segment of segments) {
    const end = segment.linearAddress + segment.bytes.length + segment.bssBytes;
    for (let at = segment.linearAddress & ~0xfff; at < end; at += PAGE_SIZE_BYTES)
      pageAt(at, segment.writable);
    segment.bytes.forEach((byte, i) => {
      const at = segment.linearAddress + i;
      pageAt(at & ~0xfff, segment.writable)[at & 0xfff] = byte;
    });
  }
  if (byLinear.has(STACK_PAGE)) {
    throw new UsageError(
      `program ${program}: its stack is at ${hex(STACK_PAGE)}, and it has something else there`,
      'link it elsewhere',
    );
  }
  pageAt(STACK_PAGE, true);
  const pages = [...byLinear.entries()].sort(([a], [b]) => a - b);
  const isAlone = (writable: boolean): boolean =>
    pages.filter(([at, page]) => at !== STACK_PAGE && page.writable === writable).length === 1;
  return pages.map(([linear, { bytes, writable }], i) => {
    const kind = writable ? 'data' : 'text';
    // Names are unique: a second page of text or data gives both their numbers.
    const name = linear === STACK_PAGE ? 'stack' : isAlone(writable) ? kind : `${kind}${i}`;
    return { name, linear, bytes, writable };
  });
}

const hex = (value: number): string => `${(value >>> 0).toString(16)}h`;
