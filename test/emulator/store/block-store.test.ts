import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BlockId, BlockStore } from '../../../emulator/store/block-store.ts';

const blockOf = (seed: number): Int32Array => Int32Array.from({ length: 1024 }, (_, i) => seed * 7919 + i);

describe('BlockStore', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fukugen-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('without a limit keeps everything in memory', () => {
    const store = new BlockStore();
    const ids = [1, 2, 3].map((seed) => store.add(blockOf(seed)));
    expect(ids.map((id) => store.get(id)[0])).toEqual([7919, 2 * 7919, 3 * 7919]);
    expect([store.heldBytes, store.spilledBytes]).toEqual([3 * 4096, 0]);
  });

  it('makes no file before there is need for one', () => {
    const store = new BlockStore({ limitBytes: 4 * 4096, folder: join(folder, 'nowhere') });
    for (let seed = 0; seed < 4; seed += 1) store.add(blockOf(seed));
    expect(store.failure).toBeNull();
    store.add(blockOf(4));
    expect(store.failure).toMatch(/could not spill to .*nowhere: ENOENT/);
  });

  it('holds no more than the limit, and gives every block back', () => {
    const store = new BlockStore({ limitBytes: 3 * 4096 + 100, folder });
    const ids = Array.from({ length: 20 }, (_, seed) => store.add(blockOf(seed)));
    expect(store.heldBytes).toBe(3 * 4096);
    for (const round of [0, 1]) {
      for (const [seed, id] of ids.entries()) expect(store.get(id), `${round}`).toEqual(blockOf(seed));
    }
    expect(store.heldBytes).toBe(3 * 4096);
    // Each block is written once, however often it goes.
    expect(store.spilledBytes).toBe(20 * 4096);
    store.close();
  });

  it('lets go first what was not looked at since', () => {
    const store = new BlockStore({ limitBytes: 3 * 4096, folder });
    const [a, b, c] = [0, 1, 2].map((seed) => store.add(blockOf(seed))) as [BlockId, BlockId, BlockId];
    store.add(blockOf(3));
    // The hand has passed over all, and a is gone.
    store.get(b);
    store.add(blockOf(4));
    expect(store.spilledBytes).toBe(2 * 4096);
    store.close();
    expect(store.get(b)).toEqual(blockOf(1));
    expect(() => store.get(a)).toThrow(/is gone/);
    expect(() => store.get(c)).toThrow(/is gone/);
  });

  it('leaves nothing in the folder, open or closed', () => {
    const store = new BlockStore({ limitBytes: 4096, folder });
    for (let seed = 0; seed < 4; seed += 1) store.add(blockOf(seed));
    if (process.platform !== 'win32') expect(readdirSync(folder)).toEqual([]);
    store.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it.runIf(existsSync('/dev/full'))('keeps everything in memory where the disk is full, and says so', () => {
    const store = new BlockStore({ limitBytes: 4096, folder, open: () => openSync('/dev/full', 'r+') });
    const ids = Array.from({ length: 5 }, (_, seed) => store.add(blockOf(seed)));
    expect(store.failure).toMatch(/could not spill to .*: ENOSPC: no space left on device/);
    for (const [seed, id] of ids.entries()) expect(store.get(id)).toEqual(blockOf(seed));
    store.close();
  });

  it.each([
    [
      'changed',
      (file: number) => writeSync(file, Uint8Array.of(1), 0, 1, 5000),
      /came back damaged \(block 1\)/,
    ],
    ['closed', (file: number) => closeSync(file), /could not read back .*: EBADF/],
  ])('hands out nothing of a file that was %s', (_what, damage, message) => {
    let file = -1;
    const open = (): number => {
      file = openSync(join(folder, 'file'), 'wx+');
      return file;
    };
    const store = new BlockStore({ limitBytes: 4096, folder, open });
    const ids = [1, 2, 3].map((seed) => store.add(blockOf(seed)));
    damage(file);
    expect(() => store.get(ids[1] as BlockId)).toThrow(message);
  });
});
