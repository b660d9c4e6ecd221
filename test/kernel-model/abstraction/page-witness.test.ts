import { expect, it } from 'vitest';
import { HashCollision } from '../../../emulator/nvm/hash-collision.ts';
import { Nvm } from '../../../emulator/nvm/nvm.ts';
import { PageWitness } from '../../../kernel-model/abstraction/page-witness.ts';

it('equal pages pass, and two that differ under one hash do not', () => {
  const nvm = new Nvm(3 * 4096);
  const witness = new PageWitness();
  nvm.setWord(5, 77);
  nvm.setWord(1024 + 5, 77);
  nvm.setWord(2048 + 5, 78);
  for (const page of [0, 1, 2, 0, 1, 2]) witness.confirm(nvm, page);
  // As if the hash could not tell the third page from the first.
  nvm.pageHashLow[2] = nvm.pageHashLow[0] ?? 0;
  nvm.pageHashHigh[2] = nvm.pageHashHigh[0] ?? 0;
  expect(() => witness.confirm(nvm, 2)).toThrow(HashCollision);
  witness.confirm(nvm, 0);
});
