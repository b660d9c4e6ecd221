/** What a complete exploration of our kernel must have shown, or its green means nothing (DESIGN §6). */
import { FileKind } from '../kernel-model/files.ts';
import type { KernelSystem } from '../kernel-model/system.ts';
import type { Expectations } from './judge/vacuity.ts';

export function expectationsOf(system: KernelSystem, depth: number): Expectations {
  const { programs, shows } = system.workload;
  const sendsBytes = programs.some((p) => p.files.some((f) => f.kind === FileKind.serial));
  const actions = [
    'PowerOn',
    'Start',
    'Enter',
    'Leave',
    'Unprotect',
    'Fill',
    'Write',
    'Protect',
    'Flush',
    'Shutdown',
    'Settle',
  ];
  if (system.scheme.commit === 'one word') actions.push('Record');
  if (sendsBytes) actions.push('Send');
  const afterCrash = ['Crash', 'Restore', 'Restored', 'Recovered'];
  if (system.scheme.commit === 'one word') afterCrash.push('Forget');
  const promises = [
    ...['WriteOnlyIfShadowed', 'BootWordOrder', 'RunnableOnce', 'TurnsInOrder'],
    ...['EndsClosedAtExit', 'NobodyWaitsAtRest', ...(shows ?? [])],
  ];
  const promisesAfterCrash = [
    'ShadowRestore',
    'AtomicEpoch',
    'ConsistentCut',
    'NobodyElseNotified',
    'RecoveryIdempotent',
  ];
  const deviceOnly = ['InterruptedCallNotified', 'WaitersWoken', 'NoticeExactlyOnce', 'NoticeKept'];
  if (sendsBytes) promises.push('DeviceAtMostOnce');
  if (sendsBytes) promisesAfterCrash.push(...deviceOnly);
  if (depth === 0) return { actions, classes: [], promises };
  return {
    actions: [...actions, ...afterCrash],
    classes: [
      'user',
      'privileged',
      'commit',
      'boot',
      'shutdown',
      ...(depth > 1 ? (['recovery'] as const) : []),
      ...(sendsBytes ? (['device'] as const) : []),
    ],
    promises: [...promises, ...promisesAfterCrash],
  };
}
