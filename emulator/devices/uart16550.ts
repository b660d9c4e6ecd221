import type { Device, InterruptLine } from './device.ts';

const FIFO_BYTES = 16;
/** Received characters at which the FIFO asks for service, by FCR bits 7–6. */
const TRIGGER_LEVELS = [1, 4, 8, 14] as const;
/** Without service, received characters ask for it after the time of this many characters. */
const TIMEOUT_CHARACTERS = 4;

const Ier = { received: 1, transmitterEmpty: 2, lineStatus: 4, modemStatus: 8 } as const;
const Iir = {
  none: 1,
  modemStatus: 0,
  transmitterEmpty: 2,
  received: 4,
  lineStatus: 6,
  timeout: 12,
  fifo: 0xc0,
} as const;
const Mcr = { out2: 8, loop: 16 } as const;
const Lsr = { dataReady: 1, overrun: 2, holdingEmpty: 0x20, transmitterEmpty: 0x40 } as const;
/** With nothing attached the modem inputs say: carrier, ready and clear to send. */
const MODEM_INPUTS = 0xb0;

export interface UartOptions {
  readonly line: InterruptLine;
  /** The outside world gets a byte: at the moment the guest writes it (DESIGN §1, device effect). */
  readonly onEffect: (value: number) => void;
  /** Instructions that one byte takes on the wire. */
  readonly serialByteInstructions?: number;
  /** First of the eight ports. */
  readonly base?: number;
}

interface UartState {
  ier: number;
  fcr: number;
  lcr: number;
  mcr: number;
  scr: number;
  divisor: number;
  /** Changes of the modem inputs since MSR was read: its low four bits. */
  modemChanges: number;
  overrun: boolean;
  /** "Transmitter holding register empty" waits to be told. */
  emptyPending: boolean;
  /** Bytes written and not yet in the shift register. */
  transmit: number[];
  /** The byte in the shift register, in loop mode the one to be received; −1 for none. */
  shifting: number;
  shiftDoneAt: number;
  received: number[];
  timeoutAt: number;
  timedOut: boolean;
  lineHigh: boolean;
}

const initialState = (): UartState => ({
  ier: 0,
  fcr: 0,
  lcr: 0,
  mcr: 0,
  scr: 0,
  divisor: 12,
  modemChanges: 0,
  overrun: false,
  emptyPending: false,
  transmit: [],
  shifting: -1,
  shiftDoneAt: Number.POSITIVE_INFINITY,
  received: [],
  timeoutAt: Number.POSITIVE_INFINITY,
  timedOut: false,
  lineHigh: false,
});

/**
 * A 16550 serial port (National PC16550D data sheet), COM1 at 3F8h unless told otherwise.
 *
 * The outside world sees a byte at the moment it is written to the transmitter holding register: from there
 * on nothing the machine does can take it back. The wire takes `serialByteInstructions` for a byte whatever
 * the divisor says, since time is instructions. A byte written while the transmitter is full is lost, as in
 * the FIFO; without the FIFO a real 8250 loses the earlier one instead, which the world here has seen.
 */
export class Uart16550 implements Device {
  readonly ports: readonly { readonly first: number; readonly last: number }[];
  readonly widestAccessBytes = 1;
  private s: UartState = initialState();
  private readonly line: InterruptLine;
  private readonly onEffect: (value: number) => void;
  private readonly byteInstructions: number;

  constructor(options: UartOptions) {
    const base = options.base ?? 0x3f8;
    this.ports = [{ first: base, last: base + 7 }];
    this.line = options.line;
    this.onEffect = options.onEffect;
    this.byteInstructions = options.serialByteInstructions ?? 64;
  }

  reset(): void {
    this.s = initialState();
    this.line.lower();
  }

  /** A byte arrives from outside. When the receiver is full a byte is lost and the overrun bit set. */
  receive(byte: number, now: number): void {
    const { s } = this;
    if (s.received.length < this.capacity()) s.received.push(byte & 0xff);
    else {
      s.overrun = true;
      // A full FIFO keeps what it has; the single register is overwritten.
      if (!this.hasFifo()) s.received[0] = byte & 0xff;
    }
    if (this.hasFifo()) s.timeoutAt = now + TIMEOUT_CHARACTERS * this.byteInstructions;
    this.update();
  }

