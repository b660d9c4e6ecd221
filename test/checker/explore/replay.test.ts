import { beforeAll, describe, expect, it, vi } from 'vitest';
import { replayRun } from '../../../checker/explore/replay.ts';
import type { StateIndex, SystemUnderTest } from '../../../checker/explore/system.ts';
import { pageShadow } from '../../../kernel-model/schemes/page-shadow.ts';
import { thesis } from '../../../kernel-model/schemes/thesis.ts';
import { spread } from './spread.ts';
import { crashImages, fromTheStart, named, systemOf } from './systems.ts';

/** What a replay finds at each of its crashes: the image, and the state of the machine without power. */
function replayed(system: SystemUnderTest, crashes: readonly number[]): { hash: string; off: StateIndex }[] {
  const { observer, machine } = system;
  const seen: { hash: string; off: StateIndex }[] = [];
  const crash = observer.crash.bind(observer);
  const spy = vi.spyOn(observer, 'crash').mockImplementation((from) => {
    const off = crash(from);
    seen.push({ hash: machine.nvm.hash(), off });
    return off;
  });
  try {
    expect(replayRun(system, crashes)).not.toBeNull();
  } finally {
    spy.mockRestore();
  }
  return seen;
}

describe.each([pageShadow, thesis])('a replay under $name', (scheme) => {
  const system = systemOf(named('small'), scheme);
  let length = 0;

  beforeAll(() => {
    length = replayRun(system, [])?.lastLogLength ?? 0;
  });

  it('that crashes at a position has the image and the state that the explorer has there', () => {
    const positions = new Set([0, 1, length, ...spread({ seed: 5, count: 30, below: length })]);
    system.machine.nvm.restore(system.blank);
    const images = crashImages(system, fromTheStart(system), positions);
    expect(images.map((image) => image.position)).toEqual([...positions].sort((a, b) => a - b));
    for (const { position, hash, off } of images) {
      expect({ position, seen: replayed(system, [position]) }).toEqual({ position, seen: [{ hash, off }] });
    }
  });

  it('that crashes again, in the recovery or after it, has them too', () => {
    const first = new Set(spread({ seed: 6, count: 5, below: length }));
    system.machine.nvm.restore(system.blank);
    for (const outer of crashImages(system, fromTheStart(system), first)) {
      const from = { state: outer.off, committed: outer.committed };
      const run = replayRun(system, [outer.position]);
      const second = new Set(spread({ seed: outer.position, count: 5, below: run?.lastLogLength ?? 0 }));
      system.machine.nvm.restore(outer.snapshot);
      for (const inner of crashImages(system, from, second)) {
        const crashes = [outer.position, inner.position];
        expect({ crashes, seen: replayed(system, crashes) }).toEqual({
          crashes,
          seen: [
            { hash: outer.hash, off: outer.off },
            { hash: inner.hash, off: inner.off },
          ],
        });
      }
    }
  });

  it('is refused where the run ends before the crash', () => {
    expect(replayRun(system, [length + 1])).toBeNull();
    expect(replayRun(system, [length])?.crashes).toHaveLength(1);
  });

  it('says which store came last, who made it, and in which phase', () => {
    const run = replayRun(system, [1]);
    expect(run?.crashes[0]).toMatchObject({
      position: 1,
      phase: 'boot',
      cpl: 0,
      entry: { kind: 'store', sizeBytes: 4, origin: 'kernel' },
    });
    expect(replayRun(system, [0])?.crashes[0]).not.toHaveProperty('entry');
  });
});
