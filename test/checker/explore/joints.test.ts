import { describe, expect, it } from 'vitest';
import { runSegment, type SegmentStart } from '../../../checker/explore/segment.ts';
import { circlesOf } from '../../../checker/explore/succession.ts';
import type { SystemUnderTest } from '../../../checker/explore/system.ts';
import { pageShadow } from '../../../kernel-model/schemes/page-shadow.ts';
import { thesis } from '../../../kernel-model/schemes/thesis.ts';
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

describe.each([pageShadow, thesis])('at a joint under $name', (scheme) => {
  const system: SystemUnderTest = systemOf(named('two-senders'), scheme);
  const name = contents(system);
  const { nvm } = system.machine;

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

describe('the circles of a succession', () => {
  const circles = (next: readonly (number | null)[]) => circlesOf((at) => next[at] ?? null, next.keys());

  it('are none where every run ends', () => {
    expect(circles([1, 2, null, 1])).toEqual([]);
  });

  it('are shown once each, by the member that the first run enters at, also one of a single joint', () => {
    expect(circles([1, 2, 3, 1, 2, 5, 5])).toEqual([1, 5]);
  });
});