  read(port: number, _sizeBytes: 1 | 2 | 4, now: number): number {
    this.advance(now);
    const { s } = this;
    const isDivisor = (s.lcr & 0x80) !== 0;
    switch (port & 7) {
      case 0:
        return isDivisor ? s.divisor & 0xff : this.readReceived(now);
      case 1:
        return isDivisor ? s.divisor >>> 8 : s.ier;
      case 2:
        return this.readIdentification();
      case 3:
        return s.lcr;
      case 4:
        return s.mcr;
      case 5:
        return this.readLineStatus();
      case 6:
        return this.readModemStatus();
      default:
        return s.scr;
    }
  }

  write(port: number, value: number, _sizeBytes: 1 | 2 | 4, now: number): void {
    this.advance(now);
    const { s } = this;
    const isDivisor = (s.lcr & 0x80) !== 0;
    switch (port & 7) {
      case 0:
        if (isDivisor) s.divisor = (s.divisor & 0xff00) | value;
        else this.transmit(value, now);
        break;
      case 1:
        if (isDivisor) s.divisor = (s.divisor & 0x00ff) | (value << 8);
        else this.writeInterruptEnable(value);
        break;
      case 2:
        this.writeFifoControl(value);
        break;
      case 3:
        s.lcr = value;
        break;
      case 4:
        this.writeModemControl(value);
        break;
      case 7:
        s.scr = value;
        break;
      default: // LSR is for factory tests only; MSR cannot be written.
        break;
    }
    this.update();
  }

  nextEventAt(): number {
    return Math.min(this.s.shiftDoneAt, this.s.timeoutAt);
  }

  advance(now: number): void {
    const { s } = this;
    while (s.shiftDoneAt <= now) this.finishByte(s.shiftDoneAt);
    if (s.timeoutAt <= now) {
      s.timeoutAt = Number.POSITIVE_INFINITY;
      s.timedOut = s.received.length > 0;
      this.update();
    }
  }

  key(now: number): string {
    const { shiftDoneAt, timeoutAt, transmit, received, ...rest } = this.s;
    const registers = Object.values(rest).join();
    return `${registers};${shiftDoneAt - now};${timeoutAt - now};${transmit.join()};${received.join()}`;
  }

  save(): UartState {
    return { ...this.s, transmit: [...this.s.transmit], received: [...this.s.received] };
  }

  restore(state: unknown): void {
    const saved = state as UartState;
    this.s = { ...saved, transmit: [...saved.transmit], received: [...saved.received] };
  }

  private hasFifo(): boolean {
    return (this.s.fcr & 1) !== 0;
  }

  private capacity(): number {
    return this.hasFifo() ? FIFO_BYTES : 1;
  }

  private isLooped(): boolean {
    return (this.s.mcr & Mcr.loop) !== 0;
  }

  private transmit(value: number, now: number): void {
    const { s } = this;
    s.emptyPending = false;
    // The line must fall before it can rise again for the next byte.
    this.update();
    if (s.shifting >= 0 && s.transmit.length >= this.capacity()) return;
    s.transmit.push(value);
    if (s.shifting < 0) this.startByte(now);
    // The effect comes last: power may fail before it, which takes all the rest with it.
    if (!this.isLooped()) this.onEffect(value);
  }

  private startByte(now: number): void {
    const { s } = this;
    const value = s.transmit.shift();
    if (value === undefined) return;
    s.shifting = value;
    s.shiftDoneAt = now + this.byteInstructions;
    if (s.transmit.length === 0) s.emptyPending = true;
  }

  private finishByte(at: number): void {
    const { s } = this;
    const value = s.shifting;
    s.shifting = -1;
    s.shiftDoneAt = Number.POSITIVE_INFINITY;
    this.startByte(at);
    if (this.isLooped()) this.receive(value, at);
    this.update();
  }

