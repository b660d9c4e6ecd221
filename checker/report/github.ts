import { doubtsOf } from '../gate/verdict.ts';
import { findingLines, plural, subjectText, totalOf } from './describe.ts';
import type { CheckReport } from './model.ts';

/**
 * The report as workflow commands of GitHub Actions: an error for each finding at the false conjunct, a
 * warning for each doubt, and a notice with the verdict. One line each.
 */
export function renderGithub(report: CheckReport): string {
  const total = totalOf(report);
  const lines = report.workloads.flatMap((workload) => [
    ...workload.findings.map((finding) =>
      command('error', findingLines(finding).join('\n'), {
        file: `spec/${finding.step.module}.tla`,
        line: String(Math.max(1, finding.step.line)),
        title: `${finding.promise} (${finding.thesis})`,
      }),
    ),
    ...doubtsOf(workload).map((doubt) =>
      command('warning', `${workload.workload}: ${doubt}`, { title: 'fukugen: undecided' }),
    ),
  ]);
  const verdict = `${subjectText(report)}: ${plural(total.found, 'crash point')}, ${plural(total.findings, 'finding')}`;
  lines.push(command('notice', verdict, { title: `fukugen: ${report.verdict}` }));
  return lines.join('');
}

function command(
  kind: 'error' | 'warning' | 'notice',
  message: string,
  properties: Readonly<Record<string, string>>,
): string {
  const list = Object.entries(properties).map(([name, value]) => `${name}=${escapeProperty(value)}`);
  return `::${kind} ${list.join(',')}::${escapeData(message)}\n`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
