import type { Device } from './device.ts';
import { ResetRequest } from './guest-requests.ts';

/**
 * The PC's gate on address line 20 and its two handles: bit 1 of the keyboard controller's output port, and
 * bit 1 of system control port A at 92h (whose bit 0 resets the machine). Either one opens the gate. After
 * reset it is open, since the keyboard controller's outputs come up high.
 */
export class A20Gate implements Device {
  readonly ports = [{ first: 0x92, last: 0x92 }];
  readonly widestAccessBytes = 1;
  readonly isTimeless = true;
  private readonly onChange: (enabled: boolean) => void;
  private byKeyboard = true;
  private byPort92 = false;

  constructor(onChange: (enabled: boolean) => void) {
    this.onChange = onChange;
  }

  get isOpen(): boolean {
    return this.byKeyboard || this.byPort92;
  }

  get isOpenByKeyboard(): boolean {
    return this.byKeyboard;
  }

  setByKeyboard(open: boolean): void {
    const before = this.isOpen;
    this.byKeyboard = open;
    if (this.isOpen !== before) this.onChange(this.isOpen);
  }

  reset(): void {
    this.byKeyboard = true;
    this.byPort92 = false;
    this.onChange(true);
  }

  read(): number {
    return this.byPort92 ? 2 : 0;
  }

  /** @throws ResetRequest when bit 0 is set. */
  write(_port: number, value: number): void {
    const before = this.isOpen;
    this.byPort92 = (value & 2) !== 0;
    if (this.isOpen !== before) this.onChange(this.isOpen);
    if ((value & 1) !== 0) throw new ResetRequest('port 92h');
  }

  nextEventAt(): number {
    return Number.POSITIVE_INFINITY;
  }

  advance(): void {}

  key(): string {
    return `${this.byKeyboard}${this.byPort92}`;
  }

  save(): readonly [boolean, boolean] {
    return [this.byKeyboard, this.byPort92];
  }

  restore(state: unknown): void {
    const [byKeyboard, byPort92] = state as readonly [boolean, boolean];
    this.byKeyboard = byKeyboard;
    this.byPort92 = byPort92;
    this.onChange(this.isOpen);
  }
}
