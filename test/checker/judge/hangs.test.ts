import { describe, expect, it } from 'vitest';
import { judge } from '../../../checker/check-workload.ts';
import type { Exploration } from '../../../checker/explore/explorer.ts';
import { replayRun } from '../../../checker/explore/replay.ts';
import { runTwice } from '../../../checker/judge/witness.ts';
import { InternalFault } from '../../../emulator/invariant.ts';
import { Frame, frameAddress, mechanism } from '../../../kernel-model/layout.ts';
import { pageShadow } from '../../../kernel-model/schemes/page-shadow.ts';
import type { KernelSystem } from '../../../kernel-model/system.ts';
import { program, workloadOf } from '../../kernel-model/run.ts';
import { exploreAll, systemOf } from '../explore/systems.ts';

const judged = (system: KernelSystem, exploration: Exploration) =>
  judge({
    ...{ system, exploration, engine: 'embedded' },
    subject: { scheme: pageShadow.name, workload: 'none' },
    signal: new AbortController().signal,
  });

const exitsAtOnce = workloadOf([program({ name: 'exits', build: () => undefined })]);
const SCRATCH = frameAddress(Frame.frameBuffer);

describe('a run that does not end', () => {
  it('is a violation where it is a recovery, told with the addresses of its loop', async () => {
    const system = systemOf(exitsAtOnce, pageShadow, (parts) => ({
      ...parts,
      makeRecovery: (kernel) => {
        const recovery = parts.makeRecovery(kernel);
        recovery.run = () => {
          for (;;) kernel.door.storeMechanism(SCRATCH, 7);
        };
        return recovery;
      },
    }));
    Object.assign(system, { instructionsMax: 8_000 });
    const { findings } = await judged(system, exploreAll(system, 1));
    expect(findings.map((f) => f.promise)).toEqual(['RecoveryEnds']);
    expect(findings[0]?.step.conjunct).toContain(`storing to ${SCRATCH.toString(16)}h`);
    expect(findings[0]?.step.conjunct).toMatch(
      /the recovery has no end after 8000 instructions, going round at [0-9a-f]+h/,
    );
    expect(mechanism(SCRATCH)).toBeGreaterThan(SCRATCH);
  });

  it('leaves the verdict open where it is a process, and says where it goes round', async () => {
    const spins = workloadOf([
      program({ name: 'spins', build: (a) => a.label('again').emit('cli').emit('jmp', 'again') }),
      program({ name: 'spins too', build: (a) => a.label('again').emit('jmp', 'again') }),
    ]);
    const system = systemOf({ ...spins, quantumInstructions: 1_000_000_000 });
    Object.assign(system, { instructionsMax: 20_000 });
    const { findings, undecided } = await judged(system, exploreAll(system, 0));
    expect(findings).toEqual([]);
    expect(undecided.join()).toMatch(
      /came to no end: no end after 20000 instructions, going round at [0-9a-f]+h/,
    );
  });
});

describe('a violation is run twice', () => {
  it('and a difference between the runs is an internal fault', () => {
    const system = systemOf(exitsAtOnce);
    const late = (replayRun(system, [])?.lastLogLength ?? 0) - 100;
    expect(runTwice(system, [late]).crashes).toHaveLength(1);
    let calls = 0;
    const { stateAsItf, observer } = system;
    const fickle = new Proxy(observer, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (name !== 'crash') return typeof value === 'function' ? value.bind(target) : value;
        calls += 1;
        return calls === 1 ? target.crash.bind(target) : () => target.initialState();
      },
    });
    expect(() => runTwice({ ...system, observer: fickle, stateAsItf }, [late])).toThrow(InternalFault);
    expect(calls).toBeGreaterThan(1);
  });

  it('and so is a run that there is not', () => {
    expect(() => runTwice(systemOf(exitsAtOnce), [9_999_999])).toThrow(InternalFault);
  });
});
