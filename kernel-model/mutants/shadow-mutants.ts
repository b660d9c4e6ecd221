/** Faults in how pages are copied, protected, committed and put back: mutants of the scheme `page-shadow`. */
import { PAGE_SIZE_BYTES } from '../../emulator/units.ts';
import type { Door } from '../door.ts';
import { Control, Frame, frameAddress, tracked } from '../layout.ts';
import type { ImportantPage, MemoryPlan } from '../plan.ts';
import { PageShadow } from '../schemes/page-shadow.ts';
import type { Mutant } from './mutant.ts';

const COUNT = frameAddress(Frame.control) + Control.recordCount;

type SchemeClass = new (door: Door, plan: MemoryPlan) => PageShadow;

function mutant(name: string, expected: string, sentence: string, scheme: SchemeClass): Mutant {
  return {
    name,
    expected,
    sentence,
    mutate: (parts) => ({ ...parts, makeScheme: (door, plan) => new scheme(door, plan) }),
  };
}

class WritableBeforeCopy extends PageShadow {
  override firstWrite(page: ImportantPage): void {
    this.record(page);
    this.unprotect(page);
    this.copyToShadow(page);
  }
}

class CopyWithoutLastWord extends PageShadow {
  protected override copyToShadow(page: ImportantPage): void {
    const from = frameAddress(page.frame);
    const to = frameAddress(page.shadowFrame);
    for (let at = 0; at < PAGE_SIZE_BYTES - 4; at += 4) {
      this.door.storeMechanism(to + at, this.door.loadMechanism(from + at));
    }
  }
}

class NoRecord extends PageShadow {
  protected override record(page: ImportantPage): void {
    // The page is never recorded, as if its entry had been forgotten.
    if (page.name !== 'procs') super.record(page);
  }
}

class NoFlushOnProtect extends PageShadow {
  protected override protect(page: ImportantPage): void {
    this.storeProtected(page);
  }
}

class CommitBeforeLastProtection extends PageShadow {
  override commit(committed: () => void): void {
    const pages = this.recordedPages();
    this.door.phase('commit');
    const last = pages.pop();
    for (const page of pages) this.protect(page);
    if (last === undefined) return committed();
    this.emptyRecord();
    committed();
    this.protect(last);
  }
}

class CommitWithoutProtection extends PageShadow {
  override commit(committed: () => void): void {
    this.door.phase('commit');
    if (this.recordedPages().length > 0) this.emptyRecord();
    committed();
  }
}

class CommitEntryByEntry extends PageShadow {
  override commit(committed: () => void): void {
    const pages = this.recordedPages();
    this.door.phase('commit');
    for (const page of pages) this.protect(page);
    for (let left = pages.length - 1; left >= 0; left -= 1) this.door.storeMechanism(COUNT, left);
    committed();
  }
}

class ForgetBeforeRestore extends PageShadow {
  override restore(): void {
    this.protectEverything();
    const pages = this.recordedPages();
    if (pages.length > 0) this.forget();
    for (const page of pages) this.restorePage(page);
  }
}

class RestoreWithoutLast extends PageShadow {
  override restore(): void {
    this.protectEverything();
    const pages = this.recordedPages();
    for (const page of pages.slice(0, -1)) this.restorePage(page);
    if (pages.length > 0) this.forget();
  }
}

class NoRestore extends PageShadow {
  override restore(): void {
    this.protectEverything();
    if (this.recordedPages().length > 0) this.forget();
  }
}

class RestoreHalfOfPage extends PageShadow {
  protected override copyBack(page: ImportantPage): void {
    const from = frameAddress(page.shadowFrame);
    const to = frameAddress(page.frame);
    for (let at = PAGE_SIZE_BYTES / 2; at < PAGE_SIZE_BYTES; at += 4) {
      this.door.storeMechanism(to + at, this.door.loadMechanism(from + at));
    }
  }
}

class ProtectionLeftByRecovery extends PageShadow {
  protected override protectEverything(): void {
    // Pages stay as writable as the failure left them.
  }
}

class SecondWriteCopiesAgain extends PageShadow {
  override commit(committed: () => void): void {
    // Before committing, the shadows are taken afresh: a failure now finds the new content in both.
    for (const page of this.recordedPages()) this.copyToShadow(page);
    super.commit(committed);
  }
}

class OneWritableAtATime extends PageShadow {
  override firstWrite(page: ImportantPage): void {
    // Only one page can be written at a time; another that is written again is copied again.
    const recorded = this.recordedPages();
    for (const other of recorded) if (this.isWritable(other)) this.protect(other);
    this.copyToShadow(page);
    if (!recorded.includes(page)) this.record(page);
    this.unprotect(page);
  }
}

class RestoresUnderProtection extends PageShadow {
  protected override copyBack(page: ImportantPage): void {
    if (page.owner !== 0) return super.copyBack(page);
    // Through the tracked window: the first store faults, and the handler shadows what is only half restored.
    for (let at = 0; at < PAGE_SIZE_BYTES; at += 4) {
      this.door.store(page.linear + at, this.door.loadMechanism(frameAddress(page.shadowFrame) + at));
    }
  }
}

class UserPagesUntracked extends PageShadow {
  override firstWrite(page: ImportantPage): void {
    if (page.owner === 0) super.firstWrite(page);
    else this.unprotect(page);
  }
}

class ShadowKeyedByLinearAddress extends PageShadow {
  protected override copyToShadow(page: ImportantPage): void {
    this.copyFrame({ from: page.frame, to: this.shadowByAddress(page) });
  }

  protected override copyBack(page: ImportantPage): void {
    this.copyFrame({ from: this.shadowByAddress(page), to: page.frame });
  }

