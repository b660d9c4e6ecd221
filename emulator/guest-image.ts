/** A program for the machine, ready to be put into memory: what the assembler makes and the ELF loader reads. */

export interface GuestSegment {
  readonly linearAddress: number;
  readonly bytes: Uint8Array;
  /** Zero bytes that follow `bytes`. */
  readonly bssBytes: number;
  readonly writable: boolean;
  readonly executable: boolean;
}

/** One line of an assembler's listing. */
export interface ListingLine {
  readonly address: number;
  readonly bytes: Uint8Array;
  /** Labels that stand here. */
  readonly labels: readonly string[];
  /** The instruction or datum as it was written. */
  readonly source: string;
}

export interface GuestImage {
  /** Linear address of the first instruction. */
  readonly entry: number;
  /** In ascending order of address; no two overlap. */
  readonly segments: readonly GuestSegment[];
  readonly symbols: ReadonlyMap<string, number>;
  /** Empty where the image was not assembled here. */
  readonly listing: readonly ListingLine[];
}

/** Length of a segment in memory, in bytes. */
export const segmentBytes = (segment: GuestSegment): number => segment.bytes.length + segment.bssBytes;

/** The symbol at or before `address` in the same segment, and the distance in bytes; undefined for none. */
export function symbolAt(
  image: GuestImage,
  address: number,
): { readonly name: string; readonly offset: number } | undefined {
  const segment = image.segments.find(
    (s) => address >= s.linearAddress && address < s.linearAddress + segmentBytes(s),
  );
  if (segment === undefined) return undefined;
  let best: { name: string; offset: number } | undefined;
  for (const [name, value] of image.symbols) {
    if (value < segment.linearAddress || value > address) continue;
    // Of two symbols at one address the first defined names the place.
    if (best === undefined || address - value < best.offset) best = { name, offset: address - value };
  }
  return best;
}

/** An address as reports print it: `write+7`, or hexadecimal where no symbol is near. */
export function describeAddress(image: GuestImage, address: number): string {
  const symbol = symbolAt(image, address);
  if (symbol === undefined) return `0x${(address >>> 0).toString(16).padStart(8, '0')}`;
  return symbol.offset === 0 ? symbol.name : `${symbol.name}+${symbol.offset}`;
}

/** The listing as text: address, bytes in hexadecimal, source; a label on a line of its own. */
export function formatListing(image: GuestImage): string {
  const lines: string[] = [];
  for (const { address, bytes, labels, source } of image.listing) {
    for (const label of labels) lines.push(`${label}:`);
    if (source === '') continue;
    const shown = [...bytes.subarray(0, 12)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const hex = bytes.length > 12 ? `${shown} …` : shown;
    lines.push(`${(address >>> 0).toString(16).padStart(8, '0')}  ${hex.padEnd(38)}  ${source}`);
  }
  return lines.join('\n');
}