  private readReceived(now: number): number {
    const { s } = this;
    const value = s.received.shift() ?? 0;
    s.timedOut = false;
    s.timeoutAt =
      this.hasFifo() && s.received.length > 0
        ? now + TIMEOUT_CHARACTERS * this.byteInstructions
        : Number.POSITIVE_INFINITY;
    this.update();
    return value;
  }

  private readIdentification(): number {
    const { s } = this;
    const cause = this.cause();
    if (cause === Iir.transmitterEmpty) {
      s.emptyPending = false;
      this.update();
    }
    return cause | (this.hasFifo() ? Iir.fifo : 0);
  }

  private readLineStatus(): number {
    const { s } = this;
    const value =
      (s.received.length > 0 ? Lsr.dataReady : 0) |
      (s.overrun ? Lsr.overrun : 0) |
      (s.transmit.length === 0 ? Lsr.holdingEmpty : 0) |
      (s.transmit.length === 0 && s.shifting < 0 ? Lsr.transmitterEmpty : 0);
    s.overrun = false;
    this.update();
    return value;
  }

  private readModemStatus(): number {
    const value = this.modemInputs() | this.s.modemChanges;
    this.s.modemChanges = 0;
    this.update();
    return value;
  }

  private writeInterruptEnable(value: number): void {
    const { s } = this;
    const enables = value & ~s.ier & Ier.transmitterEmpty;
    s.ier = value & 0x0f;
    if (enables !== 0 && s.transmit.length === 0) s.emptyPending = true;
  }

  private writeFifoControl(value: number): void {
    const { s } = this;
    // Turning the FIFOs on or off empties them; so do bits 1 and 2, which only count with bit 0.
    const toggles = ((s.fcr ^ value) & 1) !== 0;
    const enabled = (value & 1) !== 0;
    s.fcr = enabled ? value & 0xc9 : 0;
    if (toggles || (enabled && (value & 2) !== 0)) {
      s.received = [];
      s.timedOut = false;
      s.timeoutAt = Number.POSITIVE_INFINITY;
    }
    if (toggles || (enabled && (value & 4) !== 0)) {
      if (s.transmit.length > 0) s.emptyPending = true;
      s.transmit = [];
    }
  }

  private writeModemControl(value: number): void {
    const before = this.modemInputs();
    this.s.mcr = value & 0x1f;
    const changed = before ^ this.modemInputs();
    // CTS, DSR and DCD tell every change; the ring indicator only its end.
    this.s.modemChanges |= (changed >>> 4) & 0x0b;
    if ((changed & before & 0x40) !== 0) this.s.modemChanges |= 4;
  }

  /** Bits 7–4 of MSR: DCD, RI, DSR, CTS; in loop mode the four outputs of MCR. */
  private modemInputs(): number {
    if (!this.isLooped()) return MODEM_INPUTS;
    const { mcr } = this.s;
    return ((mcr & 1) << 5) | ((mcr & 2) << 3) | ((mcr & 4) << 4) | ((mcr & 8) << 4);
  }

  /** The highest cause that is enabled, as IIR words it. */
  private cause(): number {
    const { s } = this;
    if ((s.ier & Ier.lineStatus) !== 0 && s.overrun) return Iir.lineStatus;
    if ((s.ier & Ier.received) !== 0) {
      const level = this.hasFifo() ? (TRIGGER_LEVELS[s.fcr >>> 6] ?? 1) : 1;
      if (s.received.length >= level) return Iir.received;
      if (s.timedOut) return Iir.timeout;
    }
    if ((s.ier & Ier.transmitterEmpty) !== 0 && s.emptyPending) return Iir.transmitterEmpty;
    if ((s.ier & Ier.modemStatus) !== 0 && s.modemChanges !== 0) return Iir.modemStatus;
    return Iir.none;
  }

  private update(): void {
    // OUT2 connects the interrupt to the bus on a PC; loop mode holds the outputs, OUT2 too, inactive.
    const connected = (this.s.mcr & (Mcr.out2 | Mcr.loop)) === Mcr.out2;
    const high = connected && this.cause() !== Iir.none;
    if (high === this.s.lineHigh) return;
    this.s.lineHigh = high;
    if (high) this.line.raise();
    else this.line.lower();
  }
}
