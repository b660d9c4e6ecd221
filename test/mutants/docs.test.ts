import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { mutants } from '../../kernel-model/mutants/catalogue.ts';

it('docs/MUTANTS.md names every mutant and no other, each beside the promise that kills it', () => {
  const page = readFileSync(fileURLToPath(new URL('../../docs/MUTANTS.md', import.meta.url)), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('|'));
  const named = rows.flatMap((row) => [...row.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, name]) => name));
  expect([...new Set(named)].sort()).toEqual(mutants.map((m) => m.name).sort());
  for (const { name, expected } of mutants) {
    expect(
      rows.some((row) => row.includes(`\`${name}\``) && row.includes(expected)),
      `${name} beside ${expected}`,
    ).toBe(true);
  }
});
