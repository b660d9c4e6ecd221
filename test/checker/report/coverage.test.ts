import { describe, expect, it } from 'vitest';
import {
  coverageJson,
  coverageSchema,
  percentText,
  renderCoverage,
} from '../../../checker/report/coverage.ts';
import { coverageReport, violatedCoverage } from './coverage-fixture.ts';

describe('the coverage report in the terminal', () => {
  const text = renderCoverage(coverageReport, { color: false });
  const lines = text.trimEnd().split('\n');

  it('begins and ends with the verdict', () => {
    expect(lines[0]).toBe(
      '✔ consistent  page-shadow · behaviours of up to 9 steps and 2 power failures · 1,999 of 2,000 shown · no finding · 1.5 s',
    );
    expect(lines.at(-1)).toBe(lines[0]);
  });

  it('gives the fractions, and what was never shown', () => {
    expect(text).toMatch(/^ {2}actions +10 +of +10 +100 %$/m);
    expect(text).toMatch(/^ {2}transitions +1 +of +3,000 +0\.1 %$/m);
    expect(text).toMatch(/^ {2}behaviours +1,999 +of +2,000 +99\.9 %$/m);
    expect(text).toMatch(/^ {2}Leave read: eof +0 +of +3 +never$/m);
  });

  it('gives each reason with its sentence', () => {
    expect(text).toMatch(/^ +1 +2 +run-queue\n +Its queue says who runs\.$/m);
    expect(text).toContain('7 transitions more begin in a state that the kernel never came to');
    expect(text).toContain('3 behaviours driven again in one go');
  });

  it('tells a finding: what, where, how driven, what the spec allows', () => {
    const shown = renderCoverage(violatedCoverage, { color: false });
    expect(shown).toMatch(/^✘ violated {2}page-shadow with notice-twice/);
    expect(shown).toContain('the 2 shortest of 3:');
    expect(shown).toContain('behaviour   PowerOn, Start, Crash in kernel (boot)');
    expect(shown).toContain('driven by   power comes, power fails after 3 more stores');
    expect(shown).toMatch(/step +Recovered: .*notices\[1\]: 0 → 2/);
    expect(shown).toMatch(/allowed +Recovered: .*notices\[1\]: 0 → 1/);
    expect(shown).toContain('behaviour   none: it is the first step');
  });

  it('tells what is in doubt', () => {
    const undecided = ['vacuous: no behaviour was shown'];
    const shown = renderCoverage({ ...coverageReport, verdict: 'undecided', undecided }, { color: false });
    expect(shown).toContain('in doubt: vacuous: no behaviour was shown');
  });

  it('colours only where it may', () => {
    expect(text).not.toContain('\u001b');
    expect(renderCoverage(violatedCoverage, { color: true })).toContain('\u001b[');
  });
});

describe('a fraction in percent', () => {
  it('is all only where all is shown, and nothing only where nothing is', () => {
    expect(percentText({ all: 3, shown: 3 })).toBe('100 %');
    expect(percentText({ all: 100_000, shown: 99_999 })).toBe('99.9 %');
    expect(percentText({ all: 100_000, shown: 1 })).toBe('0.1 %');
    expect(percentText({ all: 3, shown: 0 })).toBe('0.0 %');
    expect(percentText({ all: 0, shown: 0 })).toBe('–');
  });
});

describe('the coverage report as JSON', () => {
  it.each([coverageReport, violatedCoverage])('is what its schema says, and the same again', (report) => {
    const text = coverageJson(report);
    const read = coverageSchema.parse(JSON.parse(text));
    expect(read).toEqual(report);
    expect(coverageJson(report)).toBe(text);
  });

  it('has a state and a transition a line', () => {
    expect(coverageJson(coverageReport)).toMatch(/^ {6}\{"from":0,"action":"Leave","to":1,"shown":true\},$/m);
  });

  it('refuses data that is none', () => {
    expect(() => coverageJson({ ...coverageReport, findingsCount: -1 })).toThrow(/does not fit its schema/);
  });
});
