import type { ChalkInstance } from 'chalk';
import { z } from 'zod';
import { stateSchema } from '../../traces/schema.ts';
import { toTraceValue } from '../../traces/value.ts';
import type { CoverageFinding, CoverageReport, Share } from './coverage-model.ts';
import { changesBetween, countText, plural, secondsText } from './describe.ts';
import { fitted } from './schema.ts';
import { table } from './table.ts';
import { paintOf, type TerminalStyle, verdictMark } from './terminal.ts';

/** What the kernel has shown of the spec, for people. The verdict is the first line and the last. */
export function renderCoverage(report: CoverageReport, style: TerminalStyle): string {
  const paint = paintOf(style.color);
  const lines = [
    verdictLine(report, paint),
    '',
    ...fractions(report, paint),
    '',
    ...kindLines(report, paint),
    '',
    ...notShownLines(report, paint),
    ...report.undecided.map((doubt) => `  ${paint.yellow('in doubt:')} ${doubt}`),
    ...findingLines(report, paint),
    paint.dim(drivenLine(report)),
    verdictLine(report, paint),
  ];
  return `${lines.join('\n')}\n`;
}

function verdictLine(report: CoverageReport, paint: ChalkInstance): string {
  const { bounds, behaviours } = report;
  const parts = [
    paint.bold(report.mutant === undefined ? report.scheme : `${report.scheme} with ${report.mutant}`),
    `behaviours of up to ${plural(bounds.steps, 'step')} and ${crashesText(bounds.crashes)}`,
    ...(bounds.calls === undefined ? [] : [`calls ${bounds.calls.join(', ')}`]),
    ...(bounds.causes === undefined ? [] : [`causes ${bounds.causes.join(', ')}`]),
    `${countText(behaviours.shown)} of ${countText(behaviours.all)} shown`,
    report.findingsCount === 0 ? 'no finding' : paint.red(plural(report.findingsCount, 'finding')),
    secondsText(report.seconds),
  ];
  return `${verdictMark(report.verdict, paint)}  ${parts.join(' · ')}`;
}

const crashesText = (count: number): string => `${countText(count)} power failure${count === 1 ? '' : 's'}`;

/** `12.3 %`; never rounded up to all, nor down to nothing. */
export function percentText({ all, shown }: Share): string {
  if (all === 0) return '–';
  if (shown === all) return '100 %';
  const percent = Math.min(99.9, Math.max(shown === 0 ? 0 : 0.1, (100 * shown) / all));
  return `${percent.toFixed(1)} %`;
}

function fractions(report: CoverageReport, paint: ChalkInstance): string[] {
  const row = (what: string, share: Share): string[] => [
    `  ${what}`,
    countText(share.shown),
    'of',
    countText(share.all),
    percentText(share),
  ];
  const head = ['  of the bounded spec', 'shown', '', 'all', ''].map((title) => paint.dim(title));
  const rows = [
    row('actions', report.actions),
    row('transitions', report.transitions),
    row('states', report.states),
    row('behaviours', report.behaviours),
  ];
  return table([head, ...rows], 'lrlrr');
}

function kindLines(report: CoverageReport, paint: ChalkInstance): string[] {
  const head = ['  transitions by kind', 'shown', '', 'all', ''].map((title) => paint.dim(title));
  const rows = report.kinds.map((kind) => [
    `  ${kind.kind}`,
    countText(kind.shown),
    'of',
    countText(kind.all),
    kind.shown === 0 ? paint.yellow('never') : percentText(kind),
  ]);
  return table([head, ...rows], 'lrlrr');
}

function notShownLines(report: CoverageReport, paint: ChalkInstance): string[] {
  if (report.notShown.length === 0) return [];
  const head = ['  behaviours', 'transitions', 'not shown, since'].map((title) => paint.dim(title));
  const rows = report.notShown.map((each) => [
    countText(each.behaviours),
    countText(each.transitions),
    paint.bold(each.reason),
  ]);
  const [title, ...lines] = table([head, ...rows.map((row) => [`  ${row[0]}`, ...row.slice(1)])], 'rrl');
  const sentences = report.notShown.map(({ sentence }) => paint.dim(`      ${sentence}`));
  const beyond = `  ${countText(report.transitionsBeyond)} transitions more begin in a state that the kernel never came to`;
  return [title ?? '', ...lines.flatMap((line, i) => [line, sentences[i] ?? '']), beyond];
}

function findingLines(report: CoverageReport, paint: ChalkInstance): string[] {
  if (report.findings.length === 0) return [];
  const { length } = report.findings;
  const few =
    length < report.findingsCount ? [`  the ${length} shortest of ${countText(report.findingsCount)}:`] : [];
  return ['', ...few, ...report.findings.flatMap((finding) => [...findingBlock(finding, paint), ''])];
}

