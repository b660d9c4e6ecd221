import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeItf } from '../../traces/itf.ts';
import { type TraceState, toTraceValue } from '../../traces/value.ts';
import { UsageError } from '../errors.ts';
import { findingTitle } from '../report/describe.ts';
import { renderGithub } from '../report/github.ts';
import { renderHtml } from '../report/html.ts';
import { renderJson } from '../report/json.ts';
import { renderJunit } from '../report/junit.ts';
import type { CheckReport, Finding } from '../report/model.ts';
import { renderSarif } from '../report/sarif.ts';
import { writeFileWhole } from '../report/write-file.ts';
import type { Io } from './io.ts';
import { kindOf } from './options.ts';

/** Where the reports go. */
export interface Outputs {
  readonly json?: string | true;
  readonly junit?: string;
  readonly sarif?: string;
  readonly html?: string;
  readonly itf?: string;
  readonly github?: true;
}

/** @throws UsageError where the folder cannot be. */
export function requireFolder(path: string | undefined): void {
  if (path !== undefined && kindOf(path) === 'file') {
    throw new UsageError(`${path} is a file`, 'Name a folder; it is made where it is not there.');
  }
}

/** Writes every report that was asked for; each file whole or not at all. */
export function writeReports(timed: CheckReport, outputs: Outputs, io: Io): void {
  const report = withoutTimes(timed);
  if (outputs.json === true) io.stdout.write(renderJson(report));
  else if (outputs.json !== undefined) writeFileWhole(outputs.json, renderJson(report));
  if (outputs.junit !== undefined) writeFileWhole(outputs.junit, renderJunit(report));
  if (outputs.sarif !== undefined) writeFileWhole(outputs.sarif, renderSarif(report));
  if (outputs.html !== undefined) writeFileWhole(outputs.html, renderHtml(report));
  if (outputs.itf !== undefined) writeTraces(report, outputs.itf, io);
  // Annotations share a stream with JSON only when nobody would parse it: they go beside it.
  if (outputs.github === true) (outputs.json === true ? io.stderr : io.stdout).write(renderGithub(report));
}

/** Equal results are equal bytes: how long it took is for the terminal. */
function withoutTimes({ seconds: _, ...report }: CheckReport): CheckReport {
  const workloads = report.workloads.map((workload) => ({
    ...workload,
    engines: workload.engines.map(({ seconds: _each, ...engine }) => engine),
  }));
  return { ...report, workloads };
}

function writeTraces(report: CheckReport, folder: string, io: Io): void {
  const findings = report.workloads.flatMap((workload) => workload.findings);
  if (findings.length === 0) {
    io.stderr.write(`fukugen: no finding, so no trace was written to ${folder}\n`);
    return;
  }
  mkdirSync(folder, { recursive: true });
  findings.forEach((finding, index) => {
    const name = `${String(index + 1).padStart(2, '0')}-${finding.workload}-${finding.promise}.itf.json`;
    writeFileWhole(join(folder, name.replace(/[^\w.-]/g, '_')), itfOf(finding));
  });
}

/** The trace of a finding: its first state is the one after the commit that the trace begins with. */
function itfOf(finding: Finding): string {
  const [first, ...rest] = finding.trace;
  const initial = toTraceValue(first?.state ?? finding.before) as TraceState;
  return writeItf({
    variables: Object.keys(initial),
    description: `${findingTitle(finding)} See it again: fukugen replay '${finding.replay}'`,
    initial,
    steps: rest.map(({ action, args, state }) => ({
      action,
      args: args.map(toTraceValue),
      state: toTraceValue(state) as TraceState,
    })),
  });
}
