import { describe, expect, it } from 'vitest';
import { runSegment, type Segment, type SegmentStart } from '../../../checker/explore/segment.ts';
import { SegmentWalk } from '../../../checker/explore/segment-walk.ts';
import { type JointId, Succession } from '../../../checker/explore/succession.ts';
import type { SystemUnderTest } from '../../../checker/explore/system.ts';
import { WORDS_PER_PAGE } from '../../../emulator/units.ts';
import { pageShadow } from '../../../kernel-model/schemes/page-shadow.ts';
import { thesis } from '../../../kernel-model/schemes/thesis.ts';
import { spread } from './spread.ts';
import { contents, fromTheStart, named, systemOf } from './systems.ts';

type Name = (state: number) => string;

/** What a run from here on does, in words: every step to the end, with its position and its state. */
function runOut(system: SystemUnderTest, from: SegmentStart, name: Name): string[] {
  const lines: string[] = [];
  let start = from;
  for (let base = 0; ; ) {
    const segment = runSegment(system, start);
    for (const { position, action, args, state } of segment.path) {
      lines.push(`${base + position} ${action} ${JSON.stringify(args)} ${name(state)}`);
    }
    base += segment.words.length;
    if (segment.end.kind !== 'joint') return [...lines, segment.end.kind];
    start = { kind: 'joint', joint: segment.end.joint };
  }
}

/** Fills pages with numbers that are nothing sensible. */
function poison(system: SystemUnderTest, pages: readonly number[], seed: number): void {
  let junk = seed | 1;
  for (const page of pages) {
    for (let i = 0; i < WORDS_PER_PAGE; i += 1) {
      junk = Math.imul(junk, 1664525) + 1013904223;
      system.machine.nvm.setWord(page * WORDS_PER_PAGE + i, junk);
    }
  }
}

/** Crashes the segment from `start` at its `position`th entry and tells what the run after the crash does. */
function crashInto(system: SystemUnderTest, start: SegmentStart, position: number, name: Name): string[] {
  const { nvm } = system.machine;
  const before = nvm.snapshot();
  const segment = runSegment(system, start);
  nvm.restore(before);
  const walk = new SegmentWalk(segment, start, nvm);
  while (walk.position < Math.min(position, segment.words.length)) walk.advance();
  const { committed } = walk;
  return runOut(system, { kind: 'power-on', state: system.observer.crash(walk.state), committed }, name);
}

describe.each([pageShadow, thesis])('at a joint under $name', (scheme) => {
  const system: SystemUnderTest = systemOf(named('two-senders'), scheme);
  const name = contents(system);
  const { nvm } = system.machine;

  /** Goes through the run without a failure and stops at every joint, NVM in place. */
  function atJoints(visit: (start: SegmentStart, joint: Segment['end'], index: number) => void): number {
    nvm.restore(system.blank);
    let start: SegmentStart = { kind: 'power-on', ...fromTheStart(system) };
    for (let index = 0; ; index += 1) {
      const { end } = runSegment(system, start);
      if (end.kind !== 'joint') return index;
      start = { kind: 'joint', joint: end.joint };
      const here = nvm.snapshot();
      visit(start, end, index);
      nvm.restore(here);
    }
  }

  it('dead memory may hold anything: the run goes on step for step as before', () => {
    const count = atJoints((start, _end, index) => {
      const here = nvm.snapshot();
      const clean = runOut(system, start, name);
      nvm.restore(here);
      poison(system, system.deadPagesHint, index);
      expect(runOut(system, start, name)).toEqual(clean);
    });
    expect(count).toBeGreaterThan(5);
  });

  it('dead memory may hold anything: a crash after it is recovered from as before', () => {
    atJoints((start, _end, index) => {
      const here = nvm.snapshot();
      const lengths = runSegment(system, start).words.length;
      for (const position of spread({ seed: index, count: 4, below: lengths + 1 })) {
        nvm.restore(here);
        const clean = crashInto(system, start, position, name);
        nvm.restore(here);
        poison(system, system.deadPagesHint, index + position);
        expect(crashInto(system, start, position, name)).toEqual(clean);
      }
    });
  });

  it('live memory may not: poison in it is noticed', () => {
    const live = Array.from({ length: nvm.pagesCount }, (_, page) => page).filter(
      (page) => !system.deadPagesHint.includes(page),
    );
    atJoints((start, _end, index) => {
      if (index !== 2) return;
      const here = nvm.snapshot();
      const clean = runOut(system, start, name);
      const noticed = live.filter((page) => {
        nvm.restore(here);
        poison(system, [page], 99);
        try {
          return JSON.stringify(runOut(system, start, name)) !== JSON.stringify(clean);
        } catch {
          return true;
        }
      });
      // The two pages of a process that has ended by then, or the like, may go unnoticed; most do not.
      expect(noticed.length).toBeGreaterThan(live.length / 2);
    });
  });

  it('a run that goes on from the saved volatile state goes as one that never stopped', () => {
    nvm.restore(system.blank);
    const { machine, observer } = system;
    const start = fromTheStart(system);
    nvm.beginRun();
    machine.ledger.truncate(0);
    observer.begin(start.state, start.committed);
    machine.reset();
    observer.powerOn();
    while (machine.run({ instructionsMax: 10_000_000 }).kind === 'budget');
    observer.settle();
    const whole = observer.path.map(
      (s) => `${s.position} ${s.action} ${JSON.stringify(s.args)} ${name(s.state)}`,
    );
    const hash = nvm.hash();
    nvm.restore(system.blank);
    expect(runOut(system, { kind: 'power-on', ...start }, name)).toEqual([...whole, 'settled']);
    expect(nvm.hash()).toBe(hash);
  });
});

describe('the succession of joints', () => {
  const id = (n: number) => n as JointId;

  it('has no circle where every run ends', () => {
    const succession = new Succession();
    succession.follow(id(0), id(1));
    succession.follow(id(1), id(2));
    succession.follow(id(2), 'end');
    succession.follow(id(3), id(1));
    expect(succession.circles()).toEqual([]);
    expect(succession.isUnique).toBe(true);
  });

  it('shows each circle once, wherever one enters it, also one of a single joint', () => {
    const succession = new Succession();
    for (const [from, to] of [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 1],
      [4, 2],
      [5, 5],
      [6, 5],
    ] as const) {
      succession.follow(id(from), id(to));
    }
    expect(succession.circles()).toHaveLength(2);
    expect(succession.circles().some((joint) => [1, 2, 3].includes(joint))).toBe(true);
    expect(succession.circles()).toContain(5);
  });

  it('knows that a joint with two successors is none', () => {
    const succession = new Succession();
    succession.follow(id(0), id(1));
    succession.follow(id(0), id(1));
    expect(succession.isUnique).toBe(true);
    succession.follow(id(0), 'end');
    expect(succession.isUnique).toBe(false);
  });
});
