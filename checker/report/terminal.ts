import { Chalk, type ChalkInstance } from 'chalk';
import { unreachable } from '../../emulator/invariant.ts';
import { doubtsOf, doubtsOfCertificate, enginesAgree } from '../gate/verdict.ts';
import {
  countText,
  hashText,
  hugeText,
  nestingText,
  plural,
  secondsText,
  subjectText,
  totalOf,
} from './describe.ts';
import type { Certificate, CheckReport, EngineResult, Verdict, WorkloadReport } from './model.ts';
import { table } from './table.ts';
import { findingBlock } from './terminal-finding.ts';

export interface TerminalStyle {
  readonly color: boolean;
  /** Only the verdict and the findings. */
  readonly quiet?: boolean;
}

/**
 * The report for people, in the terminal. The verdict is the first line and the last.
 * Lines end in a newline; with `color` false the text holds no escape sequence.
 */
export function renderTerminal(report: CheckReport, style: TerminalStyle): string {
  const paint = paintOf(style.color);
  const lines = [verdictLine(report, paint), ''];
  for (const workload of report.workloads) {
    if (style.quiet !== true) lines.push(...workloadBlock(workload, paint), '');
    else lines.push(...doubtBlock(workload, paint));
    for (const finding of workload.findings) lines.push(...findingBlock(finding, paint), '');
  }
  if (style.quiet !== true) lines.push(paint.dim(provenanceLine(report)));
  lines.push(verdictLine(report, paint));
  return `${lines.join('\n')}\n`;
}

export function paintOf(color: boolean): ChalkInstance {
  return new Chalk({ level: color ? 1 : 0 });
}

export function verdictMark(verdict: Verdict, paint: ChalkInstance): string {
  switch (verdict) {
    case 'consistent':
      return paint.green.bold('✔ consistent');
    case 'violated':
      return paint.red.bold('✘ violated');
    case 'undecided':
      return paint.yellow.bold('? undecided');
    default:
      return unreachable(verdict);
  }
}

function verdictLine(report: CheckReport, paint: ChalkInstance): string {
  const total = totalOf(report);
  const parts = [
    paint.bold(subjectText(report)),
    plural(report.workloads.length, 'workload'),
    `${plural(total.found, 'crash point')} = ${countText(total.run)} run + ${countText(total.equal)} proven equal`,
    total.findings === 0 ? 'no finding' : paint.red(plural(total.findings, 'finding')),
    ...(report.seconds === undefined ? [] : [secondsText(report.seconds)]),
  ];
  return `${verdictMark(report.verdict, paint)}  ${parts.join(' · ')}`;
}

function workloadBlock(report: WorkloadReport, paint: ChalkInstance): string[] {
  return [
    paint.bold.underline(report.workload),
    ...certificateTable(report.certificate, paint),
    ...equalLines(report.certificate),
    `  ${nestingText(report.certificate)}`,
    `  ${hashText(report.certificate)}`,
    ...engineLines(report, paint),
    ...actionLines(report),
    ...doubtBlock(report, paint),
  ];
}

function certificateTable(certificate: Certificate, paint: ChalkInstance): string[] {
  const rows = certificate.classes.map((each) => [
    `  ${each.class}`,
    countText(each.found),
    '=',
    countText(each.run),
    '+',
    countText(each.equal),
    each.run + each.equal === each.found ? '' : paint.red('✘'),
  ]);
  const isWhole = doubtsOfCertificate(certificate).length === 0;
  const all = [
    paint.bold('  all'),
    countText(certificate.found),
    '=',
    countText(certificate.run),
    '+',
    countText(certificate.equal),
    `expected ${countText(certificate.expected)} ${isWhole ? paint.green('✔') : paint.red('✘')}`,
  ];
  const head = ['  crash points', 'found', '', 'run', '', 'equal', ''].map((title) => paint.dim(title));
  return [...table([head, ...rows, all], 'lrlrlrl'), ...imageLines(certificate)];
}

/** Where a crash point may leave several images. */
function imageLines({ images }: Certificate): string[] {
  if (images === undefined) return [];
  const [found, run, equal, expected] = [images.found, images.run, images.equal, images.expected].map(
    hugeText,
  );
  return [`  crash images: ${found} found = ${run} run + ${equal} proven equal; expected ${expected}`];
}

function equalLines(certificate: Certificate): string[] {
  if (certificate.equalTo.length === 0) return [];
  const rows = certificate.equalTo.map(({ kind, count }) => [`    ${countText(count)}`, kind]);
  return ['  proven equal to', ...table(rows, 'rl')];
}

function engineLines(report: WorkloadReport, paint: ChalkInstance): string[] {
  const rows = report.engines.map((engine) => [
    `  ${engine.name} ${engine.version}`,
    `${countText(engine.states)} states`,
    `${countText(engine.edges)} steps`,
    badEdgesText(engine, paint),
    engine.seconds === undefined ? '' : secondsText(engine.seconds),
  ]);
  const lines = table(rows, 'lrrrr');
  if (report.engines.length > 1) {
    lines.push(
      enginesAgree(report)
        ? `  ${paint.green('the engines agree')}`
        : `  ${paint.red('the engines disagree')}`,
    );
  }
  return lines;
}

function badEdgesText(engine: EngineResult, paint: ChalkInstance): string {
  return engine.badEdges === 0 ? 'none bad' : paint.red(`${countText(engine.badEdges)} bad`);
}

function actionLines(report: WorkloadReport): string[] {
  const seen = Object.entries(report.actions).sort(([a], [b]) => (a < b ? -1 : 1));
  if (seen.length === 0) return [];
  return wrap(
    `steps seen: ${seen.map(([action, count]) => `${action} ${countText(count)}`).join(', ')}`,
    100,
  );
}

function doubtBlock(report: WorkloadReport, paint: ChalkInstance): string[] {
  return doubtsOf(report).map((doubt) => `  ${paint.yellow('in doubt:')} ${doubt}`);
}

function provenanceLine({ provenance }: CheckReport): string {
  return (
    `fukugen ${provenance.fukugen}, node ${provenance.node}, programs ${provenance.programHash}, ` +
    `configuration ${provenance.configurationHash}, engines ${provenance.engines.join(', ') || 'none'}`
  );
}

/** Breaks at spaces after commas; each line begins with two spaces, all but the first with four. */
function wrap(text: string, widthMax: number): string[] {
  const lines = ['  '];
  for (const part of text.split(/(?<=,) /)) {
    const last = lines[lines.length - 1] ?? '';
    if (last.length + part.length > widthMax) lines.push(`    ${part}`);
    else lines[lines.length - 1] = last.trim() === '' ? `${last}${part}` : `${last} ${part}`;
  }
  return lines;
}
