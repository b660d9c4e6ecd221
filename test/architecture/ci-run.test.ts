import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../.ci/run', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'fukugen-ci-run-'));

/** An npm that does no more than to end as it is told: FAIL names the stage that fails, COUNTS is what vitest counted. */
const NPM = `#!/bin/sh
case "$*" in
  ci*) stage=ci ;;
  *lint*) stage=lint ;;
  *typecheck*) stage=typecheck ;;
  *build*) stage=build ;;
  test*) stage=test; [ -n "$COUNTS" ] && echo "$COUNTS" > "$FUKUGEN_COUNTS_FILE" ;;
esac
echo "ran $stage"
[ "$stage" != "$FAIL" ]
`;

beforeAll(() => {
  mkdirSync(join(folder, '.ci'));
  mkdirSync(join(folder, 'bin'));
  cpSync(script, join(folder, '.ci/run'));
  writeFileSync(join(folder, 'bin/npm'), NPM);
  // Found, so that nothing is installed for it.
  writeFileSync(join(folder, 'bin/chromium'), '#!/bin/sh\n');
  for (const name of ['npm', 'chromium']) chmodSync(join(folder, 'bin', name), 0o755);
});
afterAll(() => rmSync(folder, { recursive: true }));

function runCi(env: { FAIL?: string; COUNTS?: string }): {
  last: string;
  status: number | null;
  ran: string[];
} {
  const PATH = `${join(folder, 'bin')}:${process.env.PATH}`;
  const { stdout, status } = spawnSync('bash', [join(folder, '.ci/run')], {
    encoding: 'utf8',
    env: { ...process.env, FAIL: '', COUNTS: '', ...env, PATH },
  });
  const lines = stdout.trimEnd().split('\n');
  const ran = lines.filter((line) => line.startsWith('ran ')).map((line) => line.slice(4));
  return { last: lines.at(-1) ?? '', status, ran };
}

const all = ['ci', 'lint', 'typecheck', 'build', 'test'];

describe('.ci/run', () => {
  it('passes when everything does, and its last line is the count', () => {
    expect(runCi({ COUNTS: '120 passed, 0 failed' })).toEqual({
      last: '120 passed, 0 failed',
      status: 0,
      ran: all,
    });
    expect(runCi({ COUNTS: '9 passed, 0 failed, 2 skipped' })).toMatchObject({
      last: '9 passed, 0 failed, 2 skipped',
      status: 0,
    });
  });

  it.each([
    ['a test', { COUNTS: '7 passed, 3 failed', FAIL: 'test' }, '7 passed, 3 failed', all],
    ['the linter', { COUNTS: '7 passed, 0 failed', FAIL: 'lint' }, '7 passed, 1 failed', all],
    ['the type check', { COUNTS: '7 passed, 0 failed', FAIL: 'typecheck' }, '7 passed, 1 failed', all],
    ['the install', { FAIL: 'ci' }, '0 passed, 1 failed', ['ci']],
    ['the build', { FAIL: 'build' }, '0 passed, 1 failed', ['ci', 'lint', 'typecheck', 'build']],
    ['the tests without a count', { FAIL: 'test' }, '0 passed, 1 failed', all],
    [
      'the tests in spite of their count',
      { FAIL: 'test', COUNTS: '7 passed, 0 failed' },
      '7 passed, 1 failed',
      all,
    ],
    ['no test at all', { COUNTS: '0 passed, 0 failed' }, '0 passed, 0 failed', all],
  ])('fails with %s', (_name, env, last, ran) => {
    const result = runCi(env);
    expect(result.status).not.toBe(0);
    expect(result).toMatchObject({ last, ran });
  });
});
