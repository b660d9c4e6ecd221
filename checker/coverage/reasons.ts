/**
 * Why a kernel need not show every step that the spec allows. The spec leaves choices to the kernel, and lets a
 * process do anything at any time; this kernel chooses always in the same way, and a process does what its
 * program says. Each reason says so in one sentence and tells from the step itself whether it is the one. A step
 * that is not shown and has no reason here is a finding.
 */
import type { SpecState } from './bounded-model.ts';

/** A step that the spec allows and the kernel has not shown, and what is known of where it would have begun. */
export interface Unshown {
  readonly before: SpecState;
  readonly action: string;
  readonly after: SpecState;
  /** The action that led here. */
  readonly lastAction: string;
  /** What the kernel did here instead, under all decisions of the driver. */
  readonly observed: readonly { readonly action: string; readonly after: SpecState }[];
  /** The serial port has asked for an interrupt, in some way of coming here. */
  readonly isInterruptDue: boolean;
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
const answerOf = (state: SpecState): readonly string[] => state.answer as readonly string[];
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const allExited = (state: SpecState): boolean => statusOf(state).every((status) => status === 'exited');

/** Variables in which two states differ. */
function difference(a: SpecState, b: SpecState): string[] {
  return Object.keys(a).filter((name) => !isSame(a[name], b[name]));
}

/** The processes that were blocked before and are given as ready by one of the two, but not the other. */
function differOnlyInWhoIsWoken(before: SpecState, a: SpecState, b: SpecState): boolean {
  return statusOf(a).every(
    (status, i) => status === statusOf(b)[i] || (statusOf(before)[i] === 'blocked' && status !== 'exited'),
  );
}

/** A step of the same action was observed that differs from this one only as `isAlike` says. */
function wasObserved(unshown: Unshown, isAlike: (after: SpecState) => boolean): boolean {
  return unshown.observed.some((each) => each.action === unshown.action && isAlike(each.after));
}

/** In the calls and interrupts of the serial port: the process that the section is about. */
function sendsNow(before: SpecState): boolean {
  return (
    before.cause === 'call' && (before.call as readonly string[])[(before.current as number) - 1] === 'send'
  );
}

const isEntry = (unshown: Unshown, cause: string): boolean =>
  unshown.action === 'Enter' && unshown.after.cause === cause;

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
    applies: ({ before, action }) =>
      before.mode === 'idle' && allExited(before) && action !== 'Crash' && action !== 'Shutdown',
  },
  {
    name: 'no-tick-while-idle',
    sentence: 'The kernel starts its timer only when a process runs: no tick interrupts idling.',
    applies: (unshown) => unshown.before.mode === 'idle' && isEntry(unshown, 'tick'),
  },
  {
    name: 'no-interrupt-due',
    sentence: 'The serial port interrupts only while a process waits for it.',
    applies: (unshown) => isEntry(unshown, 'serial') && !unshown.isInterruptDue,
  },
  {
    name: 'makes-its-call-again',
    sentence:
      'A process that was blocked, or whose call or fault a failure has cut, makes the same again with its first instruction; the spec lets it do anything.',
    applies: ({ before, action, isRepeat }) =>
      isRepeat &&
      ((before.mode === 'user' && action === 'Enter') ||
        (before.mode === 'kernel' && before.cause === 'call' && (action === 'Leave' || action === 'Send'))),
  },
  {
    name: 'run-queue',
    sentence: 'The spec lets any process run that can; this kernel takes the one that its queue says.',
    applies: (unshown) =>
      unshown.action === 'Leave' &&
      wasObserved(unshown, (after) => isSame(difference(after, unshown.after), ['current'])),
  },
  {
    name: 'keeps-its-turn',
    sentence: 'The spec lets recovery forget who ran; this kernel goes on with the process that ran.',
    applies: (unshown) =>
      unshown.action === 'Recovered' &&
      wasObserved(unshown, (after) => isSame(difference(after, unshown.after), ['current'])),
  },
  {
    name: 'wakes-who-waits-for-it',
    sentence:
      'The spec lets a step wake any of those who are blocked and may go on; this kernel wakes all who are blocked on what has changed, and nobody else.',
    applies: (unshown) =>
      (unshown.action === 'Leave' || unshown.action === 'Recovered') &&
      wasObserved(
        unshown,
        (after) =>
          difference(after, unshown.after).every((name) => ['status', 'current', 'mode'].includes(name)) &&
          differOnlyInWhoIsWoken(unshown.before, after, unshown.after),
      ),
  },
  {
    name: 'first-byte-then-waits',
    sentence:
      'A call that sends gives the port one byte and waits, or gives it none and does not wait; the spec lets it give any number and wait or not.',
    applies: ({ before, action, after, lastAction }) => {
      if (!sendsNow(before)) return false;
      const hasSent = lastAction === 'Send';
      if (action === 'Send') return hasSent || statusOf(before).includes('waiting');
      const waits = statusOf(after)[(before.current as number) - 1] === 'waiting';
      return action === 'Leave' && hasSent !== waits;
    },
  },
  {
    name: 'interrupt-sends-or-ends',
    sentence:
      'An interrupt of the serial port sends the next byte, or ends the call where there is none; the spec lets it do neither, both, or send several.',
    applies: ({ before, action, after, lastAction }) => {
      if (before.mode !== 'kernel' || before.cause !== 'serial') return false;
      const hasSent = lastAction === 'Send';
      if (action === 'Send') return hasSent;
      const ends = !isSame(answerOf(before), answerOf(after)) || !isSame(before.call, after.call);
      return action === 'Leave' && hasSent === ends;
    },
  },
];

/** The first reason that tells why, in the order above; undefined where none does. */
export function reasonOf(unshown: Unshown): Reason | undefined {
  return REASONS.find((reason) => reason.applies(unshown));
}
