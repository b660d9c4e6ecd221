import { describe, expect, it } from 'vitest';
import { renderGithub } from '../../../checker/report/github.ts';
import { renderJson } from '../../../checker/report/json.ts';
import { renderJunit } from '../../../checker/report/junit.ts';
import { renderSarif } from '../../../checker/report/sarif.ts';
import { parseReport } from '../../../checker/report/schema.ts';
import { finding, report, undecided, violated, workloadReport } from './fixtures.ts';

describe('JSON', () => {
  it.each([
    ['consistent', report()],
    ['violated', violated],
    ['undecided', undecided],
  ])('of a report that is %s reads back as the same report', (_name, each) => {
    expect(parseReport(renderJson(each))).toEqual(each);
  });

  it('is the same bytes whatever order the fields were made in', () => {
    const { verdict, format, ...rest } = violated;
    const shuffled = { ...rest, verdict, format };
    expect(renderJson(shuffled)).toBe(renderJson(violated));
    expect(renderJson(violated)).toMatch(
      /^\{\n {2}"format": "fukugen-report\/1",\n {2}"verdict": "violated"/,
    );
  });

  it('keeps big integers, sets and maps of JavaScript', () => {
    const after = { n: 2n ** 70n, s: new Set(['a']), m: new Map([[0, true]]) };
    const each = report({ workloads: [workloadReport({ findings: [{ ...finding, after }] })] });
    expect(parseReport(renderJson(each)).workloads[0]?.findings[0]?.after).toEqual({
      n: { '#bigint': '1180591620717411303424' },
      s: { '#set': ['a'] },
      m: { '#map': [[0, true]] },
    });
  });

  it('refuses data that is no report, ours or another', () => {
    expect(() => renderJson({ ...report(), seconds: -1 })).toThrow(/internal fault.*schema/s);
    expect(() => parseReport(renderJson(report()).replace('report/1', 'report/9'))).toThrow(/fukugen-report/);
  });
});

/** Throws unless every tag is closed in order; returns the names of the elements. */
function elementsOf(xml: string): string[] {
  const open: string[] = [];
  const names: string[] = [];
  for (const [, close, name, selfClosed] of xml.matchAll(/<(\/?)([a-z]+)(?:\s+[a-z]+="[^"<]*")*\s*(\/?)>/g)) {
    if (close === '/') expect(open.pop()).toBe(name);
    else names.push(name ?? '');
    if (close === '' && selfClosed === '') open.push(name ?? '');
  }
  expect(open).toEqual([]);
  return names;
}

describe('JUnit XML', () => {
  it('has a passed case for each class and engine', () => {
    const xml = renderJunit(report());
    expect(elementsOf(xml)).toEqual(['testsuites', 'testsuite', ...Array<string>(4).fill('testcase')]);
    expect(xml).toContain('<testsuites name="fukugen" tests="4" failures="0" errors="0" skipped="0"');
  });

  it('has a failure for each finding, markup escaped', () => {
    const xml = renderJunit(violated);
    expect(elementsOf(xml)).toContain('failure');
    expect(xml).toContain('tests="4" failures="1" errors="0"');
    expect(xml).toContain('durable.status &lt;&amp;&gt;');
    expect(xml).toContain('fukugen replay &#39;thesis/pipes@1234&#39;');
  });

  it('has an error for each doubt, so that it does not count as passed', () => {
    const xml = renderJunit(undecided);
    expect(xml).toContain('failures="0" errors="2"');
    expect(xml).toContain('the budget of crash points was used up');
  });
});

describe('SARIF', () => {
  const log = JSON.parse(renderSarif(violated));
  it('names the rule, the place in the spec, the trace and the replay line', () => {
    expect(log.version).toBe('2.1.0');
    const run = log.runs[0];
    expect(run.tool.driver.rules).toMatchObject([{ id: 'AtomicEpoch' }]);
    expect(run.results).toHaveLength(1);
    const result = run.results[0];
    expect(run.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId);
    expect(result.locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: 'spec/PageShadow.tla' },
      region: { startLine: 120 },
    });
    expect(result.codeFlows[0].threadFlows[0].locations).toHaveLength(1 + finding.trace.length);
    expect(result.occurrenceCount).toBe(42);
    expect(result.properties.replay).toBe('thesis/pipes@1234');
  });

  it('says of an undecided check that it did not succeed, and why', () => {
    const [run] = JSON.parse(renderSarif(undecided)).runs;
    expect(run.results).toEqual([]);
    expect(run.invocations[0].executionSuccessful).toBe(false);
    expect(run.invocations[0].toolExecutionNotifications).toHaveLength(2);
  });
});

describe('GitHub annotations', () => {
  it('are one escaped line each, the verdict last', () => {
    const lines = renderGithub(violated).trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /^::error file=spec\/PageShadow\.tla,line=120,title=AtomicEpoch \(thesis §3\.4\)::AtomicEpoch .*%0A/,
    );
    expect(lines[1]).toBe('::notice title=fukugen%3A violated::thesis: 1,600 crash points, 1 finding');
  });

  it('warn of each doubt', () => {
    expect(renderGithub(undecided).match(/^::warning /gm)).toHaveLength(2);
  });
});
