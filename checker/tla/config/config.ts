/** TLC's configuration files. */
import { UsageError } from '../../errors.ts';
import { modelValue } from '../value/itf.ts';
import { EnumeratedSet, type Value } from '../value/value.ts';

/** A constant's value, before the order of strings is known. */
export type ConfigValue =
  | { readonly k: 'plain'; readonly value: number | string | boolean }
  | { readonly k: 'model'; readonly name: string }
  | { readonly k: 'set'; readonly items: readonly ConfigValue[] };

export interface Config {
  /** Every string and name, in order: TLC has met them before the modules' own. */
  readonly words: readonly string[];
  readonly constants: ReadonlyMap<string, ConfigValue>;
  /** `a <- b` */
  readonly replaced: ReadonlyMap<string, string>;
  readonly specification: string | undefined;
  readonly init: string | undefined;
  readonly next: string | undefined;
  readonly invariants: readonly string[];
  readonly properties: readonly string[];
  readonly constraints: readonly string[];
  readonly actionConstraints: readonly string[];
  readonly symmetry: string | undefined;
  readonly view: string | undefined;
  readonly deadlock: boolean;
}

interface Word {
  readonly text: string;
  readonly line: number;
}

const SECTIONS = new Set([
  'CONSTANT',
  'CONSTANTS',
  'INIT',
  'NEXT',
  'SPECIFICATION',
  'INVARIANT',
  'INVARIANTS',
  'PROPERTY',
  'PROPERTIES',
  'CONSTRAINT',
  'CONSTRAINTS',
  'ACTION_CONSTRAINT',
  'ACTION_CONSTRAINTS',
  'SYMMETRY',
  'VIEW',
  'CHECK_DEADLOCK',
  'ALIAS',
  'POSTCONDITION',
]);

function words(text: string): Word[] {
  const found: Word[] = [];
  const plain = text.replace(/\(\*[\s\S]*?\*\)/g, (comment) => comment.replace(/[^\n]/g, ' '));
  const pattern = /\\\*[^\n]*|"(?:[^"\\]|\\.)*"|<-|[={},[\]]|-?[A-Za-z0-9_!]+|\S/g;
  let line = 1;
  let seen = 0;
  for (const match of plain.matchAll(pattern)) {
    line += plain.slice(seen, match.index).split('\n').length - 1;
    seen = match.index;
    if (!match[0].startsWith('\\*')) found.push({ text: match[0], line });
  }
  return found;
}

class ConfigParser {
  private readonly words: readonly Word[];
  private readonly name: string;
  private place = 0;
  readonly constants = new Map<string, ConfigValue>();
  readonly replaced = new Map<string, string>();
  readonly lists = new Map<string, string[]>();

  constructor(text: string, name: string) {
    this.words = words(text);
    this.name = name;
  }

  private wrong(what: string): UsageError {
    const line = this.words[Math.min(this.place, this.words.length - 1)]?.line ?? 1;
    return new UsageError(`${this.name}:${line}: ${what}`, 'Correct the configuration file.');
  }

  private peek(): string | undefined {
    return this.words[this.place]?.text;
  }

  private take(what: string): string {
    const word = this.words[this.place++];
    if (word === undefined) throw this.wrong(`the file ends where ${what} is needed`);
    return word.text;
  }

  parse(): void {
    while (this.place < this.words.length) {
      const section = this.take('a section');
      if (!SECTIONS.has(section)) {
        this.place--;
        throw this.wrong(`${section} is no section of a configuration (such as INVARIANT)`);
      }
      if (section.startsWith('CONSTANT')) this.assignments();
      else this.names(section);
    }
  }

  private names(section: string): void {
    const key = section.replace(/IES$/, 'Y').replace(/S$/, '');
    const list = this.lists.get(key) ?? [];
    this.lists.set(key, list);
    for (let word = this.peek(); word !== undefined && !SECTIONS.has(word); word = this.peek()) {
      if (!/^[A-Za-z0-9_!]+$/.test(word)) throw this.wrong(`${word} is no name`);
      list.push(this.take('a name'));
    }
    if (list.length === 0) throw this.wrong(`${section} names nothing`);
  }

  private assignments(): void {
    for (let word = this.peek(); word !== undefined && !SECTIONS.has(word); word = this.peek()) {
      const name = this.take('a constant');
      const sign = this.take('= or <-');
      if (sign === '=') this.constants.set(name, this.value());
      else if (sign === '<-') {
        if (this.peek() === '[')
          throw this.wrong('replacing a name inside of one module (<- [M]) is not covered');
        this.replaced.set(name, this.take('a definition'));
      } else throw this.wrong(`= or <- is needed after ${name}, not ${sign}`);
    }
  }

  private value(): ConfigValue {
    const word = this.take('a value');
    if (word === '{') return this.set();
    if (word.startsWith('"')) return { k: 'plain', value: word.slice(1, -1).replace(/\\(.)/g, '$1') };
    if (word === 'TRUE' || word === 'FALSE') return { k: 'plain', value: word === 'TRUE' };
    if (/^-?\d+$/.test(word)) {
      const value = Number(word);
      if (value > 2147483647 || value < -2147483648) throw this.wrong(`${word} does not fit 32 bits`);
      return { k: 'plain', value };
    }
    if (!/^[A-Za-z0-9_]+$/.test(word)) throw this.wrong(`${word} is no value`);
    return { k: 'model', name: word };
  }

  private set(): ConfigValue {
    const items: ConfigValue[] = [];
    while (this.peek() !== '}') {
      if (items.length > 0 && this.take('a comma') !== ',') throw this.wrong('a comma is needed');
      items.push(this.value());
    }
    this.place++;
    return { k: 'set', items };
  }
}

/**
 * Parses a .cfg file.
 * @throws UsageError with the line for anything that is none, or is not covered.
 */
export function parseConfig(text: string, name = 'configuration'): Config {
  const parser = new ConfigParser(text, name);
  parser.parse();
  const list = (key: string): readonly string[] => parser.lists.get(key) ?? [];
  const one = (key: string): string | undefined => {
    const names = list(key);
    if (names.length > 1)
      throw new UsageError(`${name}: ${key} names ${names.length} things, but may name one`);
    return names[0];
  };
  for (const key of ['ALIAS', 'POSTCONDITION']) {
    if (list(key).length > 0) {
      throw new UsageError(
        `${name}: the embedded engine does not cover ${key}`,
        'Check this model with TLC.',
      );
    }
  }
  const deadlock = one('CHECK_DEADLOCK') ?? 'TRUE';
  if (deadlock !== 'TRUE' && deadlock !== 'FALSE') {
    throw new UsageError(`${name}: CHECK_DEADLOCK is TRUE or FALSE, not ${deadlock}`);
  }
  return {
    words: words(text).map((word) => word.text.replace(/^"|"$/g, '')),
    constants: parser.constants,
    replaced: parser.replaced,
    specification: one('SPECIFICATION'),
    init: one('INIT'),
    next: one('NEXT'),
    invariants: list('INVARIANT'),
    properties: list('PROPERTY'),
    constraints: list('CONSTRAINT'),
    actionConstraints: list('ACTION_CONSTRAINT'),
    symmetry: one('SYMMETRY'),
    view: one('VIEW'),
    deadlock: deadlock === 'TRUE',
  };
}

/** A constant's value. */
export function configValue(value: ConfigValue): Value {
  switch (value.k) {
    case 'plain':
      return value.value;
    case 'model':
      return modelValue(value.name);
    case 'set':
      return new EnumeratedSet(value.items.map(configValue), false);
  }
}
