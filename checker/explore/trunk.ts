/** The run without a failure, segment by segment: what an exploration is divided by. */
import type { NvmSnapshot } from '../../emulator/nvm/nvm.ts';
import { runSegment, type SegmentEnd, type SegmentStart } from './segment.ts';
import type { SystemUnderTest } from './system.ts';

export interface TrunkSegment {
  readonly start: SegmentStart;
  readonly image: NvmSnapshot;
}

export interface Trunk {
  readonly segments: readonly TrunkSegment[];
  readonly end: Exclude<SegmentEnd, { kind: 'joint' }>;
}

/** Segments past which a run counts as endless. */
const SEGMENTS_MAX = 20_000;

/** @returns null where the run goes on for ever: it cannot be divided. */
export function runTrunk(system: SystemUnderTest): Trunk | null {
  const { observer, machine, blank } = system;
  const { nvm } = machine;
  nvm.restore(blank);
  const segments: TrunkSegment[] = [];
  const seen = new Set<string>();
  let start: SegmentStart = {
    kind: 'power-on',
    state: observer.initialState(),
    committed: observer.initialCommitted(),
  };
  for (;;) {
    segments.push({ start, image: nvm.snapshot() });
    const { end } = runSegment(system, start);
    if (end.kind !== 'joint') return { segments, end };
    const key = `${end.joint.state} ${nvm.hash()} ${end.joint.volatileKey}`;
    if (seen.has(key) || segments.length === SEGMENTS_MAX) return null;
    seen.add(key);
    start = end;
  }
}
