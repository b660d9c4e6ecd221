import { doubtsOf } from '../gate/verdict.ts';
import { findingLines, findingTitle, subjectText } from './describe.ts';
import type { CheckReport, WorkloadReport } from './model.ts';
import { escapeMarkup } from './xml.ts';

interface TestCase {
  readonly name: string;
  readonly outcome:
    | { readonly kind: 'passed' }
    | { readonly kind: 'failure'; readonly message: string; readonly lines: readonly string[] }
    | { readonly kind: 'error'; readonly message: string };
}

/**
 * The report as JUnit XML: a suite for each workload; in it a case for each class of crash points, one for
 * each engine, a failed one for each finding (named by its promise), and an error for each doubt, so that a
 * CI server counts an undecided check as not passed.
 */
export function renderJunit(report: CheckReport): string {
  const suites = report.workloads.map((workload) => ({ workload, cases: casesOf(workload) }));
  const all = suites.flatMap(({ cases }) => cases);
  const lines = ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites name="fukugen" ${countsOf(all)}>`];
  for (const { workload, cases } of suites) {
    const name = escapeMarkup(`${subjectText(report)}: ${workload.workload}`);
    lines.push(`  <testsuite name="${name}" ${countsOf(cases)}>`);
    for (const each of cases) lines.push(...caseLines(each, name));
    lines.push('  </testsuite>');
  }
  lines.push('</testsuites>');
  return `${lines.join('\n')}\n`;
}

function casesOf(workload: WorkloadReport): TestCase[] {
  const passed = { kind: 'passed' } as const;
  return [
    ...workload.certificate.classes.map(({ class: name, found, run, equal }) => ({
      name: `crash points of class ${name}: ${found} found = ${run} run + ${equal} proven equal`,
      outcome: passed,
    })),
    ...workload.engines
      .filter(({ badEdges }) => badEdges === 0)
      .map(({ name, edges }) => ({
        name: `${name} engine: all of ${edges} steps are steps of the spec`,
        outcome: passed,
      })),
    ...workload.findings.map((finding) => ({
      name: finding.promise,
      outcome: {
        kind: 'failure' as const,
        message: findingTitle(finding),
        lines: findingLines(finding),
      },
    })),
    ...doubtsOf(workload).map((message) => ({
      name: 'the check is decided',
      outcome: { kind: 'error' as const, message },
    })),
  ];
}

function caseLines({ name, outcome }: TestCase, suite: string): string[] {
  const head = `    <testcase name="${escapeMarkup(name)}" classname="${suite}"`;
  if (outcome.kind === 'passed') return [`${head}/>`];
  const message = escapeMarkup(outcome.message);
  const body =
    outcome.kind === 'error'
      ? `      <error message="${message}" type="undecided"/>`
      : `      <failure message="${message}" type="violated">${escapeMarkup(outcome.lines.join('\n'))}</failure>`;
  return [`${head}>`, body, '    </testcase>'];
}

function countsOf(cases: readonly TestCase[]): string {
  const count = (kind: TestCase['outcome']['kind']): number =>
    cases.filter(({ outcome }) => outcome.kind === kind).length;
  return `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="0"`;
}
