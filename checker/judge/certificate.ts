/** The certificate of an exploration: what was found, run and proven equal, and the count made independently. */
import type { Exploration } from '../explore/explorer.ts';
import type { Certificate, CrashClass } from '../report/model.ts';

const CLASSES: readonly CrashClass[] = [
  'user',
  'privileged',
  'commit',
  'recovery',
  'boot',
  'shutdown',
  'device',
];

const REASONS = {
  'unread-store': 'the point before it: the store between them changed a word that nothing reads any more',
  'same-reads': 'a point that was run: every word that decides the future is the same',
} as const;

/** Counted only where a crash point may leave more than one image. */
function imagesOf({ tally }: Exploration): Pick<Certificate, 'images'> {
  const { found, run, expected } = tally.images;
  if (found === 0n && expected === 0n) return {};
  const texts = { found: `${found}`, run: `${run}`, equal: `${found - run}`, expected: `${expected}` };
  return { images: texts };
}

/** @param options how it was explored; a depth of Infinity is any number of crashes. */
export function certificateOf(
  exploration: Exploration,
  options: { readonly depth: number; readonly verifyHash: boolean },
): Certificate {
  const { depth, verifyHash } = options;
  const { tally } = exploration;
  const classes = CLASSES.flatMap((crashClass) => {
    const count = tally.classes.get(crashClass);
    return count === undefined ? [] : [{ class: crashClass, ...count }];
  });
  const sum = (field: 'found' | 'run' | 'equal'): number => classes.reduce((total, c) => total + c[field], 0);
  const isUnbounded = depth === Number.POSITIVE_INFINITY;
  return {
    classes,
    found: sum('found'),
    run: sum('run'),
    equal: sum('equal'),
    expected: tally.expected,
    equalTo: [...tally.reasons].map(([reason, count]) => ({ kind: REASONS[reason], count })),
    depth: isUnbounded ? 'unbounded' : depth,
    reachedFixpoint: isUnbounded && exploration.limit === undefined,
    ...imagesOf(exploration),
    hashes: { verified: verifyHash, collisionEstimate: (sum('found') * sum('run')) / 2 ** 64 },
  };
}
