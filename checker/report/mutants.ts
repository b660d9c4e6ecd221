import { z } from 'zod';
import { unreachable } from '../../emulator/invariant.ts';
import { ExitCode } from '../gate/exit-codes.ts';
import type { MutantRow, MutantsMatrix } from '../run-api.ts';
import { countText, plural, secondsText } from './describe.ts';
import { jsonText } from './json.ts';
import { table } from './table.ts';
import { paintOf, type TerminalStyle } from './terminal.ts';

/** What became of a mutant. Killed is only what breaks the promise that names its fault. */
export type MutantOutcome = 'killed' | 'killed by another' | 'survived' | 'undecided';

export function outcomeOf(row: MutantRow): MutantOutcome {
  switch (row.verdict) {
    case 'violated':
      return (row.broken[row.expected] ?? 0) > 0 ? 'killed' : 'killed by another';
    case 'undecided':
      return 'undecided';
    case 'consistent':
      return 'survived';
    default:
      return unreachable(row.verdict);
  }
}

/** 0 only when every mutant is killed by its promise and the kernel without mutation is consistent. */
export function exitCodeOfMatrix(matrix: MutantsMatrix): ExitCode {
  const outcomes = matrix.rows.map(outcomeOf);
  if (matrix.clean.verdict === 'violated') return ExitCode.violated;
  if (outcomes.some((outcome) => outcome === 'survived' || outcome === 'killed by another')) {
    return ExitCode.violated;
  }
  const isDecided = matrix.clean.verdict === 'consistent' && !outcomes.includes('undecided');
  return isDecided && outcomes.length > 0 ? ExitCode.consistent : ExitCode.undecided;
}

/** The matrix mutant × promise for people: a count where a promise was broken, marked where it was expected. */
export function renderMutants(matrix: MutantsMatrix, style: TerminalStyle): string {
  const paint = paintOf(style.color);
  const promises = matrix.promises.filter((promise) =>
    [matrix.clean, ...matrix.rows].some(({ broken }) => (broken[promise] ?? 0) > 0),
  );
  const never = matrix.promises.filter((promise) => !promises.includes(promise));
  const legend = promises.map((promise, index) => `  ${letter(index)}  ${promise}`);
  const head = ['  mutant', ...promises.map((_, index) => letter(index)), 'outcome', ''];
  const rows = matrix.rows.map((row) => [
    `  ${row.mutant}`,
    ...promises.map((promise) => {
      const count = row.broken[promise] ?? 0;
      if (count === 0) return paint.dim('·');
      return promise === row.expected ? paint.green(`${countText(count)}✔`) : countText(count);
    }),
    paintOutcome(row, paint),
    paint.dim(secondsText(row.seconds)),
  ]);
  const clean = [
    '  (no mutation)',
    ...promises.map((promise) => {
      const count = matrix.clean.broken[promise] ?? 0;
      return count === 0 ? paint.dim('·') : paint.red(countText(count));
    }),
    matrix.clean.verdict === 'consistent' ? paint.green('consistent') : paint.red(matrix.clean.verdict),
    '',
  ];
  const align = `l${'r'.repeat(promises.length)}ll`;
  const lines = [
    verdictLine(matrix),
    '',
    ...legend,
    ...(never.length === 0 ? [] : [paint.dim(`  broken by none: ${never.join(', ')}`)]),
    '',
    ...table([head.map((title) => paint.dim(title)), clean, ...rows], align),
    '',
    verdictLine(matrix),
  ];
  return `${lines.join('\n')}\n`;
}

const letter = (index: number): string => `P${index + 1}`;

function paintOutcome(row: MutantRow, paint: ReturnType<typeof paintOf>): string {
  const outcome = outcomeOf(row);
  switch (outcome) {
    case 'killed':
      return paint.green(`killed by ${row.expected}`);
    case 'killed by another':
      return paint.red(`killed, but not by ${row.expected}`);
    case 'survived':
      return paint.red('survived');
    case 'undecided':
      return paint.yellow('undecided');
    default:
      return unreachable(outcome);
  }
}

function verdictLine(matrix: MutantsMatrix): string {
  const outcomes = matrix.rows.map(outcomeOf);
  const count = (outcome: MutantOutcome): number => outcomes.filter((each) => each === outcome).length;
  const rest = (['killed by another', 'survived', 'undecided'] as const)
    .filter((outcome) => count(outcome) > 0)
    .map((outcome) => `${count(outcome)} ${outcome}`);
  const all = plural(matrix.rows.length, 'mutant');
  return [
    `${all} of ${matrix.scheme}: ${count('killed')} killed by the promise that names the fault`,
    ...rest,
    `the kernel without mutation is ${matrix.clean.verdict}`,
  ].join(', ');
}

const verdict = z.enum(['consistent', 'violated', 'undecided']);
const broken = z.record(z.string(), z.number().int().min(0));

const matrixSchema = z.strictObject({
  format: z.literal('fukugen-mutants/1'),
  scheme: z.string(),
  clean: z.strictObject({ verdict, broken }),
  promises: z.array(z.string()),
  rows: z.array(
    z.strictObject({
      mutant: z.string(),
      sentence: z.string(),
      expected: z.string(),
      outcome: z.enum(['killed', 'killed by another', 'survived', 'undecided']),
      broken,
      verdict,
      seconds: z.number().min(0),
    }),
  ),
});

export function mutantsJson(matrix: MutantsMatrix): string {
  const rows = matrix.rows.map((row) => ({ ...row, outcome: outcomeOf(row) }));
  return jsonText(matrixSchema, { ...matrix, rows });
}
