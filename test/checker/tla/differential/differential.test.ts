/**
 * The embedded engine against TLC. TLC's answers are kept in test/golden/tla, written by `npm run golden:tla` (which
 * needs a JDK and the jar); every run compares the engine's answers with them. Where TLC is found, fresh random
 * questions can be put to both: FUKUGEN_SEED=17 npx vitest run test/checker/tla/differential.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  findTlc,
  modelCheck,
  runTlc,
  SpecError,
  type TlcLocation,
  UncoveredError,
} from '../../../../checker/tla/engine.ts';
import { evaluateConstants } from '../../../../checker/tla/evaluate.ts';
import { loadSpecification } from '../../../../checker/tla/semantics/load.ts';
import { valueText } from '../../../../checker/tla/tlc/graph-module.ts';
import { folderWith } from '../modules.ts';
import { acceptedByTlc, valuesByTlc } from './ask-tlc.ts';
import { FEATURES } from './features.ts';
import { MODELS, type Model } from './models.ts';
import {
  AS_TUPLES,
  chainModule,
  DEFINABLE,
  lists,
  moduleText,
  pairs,
  randomExpressions,
  valuesModule,
} from './questions.ts';
import { randomSpecs } from './random-spec.ts';
import { RULES } from './rules.ts';

const golden = fileURLToPath(new URL('../../../golden/tla/', import.meta.url));
const writing = process.env.FUKUGEN_GOLDEN === 'write';
const seed = process.env.FUKUGEN_SEED === undefined ? undefined : Number(process.env.FUKUGEN_SEED);
const found = findTlc();
if ((writing || seed !== undefined) && found.kind === 'absent')
  throw new Error(`TLC is needed: ${found.why}`);
const tlc = found as TlcLocation;
const LONG = writing || seed !== undefined ? 1_200_000 : 300_000;

/** The kept answers; asked anew when writing. */
async function kept<T>(name: string, answer: () => Promise<T>): Promise<T> {
  const file = join(golden, `${name}.json`);
  if (writing) writeFileSync(file, `${JSON.stringify(await answer(), null, 1)}\n`);
  return JSON.parse(readFileSync(file, 'utf8')) as T;
}

/** null where there is no value. */
type Answers = Record<string, string | null>;

/** TLC prints some sets of numbers as intervals; here they are all written out. */
function plain(text: string | undefined | null): string | null {
  const written = text?.replace(/(-?\d+)\.\.(-?\d+)/g, (_, low: string, high: string) => {
    const count = Math.max(0, Number(high) - Number(low) + 1);
    return `{${Array.from({ length: count }, (__, i) => Number(low) + i).join(',')}}`;
  });
  return written?.replace(/\s+/g, '') ?? null;
}

async function answersOfTlc(expressions: readonly string[]): Promise<Answers> {
  const values = await valuesByTlc(tlc, 'Values', valuesModule('Values', expressions));
  expect(values.length).toBe(expressions.length);
  return Object.fromEntries(expressions.map((text, i) => [text, values[i] ?? null]));
}

