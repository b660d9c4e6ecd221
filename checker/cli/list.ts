import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import { table } from '../report/table.ts';
import { paintOf } from '../report/terminal.ts';
import { wantsColor } from './io.ts';
import type { CommandContext, LoadRunner } from './program.ts';
import { hintOf } from './suggest.ts';

const KINDS = ['schemes', 'workloads', 'mutants', 'promises'] as const;
type Kind = (typeof KINDS)[number];

export function addList(program: Command, context: CommandContext, loadRunner: LoadRunner): void {
  program
    .command('list')
    .description('show the schemes, workloads, mutants and promises that there are')
    .argument('[kind]', `only these: ${KINDS.join(', ')}`)
    .option('--json', 'as JSON')
    .action((kind: string | undefined, flags: { json?: true }) => list(kind, flags, context, loadRunner));
}

async function list(
  kind: string | undefined,
  flags: { readonly json?: true },
  { io }: CommandContext,
  loadRunner: LoadRunner,
): Promise<void> {
  const kinds = KINDS.filter((each) => kind === undefined || each === kind);
  if (kinds.length === 0) {
    throw new UsageError(`there is no list of '${kind}'`, hintOf(kind ?? '', KINDS, 'lists'));
  }
  const catalogue = (await loadRunner()).catalogue();
  if (flags.json === true) {
    const data = Object.fromEntries(kinds.map((each) => [each, catalogue[each]]));
    io.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
    return;
  }
  const paint = paintOf(wantsColor(io.stdout, io.env));
  const blocks = kinds.map((each) => {
    const rows = catalogue[each].map((entry) => [`  ${entry.name}`, remark(each, entry), entry.sentence]);
    return [paint.bold(each), ...table(rows, 'lll'), ''].join('\n');
  });
  io.stdout.write(`${blocks.join('\n')}`);
}

/** What one list says of its entries beside the sentence. */
function remark(kind: Kind, entry: object): string {
  if (kind === 'promises' && 'thesis' in entry) return String(entry.thesis);
  if (kind === 'mutants' && 'expected' in entry) return `breaks ${String(entry.expected)}`;
  if (kind === 'workloads' && 'inDefaultSuite' in entry)
    return entry.inDefaultSuite === true ? 'default' : '';
  return '';
}
