/**
 * How fast crash points are decided: by the explorer with all its reductions, by running every point from its
 * image, and by the naive way, which starts a new machine and runs it from reset up to each point. All in one
 * run, on one core, on the default workload. And how the work grows with a workload's length.
 */
import { type Exploration, explore } from '../checker/explore/explorer.ts';
import { replayRun } from '../checker/explore/replay.ts';
import { runSegment, type SegmentStart } from '../checker/explore/segment.ts';
import { SegmentWalk } from '../checker/explore/segment-walk.ts';
import type { SystemUnderTest } from '../checker/explore/system.ts';
import { workloads } from '../kernel-model/programs/catalogue.ts';
import { consumer } from '../kernel-model/programs/consumer.ts';
import { producer } from '../kernel-model/programs/producer.ts';
import { sender } from '../kernel-model/programs/sender.ts';
import type { Workload } from '../kernel-model/programs/workload.ts';
import { pageShadow } from '../kernel-model/schemes/page-shadow.ts';
import { type KernelSystem, makeSystem } from '../kernel-model/system.ts';

const SAMPLE_OF_RUNS = 300;
const SAMPLE_OF_NAIVE_RUNS = 60;
const GROWTH_MESSAGE = 'NVM keeps what it has';
const GROWTH_FACTORS = [1, 2, 4, 8];

const systemOf = (workload: Workload): KernelSystem => makeSystem({ workload, scheme: pageShadow });

/** @returns what `work` returns, and the seconds of processor time that it took: others may be at work too. */
function timed<T>(work: () => T): { result: T; seconds: number } {
  const start = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(start);
  return { result, seconds: (user + system) / 1e6 };
}

export async function run(): Promise<void> {
  const workload = workloads[0]?.make();
  if (workload === undefined) throw new Error('the catalogue has no workload');
  console.log(`workload ${workload.name}, scheme ${pageShadow.name}; seconds are of processor time`);
  const length = replayRun(systemOf(workload), [])?.lastLogLength ?? 0;
  const pointsCount = length + 1;
  // The compiler of the engine has warmed up by now on the same code that is measured.
  explore(systemOf(workload), { depth: 1, reduce: true });

  const one = timed(() => explore(systemOf(workload), { depth: 1, reduce: true }));
  const two = timed(() => explore(systemOf(workload), { depth: 2, reduce: true }));
  const every = runsFromImages(workload, evenly(pointsCount, SAMPLE_OF_RUNS));
  const naive = runsFromReset(workload, evenly(pointsCount, SAMPLE_OF_NAIVE_RUNS));

  const reducedRate = foundIn(one.result) / one.seconds;
  const everyRate = every.count / every.seconds;
  const naiveRate = naive.count / naive.seconds;
  console.log(`
crash points a second, one crash a run           points     seconds    points/s   × naive
  all reductions (every point)             ${row(foundIn(one.result), one.seconds, naiveRate)}
  none: each point run from its image      ${row(every.count, every.seconds, naiveRate)}
  naive: new machine, run from reset       ${row(naive.count, naive.seconds, naiveRate)}
the last two are samples of the ${count(pointsCount)} points, evenly spread: ${SAMPLE_OF_RUNS} and ${SAMPLE_OF_NAIVE_RUNS}`);
  console.log(`all ${count(pointsCount)} points would take ${(pointsCount / everyRate).toFixed(0)} s without reductions, \
${(pointsCount / naiveRate).toFixed(0)} s the naive way; with them they took ${one.seconds.toFixed(2)} s (${ratio(reducedRate / naiveRate)} × naive)`);
  console.log(`
two crashes a run, all reductions: ${count(foundIn(two.result))} points in ${two.seconds.toFixed(1)} s, \
${count(foundIn(two.result) / two.seconds)}/s (${ratio(foundIn(two.result) / two.seconds / naiveRate)} × naive); \
${count(two.result.graph.edges.length)} different steps`);
  growth();
}

