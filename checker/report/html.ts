import { doubtsOf, enginesAgree } from '../gate/verdict.ts';
import { countText, hashText, hugeText, nestingText, plural, subjectText, totalOf } from './describe.ts';
import { findingHtml } from './html-finding.ts';
import { STYLE } from './html-style.ts';
import type { Certificate, CheckReport, ClassCount, WorkloadReport } from './model.ts';
import { escapeMarkup } from './xml.ts';

/** The page may load nothing, not even from itself: it is read from a disk, an attachment, a CI artifact. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/**
 * The report as one self-contained HTML page: no script, no request to anywhere, legible without style.
 * Findings are expandable; the first of each workload is open.
 */
export function renderHtml(report: CheckReport): string {
  const title = escapeMarkup(`${report.verdict}: ${subjectText(report)}`);
  return [
    '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>fukugen: ${title}</title><style>${STYLE}</style></head><body><main>`,
    headerHtml(report),
    ...report.workloads.map(workloadHtml),
    footerHtml(report),
    '</main></body></html>\n',
  ].join('\n');
}

function headerHtml(report: CheckReport): string {
  const total = totalOf(report);
  const facts: [string, string][] = [
    ['crash points', countText(total.found)],
    ['run', countText(total.run)],
    ['proven equal', countText(total.equal)],
    ['findings', countText(total.findings)],
    ['workloads', countText(report.workloads.length)],
  ];
  const list = facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('');
  return (
    `<header class="verdict ${report.verdict}"><h1>${report.verdict}` +
    `<small>${escapeMarkup(subjectText(report))}</small></h1><dl>${list}</dl></header>`
  );
}

function workloadHtml(report: WorkloadReport): string {
  const doubts = doubtsOf(report).map((doubt) => `<li class="doubt">${escapeMarkup(doubt)}</li>`);
  return [
    `<section class="workload"><h2>${escapeMarkup(report.workload)}</h2>`,
    ...(doubts.length === 0 ? [] : [`<div class="card"><h3>In doubt</h3><ul>${doubts.join('')}</ul></div>`]),
    ...report.findings.map((finding, index) => findingHtml(finding, index === 0)),
    `<div class="card">${certificateHtml(report.certificate)}</div>`,
    `<div class="card">${enginesHtml(report)}${actionsHtml(report)}</div>`,
    '</section>',
  ].join('');
}

function certificateHtml(certificate: Certificate): string {
  const most = Math.max(1, ...certificate.classes.map(({ found }) => found));
  const rows = certificate.classes.map((each) => certificateRow(each, most));
  const isExpected = certificate.found === certificate.expected;
  const equal = certificate.equalTo.map(({ kind, count }) => escapeMarkup(`${countText(count)} ${kind}`));
  return [
    '<h3>Crash points: found = run + proven equal</h3><table class="certificate">',
    '<tr><th>class</th><th class="n">found</th><th class="n">run</th><th class="n">proven equal</th><th></th></tr>',
    ...rows,
    `<tr class="all"><td>all</td><td class="n">${countText(certificate.found)}</td>`,
    `<td class="n">${countText(certificate.run)}</td><td class="n">${countText(certificate.equal)}</td>`,
    `<td class="${isExpected ? 'good' : 'bad'}">expected ${countText(certificate.expected)} `,
    `${isExpected ? '✔' : '✘'}</td></tr></table>`,
    ...(equal.length === 0 ? [] : [`<p class="dim">Proven equal: ${equal.join('; ')}.</p>`]),
    ...(certificate.images === undefined
      ? []
      : [
          `<p>Crash images: ${hugeText(certificate.images.found)} found = ${hugeText(certificate.images.run)} run `,
          `+ ${hugeText(certificate.images.equal)} proven equal; expected ${hugeText(certificate.images.expected)}.</p>`,
        ]),
    `<p class="dim">${nestingText(certificate)}.<br>${hashText(certificate)}.</p>`,
  ].join('');
}

function certificateRow({ class: name, found, run, equal }: ClassCount, most: number): string {
  const share = (count: number): string => `${((100 * count) / most).toFixed(1)}%`;
  const mark = run + equal === found ? '' : ' <span class="bad">✘</span>';
  return (
    `<tr><td>${name}</td><td class="n">${countText(found)}</td><td class="n">${countText(run)}</td>` +
    `<td class="n">${countText(equal)}</td><td><div class="bar" title="${plural(run, 'run')} of ${countText(found)}">` +
    `<b style="width:${share(run)}"></b><i style="width:${share(equal)}"></i></div>${mark}</td></tr>`
  );
}

function enginesHtml(report: WorkloadReport): string {
  const rows = report.engines.map(
    ({ name, version, states, edges, badEdges }) =>
      `<tr><td>${name} ${escapeMarkup(version)}</td><td class="n">${countText(states)}</td>` +
      `<td class="n">${countText(edges)}</td>` +
      `<td class="n ${badEdges === 0 ? 'good' : 'bad'}">${countText(badEdges)}</td></tr>`,
  );
  const head =
    '<tr><th>engine</th><th class="n">states</th><th class="n">steps</th><th class="n">bad</th></tr>';
  const agreement =
    report.engines.length < 2
      ? ''
      : enginesAgree(report)
        ? '<p class="good">The engines agree.</p>'
        : '<p class="bad">The engines disagree.</p>';
  return `<h3>Checked against the spec</h3><table>${head}${rows.join('')}</table>${agreement}`;
}

function actionsHtml(report: WorkloadReport): string {
  const chips = Object.entries(report.actions)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([action, count]) => `<span>${escapeMarkup(action)} ${countText(count)}</span>`);
  return chips.length === 0 ? '' : `<h3>Steps seen</h3><p class="chips">${chips.join('')}</p>`;
}

function footerHtml({ provenance }: CheckReport): string {
  const text =
    `fukugen ${provenance.fukugen} on node ${provenance.node}; programs ${provenance.programHash}, ` +
    `configuration ${provenance.configurationHash}; engines: ${provenance.engines.join(', ') || 'none'}`;
  return `<footer>${escapeMarkup(text)}</footer>`;
}
