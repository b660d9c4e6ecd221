import { describe, expect, it } from 'vitest';
import { runnerByRule, waiterIsFirst, wokenAs, wokenByRule } from '../../../checker/coverage/kernel-rules.ts';
import { reasonOf } from '../../../checker/coverage/reasons.ts';

const state = (over: Record<string, unknown>) => ({
  cause: 'call',
  current: 1,
  mode: 'kernel',
  call: ['write', 'none'],
  status: ['ready', 'ready'],
  answer: ['none', 'none'],
  notices: [0, 0],
  pending: { '#set': [] },
  queue: [],
  pipe: [[]],
  readers: [{ '#set': [2] }],
  writers: [{ '#set': [1] }],
  ledger: [],
  ...(over as Record<string, never>),
});

describe('who runs next', () => {
  it.each([
    ['the one that made a call', {}, ['ready', 'ready'], 1],
    ['the other after a yield', { call: ['yield', 'none'] }, ['ready', 'ready'], 2],
    ['the other after a tick', { cause: 'tick' }, ['ready', 'ready'], 2],
    ['the other where the one cannot', {}, ['blocked', 'ready'], 2],
    ['the one where the other cannot, even after a tick', { cause: 'tick' }, ['ready', 'exited'], 1],
    ['nobody where nobody can', {}, ['exited', 'waiting'], 0],
    ['the first in the queue, where nobody ran', { current: 0, queue: [2] }, ['ready', 'ready'], 2],
    [
      'whoever waited, where nobody stood there',
      { current: 0, status: ['blocked', 'waiting'] },
      ['ready', 'ready'],
      2,
    ],
    ['not told, where nobody waited', { current: 0 }, ['ready', 'ready'], undefined],
  ])('is %s', (_name, before, status, runner) => {
    expect(runnerByRule(state(before), state({ status }))).toBe(runner);
  });
});

describe('the line of those who come at once', () => {
  it('has whoever waited before who was blocked behind it', () => {
    const before = state({ current: 0, status: ['blocked', 'waiting'] });
    expect(waiterIsFirst(before, state({ current: 0, queue: [2, 1] }))).toBe(true);
    expect(waiterIsFirst(before, state({ current: 2, queue: [1] }))).toBe(true);
    expect(waiterIsFirst(before, state({ current: 0, queue: [1, 2] }))).toBe(false);
    expect(waiterIsFirst(state({}), state({ current: 1, queue: [2] }))).toBe(true);
  });
});

describe('who is woken', () => {
  const blocked = state({ status: ['ready', 'blocked'] });

  it('is a reader for bytes, and for the last end', () => {
    expect(wokenByRule(blocked, state({ pipe: [[1]] }), [undefined, 'read'])).toEqual([2]);
    expect(wokenByRule(blocked, state({ writers: [{ '#set': [] }] }), [undefined, 'read'])).toEqual([2]);
    expect(wokenByRule(blocked, state({}), [undefined, 'read'])).toEqual([]);
  });

  it('is a writer for room, and for the last reader', () => {
    const full = state({ status: ['blocked', 'ready'], pipe: [[1, 2]] });
    expect(wokenByRule(full, state({ pipe: [[2]] }), ['write', 'read'])).toEqual([1]);
    expect(wokenByRule(full, state({ pipe: [[1, 2]], readers: [{ '#set': [] }] }), ['write'])).toEqual([1]);
    expect(wokenByRule(full, state({ pipe: [[1, 2]] }), ['write'])).toEqual([]);
  });

  it('is a sender for the port', () => {
    const waiting = state({ status: ['waiting', 'blocked'] });
    expect(wokenByRule(waiting, state({}), [undefined, 'send'])).toEqual([2]);
    expect(wokenByRule(waiting, waiting, [undefined, 'send'])).toEqual([]);
  });

  it('is read from the states', () => {
    expect(wokenAs(blocked, state({}))).toEqual([2]);
    expect(wokenAs(blocked, blocked)).toEqual([]);
  });
});

describe('a reason', () => {
  const nothing = { lastAction: 'Enter', lastCalls: [], isRepeat: false, hasNoCrashPoint: false };

  it('is none where nothing was seen that it speaks of', () => {
    const before = state({});
    const after = state({ current: 2, mode: 'user', queue: [1] });
    const unshown = { ...nothing, before, action: 'Leave', after };
    expect(reasonOf({ ...unshown, observed: [] })).toBeUndefined();
    const kept = { action: 'Leave', after: state({ mode: 'user', queue: [2] }) };
    expect(reasonOf({ ...unshown, observed: [kept] })?.name).toBe('run-queue');
    // A kernel that gives the turn away has no such reason for not keeping it.
    const given = { action: 'Leave', after };
    expect(reasonOf({ ...unshown, after: kept.after, observed: [given] })).toBeUndefined();
  });

  it('does not excuse an interrupt that is missing while somebody waits', () => {
    const before = state({ mode: 'user', cause: 'none', status: ['ready', 'waiting'] });
    const after = { ...before, mode: 'kernel', cause: 'serial' };
    expect(reasonOf({ ...nothing, before, action: 'Enter', after, observed: [] })).toBeUndefined();
    const quiet = { ...before, status: ['ready', 'ready'] };
    expect(reasonOf({ ...nothing, before: quiet, action: 'Enter', after, observed: [] })?.name).toBe(
      'no-interrupt-due',
    );
  });
});
