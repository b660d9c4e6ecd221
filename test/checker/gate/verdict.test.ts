import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../../../checker/gate/exit-codes.ts';
import { doubtsOf, verdictOf } from '../../../checker/gate/verdict.ts';
import type { WorkloadReport } from '../../../checker/report/model.ts';
import { certificate, embedded, finding, workloadReport } from '../report/fixtures.ts';

const tlc = { ...embedded, name: 'tlc' as const };

describe('the verdict that the data supports', () => {
  it('is consistent where nothing was found and nothing is in doubt', () => {
    expect(verdictOf([workloadReport(), workloadReport({ engines: [embedded, tlc] })])).toBe('consistent');
  });

  it('is violated where anything was found, in doubt or not', () => {
    const doubtful = workloadReport({ undecided: ['no time left'] });
    expect(verdictOf([doubtful, workloadReport({ findings: [finding] })])).toBe('violated');
  });

  const doubts: [string, Partial<WorkloadReport>, RegExp][] = [
    ['something was left out', { undecided: ['no time left'] }, /no time left/],
    ['something was never seen', { vacuous: ['Shutdown never taken'] }, /vacuous: Shutdown/],
    ['no engine ran', { engines: [] }, /no engine/],
    ['an engine saw no step', { engines: [{ ...embedded, edges: 0 }] }, /was given no step/],
    ['a bad edge has no finding', { engines: [{ ...embedded, badEdges: 1 }] }, /1 bad edges and no finding/],
    ['engines disagree', { engines: [embedded, { ...tlc, badEdges: 2 }] }, /disagree: embedded 0, tlc 2/],
    ['engines saw different graphs', { engines: [embedded, { ...tlc, edges: 9 }] }, /disagree/],
    [
      'the formula expects another number',
      { certificate: { ...certificate, expected: 1601 } },
      /expects 1601/,
    ],
    ['a point was neither run nor equal', { certificate: { ...certificate, run: 599 } }, /599 run and 1000/],
    [
      'a point is proven equal to nothing',
      { certificate: { ...certificate, equalTo: [] } },
      /reason is given for 0/,
    ],
    [
      'a class is missing',
      { certificate: { ...certificate, classes: certificate.classes.slice(1) } },
      /classes have 400/,
    ],
    [
      'no crash point was found',
      { certificate: { ...certificate, found: 0, run: 0, equal: 0, expected: 0, classes: [], equalTo: [] } },
      /no crash point/,
    ],
  ];
  it.each(doubts)('is undecided where %s', (_name, over, doubt) => {
    expect(verdictOf([workloadReport(), workloadReport(over)])).toBe('undecided');
    expect(doubtsOf(workloadReport(over)).join('\n')).toMatch(doubt);
  });

  it('is undecided where no workload was run', () => {
    expect(verdictOf([])).toBe('undecided');
  });
});

it('has the exit codes that the design fixes', () => {
  expect((['consistent', 'violated', 'undecided'] as const).map(exitCodeOf)).toEqual([0, 1, 3]);
});
