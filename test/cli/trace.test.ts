import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readNdjson } from '../../traces/ndjson.ts';

const lift = (name: string): string =>
  fileURLToPath(new URL(`../../docs/examples/lift/${name}`, import.meta.url));

describe('the example of docs/TRACES.md', () => {
  it.each([
    ['good.ndjson', []],
    ['faulty.ndjson', ['--faulty']],
  ])('%s is what the controller writes', (name, args) => {
    const { stdout, status } = spawnSync(process.execPath, [lift('controller.mjs'), ...args], {
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    expect(stdout).toBe(readFileSync(lift(name), 'utf8'));
    expect(readNdjson(stdout, name).runs).toHaveLength(1);
  });
});
