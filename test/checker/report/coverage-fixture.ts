/** A report of `fukugen coverage`, for the tests of its renderings and of the command line. */
import type { CoverageReport } from '../../../checker/report/coverage-model.ts';

const before = { mode: 'kernel', notices: [0, 0], misled: { '#set': [] } };
const after = { mode: 'user', notices: [1, 0], misled: { '#set': [] } };

export const coverageReport: CoverageReport = {
  format: 'fukugen-coverage/1',
  verdict: 'consistent',
  scheme: 'page-shadow',
  bounds: { steps: 9, crashes: 2 },
  behaviours: { all: 2000, shown: 1999, unexplained: 0 },
  actions: { all: 10, shown: 10 },
  kinds: [
    { kind: 'Enter tick', all: 4, shown: 4 },
    { kind: 'Leave read: eof', all: 3, shown: 0 },
  ],
  transitions: { all: 3000, shown: 1 },
  states: { all: 2, shown: 2 },
  notShown: [
    { reason: 'run-queue', sentence: 'Its queue says who runs.', steps: 1, behaviours: 1, transitions: 2 },
  ],
  transitionsBeyond: 7,
  stepsSeen: { Enter: 12, Write: 1234 },
  driven: { runs: 50, crashes: 20, again: 3, stepsJudged: 40 },
  findingsCount: 0,
  findings: [],
  undecided: [],
  graph: {
    states: [
      { shown: true, state: before },
      { shown: true, state: after },
    ],
    transitions: [
      { from: 0, action: 'Leave', to: 1, shown: true },
      { from: 1, action: 'Enter', to: 0, shown: false, reason: 'run-queue' },
    ],
  },
  provenance: { fukugen: '0.1.0', node: 'v20', programHash: 'a', modelHash: 'b' },
  seconds: 1.5,
};

export const violatedCoverage: CoverageReport = {
  ...coverageReport,
  verdict: 'violated',
  mutant: 'notice-twice',
  findingsCount: 3,
  findings: [
    {
      kind: 'disagreement',
      what: 'the kernel took the step "Recovered", and left what the spec does not allow',
      behaviour: ['PowerOn', 'Start', 'Crash in kernel (boot)'],
      before,
      step: { action: 'Recovered', after: { ...after, notices: [2, 0] } },
      allowed: [after],
      driving: ['power comes', 'power fails after 3 more stores'],
    },
    {
      kind: 'not shown',
      what: 'the spec allows "Leave tick" here',
      behaviour: [],
      before,
      allowed: [],
      driving: [],
    },
  ],
};
