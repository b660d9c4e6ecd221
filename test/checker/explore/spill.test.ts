/** An exploration that memory has no room for, and disks that do not keep what they are given. */
import { existsSync, fstatSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type Exploration,
  type ExploreOptions,
  Explorer,
  explore,
} from '../../../checker/explore/explorer.ts';
import { PartsExplorer } from '../../../checker/explore/parts.ts';
import { summarize } from '../../../checker/explore/summary.ts';
import type { SystemUnderTest } from '../../../checker/explore/system.ts';
import { named, systemOf, totals } from './systems.ts';

const ENDLESS = Number.POSITIVE_INFINITY;
/** Four blocks: next to nothing. */
const TINY_BYTES = 4 * 4096;

/** All that is reported of an exploration. */
const toldOf = ({ graph, tally, openEnds, jointsCount, repeatsCount }: Exploration): unknown => ({
  edges: graph.edges,
  counts: [...tally.classes, ...tally.reasons, tally.expected, tally.rejoined, tally.segmentsRun],
  ends: [openEnds, jointsCount, repeatsCount],
});

const start = (): SystemUnderTest => systemOf(named('pipe'));

/** To any number of crashes, without a limit; worked out once. */
let whole: Exploration | null = null;
const theWhole = (): Exploration => {
  whole ??= explore(start(), { depth: ENDLESS, reduce: true });
  return whole;
};

describe('an exploration past the limit of memory', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fukugen-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['to any number of crashes', { depth: ENDLESS, reduce: true }],
    ['with hashes verified', { depth: 1, reduce: true, verifyHash: true }],
  ])(
    '%s is the same as without a limit, and leaves no file',
    (_what, options: ExploreOptions) => {
      const unlimited = options.depth === ENDLESS ? theWhole() : explore(start(), options);
      const explorer = new Explorer(start(), { ...options, spill: { limitBytes: TINY_BYTES, folder } });
      try {
        const { limit } = explorer.run();
        expect(limit).toBeUndefined();
        expect(explorer.heldBytes).toBe(TINY_BYTES);
        expect(explorer.spilledBytes).toBeGreaterThan(20 * TINY_BYTES);
        const { repeatsCount, hashUse } = explorer;
        const limited = { ...summarize(explorer.classes), repeatsCount, hashUse };
        expect(toldOf(limited)).toEqual(toldOf(unlimited));
      } finally {
        explorer.release();
      }
      expect(readdirSync(folder)).toEqual([]);
    },
    240_000,
  );

  it('leaves no file when it is aborted', () => {
    const controller = new AbortController();
    let segmentsLeft = 60;
    const system = start();
    const { reset } = system.machine;
    system.machine.reset = () => {
      segmentsLeft -= 1;
      if (segmentsLeft === 0) controller.abort();
      reset.call(system.machine);
    };
    const spill = { limitBytes: TINY_BYTES, folder };
    const { signal } = controller;
    const explorer = new Explorer(system, { depth: ENDLESS, reduce: true, spill, signal });
    expect(() => explorer.run()).toThrow(/abort/);
    expect(explorer.spilledBytes).toBeGreaterThan(0);
    explorer.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.runIf(existsSync('/dev/full'))(
    'on a full disk ends, says so, and keeps what was explored',
    () => {
      const spill = { limitBytes: 40 * 4096, folder, open: () => openSync('/dev/full', 'r+') };
      const exploration = explore(start(), { depth: ENDLESS, reduce: true, spill });
      expect(exploration.limit).toMatch(/could not spill to .*: ENOSPC: no space left on device/);
      const found = totals(exploration).found;
      expect(found).toBeGreaterThan(0);
      expect(found).toBeLessThan(totals(theWhole()).found);
      const edges = new Set(theWhole().graph.edges.map(({ action, args }) => `${action} ${args}`));
      expect(exploration.graph.edges.length).toBeGreaterThan(0);
      for (const { action, args } of exploration.graph.edges) expect(edges).toContain(`${action} ${args}`);
    },
    240_000,
  );

  it('where a folder is missing says that', () => {
    const spill = { limitBytes: TINY_BYTES, folder: join(folder, 'nowhere') };
    const { limit } = explore(start(), { depth: 1, reduce: true, spill });
    expect(limit).toMatch(/could not spill to .*nowhere: ENOENT/);
  });

  it('never uses what comes back damaged', () => {
    let file = -1;
    const open = (): number => {
      file = openSync(join(folder, 'file'), 'wx+');
      return file;
    };
    const system = start();
    let segmentsLeft = 40;
    const { reset } = system.machine;
    system.machine.reset = () => {
      segmentsLeft -= 1;
      // A byte of every block that is in the file by now.
      if (segmentsLeft !== 0) return reset.call(system.machine);
      for (let at = 100; at < fstatSync(file).size; at += 4096)
        writeSync(file, Uint8Array.of(0xa5), 0, 1, at);
      reset.call(system.machine);
    };
    const exploration = explore(system, {
      depth: ENDLESS,
      reduce: true,
      spill: { limitBytes: TINY_BYTES, folder, open },
    });
    expect(segmentsLeft).toBeLessThan(1);
    expect(exploration.limit).toMatch(/what was spilled to .* came back damaged/);
    expect(totals(exploration).found).toBeGreaterThan(0);
  });

  it('in parts says so in each part, and explores nothing more', () => {
    const spill = { limitBytes: TINY_BYTES, folder: join(folder, 'nowhere') };
    const parts = new PartsExplorer(start(), { depth: 2, reduce: true, spill });
    const count = parts.trunk?.segments.length ?? 0;
    expect(count).toBeGreaterThan(2);
    const limits = [count - 1, 0, 1].map((index) => parts.explore(index).limit);
    expect(limits[1]).toMatch(/could not spill/);
    expect(limits[2]).toMatch(/could not spill/);
    parts.release();
  });
});
