import { UsageError } from '../usage-error.ts';

/** An image that cannot be run: what is wrong with it, and where it helps, what to do. */
export class ImageError extends UsageError {
  override name = 'ImageError';
}