function findingBlock(finding: CoverageFinding, paint: ChalkInstance): string[] {
  const lines = [
    `${paint.red('✘')} ${finding.what}`,
    `  behaviour   ${finding.behaviour.join(', ') || 'none: it is the first step'}`,
  ];
  if (finding.driving.length > 0) lines.push(`  driven by   ${finding.driving.join(', ')}`);
  const { step } = finding;
  if (step === undefined) return lines;
  lines.push(`  step        ${step.action}${changesText(finding.before, step.after)}`);
  for (const allowed of finding.allowed.slice(0, 4)) {
    lines.push(`  allowed     ${step.action}${changesText(finding.before, allowed)}`);
  }
  return lines;
}

function changesText(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): string {
  const changes = changesBetween(before, after).map(({ text }) => text);
  return changes.length === 0 ? ': nothing changes' : `: ${changes.join('; ')}`;
}

function drivenLine({ driven, provenance, stepsSeen }: CoverageReport): string {
  const steps = Object.entries(stepsSeen).map(([action, count]) => `${action} ${countText(count)}`);
  return [
    `driven in ${countText(driven.runs)} runs with ${countText(driven.crashes)} power failures; ${plural(driven.again, 'behaviour')} driven again in one go`,
    `${countText(driven.stepsJudged)} different steps, those of pages among them, judged against PageShadow and every promise`,
    `steps seen: ${steps.join(', ')}`,
    `fukugen ${provenance.fukugen}, node ${provenance.node}, programs ${provenance.programHash}, model ${provenance.modelHash}`,
  ].join('\n');
}

const count = z.number().int().min(0);
const share = { all: count, shown: count };

export const coverageSchema = z.strictObject({
  format: z.literal('fukugen-coverage/1'),
  verdict: z.enum(['consistent', 'violated', 'undecided']),
  scheme: z.string(),
  mutant: z.exactOptional(z.string()),
  bounds: z.strictObject({
    steps: count,
    crashes: count,
    calls: z.exactOptional(z.array(z.string())),
    causes: z.exactOptional(z.array(z.string())),
  }),
  behaviours: z.strictObject({ ...share, unexplained: count }),
  actions: z.strictObject(share),
  kinds: z.array(z.strictObject({ kind: z.string(), ...share })),
  transitions: z.strictObject(share),
  states: z.strictObject(share),
  notShown: z.array(
    z.strictObject({
      reason: z.string(),
      sentence: z.string(),
      steps: count,
      behaviours: count,
      transitions: count,
    }),
  ),
  transitionsBeyond: count,
  stepsSeen: z.record(z.string(), count),
  driven: z.strictObject({ runs: count, crashes: count, again: count, stepsJudged: count }),
  findingsCount: count,
  findings: z.array(
    z.strictObject({
      kind: z.enum(['disagreement', 'not shown']),
      what: z.string(),
      behaviour: z.array(z.string()),
      before: stateSchema,
      step: z.exactOptional(z.strictObject({ action: z.string(), after: stateSchema })),
      allowed: z.array(stateSchema),
      driving: z.array(z.string()),
    }),
  ),
  undecided: z.array(z.string()),
  graph: z.strictObject({
    states: z.array(z.strictObject({ shown: z.boolean(), state: stateSchema })),
    transitions: z.array(
      z.strictObject({
        from: count,
        action: z.string(),
        to: count,
        shown: z.boolean(),
        reason: z.exactOptional(z.string()),
      }),
    ),
  }),
  provenance: z.strictObject({
    fukugen: z.string(),
    node: z.string(),
    programHash: z.string(),
    modelHash: z.string(),
  }),
  seconds: z.number().min(0),
});

/** The report as JSON, version `fukugen-coverage/1`; values of states in ITF notation. */
export function coverageJson(report: CoverageReport): string {
  const state = (each: Readonly<Record<string, unknown>>) => toTraceValue(each);
  const data = fitted(coverageSchema, {
    ...report,
    findings: report.findings.map((finding) => ({
      ...finding,
      before: state(finding.before),
      allowed: finding.allowed.map(state),
      ...(finding.step === undefined
        ? {}
        : { step: { action: finding.step.action, after: state(finding.step.after) } }),
    })),
    graph: {
      ...report.graph,
      states: report.graph.states.map((each) => ({ shown: each.shown, state: state(each.state) })),
    },
  });
  const { graph, ...rest } = data;
  const head = JSON.stringify(rest, null, 2).replace(/\n\}$/, '');
  return `${head},\n  "graph": {\n    "states": ${rows(graph.states)},\n    "transitions": ${rows(graph.transitions)}\n  }\n}\n`;
}

/** One element a line: there are thousands. */
function rows(elements: readonly object[]): string {
  if (elements.length === 0) return '[]';
  return `[\n      ${elements.map((element) => JSON.stringify(element)).join(',\n      ')}\n    ]`;
}
