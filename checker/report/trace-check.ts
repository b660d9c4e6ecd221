import type { ChalkInstance } from 'chalk';
import { unreachable } from '../../emulator/invariant.ts';
import { toTraceValue } from '../../traces/value.ts';
import type { PathStep, TraceCheckResult, TraceFinding } from '../trace-check/result.ts';
import { changesBetween, plural, stepText, valueText } from './describe.ts';
import { table } from './table.ts';
import { paintOf, type TerminalStyle, verdictMark } from './terminal.ts';

/** Steps shown at most; the first ones are left out, since the failing step is the last. */
const STEPS_MAX = 24;

/** What the check of a trace found, for people. The verdict is the first line and the last. */
export function renderTraceCheck(result: TraceCheckResult, style: TerminalStyle): string {
  const paint = paintOf(style.color);
  const verdict = [
    `${verdictMark(result.verdict, paint)}  ${paint.bold(result.file)} against ${paint.bold(result.module)}`,
    plural(result.runs, 'run'),
    plural(result.states, 'state'),
    plural(result.steps, 'distinct step'),
    result.findings.length === 0 ? 'no finding' : paint.red(plural(result.findings.length, 'finding')),
  ].join(' · ');
  const actions = Object.entries(result.actions)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([action, count]) => `${action} ${count}`);
  const lines = [
    verdict,
    '',
    ...(actions.length === 0 ? [] : [`  actions that held: ${actions.join(', ')}`]),
    ...[...result.vacuous.map((what) => `vacuous: ${what}`), ...result.undecided].map(
      (doubt) => `  ${paint.yellow('in doubt:')} ${doubt}`,
    ),
    ...result.findings.flatMap((finding) => findingBlock(finding, result.file, paint)),
    '',
    paint.dim(`  checked by ${result.engines.join(' and ') || 'no engine'}`),
    verdict,
  ];
  return `${lines.join('\n')}\n`;
}

/** The result as JSON; values of states in ITF notation. */
export function traceCheckJson(result: TraceCheckResult): string {
  const data = {
    ...result,
    findings: result.findings.map((finding) => ({
      ...finding,
      initial: toTraceValue(finding.initial),
      path: finding.path.map((step) => ({
        ...step,
        args: step.args.map(toTraceValue),
        state: toTraceValue(step.state),
      })),
    })),
  };
  return `${JSON.stringify(data, null, 2)}\n`;
}

function findingBlock(finding: TraceFinding, file: string, paint: ChalkInstance): string[] {
  const last = finding.path.at(-1);
  const rows: string[][] = [];
  if (last !== undefined) rows.push(['step', `${paint.bold(stepText(last))}  ${placeText(last, file)}`]);
  if (finding.conjunct !== undefined) {
    const { text, module, line } = finding.conjunct;
    rows.push(['false there', `${paint.red(text)}  ${paint.dim(`${module}:${line}`)}`]);
  }
  rows.push(['seen', plural(finding.count, 'distinct place')]);
  const before = finding.path.at(-2)?.state ?? finding.initial;
  const states = last === undefined ? [] : disagreement(finding, before, last.state);
  return [
    '',
    paint.red.bold(`✘ ${sentenceOf(finding)}`),
    ...table(
      rows.map(([name, text]) => [`  ${paint.dim(name ?? '')}`, text ?? '']),
      'll',
    ),
    ...table(
      states.map(({ name, from, to }) => [`    ${name}`, from, '→', paint.red(to)]),
      'llll',
    ),
    ...pathLines(finding, paint),
  ];
}

function sentenceOf({ kind, name }: TraceFinding): string {
  switch (kind) {
    case 'action':
      return `the step is no step of ${name}`;
    case 'property':
      return `the step does not keep ${name}`;
    case 'refinement':
      return `the step is no step of the abstract ${name}`;
    case 'invariant':
      return `the state does not keep ${name}`;
    case 'initial':
      return `the first state of a run does not satisfy ${name}`;
    case 'unnoticed':
      return `the step ${name}, which the spec is not to notice, changes what it speaks of`;
    default:
      return unreachable(kind);
  }
}

function placeText({ line, event }: PathStep, file: string): string {
  return event === undefined ? `${file}:${line}` : `${file}:${line}  ${event}`;
}

/** The differing variables; where none are known, those that the step changed. */
function disagreement(
  finding: TraceFinding,
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): { name: string; from: string; to: string }[] {
  if (finding.differing.length === 0) {
    return changesBetween(before, after).map(({ path, before: from, after: to }) => ({
      name: path,
      from,
      to,
    }));
  }
  return finding.differing.map((name) => ({
    name,
    from: valueText(before[name]),
    to: valueText(after[name]),
  }));
}

function pathLines(finding: TraceFinding, paint: ChalkInstance): string[] {
  const start = Object.entries(finding.initial).map(([name, value]) => `${name} = ${valueText(value)}`);
  const left = Math.max(0, finding.path.length - STEPS_MAX);
  const rows = finding.path.slice(left).map((step, index) => {
    const before = finding.path[left + index - 1]?.state ?? finding.initial;
    const changes = changesBetween(before, step.state).map(({ text }) => text);
    return [
      `${String(left + index + 1).padStart(7)}  ${stepText(step)}`,
      paint.dim(changes.join('; ')),
      paint.dim(`line ${step.line}`),
    ];
  });
  return [
    `  ${paint.dim(left === 0 ? 'from' : `from here, and ${plural(left, 'step')} that are left out`)}  ${start.join(', ')}`,
    ...table(rows, 'lll'),
  ];
}
