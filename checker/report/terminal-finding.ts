import type { ChalkInstance } from 'chalk';
import { crashText, placeText, plural, stateRows, stepText, traceChanges } from './describe.ts';
import type { Finding } from './model.ts';
import { table } from './table.ts';

/** Steps shown at most; the first ones are left out, since the failing step is the last. */
const STEPS_MAX = 24;

/** One finding: the promise, the crash, the step that leaves the spec, machine against spec, trace, replay. */
export function findingBlock(finding: Finding, paint: ChalkInstance): string[] {
  return [
    `${paint.red.bold(`✘ ${finding.promise}`)} ${paint.dim(`(${finding.thesis})`)}  ${finding.sentence}`,
    ...table(headRows(finding, paint), 'll'),
    ...stateTable(finding, paint),
    ...traceLines(finding, paint),
    `  ${paint.dim('see it again')}  ${paint.cyan(`fukugen replay '${finding.replay}'`)}`,
  ];
}

function headRows(finding: Finding, paint: ChalkInstance): string[][] {
  const rows: string[][] = [['workload', finding.workload]];
  if (finding.crashes.length === 0) rows.push(['crash', 'none: the failure-free run breaks the promise']);
  finding.crashes.forEach((crash, index) => {
    rows.push([finding.crashes.length === 1 ? 'crash' : `crash ${index + 1}`, crashText(crash)]);
  });
  rows.push(['leaves the spec', paint.bold(stepText(finding.step))]);
  const conjunct = finding.step.conjunct
    .trim()
    .split(/\s*\n\s*/)
    .join(' ');
  rows.push(['false there', `${paint.red(conjunct)}  ${paint.dim(placeText(finding.step))}`]);
  if ((finding.alsoBreaks?.length ?? 0) > 0) rows.push(['also broken', finding.alsoBreaks?.join(', ') ?? '']);
  rows.push(['seen', plural(finding.count, 'time')]);
  return rows.map(([name, text]) => [`  ${paint.dim(name)}`, text ?? '']);
}

function stateTable(finding: Finding, paint: ChalkInstance): string[] {
  const rows = stateRows(finding);
  if (rows.length === 0) return [];
  const specKnown = rows.some(({ allowed }) => allowed !== '');
  const head = ['variable', 'before', 'machine after', ...(specKnown ? ['spec allows'] : [])];
  const lines = table(
    [
      head.map((title, index) => (index === 0 ? `    ${paint.dim(title)}` : paint.dim(title))),
      ...rows.map(({ variable, before, machine, allowed }) => [
        `    ${variable}`,
        before,
        paint.red(machine),
        ...(specKnown ? [paint.green(allowed)] : []),
      ]),
    ],
    specKnown ? 'llll' : 'lll',
  );
  return [`  ${paint.dim('machine against spec')}`, ...lines];
}

function traceLines(finding: Finding, paint: ChalkInstance): string[] {
  const steps = traceChanges(finding.trace);
  if (steps.length === 0) return [];
  const shown = steps.slice(-STEPS_MAX);
  const left = steps.length - shown.length;
  const rows = shown.map(({ step, changes }, index) => {
    const isLast = index === shown.length - 1;
    const name = `${String(left + index + 1).padStart(5)}  ${stepText(step)}`;
    const what = changes.map(({ text }) => text).join('; ');
    return [isLast ? paint.red(name) : name, paint.dim(what)];
  });
  const title = left === 0 ? 'trace' : `trace (its first ${plural(left, 'step')} left out)`;
  return [`  ${paint.dim(title)}`, ...table(rows, 'll').map((line) => `  ${line}`)];
}
