import { z } from 'zod';
import type { ReplayResult } from '../run-api.ts';
import { crashText, stepText, subjectText, traceChanges } from './describe.ts';
import { findingData, jsonText, traceStepData } from './json.ts';
import { crashPointSchema, findingSchema, persistencySchema, traceStepSchema } from './schema.ts';
import { table } from './table.ts';
import { paintOf, type TerminalStyle, verdictMark } from './terminal.ts';
import { findingBlock } from './terminal-finding.ts';

const replaySchema = z.strictObject({
  format: z.literal('fukugen-replay/1'),
  verdict: z.enum(['consistent', 'violated', 'undecided']),
  scheme: z.string(),
  mutant: z.exactOptional(z.string()),
  persistency: z.exactOptional(persistencySchema),
  workload: z.string(),
  crashes: z.array(crashPointSchema),
  findings: z.array(findingSchema),
  undecided: z.array(z.string()),
  trace: z.array(traceStepSchema),
});

/** What a replay showed, for people: every step, then what it broke. The verdict is the first line and the last. */
export function renderReplay(result: ReplayResult, style: TerminalStyle): string {
  const paint = paintOf(style.color);
  const verdict = `${verdictMark(result.verdict, paint)}  ${paint.bold(subjectText(result))} · ${result.workload}`;
  const crashes = result.crashes.map((crash, index) => `crash ${index + 1}: ${crashText(crash)}`);
  const steps = traceChanges(result.trace).map(({ step, changes }, index) => [
    `${String(index + 1).padStart(6)}  ${step.action === 'Crash' ? paint.red(stepText(step)) : stepText(step)}`,
    paint.dim(changes.map(({ text }) => text).join('; ')),
  ]);
  const doubts = result.undecided.map((doubt) => `  ${paint.yellow('in doubt:')} ${doubt}`);
  const findings = result.findings.flatMap((finding) => [
    // The whole trace has just been shown.
    ...findingBlock({ ...finding, trace: [] }, paint),
    '',
  ]);
  const lines = [verdict, ...crashes, '', ...table(steps, 'll'), '', ...doubts, ...findings, verdict];
  return `${lines.join('\n')}\n`;
}

export function replayJson(result: ReplayResult): string {
  return jsonText(replaySchema, {
    format: 'fukugen-replay/1',
    ...result,
    trace: result.trace.map(traceStepData),
    findings: result.findings.map(findingData),
  });
}
