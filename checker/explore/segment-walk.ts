/** Takes NVM through a segment's store log again, entry by entry, and knows what held at each crash point. */
import type { Nvm } from '../../emulator/nvm/nvm.ts';
import { type CrashChoices, NO_CHOICE } from '../../emulator/persistency/choices.ts';
import { PersistencyWalk } from '../../emulator/persistency/walk.ts';
import type { CrashClass } from '../report/model.ts';
import { careWordsCount } from './cache-words.ts';
import { CommitWindow } from './commit-window.ts';
import type { Segment, SegmentStart } from './segment.ts';
import { SettledLines } from './settled-lines.ts';
import type { Committed, PathStep, Phase, StateIndex } from './system.ts';
import { classOf } from './tally.ts';
import { WordSet } from './word-set.ts';

/** The cursor stands at `position`: that many entries of the log have happened. NVM must be at the start. */
export class SegmentWalk {
  position = 0;
  /** The word that the last entry stored to; −1 at the start and after an effect. */
  word = -1;
  state: StateIndex;
  committed: Committed;
  /** Whether state and promises are those of the position before. */
  promisesUnchanged = false;
  /** Every word stored to so far. */
  readonly written: WordSet;
  /** Commits that a failure at the cursor may still take. */
  readonly window = new CommitWindow();
  /** What the segment has made durable; null where every store is durable at once. */
  readonly settled: SettledLines | null;

  private readonly segment: Segment;
  private readonly nvm: Nvm;
  private readonly persistency: PersistencyWalk | null;
  private phase: Phase = 'user';
  private step = 0;
  private mark = 0;

  constructor(segment: Segment, start: SegmentStart, nvm: Nvm) {
    this.segment = segment;
    this.nvm = nvm;
    this.state = segment.startState;
    this.committed = start.kind === 'power-on' ? start.committed : start.joint.committed;
    const wordsCount = careWordsCount(nvm);
    this.written = new WordSet(wordsCount);
    const settled = nvm.cache === null ? null : new SettledLines(this.written, new WordSet(wordsCount));
    this.settled = settled;
    this.persistency =
      segment.recorded === null
        ? null
        : new PersistencyWalk(segment.recorded, nvm.persistency, (event) => settled?.note(event));
    this.catchUp();
  }

  /** The class of the crash point at the cursor: that of the store before it. */
  get crashClass(): CrashClass {
    return classOf(this.phase, this.position > 0 && this.word < 0);
  }

  /** What a failure at the cursor may leave, on top of NVM as it is. */
  choices(): CrashChoices {
    return this.persistency?.choices() ?? NO_CHOICE;
  }

  /** Lets the next entry happen; false at the end of the log. */
  advance(): boolean {
    if (this.position === this.segment.words.length) return false;
    this.word = this.segment.words[this.position] as number;
    this.persistency?.advance();
    if (this.word >= 0) {
      this.nvm.setWord(this.word, this.segment.values[this.position] as number);
      this.written.add(this.word);
    }
    this.position += 1;
    this.catchUp();
    return true;
  }

  /** Lets the flushes after the last entry happen: the machine has come to rest, and everything counts. */
  finish(): void {
    this.persistency?.finish();
    this.window.close();
  }

  private catchUp(): void {
    const { path, phases } = this.segment;
    const before = { state: this.state, committed: this.committed };
    const wasOpen = !this.window.isEmpty;
    // The outside world has seen something of what was committed.
    if (this.word < 0) this.window.close();
    for (; this.step < path.length; this.step += 1) {
      const next = path[this.step];
      if (next === undefined || next.position > this.position) break;
      this.openWindow(next);
      this.state = next.state;
      this.committed = next.committed;
    }
    for (; this.mark < phases.length; this.mark += 1) {
      const next = phases[this.mark];
      if (next === undefined || next.position >= Math.max(1, this.position)) break;
      this.phase = next.phase;
    }
    this.promisesUnchanged =
      before.state === this.state && before.committed === this.committed && wasOpen === !this.window.isEmpty;
  }

  private openWindow({ commitEntry }: PathStep): void {
    if (this.persistency === null || commitEntry === undefined) return;
    const word = this.segment.words[commitEntry] as number;
    this.window.add({ entry: commitEntry, word, state: this.state, committed: this.committed });
  }
}
