import { describe, expect, it } from 'vitest';
import { explore } from '../../../checker/explore/explorer.ts';
import { replayRun } from '../../../checker/explore/replay.ts';
import { mutants } from '../../../kernel-model/mutants/catalogue.ts';
import { pageShadow } from '../../../kernel-model/schemes/page-shadow.ts';
import { thesis } from '../../../kernel-model/schemes/thesis.ts';
import { program, workloadOf } from '../../kernel-model/run.ts';
import { edgesAreWhereTheySay, runsAreInTheGraph } from './both-ways.ts';
import { spread } from './spread.ts';
import { booted, contents, difference, edgesOf, exploreAll, named, systemOf, totals } from './systems.ts';

const exitsAtOnce = workloadOf([program({ name: 'exits', build: () => undefined })]);

describe('the reductions', () => {
  it.each([
    ['page-shadow', pageShadow],
    ['thesis', thesis],
  ] as const)(
    'under %s put every step where it really happens, and miss none of a sample',
    (_name, scheme) => {
      const system = systemOf(named('small'), scheme);
      const exploration = exploreAll(system, 1);
      expect(edgesAreWhereTheySay(system, exploration, 25)).toBeGreaterThan(200);
      const length = replayRun(system, [])?.lastLogLength ?? 0;
      const positions = spread({ seed: 11, count: 25, below: length + 1 });
      runsAreInTheGraph(
        system,
        exploration,
        positions.map((position) => [position]),
      );
    },
  );

  it('do so for a crash in a recovery too', () => {
    const system = systemOf(exitsAtOnce);
    const exploration = exploreAll(system, 2);
    expect(edgesAreWhereTheySay(system, exploration, 100)).toBeGreaterThan(200);
    const length = replayRun(system, [])?.lastLogLength ?? 0;
    const pairs = spread({ seed: 12, count: 25, below: length }).flatMap((outer) => {
      const inner = replayRun(system, [outer])?.lastLogLength ?? 0;
      return spread({ seed: outer, count: 3, below: inner + 1 }).map((position) => [outer, position]);
    });
    runsAreInTheGraph(system, exploration, pairs);
  });

  it('hide nothing of a kernel that is wrong', () => {
    for (const mutant of mutants.slice(0, 4)) {
      const system = systemOf(exitsAtOnce, pageShadow, mutant.mutate);
      const exploration = exploreAll(system, 1);
      edgesAreWhereTheySay(system, exploration, 40);
      const crashes = spread({ seed: 13, count: 40, below: replayRun(system, [])?.lastLogLength ?? 0 });
      runsAreInTheGraph(
        system,
        exploration,
        crashes.map((position) => [position]),
      );
    }
  });
});

describe('the count', () => {
  it.each(['serial', 'pipe', 'two-senders'])(
    'of %s is one more than the stores and effects of its run',
    (name) => {
      const system = systemOf(named(name));
      const exploration = exploreAll(system, 1);
      const { found, run, equal } = totals(exploration);
      expect(found).toBe(run + equal);
      expect(found).toBe(exploration.tally.expected);
      const reasons = [...exploration.tally.reasons.values()].reduce((sum, count) => sum + count, 0);
      expect(reasons).toBe(equal);
      // A fresh machine, run without explorer, recorder's path or crash, and its memory's own counters.
      const { machine } = systemOf(named(name));
      machine.reset();
      while (machine.run({ instructionsMax: 1_000_000 }).kind === 'budget');
      expect(found).toBe(1 + machine.nvm.storesCount + machine.nvm.effectsCount);
    },
  );

  it('without a crash is none, and with two it still adds up', () => {
    const system = systemOf(exitsAtOnce);
    expect(totals(exploreAll(system, 0)).found).toBe(0);
    const exploration = exploreAll(system, 2);
    expect(totals(exploration).found).toBe(exploration.tally.expected);
    expect(totals(exploration).found).toBe(totals(exploration).run + totals(exploration).equal);
    expect(totals(exploration).found).toBeGreaterThan(totals(exploreAll(system, 1)).found);
  });

  it('grows with the depth, and so does the graph', () => {
    const system = booted(systemOf(exitsAtOnce));
    const name = contents(system);
    const [none, one, two] = [0, 1, 2].map((depth) => edgesOf(exploreAll(system, depth).graph, name));
    expect([...(none ?? [])].every((edge) => one?.has(edge))).toBe(true);
    expect([...(one ?? [])].every((edge) => two?.has(edge))).toBe(true);
    expect(one?.size).toBeGreaterThan(none?.size ?? 0);
    expect(two?.size).toBeGreaterThan(one?.size ?? 0);
  });

  it('is the same each time, on a new machine and on a used one', () => {
    const used = systemOf(named('serial'));
    const first = exploreAll(used, 1);
    const again = exploreAll(used, 1);
    const fresh = exploreAll(systemOf(named('serial')), 1);
    expect(totals(again)).toEqual(totals(first));
    expect(totals(fresh)).toEqual(totals(first));
    expect(again.graph.edges).toEqual(first.graph.edges);
    expect(fresh.graph.edges).toEqual(first.graph.edges);
  });
});

