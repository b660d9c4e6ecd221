/** Random small workloads, crashed at every point: the count, the reductions, and the verdict of the spec. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { judge } from '../../checker/check-workload.ts';
import { explore } from '../../checker/explore/explorer.ts';
import { replayRun } from '../../checker/explore/replay.ts';
import type { GuestProgram, Workload } from '../../kernel-model/programs/workload.ts';
import { pageShadow } from '../../kernel-model/schemes/page-shadow.ts';
import { makeSystem } from '../../kernel-model/system.ts';
import { edgesAreWhereTheySay, runsAreInTheGraph } from '../checker/explore/both-ways.ts';
import { spread } from '../checker/explore/spread.ts';
import { totals } from '../checker/explore/systems.ts';
import {
  NR,
  program,
  type ResultKeeper,
  readEnd,
  serialPort,
  workloadOf,
  writeEnd,
} from '../kernel-model/run.ts';

/** Descriptors that every program has: both ends of pipe 0, and the serial port. */
const FILES = [readEnd(0), writeEnd(0), serialPort];
const DESCRIPTOR = { read: 0, write: 1, send: 2 } as const;

const op = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('write' as const), count: fc.integer({ min: 0, max: 10 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('read' as const), count: fc.integer({ min: 0, max: 10 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('send' as const), count: fc.integer({ min: 0, max: 2 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('yield' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('getpid' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('work' as const), count: fc.integer({ min: 1, max: 400 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('wrong' as const),
      which: fc.constantFrom('buffer', 'file', 'number'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('fault' as const), how: fc.constantFrom('hlt', 'ud2') }),
  },
);
type Op = typeof op extends fc.Arbitrary<infer T> ? T : never;

function emit(a: ResultKeeper, each: Op, label: string): void {
  switch (each.kind) {
    case 'read':
      a.ask(NR.read, DESCRIPTOR.read, a.addressOf('buffer'), each.count);
      return;
    case 'write':
      a.ask(NR.write, DESCRIPTOR.write, a.addressOf('buffer'), each.count);
      return;
    case 'send':
      // A place of its own for each call: guest programs send no byte twice.
      a.ask(NR.write, DESCRIPTOR.send, a.addressOf(`send.${label}`), each.count);
      return;
    case 'yield':
      a.ask(NR.yield);
      return;
    case 'getpid':
      a.ask(NR.getpid);
      return;
    case 'work':
      a.emit('mov', 'ecx', each.count).label(`work.${label}`).emit('dec', 'ecx').emit('jnz', `work.${label}`);
      return;
    case 'wrong':
      if (each.which === 'buffer') a.ask(NR.write, DESCRIPTOR.write, 0xc0008000, 4);
      else if (each.which === 'file') a.ask(NR.read, 7, a.addressOf('buffer'), 4);
      else a.ask(999);
      return;
    case 'fault':
      a.emit(each.how);
  }
}

function programOf(ops: readonly Op[], pid: number): GuestProgram {
  return program({
    name: `random${pid}`,
    files: FILES,
    build: (a) => {
      ops.forEach((each, i) => {
        emit(a, each, `at${i}`);
      });
    },
    data: (a) => {
      a.label('buffer').bytes(Uint8Array.from({ length: 10 }, (_, i) => 32 + pid * 10 + i));
      ops.forEach((_, i) => {
        a.label(`send.at${i}`).bytes(100 + pid * 16 + i * 2, 101 + pid * 16 + i * 2);
      });
    },
  });
}

const workload: fc.Arbitrary<Workload> = fc
  .array(fc.array(op, { maxLength: 4 }), { minLength: 1, maxLength: 2 })
  .map((lists) =>
    workloadOf(
      lists.map((ops, i) => programOf(ops, i + 1)),
      { pipesCount: 1 },
    ),
  );

const show = (each: Workload): string => each.programs.map((p) => p.name).join();

it('any small workload: every point is counted, every step is real, none is missing, and the spec allows them all', async () => {
  await fc.assert(
    fc.asyncProperty(workload, fc.nat(1000), async (each, seed) => {
      const system = makeSystem({ workload: each, scheme: pageShadow });
      const exploration = explore(system, { depth: 1, reduce: true });
      expect(exploration.openEnds).toEqual([]);
      const length = replayRun(system, [])?.lastLogLength ?? 0;
      const { found, run, equal } = totals(exploration);
      expect([found, run + equal, exploration.tally.expected]).toEqual(Array(3).fill(length + 1));

      edgesAreWhereTheySay(system, exploration, 10);
      const positions = spread({ seed, count: 12, below: length + 1 });
      runsAreInTheGraph(
        system,
        exploration,
        positions.map((position) => [position]),
      );
      const judged = await judge({
        system,
        subject: { scheme: pageShadow.name, workload: show(each) },
        exploration,
        engine: 'embedded',
        signal: new AbortController().signal,
      });
      expect(judged.findings.map((f) => `${f.promise}: ${f.step.action} ${f.step.conjunct}`)).toEqual([]);
      expect(judged.undecided).toEqual([]);
    }),
    { numRuns: 5 },
  );
});
