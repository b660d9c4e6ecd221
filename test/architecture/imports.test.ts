import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What each part may import from: itself and what is below it (docs/ARCHITECTURE.md). */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  emulator: ['emulator'],
  'kernel-model': ['emulator', 'kernel-model'],
  traces: ['emulator', 'traces'],
  checker: ['emulator', 'kernel-model', 'traces', 'checker'],
  bench: ['emulator', 'kernel-model', 'traces', 'checker', 'bench'],
  test: ['emulator', 'kernel-model', 'traces', 'checker', 'bench', 'test'],
};
const LINES_MAX = 400;

interface Import {
  readonly from: string;
  readonly line: number;
  readonly specifier: string;
  readonly isTypeOnly: boolean;
}

interface Source {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/** Every way that a module names another: import and export … from, bare import, import(). */
const IMPORT =
  /^\s*(?:import|export)\s+(type\s)?[^'";]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

function importsOf(path: string, text: string): Import[] {
  return [...text.matchAll(IMPORT)].map((match) => ({
    from: path,
    line: text.slice(0, match.index).split('\n').length,
    specifier: match[2] ?? match[3] ?? match[4] ?? '',
    isTypeOnly: match[1] !== undefined,
  }));
}

function sourcesIn(folder: string): Source[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => {
      const path = relative(root, join(entry.parentPath, entry.name)).split(sep).join('/');
      const text = readFileSync(join(root, path), 'utf8');
      return { path, text, imports: importsOf(path, text) };
    });
}

const present = new Set(readdirSync(root));
const sources = Object.keys(MAY_IMPORT)
  .filter((part) => present.has(part))
  .flatMap(sourcesIn);
const partOf = (path: string): string => path.split('/')[0] ?? '';

/** The file that a relative import means, from the root. */
function targetOf({ from, specifier }: Import): string {
  return relative(root, resolve(root, dirname(from), specifier))
    .split(sep)
    .join('/');
}

const relativeImports = sources.flatMap(({ imports }) =>
  imports.filter(({ specifier }) => specifier.startsWith('.')),
);
const placeOf = ({ from, line, specifier }: Import): string => `${from}:${line} imports ${specifier}`;

it('every part is looked at, and the imports are seen', () => {
  for (const part of ['emulator', 'kernel-model', 'traces', 'checker', 'test']) {
    expect(sources.filter(({ path }) => partOf(path) === part).length, part).toBeGreaterThan(0);
  }
  // Put together here, or this file itself would be seen to import it.
  const dynamic = ['await imp', "ort('./d.ts');"].join('');
  const sample = `import a from './a.ts';\nexport type { B } from './b.ts';\nimport './c.ts';\n${dynamic}\nimport {\n  type E,\n  f,\n} from './e.ts';\n`;
  expect(
    importsOf('x.ts', sample).map(({ specifier, line, isTypeOnly }) => [specifier, line, isTypeOnly]),
  ).toEqual([
    ['./a.ts', 1, false],
    ['./b.ts', 2, true],
    ['./c.ts', 3, false],
    ['./d.ts', 4, false],
    ['./e.ts', 5, false],
  ]);
});

describe('imports', () => {
  it('go one way: emulator ← kernel-model ← checker, emulator ← traces ← checker', () => {
    const upward = relativeImports.filter((each) => {
      const allowed = MAY_IMPORT[partOf(each.from)] ?? [];
      return !allowed.includes(partOf(targetOf(each)));
    });
    expect(upward.map(placeOf)).toEqual([]);
  });

  it('name files that are there, with their ending', () => {
    const paths = new Set(sources.map(({ path }) => path));
    expect(relativeImports.filter((each) => !paths.has(targetOf(each))).map(placeOf)).toEqual([]);
  });

  it('of what is shipped use only what is shipped with it', () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const known = new Set([...Object.keys(dependencies), ...builtinModules.map((name) => `node:${name}`)]);
    const strangers = sources
      .filter(({ path }) => !['test', 'bench'].includes(partOf(path)))
      .flatMap(({ imports }) => imports)
      .filter(({ specifier }) => !specifier.startsWith('.'))
      .filter(({ specifier }) => !known.has(specifier) && !known.has(specifier.split('/')[0] ?? ''));
    expect(strangers.map(placeOf)).toEqual([]);
  });

  it('of values never go round in a circle from one component to another', () => {
    const next = new Map<string, string[]>();
    for (const each of relativeImports) {
      if (each.isTypeOnly) continue;
      next.set(each.from, [...(next.get(each.from) ?? []), targetOf(each)]);
    }
    expect(circlesIn(next)).toEqual([]);
  });
});

/** `checker/tla` for every file below it, `checker` for the files that stand in it. */
const componentOf = (path: string): string => path.split('/').slice(0, -1).slice(0, 2).join('/');

/** One circle of several components for each place where a depth-first walk comes back to a file that it is still in. */
function circlesIn(next: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const walk = (file: string): void => {
    const circle = path.slice(path.includes(file) ? path.indexOf(file) : path.length);
    // Within a component, functions that call each other may stand in two files.
    if (new Set(circle.map(componentOf)).size > 1) circles.push([...circle, file].join(' → '));
    if (done.has(file) || path.includes(file)) return;
    path.push(file);
    for (const target of next.get(file) ?? []) walk(target);
    path.pop();
    done.add(file);
  };
  for (const file of next.keys()) walk(file);
  return circles;
}

it(`no file is longer than ${LINES_MAX} lines`, () => {
  const long = sources
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > LINES_MAX);
  expect(long).toEqual([]);
});
