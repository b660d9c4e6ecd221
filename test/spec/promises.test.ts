/** That nothing is left out: every promise, action and configuration is where the others expect it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configPath, type Model, readManifest, specFolder } from './manifest.ts';

const moduleText = (name: string): string => readFileSync(join(specFolder, `${name}.tla`), 'utf8');

interface SpecPromise {
  readonly name: string;
  readonly kind: string;
  readonly definition: string;
}

/** The promises as ConsistencyInvariants words them. */
function readPromises(): SpecPromise[] {
  const block =
    /\\\* @promise (\w+)\n\\\* @kind (state|step)\n\\\* @thesis (\d(?:\.\d)?(?:, \d\.\d)*)\n\\\* @says (\S.*\.)\n(\w+) ==\s([\s\S]*?)\n\n/g;
  const text = `${moduleText('ConsistencyInvariants').split('====')[0]}\n\n`;
  return [...text.matchAll(block)].map(([, name, kind, , , operator, definition]) => {
    expect(operator).toBe(name);
    return { name: name ?? '', kind: kind ?? '', definition: definition ?? '' };
  });
}

/** What a configuration lists after INVARIANTS and PROPERTIES. */
function checkedBy(model: Model): { invariants: Set<string>; properties: Set<string> } {
  const text = readFileSync(configPath(model), 'utf8');
  const section = (name: string): Set<string> => {
    const found = new RegExp(`^${name}\\n((?: {4}\\w+\\n)*)`, 'm').exec(text);
    return new Set((found?.[1] ?? '').split(/\s+/).filter((word) => word !== ''));
  };
  return { invariants: section('INVARIANTS'), properties: section('PROPERTIES') };
}

const isChecked = (promise: SpecPromise, model: Model): boolean =>
  promise.kind === 'state'
    ? checkedBy(model).invariants.has(promise.name)
    : checkedBy(model).properties.has(`${promise.name}Always`);

const models = readManifest().models;
const promises = readPromises();

describe('the promises', () => {
  it('are the eleven of the design and those of pipes, turns and signals, each with its four marks and its definition', () => {
    const marked = [...moduleText('ConsistencyInvariants').matchAll(/^\\\* @promise (\w+)$/gm)];
    expect(promises.map((p) => p.name)).toEqual(marked.map(([, name]) => name));
    expect(promises.map((p) => p.name).sort()).toEqual([
      'AtomicEpoch',
      'BootWordOrder',
      'BrokenPipeOnlyUnread',
      'ConsistentCut',
      'DeviceAtMostOnce',
      'EndOfFileOnlyAtEnd',
      'EndsClosedAtExit',
      'EndsKept',
      'InterruptedCallNotified',
      'NobodyBlockedInVain',
      'NobodyElseNotified',
      'NobodyWaitsAtRest',
      'NoticeExactlyOnce',
      'NoticeKept',
      'RecoveryIdempotent',
      'RunnableOnce',
      'ShadowRestore',
      'TurnsInOrder',
      'WaitersWoken',
      'WriteOnlyIfShadowed',
    ]);
  });

  it.each(promises)(
    '$name is an implication, so that one can ask whether its premise ever held',
    (promise) => {
      expect(promise.definition).toMatch(/=>/);
    },
  );

  it.each(promises)('$name is checked by every model of the pages that must hold', (promise) => {
    const checks = models.filter((m) => m.role === 'check' && m.module === 'MCPageShadow');
    expect(checks.length).toBeGreaterThan(3);
    for (const model of checks) expect(isChecked(promise, model), model.name).toBe(true);
  });

  it.each(promises)('$name is broken by a mutant that breaks nothing else', (promise) => {
    const property = promise.kind === 'state' ? promise.name : `${promise.name}Always`;
    const broken = (model: Model): string =>
      model.expected.verdict === 'violated' ? model.expected.name : '';
    const alone = models.filter((breaks) => {
      const same = models.filter((m) => m.mutant !== undefined && m.mutant === breaks.mutant);
      const others = promises.filter((p) => p.name !== promise.name);
      return (
        broken(breaks) === property &&
        same.length === 2 &&
        same.some((keeps) => keeps.expected.verdict === 'holds' && others.every((p) => isChecked(p, keeps)))
      );
    });
    expect(alone.length).toBeGreaterThan(0);
  });
});

describe('the actions', () => {
  const vocabulary = readFileSync(join(specFolder, '../docs/VOCABULARY.md'), 'utf8');
  const events = [
    ...(vocabulary.split('## Actions')[1] ?? '').matchAll(/^\| `(\w+)(?:\([a-zA-Z]\))?` /gm),
  ].map(([, name]) => name ?? '');

  it('of the vocabulary are operators of PageShadow, and those that KernelTrace names', () => {
    expect(events).toHaveLength(18);
    const listed = /Events: ([\s\S]*?)\(`Tear`/.exec(moduleText('KernelTrace'))?.[1] ?? '';
    expect(
      [...listed.matchAll(/[A-Z]\w+/g)]
        .map(([name]) => name)
        // `S` is an argument; `Lose` is no step of the protocol, but of memory: KernelTrace's own.
        .filter((n) => n !== 'S' && n !== 'Lose')
        .sort(),
    ).toEqual([...events].sort());
    for (const event of events) {
      expect(moduleText('PageShadow')).toMatch(new RegExp(`^${event}(\\(\\w\\))? +==`, 'm'));
    }
  });

  it.each([...events, 'Tear'])('%s has a reachability configuration', (event) => {
    const model = models.find((m) => m.role === 'reachability' && m.name === `reach-${event}`);
    expect(model?.expected).toMatchObject({ verdict: 'violated', name: 'NeverTaken' });
    expect(model?.pinned?.trace?.at(-1)).toBe(event);
  });
});

describe('the manifest', () => {
  it('has every configuration, once', () => {
    const files = readdirSync(join(specFolder, 'models')).map((file) => file.replace(/\.cfg$/, ''));
    expect(models.map((m) => m.name).sort()).toEqual(files.sort());
  });

  it('pins the torn commit at its shortest: two pages, power failing between their protections', () => {
    const torn = models.find((m) => m.name === 'page-by-page-tears');
    expect(torn?.pinned?.trace).toEqual([
      ...['PowerOn', 'Start', 'Unprotect', 'Unprotect', 'Write', 'Protect', 'Crash'],
      ...['PowerOn', 'Protect', 'Tear'],
    ]);
  });

  it.each(models.filter((m) => m.role === 'check'))('$name stays small', ({ pinned }) => {
    expect(pinned?.counts?.distinct).toBeLessThan(100_000);
  });
});
