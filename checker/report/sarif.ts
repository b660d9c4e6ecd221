import { createHash } from 'node:crypto';
import { doubtsOf } from '../gate/verdict.ts';
import { crashText, findingLines, stepText, subjectText } from './describe.ts';
import type { CheckReport, Finding } from './model.ts';

/**
 * The report as SARIF 2.1.0 (OASIS): a rule for each promise broken, a result for each finding at the place
 * of the false conjunct in the spec, with the trace as its code flow. What leaves the check undecided is a
 * notification, and the execution then counts as not successful.
 */
export function renderSarif(report: CheckReport): string {
  const findings = report.workloads.flatMap((workload) => workload.findings);
  const promises = [...new Map(findings.map((finding) => [finding.promise, finding])).values()];
  const ruleIndex = new Map(promises.map(({ promise }, index) => [promise, index]));
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: driverOf(report, promises) },
        invocations: [invocationOf(report)],
        properties: { verdict: report.verdict, subject: subjectText(report), provenance: report.provenance },
        results: findings.map((finding) => resultOf(finding, ruleIndex.get(finding.promise) ?? 0)),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function driverOf(report: CheckReport, promises: readonly Finding[]): object {
  return {
    name: 'fukugen',
    version: report.provenance.fukugen,
    rules: promises.map(({ promise, sentence, thesis }) => ({
      id: promise,
      shortDescription: { text: sentence },
      help: { text: `${sentence} (${thesis})` },
      defaultConfiguration: { level: 'error' },
    })),
  };
}

function invocationOf(report: CheckReport): object {
  const notifications = report.workloads.flatMap((workload) =>
    doubtsOf(workload).map((doubt) => ({
      level: 'warning',
      message: { text: `${workload.workload}: ${doubt}` },
    })),
  );
  return {
    executionSuccessful: report.verdict !== 'undecided',
    toolExecutionNotifications: notifications,
  };
}

function resultOf(finding: Finding, ruleIndex: number): object {
  const [title, ...details] = findingLines(finding);
  const root = `${finding.promise} ${finding.workload} ${finding.step.module}:${finding.step.line}`;
  return {
    ruleId: finding.promise,
    ruleIndex,
    level: 'error',
    message: { text: [title, ...details].join('\n') },
    locations: [locationOf(finding)],
    codeFlows: codeFlowsOf(finding),
    occurrenceCount: Math.max(1, finding.count),
    partialFingerprints: { 'fukugenRoot/v1': createHash('sha256').update(root).digest('hex').slice(0, 32) },
    properties: { replay: finding.replay, workload: finding.workload, differing: finding.differing },
  };
}

function locationOf(finding: Finding): object {
  return {
    physicalLocation: {
      artifactLocation: { uri: `spec/${finding.step.module}.tla` },
      region: { startLine: Math.max(1, finding.step.line) },
    },
    logicalLocations: [{ name: finding.workload, kind: 'module' }],
    message: { text: finding.step.conjunct },
  };
}

function codeFlowsOf(finding: Finding): object[] {
  const texts = [...finding.crashes.map(crashText), ...finding.trace.map(stepText)];
  if (texts.length === 0) return [];
  return [{ threadFlows: [{ locations: texts.map((text) => ({ location: { message: { text } } })) }] }];
}
