import { describe, expect, it } from 'vitest';
import { replayRun } from '../../checker/explore/replay.ts';
import type { NativePort } from '../../emulator/native.ts';
import type { LogEntry } from '../../emulator/nvm/store-log.ts';
import { Kernel } from '../../kernel-model/kernel.ts';
import { Sched } from '../../kernel-model/layout.ts';
import { silentProbe } from '../../kernel-model/probe.ts';
import { workloads } from '../../kernel-model/programs/catalogue.ts';
import { schemes } from '../../kernel-model/schemes/catalogue.ts';
import { pageShadow } from '../../kernel-model/schemes/page-shadow.ts';
import { type KernelSystem, type Mutation, makeSystem } from '../../kernel-model/system.ts';
import { runOnce } from './run.ts';

const small = () => {
  const entry = workloads.find((w) => w.name === 'small');
  if (entry === undefined) throw new Error('no workload small');
  return entry.make();
};

/** The store log of a run with a crash in the middle of it and another in the recovery, and the last hash. */
function logOf(system: KernelSystem, crashes: readonly number[]): { entries: LogEntry[]; hash: string } {
  const run = replayRun(system, crashes);
  if (run === null) throw new Error('the run ended before its crash');
  const { log } = system.machine.nvm;
  const entries = Array.from({ length: log.length }, (_, i) => log.entry(i));
  return { entries, hash: system.machine.nvm.hash() };
}

const system = (mutate?: Mutation): KernelSystem =>
  makeSystem({ workload: small(), scheme: pageShadow, ...(mutate === undefined ? {} : { mutate }) });

const CRASHES = [
  { name: 'no crash', positions: [] },
  { name: 'a crash', positions: [40_000] },
  { name: 'a crash and another in the recovery', positions: [60_000, 900] },
];

describe.each(workloads.flatMap((w) => schemes.map((s) => [w.name, s.name, w, s] as const)))(
  'workload %s under %s',
  (_workload, _scheme, workload, scheme) => {
    it('settles without a failure: everybody has ended, nobody is misled, the machine is shut down', () => {
      const { run, last, of, system: used } = runOnce(workload.make(), { scheme });
      expect(run.end).toEqual({ kind: 'settled' });
      expect(last).toMatchObject({ boot: 'clean', mode: 'rest', misled: [] });
      for (const { pid } of used.plan.processes) {
        expect(of(pid)).toMatchObject({ status: 'exited', exitStatus: 0, notices: 0 });
      }
    });

    it('settles so too where power fails once, and nobody is told twice', () => {
      const length = runOnce(workload.make(), { scheme }).run.lastLogLength;
      const { run, last, of, system: used } = runOnce(workload.make(), { scheme, crashes: [length >>> 1] });
      expect(run.end).toEqual({ kind: 'settled' });
      expect(last).toMatchObject({ boot: 'clean', mode: 'rest', misled: [] });
      for (const { pid } of used.plan.processes) expect(of(pid).notices).toBeLessThanOrEqual(1);
    });
  },
);

describe('the same machine and the same programs', () => {
  it.each(CRASHES)('do the same stores again ($name)', ({ positions }) => {
    const used = system();
    const first = logOf(used, positions);
    expect(first.entries.length).toBeGreaterThan(1000);
    expect(logOf(used, positions)).toEqual(first);
    expect(logOf(system(), positions)).toEqual(first);
  });

  it('do the same stores whether or not somebody watches', () => {
    const watched = logOf(system(), []);
    const { machine } = system((parts) => ({
      ...parts,
      makeKernel: (own, port) => new Kernel(own, port, silentProbe),
    }));
    while (machine.run({ instructionsMax: 1_000_000 }).kind === 'budget');
    const entries = Array.from({ length: machine.nvm.log.length }, (_, i) => machine.nvm.log.entry(i));
    expect(entries).toEqual(watched.entries);
    expect(machine.nvm.hash()).toBe(watched.hash);
  });
});

describe('the kernel keeps nothing between two entries', () => {
  it.each(CRASHES)('frozen through and through, it does the same stores ($name)', ({ positions }) => {
    let madeCount = 0;
    const frozen = system((parts) => {
      deepFreeze(parts);
      return {
        ...parts,
        makeKernel: (own, port, probe) => {
          madeCount += 1;
          const kernel = new Kernel(own, port, probe);
          // Whatever it is made of may not change from here on, so nothing can be left in it.
          for (const part of [kernel, kernel.processes, kernel.scheduler, kernel.files, kernel.pipes]) {
            Object.freeze(part);
          }
          for (const part of [kernel.serial, kernel.scheme, kernel.door]) Object.freeze(part);
          return kernel;
        },
      };
    });
    expect(logOf(frozen, positions)).toEqual(logOf(system(), positions));
    // One at each power-on, at each call, interrupt and first write.
    expect(madeCount).toBeGreaterThan(50);
  });

  it('one kernel kept over all entries does the same stores as a new one at each', () => {
    const kept: Kernel[] = [];
    const keeping = system((parts) => ({
      ...parts,
      makeKernel: (own, port, probe) => {
        kept[0] ??= new Kernel(own, port, probe);
        return atPort(kept[0], port);
      },
    }));
    expect(logOf(keeping, [60_000, 900])).toEqual(logOf(system(), [60_000, 900]));
    expect(kept).toHaveLength(1);
  });

  it('and a kernel that keeps something in itself is seen by this', () => {
    class Counting extends Kernel {
      private entriesCount = 0;
      override interrupt(vector: number): void {
        this.entriesCount += 1;
        // It notes at every other entry how many there were, in a slot of the queue that nobody uses.
        if (this.entriesCount % 2 === 0) this.scheduler.set(Sched.queue + 7 * 4, this.entriesCount);
        super.interrupt(vector);
      }
    }
    const kept: Kernel[] = [];
    const keeping = system((parts) => ({
      ...parts,
      makeKernel: (own, port, probe) => {
        kept[0] ??= new Counting(own, port, probe);
        return atPort(kept[0], port);
      },
    }));
    const anew = system((parts) => ({
      ...parts,
      makeKernel: (own, port, probe) => new Counting(own, port, probe),
    }));
    expect(logOf(keeping, [])).not.toEqual(logOf(anew, []));
  });
});

/** The same kernel at another port, for one entry: a port is the way to the machine, and new each time. */
function atPort(kernel: Kernel, port: NativePort): Kernel {
  const enter = (entry: () => void): void => {
    const outer = kernel.door.port;
    Object.assign(kernel.door, { port });
    try {
      entry();
    } finally {
      Object.assign(kernel.door, { port: outer });
    }
  };
  return Object.create(kernel, {
    reset: { value: () => enter(() => kernel.reset()) },
    interrupt: { value: (vector: number) => enter(() => kernel.interrupt(vector)) },
  }) as Kernel;
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  if (ArrayBuffer.isView(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
}
