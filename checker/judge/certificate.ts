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

export function certificateOf(exploration: Exploration, depth: number): Certificate {
  const { tally } = exploration;
  const classes = CLASSES.flatMap((crashClass) => {
    const count = tally.classes.get(crashClass);
    return count === undefined ? [] : [{ class: crashClass, ...count }];
  });
  const sum = (field: 'found' | 'run' | 'equal'): number => classes.reduce((total, c) => total + c[field], 0);
  return {
    classes,
    found: sum('found'),
    run: sum('run'),
    equal: sum('equal'),
    expected: tally.expected,
    equalTo: [...tally.reasons].map(([reason, count]) => ({ kind: REASONS[reason], count })),
    depth,
    reachedFixpoint: false,
  };
}
