import { canonicalKey, formatValue, type TraceValue, toTraceValue, viewOf } from '../../traces/value.ts';
import type { Certificate, CheckReport, CrashPointInfo, Finding, TraceStep } from './model.ts';

/** One place in which two states differ: a variable, or an element or field within it. */
export interface Change {
  /** For instance `status[2]` or `pc.mode`. */
  readonly path: string;
  /** In TLA+ notation; '' where it is not there. */
  readonly before: string;
  readonly after: string;
  /** Path and values in short: for a set only what came and went. */
  readonly text: string;
}

/** What differs between two states, as deep within sequences, functions and records as it can be told. */
export function changesBetween(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => changesWithin(name, valueIn(before, name), valueIn(after, name)));
}

function valueIn(state: Readonly<Record<string, unknown>>, name: string): TraceValue | undefined {
  return Object.hasOwn(state, name) ? toTraceValue(state[name]) : undefined;
}

function changesWithin(path: string, before?: TraceValue, after?: TraceValue): Change[] {
  if (before === undefined || after === undefined) {
    return before === after ? [] : [changeOf(path, textOf(before), textOf(after))];
  }
  if (canonicalKey(before) === canonicalKey(after)) return [];
  const partsBefore = partsOf(path, before);
  const partsAfter = partsOf(path, after);
  const samePaths = partsBefore !== null && partsAfter !== null && sameKeys(partsBefore, partsAfter);
  if (!samePaths) {
    const change = changeOf(path, formatValue(before), formatValue(after));
    const text = setChangeText(path, before, after);
    return [text === null ? change : { ...change, text }];
  }
  return [...partsBefore].flatMap(([part, value]) => changesWithin(part, value, partsAfter.get(part)));
}

function changeOf(path: string, before: string, after: string): Change {
  return { path, before, after, text: `${path}: ${before} → ${after}` };
}

/** `cached +"procs" −"pipes"`; null where the two are not sets. */
function setChangeText(path: string, before: TraceValue, after: TraceValue): string | null {
  const [from, to] = [viewOf(before), viewOf(after)];
  if (from.kind !== 'set' || to.kind !== 'set') return null;
  const missing = (elements: readonly TraceValue[], others: readonly TraceValue[]): string[] => {
    const known = new Set(others.map(canonicalKey));
    return elements.filter((element) => !known.has(canonicalKey(element))).map(formatValue);
  };
  const came = missing(to.elements, from.elements).map((element) => `+${element}`);
  const went = missing(from.elements, to.elements).map((element) => `−${element}`);
  return `${path} ${[...came, ...went].join(' ')}`;
}

function textOf(value: TraceValue | undefined): string {
  return value === undefined ? '' : formatValue(value);
}

/** The parts of a function by their paths; null for a value without parts. */
function partsOf(path: string, value: TraceValue): Map<string, TraceValue> | null {
  const view = viewOf(value);
  switch (view.kind) {
    case 'sequence':
      return new Map(view.elements.map((element, index) => [`${path}[${index + 1}]`, element]));
    case 'record':
      return new Map(view.fields.map(([name, field]) => [`${path}.${name}`, field]));
    case 'function':
      return new Map(view.pairs.map(([key, element]) => [`${path}[${formatValue(key)}]`, element]));
    default:
      return null;
  }
}

function sameKeys(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  return a.size === b.size && [...a.keys()].every((key) => b.has(key));
}

/** Data of a state in TLA+ notation. */
export function valueText(data: unknown): string {
  return formatValue(toTraceValue(data));
}

/** `Send(65)`, or only the name where there are no arguments. */
export function stepText(step: { readonly action: string; readonly args: readonly unknown[] }): string {
  return step.args.length === 0 ? step.action : `${step.action}(${step.args.map(valueText).join(', ')})`;
}

