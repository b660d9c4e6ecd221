/** Shows a crash of our kernel as people name it: program, instruction, store, page, class. */
import { describeAddress, type GuestImage } from '../emulator/guest-image.ts';
import type { LogEntry } from '../emulator/nvm/store-log.ts';
import { LINE_SIZE_BYTES } from '../emulator/persistency/model.ts';
import { Frame } from '../kernel-model/layout.ts';
import type { KernelSystem } from '../kernel-model/system.ts';
import type { ReplayedCrash, ReplayedRun } from './explore/replay.ts';
import { classOf } from './explore/tally.ts';
import type { CrashPointInfo } from './report/model.ts';

export function crashPointInfo(system: KernelSystem, run: ReplayedRun, index: number): CrashPointInfo {
  const crash = run.crashes[index];
  if (crash === undefined) throw new RangeError(`the replay has no crash ${index}`);
  const { entry, position } = crash;
  return {
    class: classOf(crash.phase, entry?.kind === 'effect'),
    position,
    ...(entry === undefined ? {} : { store: storeInfo(system, entry) }),
    ...whereAt(system, crash),
    ...lostLines(system, crash.choice ?? ''),
  };
}

/** The lines that a choice names. */
function lostLines(system: KernelSystem, choice: string): Pick<CrashPointInfo, 'lost'> {
  if (choice === '') return {};
  const lost = choice.split(',').map((part) => {
    const address = Number.parseInt(part, 16) * LINE_SIZE_BYTES;
    return `the cache line of ${pageName(system, address)} at ${address.toString(16)}h`;
  });
  return { lost };
}

function storeInfo(system: KernelSystem, entry: LogEntry): NonNullable<CrashPointInfo['store']> {
  if (entry.kind === 'effect')
    return { address: 0, oldWord: 0, newWord: 0, origin: 'device', page: 'ledger' };
  const { address, oldWord, newWord, origin } = entry;
  return { address, oldWord, newWord, origin, page: pageName(system, address) };
}

const PHASE_WORDS = {
  boot: 'building the first tables',
  recovery: 'recovering',
  privileged: 'in a privileged section',
  commit: 'committing an epoch',
  shutdown: 'shutting down',
  user: 'user mode',
} as const;

function whereAt(system: KernelSystem, crash: ReplayedCrash): { program: string; at: string } {
  if (crash.phase !== 'user') {
    const program = crash.phase === 'recovery' || crash.phase === 'boot' ? crash.phase : 'kernel';
    return { program, at: PHASE_WORDS[crash.phase] };
  }
  const { current } = system.stateOf(crash.state).core;
  const program = system.workload.programs[current - 1];
  if (program === undefined || crash.cpl === 0) return { program: 'kernel', at: 'kernel entry' };
  return { program: program.name, at: describeAddress(program.image as GuestImage, crash.eip) };
}

/** The page that holds a physical address, by the name that the spec gives it. */
export function pageName(system: KernelSystem, address: number): string {
  const frame = address >>> 12;
  const { important, primaryPagesCount } = system.plan;
  const protectedBy = important.find((p) => p.pteAddress >>> 2 === address >>> 2);
  if (protectedBy !== undefined) return `${protectedBy.name} (its page table entry)`;
  const page = important.find((p) => p.frame === frame);
  if (page !== undefined) return page.name;
  const shadowed = important.find((p) => p.shadowFrame === frame);
  if (shadowed !== undefined) return `${shadowed.name} (its shadow)`;
  const name = Object.entries(Frame).find(([, f]) => f === frame)?.[0];
  return name ?? (frame < primaryPagesCount ? `frame ${frame}` : `shadow frame ${frame}`);
}
