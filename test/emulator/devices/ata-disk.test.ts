import { beforeEach, describe, expect, it } from 'vitest';
import { AtaDisk } from '../../../emulator/devices/ata-disk.ts';
import { BlockMedium } from '../../../emulator/devices/block-medium.ts';
import { PowerFailure } from '../../../emulator/nvm/nvm.ts';
import { TestLine } from './test-line.ts';

let line: TestLine;
let medium: BlockMedium;
let disk: AtaDisk;
let effects: number[];
let now: number;
const SECTORS = 2000;
const out = (register: number, value: number): void => disk.write(0x1f0 + register, value, 1, now);
const status = (): number => disk.read(0x1f7, 1, now);
const go = (instructions = 100): void => {
  now += instructions;
  disk.advance(now);
};
const lba28 = (lba: number, count: number, command: number): void => {
  for (const [register, value] of [
    [2, count],
    [3, lba & 0xff],
    [4, (lba >>> 8) & 0xff],
    [5, (lba >>> 16) & 0xff],
    [6, 0xe0 | (lba >>> 24)],
    [7, command],
  ] as const)
    out(register, value);
};
const readWords = (count: number): number[] => Array.from({ length: count }, () => disk.read(0x1f0, 2, now));
const sector = (fill: number): Uint8Array => new Uint8Array(512).fill(fill);
const writeSector = (fill: number): void => {
  for (let i = 0; i < 256; i += 1) disk.write(0x1f0, fill | (fill << 8), 2, now);
};

beforeEach(() => {
  const content = new Uint8Array(SECTORS * 512);
  for (let lba = 0; lba < SECTORS; lba += 1) content.fill(lba & 0xff, lba * 512, (lba + 1) * 512);
  medium = new BlockMedium(content);
  line = new TestLine();
  effects = [];
  now = 0;
  disk = new AtaDisk({ line, medium, onEffect: (lba) => effects.push(lba), blockInstructions: 100 });
});

