/** What can be wrong with a program that is given to the assembler. */
export type AssemblyFault =
  | 'unknown-symbol'
  | 'duplicate-symbol'
  | 'unknown-instruction'
  | 'bad-operands'
  | 'out-of-range'
  | 'bad-section'
  | 'overlapping-sections';

/** A mistake in a program; the message says where and what. */
export class AssemblyError extends Error {
  override name = 'AssemblyError';
  readonly fault: AssemblyFault;

  constructor(fault: AssemblyFault, message: string) {
    super(message);
    this.fault = fault;
  }
}
