import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { progressView } from '../../checker/cli/progress.ts';

function sinkOf(isTTY: boolean) {
  const written: string[] = [];
  const write = (text: string): void => void written.push(text);
  const sink = { isTTY, columns: 100, write, writeBytes: () => {} };
  return { sink, text: () => written.join('') };
}

const points = { phase: 'crash points', subject: 'pipes', unit: 'points' };

describe('progress in a log', () => {
  it('is a line for each phase, not one for each update', () => {
    const { sink, text } = sinkOf(false);
    const view = progressView(sink);
    for (let done = 0; done < 1000; done++) view.update({ ...points, done, total: 1000 });
    view.update({ phase: 'spec steps', subject: 'pipes', unit: 'steps', done: 7 });
    view.stop();
    expect(text()).toBe('crash points: pipes: 0 of 1,000 points\nspec steps: pipes: 7 steps\n');
  });
});

describe('progress of a phase that tells nothing', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is said now and then to be still at work, and no more once it has stopped', () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const { sink, text } = sinkOf(false);
    const view = progressView(sink);
    view.update({ phase: 'check', subject: 'pipes', unit: 'steps', done: 0, total: 9 });
    vi.advanceTimersByTime(31_000);
    view.stop();
    vi.advanceTimersByTime(60_000);
    expect(text()).toBe(
      'check: pipes: 0 of 9 steps\ncheck: pipes: 0 of 9 steps, 15 s\ncheck: pipes: 0 of 9 steps, 30 s\n',
    );
  });
});

describe('progress in a terminal', () => {
  it('is redrawn in place with a bar and a rate, and the terminal is as before at the end', async () => {
    const { sink, text } = sinkOf(true);
    const view = progressView(sink);
    view.update({ ...points, done: 0, total: 1000 });
    await sleep(250);
    view.update({ ...points, done: 500, total: 1000 });
    await sleep(150);
    view.stop();
    const plain = stripVTControlCharacters(text());
    expect(plain).toMatch(/crash points: pipes \[█+·+\] 500 of 1,000 points [\d,]+\/s/);
    expect(plain).not.toContain('\n');
    const csi = `${String.fromCharCode(27)}[`;
    expect(text().lastIndexOf(`${csi}?25h`)).toBeGreaterThan(text().lastIndexOf(`${csi}?25l`));
    expect(text().endsWith(`${csi}2K`)).toBe(true);
  });

  it('counts without a bar while the end is not known', () => {
    const { sink, text } = sinkOf(true);
    const view = progressView(sink);
    view.update({ ...points, done: 12 });
    view.stop();
    expect(stripVTControlCharacters(text())).toContain('crash points: pipes 12 points');
  });
});
