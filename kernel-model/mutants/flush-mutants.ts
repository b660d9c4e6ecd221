/** `page-shadow-flush` without one of its write-backs or fences, each in turn: mutants under px86. */
import type { Door } from '../door.ts';
import type { MemoryPlan } from '../plan.ts';
import {
  FENCES,
  type FenceName,
  PageShadowFlush,
  pageShadowFlush,
  WRITE_BACKS,
  type WriteBackName,
} from '../schemes/page-shadow-flush.ts';
import type { Mutant } from './mutant.ts';

type Make = new (door: Door, plan: MemoryPlan) => PageShadowFlush;

function withoutWriteBack(missing: WriteBackName): Make {
  return class extends PageShadowFlush {
    protected override writeBack(
      name: WriteBackName,
      physical: number,
      lengthBytes: number,
      paging: 'on' | 'off' = 'on',
    ): void {
      if (name !== missing) super.writeBack(name, physical, lengthBytes, paging);
    }
  };
}

function withoutFence(missing: FenceName): Make {
  return class extends PageShadowFlush {
    protected override fence(name: FenceName): void {
      if (name !== missing) super.fence(name);
    }
  };
}

/** A promise that breaks without it. */
const BREAKS_WITHOUT_WRITE_BACK: Readonly<Record<WriteBackName, string>> = {
  shadow: 'ShadowRestore',
  entry: 'ShadowRestore',
  count: 'AtomicEpoch',
  pages: 'AtomicEpoch',
  protection: 'WriteOnlyIfShadowed',
  commit: 'ShadowRestore',
  'restored pages': 'AtomicEpoch',
  'restored protection': 'WriteOnlyIfShadowed',
  'forgotten record': 'ShadowRestore',
  'first tables': 'RecoveryEnds',
  'clean word': 'BootWordOrder',
};
const BREAKS_WITHOUT_FENCE: Readonly<Record<FenceName, string>> = {
  'shadow and entry': 'ShadowRestore',
  count: 'AtomicEpoch',
  epoch: 'AtomicEpoch',
  commit: 'ShadowRestore',
  'restored epoch': 'AtomicEpoch',
  'forgotten record': 'ShadowRestore',
  'first tables': 'RecoveryEnds',
  'clean word': 'BootWordOrder',
};

function mutant(name: string, sentence: string, expected: string, make: Make): Mutant {
  return {
    name,
    sentence,
    expected,
    scheme: pageShadowFlush.name,
    mutate: (parts) => ({ ...parts, makeScheme: (door, plan) => new make(door, plan) }),
  };
}

const slug = (name: string): string => name.replaceAll(' ', '-');

export const flushMutants: readonly Mutant[] = [
  ...WRITE_BACKS.map((name) =>
    mutant(
      `no-write-back-of-${slug(name)}`,
      `the cache lines of '${name}' are not written back`,
      BREAKS_WITHOUT_WRITE_BACK[name],
      withoutWriteBack(name),
    ),
  ),
  ...FENCES.map((name) =>
    mutant(
      `no-fence-after-${slug(name)}`,
      `there is no fence after the write-back of '${name}'`,
      BREAKS_WITHOUT_FENCE[name],
      withoutFence(name),
    ),
  ),
];
