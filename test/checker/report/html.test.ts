import { describe, expect, it } from 'vitest';
import { renderHtml } from '../../../checker/report/html.ts';
import { finding, report, undecided, violated, workloadReport } from './fixtures.ts';

describe('the HTML page', () => {
  it('refers to nothing outside of itself and runs no script', () => {
    const html = renderHtml(violated);
    expect(html).not.toMatch(/<script|<link|<img|<iframe|src=|href=|url\(|@import|https?:/);
    expect(html).toContain("default-src 'none'");
  });

  it('escapes what comes from the data', () => {
    const evil = '</details><b onclick="x">';
    const each = report({
      scheme: evil,
      workloads: [
        workloadReport({
          workload: evil,
          undecided: [evil],
          findings: [{ ...finding, sentence: evil, replay: evil, after: { status: evil }, promise: evil }],
        }),
      ],
    });
    expect(renderHtml(each)).not.toContain('<b onclick');
  });

  it('has a lane for each page and a column for each step', () => {
    const html = renderHtml(violated);
    expect(html.match(/<th class="page mono">/g)).toHaveLength(2);
    expect(html.match(/<th class="step( crash)?">/g)).toHaveLength(finding.trace.length);
    expect(html).toContain('title="procs after Write(&quot;procs&quot;): writable, recorded, changed"');
  });

  it('shows doubts', () => {
    expect(renderHtml(undecided)).toContain('<li class="doubt">vacuous: Shutdown never taken</li>');
  });
});
