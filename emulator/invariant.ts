/** An error of our own: never the guest's, never the user's. The command line exits with 4 on it. */
export class InternalFault extends Error {
  override name = 'InternalFault';
}

/**
 * States what must hold whatever the guest or the user does.
 * @throws InternalFault when it does not.
 */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new InternalFault(`internal fault: ${message}`);
}

/** Ends a switch over a discriminated union: the compiler proves that nothing gets here. */
export function unreachable(value: never): never {
  throw new InternalFault(`internal fault: unreachable case ${JSON.stringify(value)}`);
}
