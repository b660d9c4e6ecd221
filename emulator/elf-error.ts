/** What can be wrong with a file that is to be loaded as an ELF executable. */
export type ElfFault =
  | 'not-elf'
  | 'truncated'
  | 'wrong-class'
  | 'wrong-endianness'
  | 'wrong-machine'
  | 'not-executable'
  | 'malformed'
  | 'no-load-segment'
  | 'overlapping-segments'
  | 'outside-user-space'
  | 'bad-entry';

/** The file cannot be loaded; the message says why and, where it helps, how to make one that can. */
export class ElfError extends Error {
  override name = 'ElfError';
  readonly fault: ElfFault;

  constructor(fault: ElfFault, message: string) {
    super(message);
    this.fault = fault;
  }
}
