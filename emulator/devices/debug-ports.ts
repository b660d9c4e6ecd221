import type { Device } from './device.ts';
import { GuestExit } from './guest-requests.ts';
import { StatelessDevice } from './stateless-device.ts';

const DEBUG_CONSOLE_PORT = 0xe9;

/** The debug console of Bochs and QEMU: what is written to port E9h is printed; reading gives E9h. */
export class DebugConsole extends StatelessDevice {
  readonly ports = [{ first: DEBUG_CONSOLE_PORT, last: DEBUG_CONSOLE_PORT }];
  private readonly onByte: (value: number) => void;

  constructor(onByte: (value: number) => void) {
    super();
    this.onByte = onByte;
  }

  read(): number {
    return DEBUG_CONSOLE_PORT;
  }

  write(_port: number, value: number): void {
    this.onByte(value);
  }
}

/**
 * QEMU's isa-debug-exit: a write of v ends the run with exit code 2v + 1 (its low 8 bits, as a shell sees
 * it). Its registers may be written in any width; reading gives 0.
 */
export class DebugExit extends StatelessDevice {
  readonly ports: readonly { readonly first: number; readonly last: number }[];

  constructor(base = 0xf4) {
    super();
    this.ports = [{ first: base, last: base + 3 }];
  }

  read(): number {
    return 0;
  }

  /** @throws GuestExit always. */
  write(_port: number, value: number): void {
    throw new GuestExit(((value << 1) | 1) & 0xff);
  }
}

/** A port for power-on self-test codes, 80h on a PC: each byte is told, and the last one can be read. */
export class PostPort implements Device {
  readonly ports: readonly { readonly first: number; readonly last: number }[];
  readonly widestAccessBytes = 1;
  readonly isTimeless = true;
  private readonly onByte: (value: number) => void;
  private latch = 0;

  constructor(onByte: (value: number) => void, port = 0x80) {
    this.ports = [{ first: port, last: port }];
    this.onByte = onByte;
  }

  reset(): void {
    this.latch = 0;
  }

  read(): number {
    return this.latch;
  }

  write(_port: number, value: number): void {
    this.latch = value;
    this.onByte(value);
  }

  nextEventAt(): number {
    return Number.POSITIVE_INFINITY;
  }

  advance(): void {}

  key(): string {
    return `${this.latch}`;
  }

  save(): number {
    return this.latch;
  }

  restore(state: unknown): void {
    this.latch = state as number;
  }
}
