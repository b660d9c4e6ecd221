import { Rom } from '../devices/rom.ts';
import { ImageError } from './image-error.ts';

const PAGE_BYTES = 4096;
const LARGEST_BYTES = 16 * 2 ** 20;
/** How much of the image's end is seen below 1 MiB too. */
const LOW_BYTES = 128 * 1024;
const ADDRESSES_END = 2 ** 32;
const LOW_END = 2 ** 20;

/**
 * A ROM image as a PC maps it: the whole ends at 4 GiB, so that its last 16 bytes are where the processor
 * starts (FFFFFFF0h), and its last 128 KiB end at 1 MiB too.
 * @throws ImageError for a size that is no multiple of 4 KiB, or above 16 MiB.
 */
export function mapRom(image: Uint8Array): readonly Rom[] {
  if (image.length === 0) throw new ImageError('the ROM image is empty');
  if (image.length % PAGE_BYTES !== 0)
    throw new ImageError(
      `the ROM image has ${image.length} bytes, which is no multiple of ${PAGE_BYTES}`,
      'Pad it at the front: its last 16 bytes are where the processor starts.',
    );
  if (image.length > LARGEST_BYTES)
    throw new ImageError(`the ROM image has ${image.length} bytes; at most ${LARGEST_BYTES} can be mapped`);
  const low = image.subarray(Math.max(0, image.length - LOW_BYTES));
  return [new Rom(ADDRESSES_END - image.length, image), new Rom(LOW_END - low.length, low)];
}
