/**
 * A class that leads to one of which not all is known yet. When the care of that one grows by some words, the
 * images that were taken for its own must agree in these words too, and the class cares for them where it does
 * not write them before. Both are seen in its log, without running or walking through it again.
 *
 * To the end of a circle of classes all of them are loose, so that one at rest has only names of what it keeps.
 */
import { invariant } from '../../emulator/invariant.ts';
import type { NvmSnapshot } from '../../emulator/nvm/nvm.ts';
import type { SequenceId, SequenceTable } from '../../emulator/store/sequence-table.ts';
import { WORDS_PER_PAGE } from '../../emulator/units.ts';
import type { CareTable } from './care.ts';
import type { ClassNode } from './memo.ts';
import type { Segment } from './segment.ts';
import { WordSet } from './word-set.ts';

/** From this position on, crash points lead to `target`; or the joint does, at the end of the log. */
interface Lead {
  readonly position: number;
  readonly until: number;
  readonly target: ClassNode;
  /** What is known of the target's care here, by its id. */
  readonly known: SequenceId;
}

/** What loose classes need of the exploration that they belong to. */
export interface LooseContext {
  /** By the index of the class. */
  readonly nodes: readonly ClassNode[];
  readonly sequences: SequenceTable;
  readonly cares: CareTable;
}

/** What a segment stored, entry by entry. */
export type Log = Pick<Segment, 'words' | 'values'>;

export class LooseClass {
  readonly node: ClassNode;
  /** Whether an image turned out not to be of the class that it was taken for. */
  hasMoved = false;
  private readonly context: LooseContext;
  /** Whether a failure may leave memory otherwise than the run saw it. */
  private readonly hasChoices: boolean;
  private readonly logLength: number;
  /** Null while it is at rest, as are the leads; they have names then. */
  private log: Log | null;
  private logName: { readonly words: SequenceId; readonly values: SequenceId } | null = null;
  /** Three numbers a lead: position, index of the target, id of what is known of its care. The joint is last. */
  private leads: number[] | null = [];
  private leadsName: { readonly places: SequenceId; readonly known: SequenceId } | null = null;
  private hasJoint = false;

  constructor(node: ClassNode, log: Segment, context: LooseContext) {
    this.hasChoices = log.recorded !== null;
    this.node = node;
    this.log = log;
    this.logLength = log.words.length;
    this.context = context;
  }

  /** From this position on, power failures lead to `target`. */
  addLead(position: number, target: ClassNode): void {
    invariant(this.leads !== null, 'a class at rest leads nowhere new');
    this.leads.push(position, target.index, target.care.id);
  }

  /** The segment's end leads to `target`. */
  addJoint(target: ClassNode): void {
    this.addLead(this.logLength, target);
    this.hasJoint = true;
  }

  /** The log of the class's segment. */
  readLog(): Log {
    if (this.log !== null) return this.log;
    invariant(this.logName !== null, 'a log at rest has a name');
    const { sequences } = this.context;
    return { words: sequences.read(this.logName.words), values: sequences.read(this.logName.values) };
  }

  /** Gives up the log's own copy; what is equal to another class's is kept once. */
  restLog(): void {
    if (this.log === null) return;
    const { words, values } = this.log;
    const { sequences } = this.context;
    if (!this.hasChoices)
      this.logName ??= { words: sequences.intern(words), values: sequences.intern(values) };
    this.log = null;
  }

  /** All that it leads to is found: from now on it takes no room to speak of. */
  rest(): void {
    this.restLog();
    this.node.care.rest();
    if (this.leads === null) return;
    const { leads } = this;
    const { sequences } = this.context;
    const places = Int32Array.from({ length: (leads.length / 3) * 2 }, (_, i) =>
      at(leads, (i >> 1) * 3 + (i & 1)),
    );
    const known = Int32Array.from({ length: leads.length / 3 }, (_, i) => at(leads, i * 3 + 2));
    this.leadsName = { places: sequences.intern(places), known: sequences.intern(known) };
    this.leads = null;
  }

  /** Whether it relies on the care of another that has grown since. */
  isStale(): boolean {
    return this.readLeads().some(({ target, known }) => target.care.id !== known);
  }

  /** Takes in what the classes that it relies on have grown by. */
  catchUp(): void {
    const leads = this.readLeads();
    const known = leads.map(({ target }) => target.care.id);
    // What an image has is not in the log alone: the class is walked through again.
    if (this.hasChoices) this.hasMoved = true;
    else this.takeIn(leads);
    this.leads = leads.flatMap(({ position, target }, i) => [position, target.index, known[i] as number]);
    this.rest();
  }

