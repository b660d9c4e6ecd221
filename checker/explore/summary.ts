/**
 * From the class graph to what is reported: the tally, the abstract steps with the shortest way to each, and
 * the runs that come to no end. Goes through the graph once, fewest crashes first and then the earliest
 * positions, so that the same classes give the same summary however they were found.
 */
import { AbstractGraph, type Provenance } from './abstract-graph.ts';
import type { ClassGraph, ClassIndex, ClassRecord } from './class-graph.ts';
import { ENDLESS } from './segment.ts';
import { circlesOf } from './succession.ts';
import type { StateIndex } from './system.ts';
import { Tally } from './tally.ts';

/** A run that did not come to a settled end. */
export interface OpenEnd {
  readonly kind: 'broken' | 'hung' | 'unknown';
  readonly why: string;
  readonly state: StateIndex;
  readonly provenance: Provenance;
}

export interface Summary {
  readonly graph: AbstractGraph;
  readonly tally: Tally;
  readonly openEnds: readonly OpenEnd[];
  readonly initial: StateIndex;
  readonly jointsCount: number;
}

/** The start of a class, by the shortest way: the crashes before it, and the log entries since the last. */
interface Arrival {
  readonly index: ClassIndex;
  readonly crashes: readonly number[];
  /** Which image each of the crashes left. */
  readonly choices: readonly string[];
  readonly base: number;
}

export function summarize(classes: ClassGraph): Summary {
  const walk = new SummaryWalk(classes);
  const queue: Arrival[] = [{ index: classes.root, crashes: [], choices: [], base: 0 }];
  walk.arrivals.set(classes.root, queue[0] as Arrival);
  for (let next = 0; next < queue.length; next += 1) {
    let arrival: Arrival | null = queue[next] as Arrival;
    while (arrival !== null) arrival = walk.visit(arrival, queue);
  }
  return walk.summary();
}

class SummaryWalk {
  readonly arrivals = new Map<ClassIndex, Arrival>();
  private readonly classes: ClassGraph;
  private readonly graph = new AbstractGraph();
  private readonly tally = new Tally();
  private readonly openEnds: OpenEnd[] = [];
  private jointsCount = 0;

  constructor(classes: ClassGraph) {
    this.classes = classes;
  }

  /** Takes in one class. Returns the joint that its run goes on from, where that is new. */
  visit(arrival: Arrival, queue: Arrival[]): Arrival | null {
    const record = this.record(arrival.index);
    this.tally.segmentsRun += 1;
    this.addSteps(record, arrival);
    this.addPoints(record, arrival, queue);
    const { end } = record;
    if (end.kind === 'broken' || end.kind === 'hung' || end.kind === 'unknown') {
      const provenance = provenanceOf(arrival, arrival.base + record.logLength);
      this.openEnds.push({ kind: end.kind, why: end.why, state: end.state, provenance });
    }
    if (end.kind !== 'joint') return null;
    if (this.arrivals.has(end.target)) {
      this.tally.rejoined += 1;
      return null;
    }
    this.jointsCount += 1;
    return this.arrive({
      index: end.target,
      crashes: arrival.crashes,
      choices: arrival.choices,
      base: arrival.base + record.logLength,
    });
  }

  summary(): Summary {
    const { graph, tally, openEnds, jointsCount } = this;
    const endless = circlesOf((index) => {
      const { end } = this.record(index);
      return end.kind === 'joint' && this.arrivals.has(end.target) ? end.target : null;
    }, this.arrivals.keys()).map((index) => this.endlessAt(index));
    return {
      graph,
      tally,
      openEnds: [...openEnds, ...endless],
      initial: this.classes.initial,
      jointsCount,
    };
  }

  private endlessAt(index: ClassIndex): OpenEnd {
    const arrival = this.arrivals.get(index) as Arrival;
    const state = this.record(index).startState;
    return { kind: 'hung', why: ENDLESS, state, provenance: provenanceOf(arrival, arrival.base) };
  }

  private addSteps(record: ClassRecord, arrival: Arrival): void {
    let from = record.startState;
    for (const { action, args, state, position } of record.path) {
      const provenance = provenanceOf(arrival, arrival.base + position);
      this.graph.add({ from, to: state, action, args }, provenance);
      from = state;
    }
  }

  private addPoints(record: ClassRecord, arrival: Arrival, queue: Arrival[]): void {
    const { tally } = this;
    let points = 0;
    for (const [crashClass, count] of record.found) {
      tally.find(crashClass, count);
      points += count;
    }
    tally.expected += record.expected;
    if (record.images !== undefined) tally.findImages(record.images);
    // The first point of a range is equal to one elsewhere, or is run; the others to the point before them.
    const positions = new Map<number, 'run' | 'equal'>();
    for (const range of record.ranges) {
      const position = arrival.base + range.position;
      const to = this.record(range.target).startState;
      const choices = [...arrival.choices, range.choice ?? ''];
      const provenance = provenanceOf({ crashes: arrival.crashes, choices }, position);
      this.graph.add({ from: range.from, to, action: 'Crash', args: [] }, provenance);
      if (this.arrivals.has(range.target)) {
        if (!positions.has(position)) positions.set(position, 'equal');
        continue;
      }
      tally.runImage();
      if (positions.get(position) !== 'run') tally.run(range.crashClass);
      positions.set(position, 'run');
      const crashes = [...arrival.crashes, position];
      queue.push(this.arrive({ index: range.target, crashes, choices, base: 0 }));
    }
    tally.equalFor('unread-store', points - positions.size);
    tally.equalFor('same-reads', [...positions.values()].filter((how) => how === 'equal').length);
  }

  private arrive(arrival: Arrival): Arrival {
    this.arrivals.set(arrival.index, arrival);
    return arrival;
  }

  private record(index: ClassIndex): ClassRecord {
    const record = this.classes.records.at(index);
    if (record === undefined) throw new RangeError(`no class ${index}`);
    return record;
  }
}

/** Where every failure left memory as the run saw it, nothing more need be said of it. */
function provenanceOf(
  { crashes, choices }: Pick<Arrival, 'crashes' | 'choices'>,
  position: number,
): Provenance {
  return choices.every((choice) => choice === '') ? { crashes, position } : { crashes, choices, position };
}
