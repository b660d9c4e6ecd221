import type { GuestSegment, ListingLine } from '../guest-image.ts';
import { unreachable } from '../invariant.ts';
import { AssemblyError } from './assembly-error.ts';
import { formatStatement } from './encoder.ts';
import {
  encodeStatement,
  type Item,
  lookup,
  type PlacedSection,
  type Symbols,
  symbolValue,
} from './layout.ts';

/** The value, if it fits that many bytes, signed or unsigned. */
export function checkRange(value: number, sizeBytes: 1 | 2 | 4): number {
  const limit = 2 ** (8 * sizeBytes);
  if (!Number.isInteger(value) || value < -limit / 2 || value >= limit)
    throw new AssemblyError('out-of-range', `${value} does not fit ${sizeBytes} bytes`);
  return value;
}

export function checkOverlaps(sections: readonly PlacedSection[]): void {
  const sorted = [...sections].sort((a, b) => a.address - b.address);
  sorted.forEach((section, index) => {
    const next = sorted[index + 1];
    if (next === undefined || section.address + section.lengthBytes <= next.address) return;
    const end = (section.address + section.lengthBytes).toString(16);
    throw new AssemblyError(
      'overlapping-sections',
      `section ${section.section.name} ends at ${end}h, but ${next.section.name} begins at ${next.address.toString(16)}h`,
    );
  });
}

/** A placed section's bytes; appends its lines to `listing`. */
export function encodeSection(placed: PlacedSection, symbols: Symbols, listing: ListingLine[]): GuestSegment {
  const bytes = new Uint8Array(placed.lengthBytes);
  /** End of the last byte that is not reserved. */
  let used = 0;
  let labels: string[] = [];
  for (const { item, address, lengthBytes } of placed.items) {
    if (item.kind === 'label') {
      labels.push(item.name);
      continue;
    }
    const offset = address - placed.address;
    const content = encodeItem(item, { address, lengthBytes, symbols });
    if (content !== undefined) {
      bytes.set(content, offset);
      used = offset + content.length;
    }
    listing.push({ address, bytes: content ?? new Uint8Array(0), labels, source: sourceOf(item) });
    labels = [];
  }
  if (labels.length > 0)
    listing.push({
      address: placed.address + placed.lengthBytes,
      bytes: new Uint8Array(0),
      labels,
      source: '',
    });
  return {
    linearAddress: placed.address,
    bytes: bytes.subarray(0, used),
    bssBytes: placed.lengthBytes - used,
    writable: placed.section.writable,
    executable: placed.section.executable,
  };
}

type ContentItem = Exclude<Item, { kind: 'label' }>;

/** The bytes of an item; undefined where it only reserves room. */
function encodeItem(
  item: ContentItem,
  { address, lengthBytes, symbols }: { address: number; lengthBytes: number; symbols: Symbols },
): Uint8Array | undefined {
  switch (item.kind) {
    case 'statement':
      return encodeStatement(item, address, symbols);
    case 'data': {
      const bytes = item.bytes.slice();
      const view = new DataView(bytes.buffer);
      for (const { at, sizeBytes, value } of item.fixups) {
        const number = symbolValue(value, lookup(symbols, item.source));
        if (sizeBytes === 2) view.setUint16(at, checkRange(number, 2), true);
        else view.setUint32(at, checkRange(number, 4), true);
      }
      return bytes;
    }
    case 'align':
      return new Uint8Array(lengthBytes).fill(item.fill);
    case 'reserve':
      return undefined;
    default:
      return unreachable(item);
  }
}

function sourceOf(item: ContentItem): string {
  switch (item.kind) {
    case 'statement':
      return formatStatement(item.statement);
    case 'data':
      return item.source;
    case 'align':
      return `align ${item.toBytes}`;
    case 'reserve':
      return `reserve ${item.lengthBytes}`;
    default:
      return unreachable(item);
  }
}
