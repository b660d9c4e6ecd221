/** What a guest asks of the machine itself through a device: thrown out of the port write, and out of `run`. */

/** The guest ends the run, through isa-debug-exit. */
export class GuestExit extends Error {
  override name = 'GuestExit';
  /** Exit code of the command: odd, as the device makes it. */
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`the guest asked to end with exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** The guest resets the machine, through the keyboard controller or port 92h. */
export class ResetRequest extends Error {
  override name = 'ResetRequest';
  readonly by: string;

  constructor(by: string) {
    super(`the guest reset the machine through ${by}`);
    this.by = by;
  }
}
