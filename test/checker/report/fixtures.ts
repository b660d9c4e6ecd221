/** Hand-made reports for the tests of rendering; no result of any check. */
import type {
  Certificate,
  CheckReport,
  EngineResult,
  Finding,
  TraceStep,
  WorkloadReport,
} from '../../../checker/report/model.ts';

export const certificate: Certificate = {
  classes: [
    { class: 'user', found: 1200, run: 200, equal: 1000 },
    { class: 'privileged', found: 340, run: 340, equal: 0 },
    { class: 'commit', found: 60, run: 60, equal: 0 },
  ],
  found: 1600,
  run: 600,
  equal: 1000,
  expected: 1600,
  equalTo: [{ kind: 'the same words read by recovery', count: 1000 }],
  depth: 2,
  reachedFixpoint: false,
  hashes: { verified: false, collisionEstimate: 5.2e-14 },
};

export const embedded: EngineResult = {
  name: 'embedded',
  version: '0.1.0',
  states: 321,
  edges: 654,
  badEdges: 0,
  seconds: 0.25,
};

function pages(
  writable: string[],
  recorded: string[],
  changed: string[],
  whole: string[],
): TraceStep['state'] {
  return {
    mode: 'kernel',
    status: ['ready', 'blocked', 'exited'],
    writable: { '#set': writable },
    recorded: { '#set': recorded },
    changed: { '#set': changed },
    whole: { '#set': whole },
    ledger: [65, 66],
  };
}

const both = ['pipes', 'procs'];
const torn = { ...pages([], [], ['pipes'], []), mode: 'restored', status: ['ready', 'ready', 'exited'] };

export const finding: Finding = {
  promise: 'AtomicEpoch',
  sentence: 'An epoch is seen whole after a failure, or not at all.',
  thesis: 'thesis §3.4',
  workload: 'pipes',
  crashes: [
    {
      class: 'commit',
      position: 1234,
      store: { address: 0x1f004, oldWord: 7, newWord: 5, origin: 'kernel', page: 'procs' },
      program: 'consumer',
      at: '0x08048012',
    },
  ],
  step: {
    action: 'Restored',
    args: [],
    conjunct: "status' = durable.status <&>",
    module: 'PageShadow',
    line: 120,
  },
  before: { ...pages(['pipes'], ['pipes'], both, both), mode: 'reset' },
  after: torn,
  allowed: { status: ['ready', 'blocked', 'exited'] },
  differing: ['status'],
  trace: [
    { action: 'Enter', args: ['call'], state: pages([], [], [], []) },
    { action: 'Unprotect', args: ['procs'], state: pages(['procs'], ['procs'], [], ['procs']) },
    { action: 'Write', args: ['procs'], state: pages(['procs'], ['procs'], ['procs'], ['procs']) },
    { action: 'Unprotect', args: ['pipes'], state: pages(both, both, ['procs'], both) },
    { action: 'Write', args: ['pipes'], state: pages(both, both, both, both) },
    { action: 'Protect', args: ['procs'], state: pages(['pipes'], ['pipes'], both, both) },
    { action: 'Crash', args: [], state: { ...pages(['pipes'], ['pipes'], both, both), mode: 'off' } },
    { action: 'PowerOn', args: [], state: { ...pages(['pipes'], ['pipes'], both, both), mode: 'reset' } },
    { action: 'Restored', args: [], state: torn },
  ],
  count: 42,
  replay: 'thesis/pipes@1234',
};

export function workloadReport(over: Partial<WorkloadReport> = {}): WorkloadReport {
  return {
    workload: 'pipes',
    certificate,
    findings: [],
    engines: [embedded],
    vacuous: [],
    undecided: [],
    actions: { Enter: 120, Leave: 118, Crash: 1600 },
    ...over,
  };
}

export function report(over: Partial<CheckReport> = {}): CheckReport {
  return {
    format: 'fukugen-report/1',
    verdict: 'consistent',
    scheme: 'page-shadow',
    workloads: [workloadReport()],
    provenance: {
      fukugen: '0.1.0',
      node: 'v20.19.0',
      programHash: 'aa11',
      configurationHash: 'bb22',
      engines: ['embedded 0.1.0'],
    },
    seconds: 2.34,
    ...over,
  };
}

export const violated: CheckReport = report({
  verdict: 'violated',
  scheme: 'thesis',
  workloads: [workloadReport({ findings: [finding], engines: [{ ...embedded, badEdges: 42 }] })],
});

export const undecided: CheckReport = report({
  verdict: 'undecided',
  workloads: [
    workloadReport({
      undecided: ['the budget of crash points was used up'],
      vacuous: ['Shutdown never taken'],
    }),
  ],
});
