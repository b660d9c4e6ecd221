/**
 * Why a kernel need not show every step that the spec allows. The spec leaves choices to the kernel, and lets a
 * process do anything at any time; this kernel chooses always in the same way, and a process does what its
 * program says. Each reason says so in one sentence, and counts only where the kernel did here what the sentence
 * says that it does. A step that is not shown and has no reason is a finding.
 */
import type { SpecState } from './bounded-model.ts';
import { runnerByRule, waiterIsFirst, wokenAs, wokenByRule } from './kernel-rules.ts';

export interface ObservedStep {
  readonly action: string;
  readonly after: SpecState;
}

/** A step that the spec allows and the kernel has not shown, and what is known of where it would have begun. */
export interface Unshown {
  readonly before: SpecState;
  readonly action: string;
  readonly after: SpecState;
  /** The action that led here. */
  readonly lastAction: string;
  /** What the kernel did here instead, under all decisions of the driver. */
  readonly observed: readonly ObservedStep[];
  /** Of each process, the call that it made last. */
  readonly lastCalls: readonly (string | undefined)[];
  /** In every way of coming here, the process that runs makes again a call or fault that it has made before. */
  readonly isRepeat: boolean;
  /** There is no store between the step before and the step after. */
  readonly hasNoCrashPoint: boolean;
}

export interface Reason {
  readonly name: string;
  readonly sentence: string;
  readonly applies: (unshown: Unshown) => boolean;
}

const statusOf = (state: SpecState): readonly string[] => state.status as readonly string[];
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const allExited = (state: SpecState): boolean => statusOf(state).every((status) => status === 'exited');

/** Two states differ in some of these variables, and in no others. */
function differIn(a: SpecState, b: SpecState, variables: readonly string[]): boolean {
  const different = Object.keys(a).filter((name) => !isSame(a[name], b[name]));
  return different.length > 0 && different.every((name) => variables.includes(name));
}

/** A step of the same action was observed that is so. */
function wasObserved(unshown: Unshown, isSo: (after: SpecState) => boolean): boolean {
  return unshown.observed.some((each) => each.action === unshown.action && isSo(each.after));
}

/** The call of the process in whose privileged section this is; undefined in any other. */
function callOf(before: SpecState): string | undefined {
  if (before.mode !== 'kernel' || before.cause !== 'call') return undefined;
  return (before.call as readonly string[])[(before.current as number) - 1];
}

const isEntry = (unshown: Unshown, cause: string): boolean =>
  unshown.action === 'Enter' && unshown.after.cause === cause;

/** The kernel took the process that its rule names, and the step would have taken another. */
function isForTheQueue(unshown: Unshown): boolean {
  if (unshown.action !== 'Leave') return false;
  return wasObserved(unshown, (after) => {
    const rule = runnerByRule(unshown.before, after);
    return differIn(after, unshown.after, ['current', 'queue']) && rule === after.current;
  });
}

/** The kernel queued a waiter before whoever was blocked behind it, and the step would have done otherwise. */
function isForTheWaiter(unshown: Unshown): boolean {
  const { before, action } = unshown;
  if (action !== 'Leave' && action !== 'Recovered') return false;
  if (waiterIsFirst(before, unshown.after)) return false;
  return wasObserved(
    unshown,
    (after) => differIn(after, unshown.after, ['current', 'queue']) && waiterIsFirst(before, after),
  );
}

/** The kernel woke those whom its rule names, and the step would have woken others. */
function isForTheWoken(unshown: Unshown): boolean {
  if (unshown.action !== 'Leave' && unshown.action !== 'Recovered') return false;
  const { before, lastCalls } = unshown;
  return wasObserved(unshown, (after) => {
    const rule = wokenByRule(before, after, lastCalls);
    const isByRule = isSame(wokenAs(before, after), rule) && !isSame(wokenAs(before, unshown.after), rule);
    return isByRule && differIn(after, unshown.after, ['status', 'current', 'queue', 'mode']);
  });
}

