import { type EmulateOptions, emulateToEnd } from '../../../emulator/platform/emulate.ts';

/** Runs to the end; everything printed is in the result. */
export async function run(options: Omit<EmulateOptions, 'onOutput' | 'onMessage'>) {
  const output: number[] = [];
  const messages: string[] = [];
  const result = await emulateToEnd({
    instructionsMax: 5_000_000,
    memoryMib: 4,
    ...options,
    onOutput: (byte) => output.push(byte),
    onMessage: (line) => messages.push(line),
  });
  return { ...result, output: String.fromCharCode(...output), messages };
}
