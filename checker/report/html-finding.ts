import {
  changesBetween,
  crashText,
  placeText,
  plural,
  stateRows,
  stepText,
  traceChanges,
} from './describe.ts';
import { pageLanes } from './html-lanes.ts';
import type { Finding } from './model.ts';
import { escapeMarkup } from './xml.ts';

/** One finding as an expandable block. */
export function findingHtml(finding: Finding, isOpen: boolean): string {
  return [
    `<details class="finding"${isOpen ? ' open' : ''}><summary>`,
    `<span class="seen">seen ${plural(finding.count, 'time')}</span>`,
    `<span class="promise">${escapeMarkup(finding.promise)}</span>`,
    ` <span class="dim">${escapeMarkup(finding.thesis)}</span> ${escapeMarkup(finding.sentence)}</summary>`,
    factsHtml(finding),
    statesHtml(finding),
    pageLanes(finding.trace),
    traceHtml(finding),
    '</details>',
  ].join('');
}

function factsHtml(finding: Finding): string {
  const crashes: [string, string][] =
    finding.crashes.length === 0
      ? [['Crash', 'none: the failure-free run breaks the promise']]
      : finding.crashes.map((crash, index) => [`Crash ${index + 1}`, escapeMarkup(crashText(crash))]);
  const facts: [string, string][] = [
    ...crashes,
    ['Leaves the spec', `<b class="mono">${escapeMarkup(stepText(finding.step))}</b>`],
    [
      'False there',
      `<pre class="mono bad">${escapeMarkup(finding.step.conjunct.trim())}</pre>` +
        `<span class="dim mono">${escapeMarkup(placeText(finding.step))}</span>`,
    ],
    ...(finding.alsoBreaks ?? []).map((name): [string, string] => ['Also broken', escapeMarkup(name)]),
    ['See it again', `<code class="replay">fukugen replay '${escapeMarkup(finding.replay)}'</code>`],
  ];
  return `<dl class="facts">${facts.map(([name, html]) => `<dt>${name}</dt><dd>${html}</dd>`).join('')}</dl>`;
}

function statesHtml(finding: Finding): string {
  const rows = stateRows(finding);
  const all = changesBetween(finding.before, finding.after);
  if (rows.length === 0 && all.length === 0) return '';
  const specKnown = rows.some(({ allowed }) => allowed !== '');
  const body = rows.map(
    ({ variable, before, machine, allowed }) =>
      `<tr class="mono"><td>${escapeMarkup(variable)}</td><td>${escapeMarkup(before)}</td>` +
      `<td class="bad">${escapeMarkup(machine)}</td>` +
      `${specKnown ? `<td class="good">${escapeMarkup(allowed)}</td>` : ''}</tr>`,
  );
  const head = `<tr><th>variable</th><th>before</th><th>machine after</th>${specKnown ? '<th>spec allows</th>' : ''}</tr>`;
  return `<h3>Machine against spec</h3><div class="scroll"><table class="states">${head}${body.join('')}</table></div>`;
}

function traceHtml(finding: Finding): string {
  if (finding.trace.length === 0) return '';
  const last = finding.trace.length - 1;
  const items = traceChanges(finding.trace).map(({ step, changes }, index) => {
    const texts = changes.map(({ text }) => text);
    return (
      `<li class="mono${index === last ? ' last' : ''}">${escapeMarkup(stepText(step))}` +
      `<span class="changes">${escapeMarkup(texts.join('; '))}</span></li>`
    );
  });
  return `<h3>The trace, up to the step that leaves the spec</h3><ol class="trace">${items.join('')}</ol>`;
}
