/** The crash images of one point, one after the other, each put into NVM and taken out of it again. */
import type { Nvm } from '../../emulator/nvm/nvm.ts';
import type { CrashChoices } from '../../emulator/persistency/choices.ts';
import { alternativeOf, BoxWalk, type Care, type Combination } from './boxes.ts';
import type { OpenCommit } from './commit-window.ts';
import type { SegmentWalk } from './segment-walk.ts';

const EVERYTHING: Care = { has: () => true };

export class PointImages {
  readonly choices: CrashChoices;
  /** The one that is in NVM now. */
  combination: Combination | null = null;
  private readonly walk: SegmentWalk;
  private readonly nvm: Nvm;
  private readonly boxes: BoxWalk;
  /** Words that the image has otherwise than the run saw them, and what the run saw. */
  private readonly changed: [word: number, value: number][] = [];

  constructor(walk: SegmentWalk, nvm: Nvm) {
    this.walk = walk;
    this.nvm = nvm;
    this.choices = walk.choices();
    this.boxes = new BoxWalk(this.choices, (group, alternative) => walk.window.lackedBy(group, alternative));
  }

  /** Puts the next image that is not covered into NVM, which must be as the run saw it; false: there is none. */
  next(): boolean {
    this.combination = this.boxes.next();
    if (this.combination === null) return false;
    applyChoice(this.nvm, this.choices, this.combination, this.changed);
    return true;
  }

  /** The future of the image in NVM is known, with what it cares for; null: it stands for itself only. */
  cover(care: Care | null): void {
    this.boxes.cover(care ?? EVERYTHING);
    this.takeOut();
  }

  /** The first commit that the image in NVM lacks. */
  lacked(): OpenCommit | undefined {
    const { walk, choices, combination } = this;
    return walk.window.isEmpty || combination === null
      ? undefined
      : walk.window.firstLacked(choices, combination);
  }

  /** The image in NVM, in short: see `choiceText`. */
  text(): string {
    return this.combination === null ? '' : choiceText(this.choices, this.combination);
  }

  private takeOut(): void {
    for (const [word, value] of this.changed.reverse()) this.nvm.setWord(word, value);
    this.changed.length = 0;
  }
}

/** Gives memory, which is as the run saw it, the content of a combination. @param changed takes what was there. */
export function applyChoice(
  nvm: Nvm,
  choices: CrashChoices,
  combination: Combination,
  changed: [word: number, value: number][] = [],
): void {
  for (const [g, index] of combination.entries()) {
    const group = choices.groups[g];
    if (group === undefined || index === 0) continue;
    const { patch } = alternativeOf(group, index);
    for (let i = 0; i < patch.length; i += 2) {
      const word = patch[i] as number;
      changed.push([word, nvm.words[word] as number]);
      nvm.setWord(word, patch[i + 1] as number);
    }
  }
}

/**
 * A combination as text: `line.alternative` for each line that is not as the run saw it, the line in
 * hexadecimal, joined by commas. Empty for memory as the run saw it.
 */
export function choiceText(choices: CrashChoices, combination: Combination): string {
  return choices.groups
    .flatMap(({ line }, g) => ((combination[g] ?? 0) === 0 ? [] : [`${line.toString(16)}.${combination[g]}`]))
    .join(',');
}

/** The combination that a text names; null where the choices have no such line or alternative. */
export function parseChoice(choices: CrashChoices, text: string): Combination | null {
  const combination = choices.groups.map(() => 0);
  for (const part of text === '' ? [] : text.split(',')) {
    const [line, alternative] = part.split('.');
    const g = choices.groups.findIndex((group) => group.line === Number.parseInt(line ?? '', 16));
    const index = Number(alternative);
    if (g < 0 || choices.groups[g]?.alternatives[index] === undefined) return null;
    combination[g] = index;
  }
  return combination;
}