export const hex = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, '0')}`;

/** A count with thousands separators. */
export const countText = (count: number): string => count.toLocaleString('en-US');

/** `1 page`, `2 pages`. */
export const plural = (count: number, noun: string): string =>
  `${countText(count)} ${noun}${count === 1 ? '' : 's'}`;

/** How many crashes in one run were explored, and whether that is all there is. */
export function nestingText({ depth, reachedFixpoint }: Certificate): string {
  if (depth !== 'unbounded') return `crashes in one run: up to ${depth}; more are outside of this check`;
  const end = reachedFixpoint ? 'explored until nothing new was left' : 'not explored to the end';
  return `crashes in one run: any number; ${end}`;
}

/** What the hashes are worth. */
export function hashText({ hashes }: Certificate): string {
  const { verified, collisionEstimate } = hashes;
  if (verified) return '64-bit hashes of images and pages: contents compared at every hit';
  return `64-bit hashes of images and pages: a collision has probability ${collisionEstimate.toExponential(1)}`;
}

export function secondsText(seconds: number): string {
  if (seconds >= 100) return `${seconds.toFixed(0)} s`;
  return seconds >= 1 ? `${seconds.toFixed(1)} s` : `${(seconds * 1000).toFixed(0)} ms`;
}

/** Where power failed, in one line. */
export function crashText(crash: CrashPointInfo): string {
  const { store } = crash;
  const where =
    store === undefined
      ? 'before the first store'
      : `after store ${countText(crash.position)}: ${storeText(store)}`;
  const { lost = [] } = crash;
  const left = lost.length === 0 ? '' : `; left otherwise than it was seen: ${lost.join(', ')}`;
  return `${where}, class ${crash.class}, ${crash.program} at ${crash.at}${left}`;
}

function storeText(store: NonNullable<CrashPointInfo['store']>): string {
  if (store.page === 'ledger') return `effect ${hex(store.newWord)} by ${store.origin}`;
  return (
    `to ${store.page} at ${hex(store.address)} ` +
    `(${hex(store.oldWord)} → ${hex(store.newWord)}) by ${store.origin}`
  );
}

/** What is wrong, in one sentence without markup: for annotations, SARIF, JUnit. */
export function findingTitle(finding: Finding): string {
  return `${finding.promise} (${finding.thesis}) is broken: ${finding.sentence}`;
}

/** The conjunct and where it stands: `PageShadow:120`. */
export function placeText(step: Finding['step']): string {
  return `${step.module}:${step.line}`;
}

/** The whole finding as plain lines: the body of an annotation or of a JUnit failure. */
export function findingLines(finding: Finding): string[] {
  const crashes = finding.crashes.map((crash, index) => `crash ${index + 1}: ${crashText(crash)}`);
  return [
    findingTitle(finding),
    `workload ${finding.workload}; seen ${plural(finding.count, 'time')}`,
    ...(crashes.length === 0 ? ['without any crash'] : crashes),
    `first step that leaves the spec: ${stepText(finding.step)}`,
    `false there: ${finding.step.conjunct.trim()} (${placeText(finding.step)})`,
    ...stateRows(finding).map(
      ({ variable, machine, allowed }) =>
        `${variable}: machine ${machine}${allowed === '' ? '' : `, spec ${allowed}`}`,
    ),
    `see it again: fukugen replay '${finding.replay}'`,
  ];
}

/** One differing variable: before the step, after it on the machine, and what the spec allows, if known. */
export interface StateRow {
  readonly variable: string;
  readonly before: string;
  readonly machine: string;
  readonly allowed: string;
}

/** The variables in which machine and spec differ; where the finding names none, those that changed. */
export function stateRows(finding: Finding): StateRow[] {
  const names =
    finding.differing.length > 0
      ? finding.differing
      : changesBetween(finding.before, finding.after)
          .map(({ path }) => /^\w+/.exec(path)?.[0] ?? path)
          .filter((name, index, all) => all.indexOf(name) === index);
  return names.map((variable) => ({
    variable,
    before: textOf(valueIn(finding.before, variable)),
    machine: textOf(valueIn(finding.after, variable)),
    allowed: textOf(valueIn(finding.allowed ?? {}, variable)),
  }));
}

/** The changes that each step of a trace makes, with the state before the first step as the start. */
export function traceChanges(trace: readonly TraceStep[]): { step: TraceStep; changes: Change[] }[] {
  return trace.map((step, index) => ({
    step,
    changes: changesBetween(trace[index - 1]?.state ?? step.state, step.state),
  }));
}

/** `page-shadow`, `page-shadow with mutant no-flush`, `page-shadow under px86`. */
export function subjectText(report: Pick<CheckReport, 'scheme' | 'mutant' | 'persistency'>): string {
  const { persistency } = report;
  const subject =
    report.mutant === undefined ? report.scheme : `${report.scheme} with mutant ${report.mutant}`;
  if (persistency === undefined) return subject;
  const tears = persistency.atomicBytes === 1 ? ', stores tear at bytes' : '';
  return `${subject} under ${persistency.model}${tears}`;
}

export function totalOf(report: CheckReport): {
  found: number;
  run: number;
  equal: number;
  findings: number;
} {
  const total = { found: 0, run: 0, equal: 0, findings: 0 };
  for (const { certificate, findings } of report.workloads) {
    total.found += certificate.found;
    total.run += certificate.run;
    total.equal += certificate.equal;
    total.findings += findings.length;
  }
  return total;
}

const DIGITS_MAX = 15;

/** A whole number, given as text, to be read: in full, or its first digits and its size. */
export function hugeText(digits: string): string {
  if (digits.length <= DIGITS_MAX) return countText(Number(digits));
  return `${digits[0]}.${digits.slice(1, 3)} × 10^${digits.length - 1}`;
}