/** Crash points at one depth, over messages of growing length through the pipe. */
function growth(): void {
  console.log(`
growth, one crash a run, all reductions
  message bytes   crash points   of them run   runs/points    steps    seconds`);
  for (const factor of GROWTH_FACTORS) {
    const message = GROWTH_MESSAGE.repeat(factor);
    const { result, seconds } = timed(() => explore(systemOf(pipeOf(message)), { depth: 1, reduce: true }));
    const [found, ran] = [foundIn(result), sum(result, 'run')];
    console.log(
      `  ${String(message.length).padStart(13)}${count(found).padStart(15)}${count(ran).padStart(14)}` +
        `${((100 * ran) / found).toFixed(2).padStart(12)} %${count(result.graph.edges.length).padStart(9)}${seconds.toFixed(2).padStart(11)}`,
    );
  }
}

function pipeOf(message: string): Workload {
  return {
    name: 'growth',
    describe: '',
    quantumInstructions: 400,
    serialByteInstructions: 20_000,
    pipesCount: 1,
    programs: [
      producer({ message, chunkBytes: 6, pipe: 0 }),
      consumer({ message, chunkBytes: 5, pipe: 0, workPerByte: 40 }),
      sender({ messages: ['Aa', 'Bb'] }),
    ],
  };
}

/** Each sampled point's image is made from the store log, and run from there to its end. */
function runsFromImages(
  workload: Workload,
  positions: ReadonlySet<number>,
): { count: number; seconds: number } {
  const system: SystemUnderTest = systemOf(workload);
  const { machine, observer } = system;
  const initial = { state: observer.initialState(), committed: observer.initialCommitted() };
  let start: SegmentStart = { kind: 'power-on', ...initial };
  let ranCount = 0;
  let seconds = 0;
  for (let base = 0; ; ) {
    const before = machine.nvm.snapshot();
    const segment = runSegment(system, start);
    machine.nvm.restore(before);
    const walk = new SegmentWalk(segment, start, machine.nvm);
    let isPoint = start.kind === 'power-on' || walk.advance();
    for (; isPoint; isPoint = walk.advance()) {
      if (!positions.has(base + walk.position)) continue;
      const { committed } = walk;
      ranCount += 1;
      seconds += timed(() => {
        const image = machine.nvm.snapshot();
        runToItsEnd(system, { kind: 'power-on', state: observer.crash(walk.state), committed });
        machine.nvm.restore(image);
      }).seconds;
    }
    base += segment.words.length;
    if (segment.end.kind !== 'joint') return { count: ranCount, seconds };
    start = { kind: 'joint', joint: segment.end.joint };
  }
}

function runToItsEnd(system: SystemUnderTest, from: SegmentStart): void {
  let start = from;
  for (;;) {
    const { end } = runSegment(system, start);
    if (end.kind !== 'joint') {
      if (end.kind !== 'settled') throw new Error(`a run did not settle: ${end.why}`);
      return;
    }
    start = { kind: 'joint', joint: end.joint };
  }
}

/** What one would do first: a new machine for each point, power failing there, and a reboot. */
function runsFromReset(
  workload: Workload,
  positions: ReadonlySet<number>,
): { count: number; seconds: number } {
  const { seconds } = timed(() => {
    for (const position of positions) {
      const ended = replayRun(systemOf(workload), [position])?.end.kind;
      if (ended !== 'settled') throw new Error(`the run that crashes at ${position} did not settle`);
    }
  });
  return { count: positions.size, seconds };
}

/** `sampleCount` positions out of `count`, evenly spread, ends included. */
function evenly(count: number, sampleCount: number): ReadonlySet<number> {
  const step = (count - 1) / (sampleCount - 1);
  return new Set(Array.from({ length: sampleCount }, (_, i) => Math.round(i * step)));
}

function sum(exploration: Exploration, field: 'found' | 'run'): number {
  let total = 0;
  for (const counts of exploration.tally.classes.values()) total += counts[field];
  return total;
}

const foundIn = (exploration: Exploration): number => sum(exploration, 'found');
const count = (value: number): string => Math.round(value).toLocaleString('en');
const ratio = (value: number): string => (value < 10 ? value.toFixed(1) : count(value));

function row(points: number, seconds: number, naiveRate: number): string {
  const rate = points / seconds;
  return `${count(points).padStart(12)}${seconds.toFixed(2).padStart(12)}${count(rate).padStart(12)}${ratio(rate / naiveRate).padStart(10)}`;
}
