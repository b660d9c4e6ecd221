import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderHtml } from '../../checker/report/html.ts';
import { renderJunit } from '../../checker/report/junit.ts';
import type { CheckReport } from '../../checker/report/model.ts';
import { finding, undecided, violated, workloadReport } from '../checker/report/fixtures.ts';
import { findChromium } from './chromium.ts';

const executablePath = findChromium();
if (executablePath === null) {
  console.warn(
    'test/browser is SKIPPED: no Chromium is found (apt-get install chromium, or FUKUGEN_CHROMIUM)',
  );
}

const other = { ...finding, promise: 'WaitersWoken', sentence: 'Whoever waits is woken.' };
const two: CheckReport = { ...violated, workloads: [workloadReport({ findings: [finding, other] })] };

describe.skipIf(executablePath === null)('the HTML page in a real Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fukugen-html-'));
  let browser: Browser;
  const requests: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    // Chromium's sandbox does not work for root, which CI containers run as; the page is our own.
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  async function open(report: CheckReport, size = { width: 1200, height: 900 }): Promise<Page> {
    const path = join(folder, 'report.html');
    writeFileSync(path, renderHtml(report));
    const page = await browser.newPage({ viewport: size });
    requests.length = 0;
    complaints.length = 0;
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(pathToFileURL(path).href);
    return page;
  }

  it('asks for nothing but itself, and the browser has no complaint', async () => {
    const page = await open(two);
    expect(requests).toEqual([page.url()]);
    expect(complaints).toEqual([]);
    expect(await page.title()).toBe('fukugen: violated: thesis');
    await page.close();
  });

  it('opens and closes findings; the first is open', async () => {
    const page = await open(two);
    const lines = page.locator('code.replay');
    expect(await lines.count()).toBe(2);
    expect(await lines.first().isVisible()).toBe(true);
    expect(await lines.last().isVisible()).toBe(false);
    await page.getByText('WaitersWoken').click();
    expect(await lines.last().isVisible()).toBe(true);
    await page.getByText('AtomicEpoch').first().click();
    expect(await lines.first().isVisible()).toBe(false);
    await page.close();
  });

  it('draws the page lanes: the crash column is marked and the bars have their colours', async () => {
    const page = await open(violated);
    const crash = page.locator('table.lanes th.crash');
    expect(await crash.textContent()).toBe('Crash');
    const bar = page.locator('table.lanes td i.writable').first();
    const box = await bar.boundingBox();
    expect(box?.width).toBeGreaterThan(10);
    const color = await page.evaluate(
      "getComputedStyle(document.querySelector('table.lanes td i.writable')).backgroundColor",
    );
    expect(color).toMatch(/^rgb\((?!0, 0, 0\))/);
    await page.close();
  });

  it('has no sideways scrolling on a telephone, and follows a dark theme', async () => {
    const page = await open(two, { width: 390, height: 800 });
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(overflow).toBeLessThanOrEqual(0);
    const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await paper();
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await paper()).not.toBe(light);
    await page.close();
  });

  it('shows doubts of an undecided check', async () => {
    const page = await open(undecided);
    expect(await page.locator('li.doubt').allTextContents()).toEqual([
      'the budget of crash points was used up',
      'vacuous: Shutdown never taken',
    ]);
    await page.close();
  });

  it('takes the JUnit report for well-formed XML', async () => {
    const page = await open(undecided);
    for (const report of [two, undecided]) {
      const xml = JSON.stringify(renderJunit(report));
      const root = (await page.evaluate(`(() => {
        const parsed = new DOMParser().parseFromString(${xml}, 'application/xml');
        return [parsed.documentElement.tagName, parsed.querySelectorAll('testcase').length];
      })()`)) as [string, number];
      expect(root[0]).toBe('testsuites');
      expect(root[1]).toBeGreaterThan(3);
    }
    await page.close();
  });
});