describe('any number of crashes', () => {
  const system = booted(systemOf(exitsAtOnce));
  const name = contents(system);
  const endless = exploreAll(system, Number.POSITIVE_INFINITY);

  it('is explored until nothing is new: what a given depth shows is in it, and at some depth it is all', () => {
    const depths = [1, 2, 3, 4, 5, 6].map((depth) => edgesOf(exploreAll(system, depth).graph, name));
    const all = edgesOf(endless.graph, name);
    for (const edges of depths) expect([...edges].filter((edge) => !all.has(edge))).toEqual([]);
    expect(depths[0]?.size).toBeLessThan(all.size);
    expect(difference(depths.at(-1) ?? new Set(), all)).toBe('');
    expect(endless.openEnds).toEqual([]);
  });

  it('adds up, and each step is where it is said to be', () => {
    const { found, run, equal } = totals(endless);
    expect([found, found]).toEqual([run + equal, endless.tally.expected]);
    expect(edgesAreWhereTheySay(system, endless, 60)).toBeGreaterThan(100);
  });

  it('leaves out no step of runs with four crashes', () => {
    const full = systemOf(exitsAtOnce);
    const exploration = exploreAll(full, Number.POSITIVE_INFINITY);
    const sequences = Array.from({ length: 40 }, (_, i) => {
      const crashes: number[] = [];
      for (let level = 0; level < 4; level += 1) {
        const length = replayRun(full, crashes)?.lastLogLength ?? 0;
        crashes.push(...spread({ seed: i * 7 + level, count: 1, below: length + 1 }));
      }
      return crashes;
    });
    runsAreInTheGraph(full, exploration, sequences);
  });

  it('gives the same under a kernel that is wrong, as deep as one looks', () => {
    for (const mutant of mutants.slice(4, 8)) {
      const wrong = systemOf(exitsAtOnce, pageShadow, mutant.mutate);
      const names = contents(wrong);
      const all = edgesOf(exploreAll(wrong, Number.POSITIVE_INFINITY).graph, names);
      const three = edgesOf(exploreAll(wrong, 3).graph, names);
      expect([mutant.name, [...three].filter((edge) => !all.has(edge))]).toEqual([mutant.name, []]);
    }
  });
});

describe('an exploration ends', () => {
  it('at once when told to before it begins', () => {
    const signal = AbortSignal.abort(new Error('enough'));
    expect(() => explore(systemOf(exitsAtOnce), { depth: 1, reduce: true, signal })).toThrow('enough');
  });

  it('soon when told to while it runs', () => {
    const control = new AbortController();
    const system = systemOf(named('pipe-and-serial'));
    let reports = 0;
    const onProgress = (): void => {
      reports += 1;
      control.abort(new Error('enough'));
    };
    const { signal } = control;
    expect(() => explore(system, { depth: 2, reduce: true, signal, onProgress })).toThrow('enough');
    expect(reports).toBe(1);
  });

  it('with an open end where the processes go round for ever', () => {
    const endless = program({
      name: 'endless',
      build: (a) => a.label('again').systemCall('schedYield').emit('jmp', 'again'),
    });
    const system = systemOf(workloadOf([endless]));
    const exploration = exploreAll(system, 0);
    expect(exploration.openEnds.map((end) => end.kind)).toEqual(['hung']);
    // A replay sees it too, and stops.
    expect(replayRun(system, [])?.end).toMatchObject({ kind: 'hung', why: exploration.openEnds[0]?.why });
    expect(exploration.graph.edges.some((edge) => edge.action === 'Settle')).toBe(false);
  });

  it('with an open end where a process goes round for ever after a crash only', () => {
    // Only a call that was interrupted returns less than nothing.
    const startled = program({
      name: 'startled',
      files: [{ kind: 3, index: 0 }],
      build: (a) => {
        a.systemCall('write', 0, a.addressOf('results'), 1);
        a.emit('test', 'eax', 'eax').emit('jns', 'fine');
        a.label('again').systemCall('schedYield').emit('jmp', 'again').label('fine');
      },
    });
    const exploration = exploreAll(systemOf(workloadOf([startled])), 1);
    expect(exploration.openEnds.length).toBeGreaterThan(0);
    for (const { kind, provenance } of exploration.openEnds) {
      expect(kind).toBe('hung');
      expect(provenance.crashes).toHaveLength(1);
    }
    expect(exploration.graph.edges.some((edge) => edge.action === 'Settle')).toBe(true);
  });

  it('with an open end where the kernel gives up', () => {
    const gaveUp = systemOf(exitsAtOnce, pageShadow, (parts) => ({
      ...parts,
      makeRecovery: (kernel) => {
        const recovery = parts.makeRecovery(kernel);
        recovery.run = () => kernel.door.panic('on purpose');
        return recovery;
      },
    }));
    const exploration = exploreAll(gaveUp, 1);
    expect(exploration.openEnds.length).toBeGreaterThan(0);
    expect(new Set(exploration.openEnds.map((end) => `${end.kind}: ${end.why}`))).toEqual(
      new Set(['broken: kernel panic: on purpose']),
    );
  });
});
