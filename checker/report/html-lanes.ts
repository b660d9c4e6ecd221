import { toTraceValue, viewOf } from '../../traces/value.ts';
import { stepText } from './describe.ts';
import type { TraceStep } from './model.ts';
import { escapeMarkup } from './xml.ts';

/** The variables of PageShadow that are sets of pages, in the order of their bars, and what each bar says. */
const BARS = [
  { variable: 'writable', says: 'the page table lets write' },
  { variable: 'cached', says: 'the TLB lets write' },
  { variable: 'recorded', says: 'its shadow counts (hatched: the shadow is not whole)' },
  { variable: 'changed', says: 'differs from the last commit' },
  { variable: 'due', says: 'has to be copied back' },
] as const;

/**
 * A lane for each page and a column for each step of a trace: what the page table, the TLB, the record and
 * the content of the page were after the step. Empty where no variable of the trace is a set of pages.
 */
export function pageLanes(trace: readonly TraceStep[]): string {
  const pages = new Set<string>();
  const columns = trace.map((step) => {
    const sets = new Map<string, ReadonlySet<string>>();
    for (const name of [...BARS.map(({ variable }) => variable), 'whole']) {
      const members = stringsIn(step.state[name]);
      sets.set(name, members);
      for (const page of members) pages.add(page);
    }
    return { step, sets };
  });
  if (pages.size === 0) return '';
  const head = columns.map(({ step }) => {
    const crash = step.action === 'Crash' ? ' crash' : '';
    return `<th class="step${crash}"><span>${escapeMarkup(stepText(step))}</span></th>`;
  });
  const rows = [...pages].sort().map((page) => {
    const cells = columns.map(({ step, sets }) => cell(page, step, sets));
    return `<tr><th class="page mono">${escapeMarkup(page)}</th>${cells.join('')}</tr>`;
  });
  return (
    `<h3>The pages, step by step</h3><div class="scroll"><table class="lanes"><tr><th class="page"></th>` +
    `${head.join('')}</tr>${rows.join('')}</table></div>${legend()}`
  );
}

function cell(page: string, step: TraceStep, sets: ReadonlyMap<string, ReadonlySet<string>>): string {
  const has = (name: string): boolean => sets.get(name)?.has(page) === true;
  const bars = BARS.map(({ variable }) => {
    if (!has(variable)) return '<i></i>';
    return variable === 'recorded' && !has('whole') ? '<i class="torn"></i>' : `<i class="${variable}"></i>`;
  });
  const words = BARS.filter(({ variable }) => has(variable)).map(({ variable }) => variable);
  const title = escapeMarkup(
    `${page} after ${stepText(step)}: ${words.join(', ') || 'read-only, unchanged'}`,
  );
  const crash = step.action === 'Crash' ? ' class="crash"' : '';
  return `<td${crash} title="${title}"><div>${bars.join('')}</div></td>`;
}

function legend(): string {
  const entries = BARS.map(
    ({ variable, says }) => `<span><i class="${variable}"></i>${variable}: ${says}</span>`,
  );
  return `<p class="legend">${entries.join(' ')}</p>`;
}

function stringsIn(data: unknown): ReadonlySet<string> {
  if (data === undefined) return new Set();
  const view = viewOf(toTraceValue(data));
  if (view.kind !== 'set') return new Set();
  return new Set(view.elements.filter((element) => typeof element === 'string'));
}
