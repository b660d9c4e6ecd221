import { geometryOf } from '../devices/ata-identify.ts';
import type { BlockMedium } from '../devices/block-medium.ts';
import { SECTOR_BYTES } from '../devices/block-medium.ts';
import type { BiosFrame } from './bios-frame.ts';

const FIRST_DISK = 0x80;
const Result = { ok: 0x00, invalid: 0x01, notFound: 0x04 } as const;
const LAST_RESULT_AT = 0x474;

export interface BiosDisk {
  readonly medium: BlockMedium;
  /** The medium is about to get a sector. */
  readonly onEffect: (lba: number) => void;
}

/** INT 13h for the one disk, number 80h: CHS and the extensions of EDD (packet calls). */
export function diskService(f: BiosFrame, disk: BiosDisk | undefined): void {
  const drive = f.get8('dl');
  const result = disk !== undefined && drive === FIRST_DISK ? call(f, disk) : Result.invalid;
  f.write8(LAST_RESULT_AT, result);
  f.setCarry(result !== Result.ok);
  // What these three give in AH is no result code.
  const keepsAh = [0x01, 0x15, 0x41].includes(f.get8('ah')) && result === Result.ok;
  if (!keepsAh) f.set8('ah', result);
  else if (f.get8('ah') === 0x15) f.set8('ah', 3);
  else if (f.get8('ah') === 0x41) f.set8('ah', 0x21);
}

function call(f: BiosFrame, disk: BiosDisk): number {
  switch (f.get8('ah')) {
    case 0x00: // reset
    case 0x0c: // seek
    case 0x0d: // reset
    case 0x10: // ready
    case 0x11: // recalibrate
    case 0x47: // extended seek
      return Result.ok;
    case 0x01:
      f.set8('ah', f.read8(LAST_RESULT_AT));
      return Result.ok;
    case 0x02:
    case 0x03:
    case 0x04:
      return byCylinder(f, disk);
    case 0x08:
      return parameters(f, disk.medium);
    case 0x15:
      f.set('cx', disk.medium.sectorsCount >>> 16);
      f.set('dx', disk.medium.sectorsCount & 0xffff);
      return Result.ok;
    case 0x41:
      if (f.get('bx') !== 0x55aa) return Result.invalid;
      f.set('bx', 0xaa55);
      f.set('cx', 1);
      return Result.ok;
    case 0x42:
    case 0x43:
    case 0x44:
      return byPacket(f, disk);
    case 0x48:
      return extendedParameters(f, disk.medium);
    default:
      return Result.invalid;
  }
}

interface Transfer {
  readonly lba: number;
  readonly count: number;
  readonly address: number;
  /** 2 reads, 3 writes, 4 only looks whether the sectors are there: the low digit of the function. */
  readonly kind: number;
}

function transfer(f: BiosFrame, disk: BiosDisk, { lba, count, address, kind }: Transfer): number {
  const { medium } = disk;
  if (lba + count > medium.sectorsCount) return Result.notFound;
  for (let i = 0; i < count; i += 1) {
    const at = address + i * SECTOR_BYTES;
    if (kind === 2) f.writeBytes(at, medium.read(lba + i));
    if (kind !== 3) continue;
    const sector = Uint8Array.from({ length: SECTOR_BYTES }, (_, byte) => f.read8(at + byte));
    disk.onEffect(lba + i);
    medium.write(lba + i, sector);
  }
  return Result.ok;
}

function byCylinder(f: BiosFrame, disk: BiosDisk): number {
  const { heads, sectors } = geometryOf(disk.medium.sectorsCount);
  const cylinder = f.get8('ch') | ((f.get8('cl') & 0xc0) << 2);
  const sector = f.get8('cl') & 0x3f;
  const count = f.get8('al');
  if (sector === 0 || sector > sectors || f.get8('dh') >= heads || count === 0) return Result.invalid;
  return transfer(f, disk, {
    lba: (cylinder * heads + f.get8('dh')) * sectors + sector - 1,
    count,
    address: f.physical('es', f.get('bx')),
    kind: f.get8('ah'),
  });
}

/** A disk address packet at DS:SI: size, count, offset, segment, 64-bit sector number. */
function byPacket(f: BiosFrame, disk: BiosDisk): number {
  const packet = f.physical('ds', f.get('si'));
  if (f.read8(packet) < 16) return Result.invalid;
  const word = (at: number): number => f.read16(packet + at);
  const lba = word(8) + word(10) * 2 ** 16 + word(12) * 2 ** 32 + word(14) * 2 ** 48;
  return transfer(f, disk, {
    lba,
    count: word(2),
    address: word(6) * 16 + word(4),
    kind: f.get8('ah') & 0x0f,
  });
}

function parameters(f: BiosFrame, medium: BlockMedium): number {
  const { cylinders, heads, sectors } = geometryOf(medium.sectorsCount);
  const last = Math.min(cylinders, 1024) - 1;
  f.set8('ch', last & 0xff);
  f.set8('cl', sectors | ((last >>> 2) & 0xc0));
  f.set8('dh', heads - 1);
  f.set8('dl', 1);
  return Result.ok;
}

/** Function 48h: the 26 bytes of EDD 1.x at DS:SI. */
function extendedParameters(f: BiosFrame, medium: BlockMedium): number {
  const at = f.physical('ds', f.get('si'));
  if (f.read16(at) < 26) return Result.invalid;
  const { cylinders, heads, sectors } = geometryOf(medium.sectorsCount);
  f.write16(at, 26);
  f.write16(at + 2, 2);
  f.write32(at + 4, cylinders);
  f.write32(at + 8, heads);
  f.write32(at + 12, sectors);
  f.write32(at + 16, medium.sectorsCount);
  f.write32(at + 20, 0);
  f.write16(at + 24, SECTOR_BYTES);
  return Result.ok;
}
