import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { renderTerminal } from '../../../checker/report/terminal.ts';
import { finding, report, undecided, violated, workloadReport } from './fixtures.ts';

const plain = { color: false };

describe('the report in the terminal', () => {
  it.each([
    [report(), '✔ consistent'],
    [violated, '✘ violated'],
    [undecided, '? undecided'],
  ])('has its verdict first and last', (each, mark) => {
    const lines = renderTerminal(each, plain).trimEnd().split('\n');
    expect(lines[0]).toContain(mark);
    expect(lines.at(-1)).toBe(lines[0]);
  });

  it('shows every class as found = run + equal, and the sum as expected', () => {
    const text = renderTerminal(report(), plain);
    expect(text).toMatch(/user +1,200 += {2}200 {2}\+ {2}1,000\n/);
    expect(text).toMatch(/all +1,600 += {2}600 {2}\+ {2}1,000 {2}expected 1,600 ✔\n/);
    expect(text).toContain('  proven equal to\n    1,000  the same words read by recovery\n');
  });

  it('says all that is needed to understand and repeat a finding', () => {
    const text = renderTerminal(violated, plain);
    for (const part of [
      '✘ AtomicEpoch (thesis §3.4)  An epoch is seen whole',
      'after store 1,234: to procs at 0x0001f004 (0x00000007 → 0x00000005) by kernel, class commit, consumer at 0x08048012',
      'leaves the spec  Restored',
      "status' = durable.status <&>  PageShadow:120",
      'Unprotect("pipes")',
      'status[2]: "blocked" → "ready"',
      "fukugen replay 'thesis/pipes@1234'",
      '42 times',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toMatch(
      /status +<<"ready", "blocked", "exited">> +<<"ready", "ready", "exited">> +<<"ready", "blocked"/,
    );
  });

  it('holds no escape sequence without colour, and the same text with it', () => {
    const text = renderTerminal(violated, plain);
    expect(stripVTControlCharacters(text)).toBe(text);
    const coloured = renderTerminal(violated, { color: true });
    expect(coloured).not.toBe(text);
    expect(stripVTControlCharacters(coloured)).toBe(text);
  });

  it('keeps verdict, doubts and findings when it is to be quiet', () => {
    const text = renderTerminal(violated, { color: false, quiet: true });
    expect(text).toContain('AtomicEpoch');
    expect(text).not.toContain('crash points  ');
    expect(renderTerminal(undecided, { color: false, quiet: true })).toContain('in doubt: the budget');
    expect(renderTerminal(report(), { color: false, quiet: true }).trimEnd().split('\n')).toHaveLength(3);
  });

  it('marks a certificate that does not add up, and engines that disagree', () => {
    const [workload] = report().workloads;
    const text = renderTerminal(
      report({
        verdict: 'undecided',
        workloads: [
          workloadReport({
            certificate: { ...(workload ?? workloadReport()).certificate, expected: 1700 },
            engines: [
              ...workloadReport().engines,
              { name: 'tlc', version: '2.18', states: 321, edges: 654, badEdges: 3, seconds: 1 },
            ],
          }),
        ],
      }),
      plain,
    );
    expect(text).toContain('expected 1,700 ✘');
    expect(text).toContain('the engines disagree');
    expect(text).toContain('in doubt: 1600 crash points found, but the formula expects 1700');
  });

  it('leaves out the first steps of a long trace, and says how many', () => {
    const [first] = finding.trace;
    const trace = Array.from({ length: 100 }, () => first ?? finding.trace[0]).filter(
      (step) => step !== undefined,
    );
    const each = report({ workloads: [workloadReport({ findings: [{ ...finding, trace }] })] });
    const text = renderTerminal(each, plain);
    expect(text).toContain('its first 76 steps left out');
    expect(text.match(/Enter\("call"\)/g)).toHaveLength(24);
  });
});