describe('ATA disk', () => {
  it('identifies itself', () => {
    out(6, 0xa0);
    out(7, 0xec);
    expect(status()).toBe(0xd0);
    go(99);
    expect(line.level).toBe(false);
    go(1);
    expect(line.level).toBe(true);
    expect(disk.read(0x3f6, 1, now)).toBe(0x58);
    expect(line.level).toBe(true);
    expect(status()).toBe(0x58);
    expect(line.level).toBe(false);
    const words = readWords(256);
    expect((words[60] ?? 0) + 65_536 * (words[61] ?? 0)).toBe(SECTORS);
    expect((words[100] ?? 0) + 65_536 * (words[101] ?? 0)).toBe(SECTORS);
    const model = words.slice(27, 47).map((word) => String.fromCharCode(word >>> 8, word & 0xff));
    expect(model.join('').trim()).toBe('FUKUGEN DISK');
    expect(status()).toBe(0x50);
  });

  it('reads sectors, an interrupt for each', () => {
    lba28(5, 2, 0x20);
    for (const lba of [5, 6]) {
      go();
      expect(line.level).toBe(true);
      expect(status() & 0x89).toBe(0x08);
      expect(new Set(readWords(256))).toEqual(new Set([lba | (lba << 8)]));
    }
    expect(status()).toBe(0x50);
    expect(disk.nextEventAt()).toBe(Number.POSITIVE_INFINITY);
  });

  it('reads 32 bits at a time', () => {
    lba28(7, 1, 0x20);
    go();
    for (let i = 0; i < 128; i += 1) expect(disk.read(0x1f0, 4, now)).toBe(0x07070707);
    expect(status()).toBe(0x50);
  });

  it('writes a sector when it has all of it, and tells the world', () => {
    lba28(9, 2, 0x30);
    expect(status() & 0x88).toBe(0x08);
    writeSector(0xaa);
    expect(effects).toEqual([]);
    expect(medium.read(9)).toEqual(sector(9));
    go();
    expect(effects).toEqual([9]);
    expect(medium.read(9)).toEqual(sector(0xaa));
    expect(line.level).toBe(true);
    writeSector(0xbb);
    go();
    expect(effects).toEqual([9, 10]);
    expect(status()).toBe(0x50);
  });

  it('writes sector by sector when power fails in between', () => {
    const failing = new AtaDisk({
      line,
      medium,
      blockInstructions: 1,
      onEffect: (lba) => {
        if (lba === 21) throw new PowerFailure();
      },
    });
    disk = failing;
    out(2, 4);
    out(7, 0xc6);
    go();
    lba28(20, 2, 0xc5);
    writeSector(0xaa);
    writeSector(0xbb);
    expect(() => failing.advance(now + 1)).toThrow(PowerFailure);
    expect(medium.read(20)).toEqual(sector(0xaa));
    expect(medium.read(21)).toEqual(sector(21));
  });

  it('moves blocks of several sectors with READ and WRITE MULTIPLE', () => {
    lba28(0, 4, 0xc4);
    expect(status() & 1).toBe(1);
    out(2, 4);
    out(7, 0xc6);
    go();
    status();
    lba28(8, 6, 0xc4);
    go();
    const before = line.edges;
    expect(readWords(4 * 256)[3 * 256]).toBe(0x0b0b);
    go();
    expect(readWords(2 * 256)[256]).toBe(0x0d0d);
    expect(status()).toBe(0x50);
    expect(line.edges - before).toBe(0);
  });

  it('reads by CHS and by LBA48', () => {
    for (const [register, value] of [
      [2, 1],
      [3, 2],
      [4, 0],
      [5, 0],
      [6, 0xa1],
      [7, 0x20],
    ] as const)
      out(register, value);
    go();
    // Head 1, sector 2 of 63.
    expect(readWords(256)[0]).toBe(64 | (64 << 8));
    for (const [register, value] of [
      [2, 0],
      [2, 1],
      [3, 0],
      [3, 0x34],
      [4, 0],
      [4, 0x01],
      [5, 0],
      [5, 0],
      [6, 0xe0],
      [7, 0x24],
    ] as const)
      out(register, value);
    go();
    expect(readWords(256)[0]).toBe(0x3434);
  });

  it('refuses sectors that are not there, and commands that it does not know', () => {
    lba28(SECTORS - 1, 2, 0x20);
    expect(status()).toBe(0x51);
    expect(disk.read(0x1f1, 1, now)).toBe(0x10);
    out(7, 0xa1);
    expect(status()).toBe(0x51);
    expect(disk.read(0x1f1, 1, now)).toBe(0x04);
  });

  it('has no second drive', () => {
    out(6, 0xb0);
    expect(status()).toBe(0);
    out(7, 0xec);
    go();
    expect(status()).toBe(0);
    expect(line.edges).toBe(0);
  });

  it('is reset by software, and shows its signature', () => {
    lba28(0x0102, 3, 0x20);
    disk.write(0x3f6, 4, 1, now);
    expect(status()).toBe(0x80);
    disk.write(0x3f6, 0, 1, now);
    go();
    expect([1, 2, 3, 4, 5].map((r) => disk.read(0x1f0 + r, 1, now))).toEqual([1, 1, 1, 0, 0]);
    expect(status()).toBe(0x50);
    go();
    expect(line.level).toBe(false);
  });

  it('keeps its line down with nIEN', () => {
    disk.write(0x3f6, 2, 1, now);
    lba28(1, 1, 0x20);
    go();
    expect(line.edges).toBe(0);
    expect(status() & 8).toBe(8);
  });

  it('goes on from a saved state', () => {
    lba28(5, 1, 0x20);
    const saved = disk.save();
    const key = disk.key(now);
    go();
    readWords(10);
    disk.restore(saved);
    expect(disk.key(0)).toBe(key);
    now = 0;
    go();
    expect(readWords(256)[0]).toBe(0x0505);
  });
});

describe('block medium', () => {
  it('undoes writes and has the same hash for the same content', () => {
    const fresh = medium.hash();
    medium.write(1, sector(0xaa));
    const one = medium.hash();
    medium.write(2, sector(0xbb));
    medium.write(1, sector(0xcc));
    expect(medium.hash()).not.toBe(one);
    medium.undoTo(1);
    expect(medium.hash()).toBe(one);
    expect(medium.read(1)).toEqual(sector(0xaa));
    medium.undoTo(0);
    expect(medium.hash()).toBe(fresh);
    expect(medium.read(2)).toEqual(sector(2));
  });
});
