import type { z } from 'zod';
import { toTraceValue } from '../../traces/value.ts';
import type { CheckReport, Finding } from './model.ts';
import { fitted, reportSchema } from './schema.ts';

/**
 * The report as JSON, version `fukugen-report/1`: fields in the order of the schema, variables of states and
 * names of actions in alphabetical order, big integers and sets as ITF writes them. Equal reports give equal
 * bytes; `parseReport` reads it back.
 */
export function renderJson(report: CheckReport): string {
  const data = {
    ...report,
    workloads: report.workloads.map((workload) => ({
      ...workload,
      findings: workload.findings.map(findingData),
      actions: sorted(workload.actions),
    })),
  };
  return jsonText(reportSchema, data);
}

/** Data of our own as JSON text, in the order of its schema. */
export function jsonText<T>(schema: z.ZodType<T>, data: unknown): string {
  return `${JSON.stringify(fitted(schema, data), null, 2)}\n`;
}

/** A finding whose values are JSON data. */
export function findingData(finding: Finding): object {
  const { allowed } = finding;
  return {
    ...finding,
    step: { ...finding.step, args: finding.step.args.map(toTraceValue) },
    before: stateData(finding.before),
    after: stateData(finding.after),
    ...(allowed === undefined ? {} : { allowed: stateData(allowed) }),
    trace: finding.trace.map(traceStepData),
  };
}

export function traceStepData(step: Finding['trace'][number]): object {
  return { action: step.action, args: step.args.map(toTraceValue), state: stateData(step.state) };
}

function stateData(state: Readonly<Record<string, unknown>>): object {
  return sorted(toTraceValue(state) as Record<string, unknown>);
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
