import { SECTOR_BYTES } from './block-medium.ts';

/** Cylinders, heads and sectors a track, as the drive tells them. */
export interface Geometry {
  readonly cylinders: number;
  readonly heads: number;
  readonly sectors: number;
}

/** The translation that firmware makes for small disks: 16 heads, 63 sectors. */
export const geometryOf = (sectorsCount: number): Geometry => ({
  cylinders: Math.max(1, Math.min(16_383, Math.floor(sectorsCount / (16 * 63)))),
  heads: 16,
  sectors: 63,
});

export interface IdentifyOptions {
  readonly sectorsCount: number;
  readonly current: Geometry;
  /** Sectors in a block of READ MULTIPLE; 0 while not set. */
  readonly multiple: number;
}

/** The sector that IDENTIFY DEVICE gives (ATA/ATAPI-6, §8.15): LBA28 and LBA48, PIO only, no DMA. */
export function identifyDevice({ sectorsCount, current, multiple }: IdentifyOptions): Uint8Array {
  const bytes = new Uint8Array(SECTOR_BYTES);
  const view = new DataView(bytes.buffer);
  const word = (index: number, value: number): void => view.setUint16(index * 2, value, true);
  const double = (index: number, value: number): void => view.setUint32(index * 2, value, true);
  /** Text is stored with the bytes of each word swapped. */
  const text = (index: number, words: number, value: string): void => {
    const padded = value.padEnd(words * 2);
    for (let i = 0; i < words * 2; i += 1) bytes[index * 2 + (i ^ 1)] = padded.charCodeAt(i);
  };
  const native = geometryOf(sectorsCount);
  const lba28 = Math.min(sectorsCount, 0x0fffffff);
  word(0, 0x0040);
  word(1, native.cylinders);
  word(3, native.heads);
  word(6, native.sectors);
  text(10, 10, 'FUKUGEN0001');
  text(23, 4, '1.0');
  text(27, 20, 'FUKUGEN DISK');
  word(47, 0x8010);
  word(49, 0x0200);
  word(51, 0x0200);
  word(53, 0x0003);
  word(54, current.cylinders);
  word(55, current.heads);
  word(56, current.sectors);
  double(57, current.cylinders * current.heads * current.sectors);
  if (multiple > 0) word(59, 0x0100 | multiple);
  double(60, lba28);
  word(64, 0x0003);
  word(67, 120);
  word(68, 120);
  word(80, 0x0078);
  word(82, 0x4000);
  word(83, 0x7400);
  word(84, 0x4000);
  word(85, 0x4000);
  word(86, 0x3400);
  word(87, 0x4000);
  double(100, sectorsCount);
  return bytes;
}
