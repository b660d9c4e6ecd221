/** The eager enumeration of what choices leave: for tests. */
import type { CrashChoices } from '../../../emulator/persistency/choices.ts';

export function imagesOf(memory: Int32Array, choices: CrashChoices): Int32Array[] {
  let images: Int32Array[] = [memory.slice()];
  for (const { alternatives } of choices.groups) {
    images = images.flatMap((image) =>
      alternatives.map(({ patch }) => {
        const copy = image.slice();
        for (let i = 0; i < patch.length; i += 2) copy[patch[i] as number] = patch[i + 1] as number;
        return copy;
      }),
    );
  }
  return images;
}
