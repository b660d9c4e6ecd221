/** Caches and torn stores from end to end: the check, its report, and the line that shows a finding again. */
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../checker/errors.ts';
import { formatReplayLine, parseReplayLine } from '../../checker/replay-line.ts';
import { renderJson } from '../../checker/report/json.ts';
import { reportSchema } from '../../checker/report/schema.ts';
import { renderTerminal } from '../../checker/report/terminal.ts';
import { runner } from '../../checker/run.ts';
import type { Persistency } from '../../emulator/persistency/model.ts';

const hooks = { onProgress() {}, signal: new AbortController().signal };
const check = (scheme: string, persistency: Persistency, mutant?: string) =>
  runner.check(
    {
      ...{ scheme, persistency, workloads: ['write-and-send'], depth: 1, engine: 'embedded' },
      ...{ verifyHash: false, reduction: true, threads: 1 },
      ...(mutant === undefined ? {} : { mutant }),
    },
    hooks,
  );

describe('a check with a cache', { timeout: 120_000 }, () => {
  it('finds page-shadow, which flushes nothing, violated, and its replay line shows it again', async () => {
    const report = await check('page-shadow', { model: 'px86', atomicBytes: 4 });
    expect(report.verdict).toBe('violated');
    const finding = report.workloads[0]?.findings[0];
    expect(finding?.replay).toMatch(/^write-and-send@page-shadow@px86:\d+=[0-9a-f]+\.\d+#/);
    expect(finding?.crashes[0]?.lost).toHaveLength(1);
    const shown = await runner.replay(finding?.replay ?? '', hooks);
    expect(shown.verdict).toBe('violated');
    expect(shown.findings[0]?.promise).toBe(finding?.promise);
    expect(shown.crashes).toEqual(finding?.crashes);
  });

  it('finds page-shadow-flush consistent, and counts every image', async () => {
    const report = await check('page-shadow-flush', { model: 'px86', atomicBytes: 4 });
    expect(report.verdict).toBe('consistent');
    const { images } = report.workloads[0]?.certificate ?? {};
    expect(images?.found).toBe(images?.expected);
    expect(BigInt(images?.run ?? 0) + BigInt(images?.equal ?? 0)).toBe(BigInt(images?.found ?? -1));
    expect((images?.found ?? '').length).toBeGreaterThan(15);
    expect(reportSchema.parse(JSON.parse(renderJson(report)))).toMatchObject({
      persistency: { model: 'px86', atomicBytes: 4 },
    });
    expect(renderTerminal(report, { color: false })).toMatch(
      /crash images: [\d.]+ × 10\^\d+ found = \d+ run/,
    );
  });

  it('finds the word that tears, and only that', async () => {
    const report = await check('page-shadow', { model: 'sc', atomicBytes: 1 });
    expect(report.verdict).toBe('violated');
    expect(report.workloads[0]?.findings).toHaveLength(1);
    const finding = report.workloads[0]?.findings[0];
    expect(finding?.crashes[0]).toMatchObject({ lost: ['the cache line of control at 0h'] });
    const shown = await runner.replay(finding?.replay ?? '', hooks);
    expect(shown.verdict).toBe('violated');
  });
});

describe('a replay line', () => {
  const print = '0123abcd';
  it.each([
    ['small@page-shadow:none#0123abcd', {}],
    ['small@page-shadow~x:12+3#0123abcd', { mutant: 'x', crashes: [12, 3], choices: ['', ''] }],
    [
      'small@page-shadow@px86:12=0.1,4f2.13+3#0123abcd',
      {
        crashes: [12, 3],
        choices: ['0.1,4f2.13', ''],
        persistency: { model: 'px86', atomicBytes: 4 } as const,
      },
    ],
    [
      'small@page-shadow~x@px86@atomic1:7#0123abcd',
      { mutant: 'x', crashes: [7], choices: [''], persistency: { model: 'px86', atomicBytes: 1 } as const },
    ],
    [
      'small@page-shadow@atomic1:7=0.2#0123abcd',
      { crashes: [7], choices: ['0.2'], persistency: { model: 'sc', atomicBytes: 1 } as const },
    ],
  ])('%s is read and written', (text, more) => {
    const line = { workload: 'small', scheme: 'page-shadow', crashes: [], choices: [], print, ...more };
    expect(parseReplayLine(text)).toEqual(line);
    expect(formatReplayLine(line)).toBe(text);
  });

  it.each([
    'small@page-shadow@px87:7#0123abcd',
    'small@page-shadow:7=#0123abcd',
    'small@page-shadow:7=0#0123abcd',
    'small@page-shadow@atomic2:7#0123abcd',
  ])('%s is refused', (text) => {
    expect(() => parseReplayLine(text)).toThrow(UsageError);
  });

  it('with an image that is not there is refused', async () => {
    const report = await check('page-shadow', { model: 'sc', atomicBytes: 1 });
    const line = parseReplayLine(report.workloads[0]?.findings[0]?.replay ?? '');
    const wrong = formatReplayLine({ ...line, choices: ['0.77'] });
    await expect(runner.replay(wrong, hooks)).rejects.toThrow(UsageError);
  });
});