function isOfOneByte({ before, action, after, lastAction }: Unshown): boolean {
  if (callOf(before) !== 'send') return false;
  const hasSent = lastAction === 'Send';
  if (action === 'Send') return hasSent || statusOf(before).includes('waiting');
  const waits = statusOf(after)[(before.current as number) - 1] === 'waiting';
  return action === 'Leave' && hasSent !== waits;
}

function isOfOneInterrupt({ before, action, after, lastAction }: Unshown): boolean {
  if (before.mode !== 'kernel' || before.cause !== 'serial') return false;
  const hasSent = lastAction === 'Send';
  if (action === 'Send') return hasSent;
  return action === 'Leave' && hasSent === !isSame(before.call, after.call);
}

export const REASONS: readonly Reason[] = [
  {
    name: 'no-crash-point',
    sentence:
      'The kernel goes from the step before to the step after with one store, so that power cannot fail between.',
    applies: ({ action, hasNoCrashPoint }) => action === 'Crash' && hasNoCrashPoint,
  },
  {
    name: 'shuts-down-at-once',
    sentence: 'Where every process has exited, the kernel shuts down before anything else can happen.',
    applies: ({ before, action, observed }) =>
      before.mode === 'idle' &&
      allExited(before) &&
      action !== 'Crash' &&
      observed.some((each) => each.action === 'Shutdown'),
  },
  {
    name: 'no-tick-while-idle',
    sentence: 'The kernel starts its timer only when a process runs: no tick interrupts idling.',
    applies: (unshown) => unshown.before.mode === 'idle' && isEntry(unshown, 'tick'),
  },
  {
    name: 'no-interrupt-due',
    sentence: 'The serial port interrupts only while a process waits for it.',
    applies: (unshown) => isEntry(unshown, 'serial') && !statusOf(unshown.before).includes('waiting'),
  },
  {
    name: 'makes-its-call-again',
    sentence:
      'A process that was blocked, or whose call or fault a failure has cut, makes the same again with its first instruction; the spec lets it do anything.',
    applies: ({ before, action, isRepeat, observed }) =>
      isRepeat &&
      observed.some((each) => each.action === action) &&
      ((before.mode === 'user' && action === 'Enter') ||
        (callOf(before) !== undefined && action === 'Leave')),
  },
  {
    name: 'starts-in-order',
    sentence:
      'The spec lets a start queue the processes in any order, and each start in another; this kernel queues them always by their numbers.',
    applies: (unshown) =>
      unshown.action === 'Start' &&
      wasObserved(unshown, (after) => differIn(after, unshown.after, ['queue'])),
  },
  {
    name: 'waiter-first',
    sentence:
      'Where several come into the run queue at once, the spec lets them stand in any order; in this kernel whoever waited for the port stands before those who were blocked behind it.',
    applies: isForTheWaiter,
  },
  {
    name: 'run-queue',
    sentence:
      'The spec lets whoever ran go on, or give its turn to the first in the queue; in this kernel it goes on, but for a tick or a yield, which give the turn away.',
    applies: isForTheQueue,
  },
  {
    name: 'wakes-who-waits-for-it',
    sentence:
      'The spec lets a step wake any of those who are blocked and may go on; this kernel wakes all who are blocked on what has changed, and nobody else.',
    applies: isForTheWoken,
  },
  {
    name: 'first-byte-then-waits',
    sentence:
      'A call that sends gives the port one byte and waits, or gives it none and does not wait; the spec lets it give any number and wait or not.',
    applies: isOfOneByte,
  },
  {
    name: 'interrupt-sends-or-ends',
    sentence:
      'An interrupt of the serial port sends the next byte, or ends the call where there is none; the spec lets it do neither, both, or send several.',
    applies: isOfOneInterrupt,
  },
];

/** The first reason that tells why, in the order above; undefined where none does. */
export function reasonOf(unshown: Unshown): Reason | undefined {
  return REASONS.find((reason) => reason.applies(unshown));
}