async function ownAnswers(expressions: readonly string[]): Promise<Answers> {
  const folder = mkdtempSync(join(tmpdir(), 'fukugen-values-'));
  try {
    writeFileSync(join(folder, 'Values.tla'), valuesModule('Values', expressions));
    const values = await evaluateConstants(
      folder,
      'Values',
      expressions.map((_, i) => `E${i + 1}`),
    );
    return Object.fromEntries(expressions.map((text, i) => [text, values[i] ?? null]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function differences(own: Answers, theirs: Answers): string[] {
  return Object.keys(theirs)
    .filter((text) => plain(own[text]) !== plain(theirs[text]))
    .map((text) => `${text}\n  own ${own[text]}\n  TLC ${theirs[text]}`);
}

async function accepts(text: string): Promise<boolean> {
  try {
    await loadSpecification('.', 'M', { extra: [{ name: 'M', text }] });
    return true;
  } catch (error) {
    if (error instanceof SpecError) return false;
    throw error;
  }
}

describe('the same values as TLC', () => {
  it('for every feature and error of the subset', { timeout: LONG }, async () => {
    const theirs = await kept('features', () => answersOfTlc(FEATURES));
    expect(Object.keys(theirs)).toEqual([...new Set(FEATURES)]);
    expect(differences(await ownAnswers(FEATURES), theirs)).toEqual([]);
  });

  it('for 3,000 random expressions', { timeout: LONG }, async () => {
    const theirs = await kept('expressions', async () => {
      const all: Answers = {};
      for (let part = 1; part <= 6; part++)
        Object.assign(all, await answersOfTlc(randomExpressions(part, 500)));
      return all;
    });
    expect(Object.values(theirs).filter((value) => value !== null).length).toBeGreaterThan(1500);
    expect(Object.values(theirs).filter((value) => value === null).length).toBeGreaterThan(100);
    expect(differences(await ownAnswers(Object.keys(theirs)), theirs)).toEqual([]);
  });

  it.runIf(seed !== undefined)('for fresh random expressions', { timeout: LONG }, async () => {
    const expressions = randomExpressions(seed ?? 0, 3000);
    expect(differences(await ownAnswers(expressions), await answersOfTlc(expressions))).toEqual([]);
  });
});

/** Of the rules: what SANY accepts and the engine refuses. */
const REFUSED: readonly string[] = [];

describe('the same syntax as SANY', () => {
  const rejectedByTlc = async (texts: readonly string[]): Promise<string[]> => {
    const modules = Object.fromEntries(texts.map((text, i) => [`M${i}`, chainModule(`M${i}`, text)]));
    const accepted = await acceptedByTlc(tlc, modules);
    return texts.filter((_, i) => accepted[`M${i}`] !== true);
  };

  it('for every pair of operators without parentheses', { timeout: LONG }, async () => {
    const rejected = new Set(await kept('pairs-rejected', () => rejectedByTlc(pairs())));
    const wrong: string[] = [];
    for (const chain of pairs()) {
      if ((await accepts(chainModule('M', chain))) === rejected.has(chain)) wrong.push(chain);
    }
    expect(rejected.size).toBeGreaterThan(1000);
    expect(rejected.size).toBeLessThan(pairs().length - 1000);
    expect(wrong).toEqual([]);
  });

  it('for bulleted lists followed by every infix operator', { timeout: LONG }, async () => {
    const rejected = new Set(await kept('lists-rejected', () => rejectedByTlc(lists())));
    const wrong: string[] = [];
    for (const list of lists()) {
      if ((await accepts(chainModule('M', list))) === rejected.has(list)) wrong.push(list);
    }
    expect(wrong).toEqual([]);
  });

  it('for names, arities, double definitions, levels and layout', { timeout: LONG }, async () => {
    const rejected = new Set(
      await kept('rules-rejected', async () => {
        const modules = Object.fromEntries(RULES.map((body, i) => [`M${i}`, moduleText(`M${i}`, [body])]));
        const accepted = await acceptedByTlc(tlc, modules);
        return RULES.filter((_, i) => accepted[`M${i}`] !== true);
      }),
    );
    const wrong: string[] = [];
    const refused: string[] = [];
    for (const body of RULES) {
      try {
        if ((await accepts(moduleText('M', [body]))) === rejected.has(body)) wrong.push(body);
      } catch (error) {
        if (!(error instanceof UncoveredError)) throw error;
        // What the engine does not cover is refused by name and place, whatever SANY says.
        expect(error.message).toMatch(/^M\.tla:\d+:\d+: the embedded engine does not cover /);
        refused.push(body);
      }
    }
    expect(wrong).toEqual([]);
    expect(refused.filter((body) => !rejected.has(body))).toEqual(REFUSED);
  });

  it('groups every chain in the same way', { timeout: LONG }, async () => {
    const rejected = new Set(
      JSON.parse(readFileSync(join(golden, 'pairs-rejected.json'), 'utf8')) as string[],
    );
    const rejectedLists = new Set(
      JSON.parse(readFileSync(join(golden, 'lists-rejected.json'), 'utf8')) as string[],
    );
    const spoken = new Set([...DEFINABLE, '-', '^+', '^*', '^#', 'a', 'b', 'c']);
    const chains = pairs().filter(
      (chain) => !rejected.has(chain) && chain.split(' ').every((word) => spoken.has(word)),
    );
    const questions = [...chains, ...lists().filter((list) => !rejectedLists.has(list))];
    const lines = [
      ...AS_TUPLES,
      'a == "a"',
      'b == "b"',
      'c == "c"',
      ...questions.map((question, i) => `E${i + 1} == ${question}`),
    ];
    const text = moduleText('Groups', lines);
    const theirs = await kept('groups', async () => {
      const values = await valuesByTlc(tlc, 'Groups', text);
      return Object.fromEntries(questions.map((question, i) => [question, values[i] ?? null])) as Answers;
    });
    const folder = mkdtempSync(join(tmpdir(), 'fukugen-groups-'));
    writeFileSync(join(folder, 'Groups.tla'), text);
    const values = await evaluateConstants(
      folder,
      'Groups',
      questions.map((_, i) => `E${i + 1}`),
    );
    rmSync(folder, { recursive: true, force: true });
    const own = Object.fromEntries(questions.map((question, i) => [question, values[i] ?? null])) as Answers;
    expect(Object.keys(theirs).length).toBeGreaterThan(1000);
    expect(differences(own, theirs)).toEqual([]);
  });
});

describe('the same states as TLC', () => {
  const SPECS = 40;

  /** For each spec: the number of its states, and a hash of all of them. */
  interface StateAnswers {
    readonly generated: number;
    readonly distinct: number;
    readonly states: Record<string, string>;
  }

  const digest = (states: readonly string[]): Record<string, string> => {
    const groups = new Map<string, string[]>();
    for (const state of states) {
      const k = /\bk=(\d+)/.exec(state)?.[1] ?? '?';
      groups.set(k, [...(groups.get(k) ?? []), state]);
    }
    const hash = (group: string[]): string =>
      createHash('sha256').update(group.sort().join('\n')).digest('hex').slice(0, 16);
    return Object.fromEntries([...groups].map(([k, group]) => [k, `${group.length} ${hash(group)}`]));
  };

  async function statesOfTlc(specSeed: number): Promise<StateAnswers> {
    const folder = folderWith({ Specs: randomSpecs(specSeed, SPECS) });
    writeFileSync(join(folder, 'Specs.cfg'), 'INIT Init\nNEXT Next\nCHECK_DEADLOCK FALSE\n');
    const result = await runTlc({
      tlc,
      folder,
      module: 'Specs',
      config: 'Specs.cfg',
      dump: join(folder, 'states'),
    });
    expect(result.errors).toEqual([]);
    const text = readFileSync(join(folder, 'states.dump'), 'utf8');
    const states = text
      .split(/^State \d+:$/m)
      .slice(1)
      .map((state) =>
        state
          .split(/^\/\\ /m)
          .slice(1)
          .map((line) => line.replace(/\s+/g, ''))
          .sort()
          .join('&'),
      );
    return { generated: result.generated, distinct: result.distinct, states: digest(states) };
  }

  async function ownStates(specSeed: number): Promise<StateAnswers> {
    const states: string[] = [];
    const result = await modelCheck({
      specFolder: folderWith({ Specs: randomSpecs(specSeed, SPECS) }),
      module: 'Specs',
      config: 'INIT Init\nNEXT Next\nCHECK_DEADLOCK FALSE\n',
      onState: (state) => {
        const parts = Object.entries(state).map(([name, value]) =>
          `${name}=${valueText(value)}`.replace(/\s+/g, ''),
        );
        states.push(parts.sort().join('&'));
      },
    });
    expect(result.violation).toBeUndefined();
    return { generated: result.generated, distinct: result.distinct, states: digest(states) };
  }

  it('for a thousand random specs', { timeout: LONG }, async () => {
    const seeds = Array.from({ length: 25 }, (_, i) => i + 1);
    const theirs = await kept('specs', async () => {
      const all: Record<string, StateAnswers> = {};
      for (const one of seeds) all[one] = await statesOfTlc(one);
      return all;
    });
    for (const one of seeds) expect(await ownStates(one), `seed ${one}`).toEqual(theirs[one]);
  });

  it.runIf(seed !== undefined)('for fresh random specs', { timeout: LONG }, async () => {
    for (let part = 0; part < 10; part++) {
      const one = (seed ?? 0) * 100 + part;
      expect(await ownStates(one), `seed ${one}`).toEqual(await statesOfTlc(one));
    }
  });
});

describe('the same verdicts as TLC', () => {
  interface Verdict {
    readonly verdict: string;
    readonly generated: number;
    readonly distinct: number;
  }

  async function verdictOfTlc({ modules, config }: Model): Promise<Verdict> {
    const folder = folderWith(modules);
    writeFileSync(join(folder, 'Root.cfg'), config);
    const { verdict, generated, distinct } = await runTlc({
      tlc,
      folder,
      module: 'Root',
      config: 'Root.cfg',
    });
    return { verdict, generated, distinct };
  }

  const KINDS: Readonly<Record<string, string>> = {
    'action property': 'property',
    'initial property': 'property',
    refinement: 'property',
  };

  async function ownVerdict({ modules, config }: Model): Promise<Verdict> {
    const result = await modelCheck({ specFolder: folderWith(modules), module: 'Root', config });
    const kind = result.violation?.kind ?? result.verdict;
    return { verdict: KINDS[kind] ?? kind, generated: result.generated, distinct: result.distinct };
  }

  it('for every way of putting modules together', { timeout: LONG }, async () => {
    const theirs = await kept('models', async () => {
      const all: Record<string, Verdict> = {};
      for (const model of MODELS) all[model.name] = await verdictOfTlc(model);
      return all;
    });
    for (const model of MODELS) {
      const own = await ownVerdict(model);
      const expected = theirs[model.name];
      expect(own.verdict, model.name).toBe(expected?.verdict);
      // Where TLC stops at an error, it has counted the state at hand or not, by its kind.
      if (expected?.verdict !== 'evaluation') expect(own, model.name).toEqual(expected);
    }
  });
});