  /** Two processes' pages at one linear address share a shadow. */
  private shadowByAddress(page: ImportantPage): number {
    const first = this.plan.important.find((p) => p.linear === page.linear);
    return first?.shadowFrame ?? page.shadowFrame;
  }
}

class StaleShadowKept extends PageShadow {
  override firstWrite(page: ImportantPage): void {
    // A page that was shadowed before is not copied again.
    if (this.door.loadMechanism(frameAddress(page.shadowFrame) + PAGE_SIZE_BYTES - 4) === 0)
      this.copyToShadow(page);
    this.record(page);
    this.unprotect(page);
    this.door.storeMechanism(frameAddress(page.shadowFrame) + PAGE_SIZE_BYTES - 4, 1);
  }

  protected override copyBack(page: ImportantPage): void {
    super.copyBack(page);
    this.door.storeMechanism(frameAddress(page.frame) + PAGE_SIZE_BYTES - 4, 0);
  }
}

class KernelWritesPastProtection extends PageShadow {
  override commit(committed: () => void): void {
    // One path of the kernel writes with CR0.WP off: the open files, without a shadow.
    const CR0_WP = 1 << 16;
    const cr0 = this.door.port.readCr(0);
    this.door.port.writeCr(0, cr0 & ~CR0_WP);
    const spare = tracked(Frame.files) + PAGE_SIZE_BYTES - 4;
    this.door.store(spare, this.door.load(spare) + 1);
    this.door.port.writeCr(0, cr0);
    super.commit(committed);
  }
}

class UnprotectsBeforeRecord extends PageShadow {
  override firstWrite(page: ImportantPage): void {
    this.copyToShadow(page);
    this.unprotect(page);
    this.record(page);
  }
}

class RecordsTheWrongPage extends PageShadow {
  protected override record(page: ImportantPage): void {
    const next = this.plan.important[(this.plan.important.indexOf(page) + 1) % this.plan.important.length];
    super.record(page.name === 'pipes' && next !== undefined ? next : page);
  }
}

export const shadowMutants: readonly Mutant[] = [
  mutant(
    'writable-before-copy',
    'WriteOnlyIfShadowed',
    'a page is made writable before its copy is whole',
    WritableBeforeCopy,
  ),
  mutant(
    'writable-before-record',
    'WriteOnlyIfShadowed',
    'a page is made writable before its copy counts',
    UnprotectsBeforeRecord,
  ),
  mutant(
    'copy-without-last-word',
    'WriteOnlyIfShadowed',
    'the copy of a page lacks its last word',
    CopyWithoutLastWord,
  ),
  mutant(
    'page-not-recorded',
    'WriteOnlyIfShadowed',
    'one page is made writable without ever being recorded',
    NoRecord,
  ),
  mutant(
    'wrong-page-recorded',
    'WriteOnlyIfShadowed',
    'another page than the copied one is recorded',
    RecordsTheWrongPage,
  ),
  mutant(
    'no-flush-on-protect',
    'WriteOnlyIfShadowed',
    'the TLB is not flushed when a page is protected',
    NoFlushOnProtect,
  ),
  mutant(
    'commit-before-last-protection',
    'WriteOnlyIfShadowed',
    'the epoch is committed before its last page is protected',
    CommitBeforeLastProtection,
  ),
  mutant(
    'commit-without-protection',
    'WriteOnlyIfShadowed',
    'a commit leaves the pages writable',
    CommitWithoutProtection,
  ),
  mutant(
    'commit-entry-by-entry',
    'AtomicEpoch',
    'the record is emptied one entry at a time',
    CommitEntryByEntry,
  ),
  mutant(
    'forget-before-restore',
    'RecoveryIdempotent',
    'recovery marks pages clean before copying them back',
    ForgetBeforeRestore,
  ),
  mutant(
    'restore-without-last',
    'ShadowRestore',
    'recovery leaves out the last recorded page',
    RestoreWithoutLast,
  ),
  mutant('no-restore', 'ShadowRestore', 'recovery copies nothing back', NoRestore),
  mutant(
    'restore-half-of-page',
    'ShadowRestore',
    'recovery copies only half of each page back',
    RestoreHalfOfPage,
  ),
  mutant(
    'protection-left-by-recovery',
    'WriteOnlyIfShadowed',
    'recovery leaves pages writable',
    ProtectionLeftByRecovery,
  ),
  mutant(
    'shadow-overwritten',
    'WriteOnlyIfShadowed',
    'a shadow is overwritten with the new content before the commit',
    SecondWriteCopiesAgain,
  ),
  mutant(
    'second-write-copies-again',
    'WriteOnlyIfShadowed',
    'the second write of an epoch to a page copies it again, over its shadow',
    OneWritableAtATime,
  ),
  mutant(
    'half-restored-page-shadowed',
    'ShadowRestore',
    'recovery shadows a page that it has only half restored',
    RestoresUnderProtection,
  ),
  mutant(
    'user-pages-untracked',
    'WriteOnlyIfShadowed',
    'user pages become writable without a shadow',
    UserPagesUntracked,
  ),
  mutant(
    'shadow-by-linear-address',
    'WriteOnlyIfShadowed',
    'shadows are keyed by linear address',
    ShadowKeyedByLinearAddress,
  ),
  mutant(
    'stale-shadow',
    'WriteOnlyIfShadowed',
    'the shadow of an earlier epoch is used again',
    StaleShadowKept,
  ),
  mutant(
    'wp-off-on-one-path',
    'AtomicEpoch',
    'one path of the kernel writes with CR0.WP off',
    KernelWritesPastProtection,
  ),
];
