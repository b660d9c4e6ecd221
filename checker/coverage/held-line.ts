/** The serial port's interrupt, which comes when the driver lets it: how long a byte takes is nobody's promise. */
import type { Device, InterruptLine } from '../../emulator/devices/device.ts';
import { Pit8254 } from '../../emulator/devices/pit8254.ts';
import { Uart16550 } from '../../emulator/devices/uart16550.ts';
import { invariant } from '../../emulator/invariant.ts';
import type { Platform, PlatformHost } from '../../emulator/machine-api.ts';

const TIMER_IRQ = 0;
const SERIAL_IRQ = 4;

/**
 * A line between a device and the interrupt controller that passes one request on, once it is let. What the
 * machine sees is what it would see of a port that needs that long for a byte.
 */
export class HeldLine implements InterruptLine {
  private readonly inner: InterruptLine;
  private high = false;
  private isLet = false;

  constructor(inner: InterruptLine) {
    this.inner = inner;
  }

  /** The device asks, and is held back. */
  get isHeld(): boolean {
    return this.high && !this.isLet;
  }

  raise(): void {
    this.high = true;
  }

  lower(): void {
    this.high = false;
    this.isLet = false;
    this.inner.lower();
  }

  /** Lets the request through that is held. The next one is held again. */
  letThrough(): void {
    invariant(this.isHeld, 'no interrupt is held back');
    this.isLet = true;
    this.inner.raise();
  }

  /** Puts the line back to where it was when `isHeld` was so; the controller's state is put back apart. */
  restore(isHeld: boolean): void {
    this.high = isHeld;
    this.isLet = false;
  }
}

/** The machine's usual devices, with the serial port's interrupt held. */
export class HeldPlatform {
  private held: HeldLine | null = null;

  get line(): HeldLine {
    invariant(this.held !== null, 'the machine makes its devices when it is made');
    return this.held;
  }

  readonly make = (host: PlatformHost): Platform => {
    this.held = new HeldLine(host.pic.line(SERIAL_IRQ));
    const serial = new Uart16550({ line: this.held, onEffect: host.recorder('serial') });
    const devices: Device[] = [new Pit8254({ line: host.pic.line(TIMER_IRQ) }), serial];
    return { devices, regions: [] };
  };
}