  private takeIn(leads: readonly Lead[]): void {
    const { cares } = this.context;
    const { care, image } = this.node;
    const grown = leads.map(({ target, known }) => newWords(target.care.bits, cares.bitsOf(known)));
    const entries = new Entries(this.readLog(), grown, care.bits.length * 32);
    const cared: number[] = [];
    const start = image.pages;
    for (const [i, { position, until, target }] of leads.entries()) {
      const words = grown[i] ?? [];
      if (words.length === 0) continue;
      const { pages } = target.image;
      for (const word of words) {
        const isEqual = entries.look({
          word,
          first: wordOf(start, word),
          expected: wordOf(pages, word),
          position,
          until,
        });
        if (!isEqual) this.hasMoved = true;
        if (!entries.isWritten(word, position)) cared.push(word);
      }
    }
    for (const word of cared) care.add(word);
  }

  private readLeads(): Lead[] {
    const { sequences } = this.context;
    let { leads } = this;
    if (leads === null) {
      invariant(this.leadsName !== null, 'leads at rest have a name');
      const places = sequences.read(this.leadsName.places);
      const known = sequences.read(this.leadsName.known);
      leads = Array.from({ length: known.length }, (_, i) => [
        ...[at(places, i * 2), at(places, i * 2 + 1), at(known, i)],
      ]).flat();
    }
    const count = leads.length / 3;
    const crashesCount = count - (this.hasJoint ? 1 : 0);
    const flat = leads;
    return Array.from({ length: count }, (_, i) => {
      const target = this.context.nodes[at(flat, i * 3 + 1)];
      invariant(target !== undefined, 'a class leads to classes');
      const until = i < crashesCount - 1 ? at(flat, i * 3 + 3) : this.logLength + 1;
      return { position: at(flat, i * 3), until, target, known: at(flat, i * 3 + 2) as SequenceId };
    });
  }
}

/** The entries of a log that store to certain words. */
class Entries {
  private readonly log: Log;
  private readonly byWord = new Map<number, number[]>();

  constructor(log: Log, wordLists: readonly (readonly number[])[], wordsCount: number) {
    this.log = log;
    const wanted = new WordSet(wordsCount);
    for (const words of wordLists) for (const word of words) wanted.add(word);
    log.words.forEach((word, entry) => {
      if (word < 0 || !wanted.has(word)) return;
      const entries = this.byWord.get(word);
      if (entries === undefined) this.byWord.set(word, [entry]);
      else entries.push(entry);
    });
  }

  /** Whether a word that begins as `first` is as expected at all points from `position` to before `until`. */
  look(options: {
    readonly word: number;
    readonly first: number;
    readonly expected: number;
    readonly position: number;
    readonly until: number;
  }): boolean {
    const { word, expected, position, until } = options;
    let value = options.first;
    for (const entry of this.byWord.get(word) ?? []) {
      // Entry e has happened at position e + 1.
      if (entry + 1 >= until) break;
      if (entry + 1 > position && value !== expected) return false;
      value = this.log.values[entry] as number;
    }
    return value === expected;
  }

  /** Whether it is stored to before `position`. */
  isWritten(word: number, position: number): boolean {
    const first = this.byWord.get(word)?.[0];
    return first !== undefined && first + 1 <= position;
  }
}

/**
 * Passes growth on among classes until nothing grows.
 * @returns a class whose images have moved to other classes, so that it must be walked through again.
 */
export function passOnGrowth(classes: readonly LooseClass[]): LooseClass | null {
  for (let anyStale = true; anyStale; ) {
    anyStale = false;
    for (let i = classes.length - 1; i >= 0; i -= 1) {
      const loose = classes[i] as LooseClass;
      if (!loose.isStale()) continue;
      anyStale = true;
      loose.catchUp();
    }
  }
  return classes.findLast((loose) => loose.hasMoved) ?? null;
}

const at = (list: ArrayLike<number>, index: number): number => list[index] as number;

const wordOf = (pages: NvmSnapshot['pages'], word: number): number =>
  pages[Math.floor(word / WORDS_PER_PAGE)]?.words[word % WORDS_PER_PAGE] as number;

/** The words of `now` that are not in `before`. */
function newWords(now: Uint32Array, before: Uint32Array): number[] {
  const words: number[] = [];
  for (let i = 0; i < now.length; i += 1) {
    for (let rest = (now[i] as number) & ~(before[i] as number); rest !== 0; rest &= rest - 1) {
      words.push((i << 5) + 31 - Math.clz32(rest & -rest));
    }
  }
  return words;
}
