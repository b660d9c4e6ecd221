/**
 * What an exploration keeps of each class, in memory and on disk, and what it costs to keep nearly all contents
 * on disk. To any number of crashes: no class is settled there before all have been explored.
 */

import { tmpdir } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type ExploreOptions, Explorer } from '../checker/explore/explorer.ts';
import { summarize } from '../checker/explore/summary.ts';
import { workloads } from '../kernel-model/programs/catalogue.ts';
import { pageShadow } from '../kernel-model/schemes/page-shadow.ts';
import { makeSystem } from '../kernel-model/system.ts';

const WORKLOADS = ['pipe', 'serial'];
/** Sixteen blocks. */
const TINY_BYTES = 16 * 4096;
const WANTED_CLASSES = 10_000_000;
const GIB = 2 ** 30;
/** Bytes that the engine may keep without anybody's asking for them have gone after so many collections. */
const COLLECTIONS = 4;

interface Row {
  readonly classes: number;
  readonly seconds: number;
  /** Bytes in memory after the exploration, and after its result was put together. */
  readonly kept: number;
  readonly keptWithSummary: number;
  readonly spilled: number;
}

export async function run(): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  console.log(`scheme ${pageShadow.name}, any number of crashes; bytes are heap and typed arrays after a collection,
the machine and its compiled blocks left out, and once the result was put together; seconds are of processor time
workload   limit       classes   bytes a class   as a result   on disk a class   seconds`);
  let last: Row | null = null;
  for (const name of WORKLOADS) {
    const unlimited = await measure(name, {}, collect);
    const spill = { limitBytes: TINY_BYTES, folder: tmpdir() };
    const tiny = await measure(name, { spill }, collect);
    console.log(line(name, 'none', unlimited));
    console.log(line(name, '64 KiB', tiny));
    console.log(
      `  nearly everything on disk takes ${(tiny.seconds / unlimited.seconds).toFixed(2)} × the time`,
    );
    last = unlimited;
  }
  if (last === null) return;
  const { classes, kept, keptWithSummary } = last;
  console.log(`ten million classes like the last: ${gib(kept / classes)} GiB, and while the result is put together \
${gib(keptWithSummary / classes)} GiB`);
}

async function measure(
  name: string,
  options: Pick<ExploreOptions, 'spill'>,
  collect: () => void,
): Promise<Row> {
  const workload = workloads.find((each) => each.name === name)?.make();
  if (workload === undefined) throw new Error(`the catalogue has no workload ${name}`);
  const system = makeSystem({ workload, scheme: pageShadow });
  // Compiles what every exploration of this system compiles: that is no part of what a class takes.
  new Explorer(system, { depth: 1, reduce: true }).run();
  const before = await inUse(collect);
  const start = process.cpuUsage();
  const { kept, classesCount, spilled, seconds, classes } = await exploreMeasured();
  // As `explore` does it: of the explorer only the records are left.
  const summary = summarize(classes);
  const keptWithSummary = (await inUse(collect)) - before;
  if (summary.tally.segmentsRun !== classes.records.length) throw new Error('a class was not summarized');
  return { classes: classesCount, seconds, kept, keptWithSummary, spilled };

  async function exploreMeasured() {
    const explorer = new Explorer(system, { depth: Number.POSITIVE_INFINITY, reduce: true, ...options });
    try {
      const { limit } = explorer.run();
      const { user, system: inSystem } = process.cpuUsage(start);
      if (limit !== undefined) throw new Error(limit);
      return {
        kept: (await inUse(collect)) - before,
        classesCount: explorer.nodes.length,
        spilled: explorer.spilledBytes,
        seconds: (user + inSystem) / 1e6,
        classes: explorer.classes,
      };
    } finally {
      explorer.release();
    }
  }
}

async function inUse(collect: () => void): Promise<number> {
  for (let i = 0; i < COLLECTIONS; i += 1) {
    collect();
    // Typed arrays that nobody has any more are given back between two tasks.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function line(name: string, limit: string, row: Row): string {
  const each = (bytes: number): string => Math.round(bytes / row.classes).toLocaleString('en');
  return (
    `${name.padEnd(11)}${limit.padEnd(9)}${row.classes.toLocaleString('en').padStart(10)}` +
    `${each(row.kept).padStart(16)}${each(row.keptWithSummary).padStart(15)}` +
    `${each(row.spilled).padStart(18)}${row.seconds.toFixed(1).padStart(10)}`
  );
}

const gib = (bytesEach: number): string => ((bytesEach * WANTED_CLASSES) / GIB).toFixed(1);
