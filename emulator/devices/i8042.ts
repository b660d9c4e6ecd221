import type { A20Gate } from './a20-gate.ts';
import type { Device, InterruptLine } from './device.ts';
import { ResetRequest } from './guest-requests.ts';
import { Keyboard, type KeyboardState } from './keyboard.ts';
import { translateCode, typeCharacter } from './scan-codes.ts';

const DATA_PORT = 0x60;
const COMMAND_PORT = 0x64;
const RELEASE = 0xf0;
const Status = {
  outputFull: 1,
  system: 4,
  command: 8,
  unlocked: 0x10,
  auxiliary: 0x20,
  timeout: 0x40,
} as const;
const Mode = { interrupt: 1, system: 4, disabled: 0x10, auxiliaryDisabled: 0x20, translate: 0x40 } as const;
/** Output port: bit 0 is not-reset, bit 1 the A20 gate, bit 4 the interrupt. */
const OUTPUT_PORT_FIXED = 0xcd;

export interface I8042Options {
  readonly line: InterruptLine;
  readonly a20: A20Gate;
  /** Instructions that one byte takes from the keyboard. */
  readonly byteInstructions?: number;
}

interface ControllerState {
  mode: number;
  output: number;
  /** Extra status bits of the byte in the output buffer. */
  outputFlags: number;
  full: boolean;
  /** A release prefix has come; the next code gets bit 7 (translation only). */
  released: boolean;
  /** The controller's command that awaits a byte at port 60h; 0 for none. */
  command: number;
  lastWasCommand: boolean;
  /** When the keyboard's next byte arrives. */
  byteAt: number;
  lineHigh: boolean;
}

const initialState = (): ControllerState => ({
  mode: Mode.interrupt | Mode.system | Mode.translate,
  output: 0,
  outputFlags: 0,
  full: false,
  released: false,
  command: 0,
  lastWasCommand: false,
  byteAt: Number.POSITIVE_INFINITY,
  lineHigh: false,
});

/**
 * The 8042 keyboard controller at ports 60h and 64h with a keyboard (IRQ 1) and no mouse. After reset it is
 * as firmware leaves it: keyboard on, interrupt on, set 2 translated to set 1.
 */
export class I8042 implements Device {
  readonly ports = [
    { first: DATA_PORT, last: DATA_PORT },
    { first: COMMAND_PORT, last: COMMAND_PORT },
  ];
  readonly widestAccessBytes = 1;
  private readonly keyboard = new Keyboard();
  private readonly line: InterruptLine;
  private readonly a20: A20Gate;
  private readonly byteInstructions: number;
  private s = initialState();

  constructor(options: I8042Options) {
    this.line = options.line;
    this.a20 = options.a20;
    this.byteInstructions = options.byteInstructions ?? 256;
  }

  /** Whether a key, or some together, make the character. */
  canType(character: string): boolean {
    return typeCharacter(character) !== undefined;
  }

  /** Types a character; false where no key makes it, or where the keyboard's buffer is full for now. */
  type(character: string, now: number): boolean {
    const codes = typeCharacter(character);
    if (codes === undefined || !this.keyboard.hasRoomFor(codes.length)) return false;
    this.keyboard.send(codes);
    this.schedule(now);
    return true;
  }

  /** Presses or releases keys: bytes of scan code set 2. */
  sendCodes(codes: readonly number[], now: number): void {
    this.keyboard.send(codes);
    this.schedule(now);
  }

  reset(): void {
    this.keyboard.reset();
    this.s = initialState();
    this.line.lower();
  }

  read(port: number, _sizeBytes: 1 | 2 | 4, now: number): number {
    this.advance(now);
    const { s } = this;
    if (port === COMMAND_PORT) {
      return (
        (s.full ? Status.outputFull | s.outputFlags : 0) |
        ((s.mode & Mode.system) !== 0 ? Status.system : 0) |
        (s.lastWasCommand ? Status.command : 0) |
        Status.unlocked
      );
    }
    s.full = false;
    s.outputFlags = 0;
    this.update();
    this.schedule(now);
    return s.output;
  }

  write(port: number, value: number, _sizeBytes: 1 | 2 | 4, now: number): void {
    this.advance(now);
    this.s.lastWasCommand = port === COMMAND_PORT;
    if (port === COMMAND_PORT) this.writeCommand(value);
    else this.writeData(value);
    this.update();
    this.schedule(now);
  }

  nextEventAt(): number {
    return this.s.byteAt;
  }

  advance(now: number): void {
    const { s } = this;
    if (s.byteAt > now) return;
    const at = s.byteAt;
    s.byteAt = Number.POSITIVE_INFINITY;
    this.takeByte();
    this.update();
    this.schedule(at);
  }

  key(now: number): string {
    const { byteAt, ...rest } = this.s;
    return `${Object.values(rest).join()};${byteAt - now};${JSON.stringify(this.keyboard.s)}`;
  }

  save(): { readonly controller: ControllerState; readonly keyboard: KeyboardState } {
    return { controller: { ...this.s }, keyboard: structuredClone(this.keyboard.s) };
  }

  restore(state: unknown): void {
    const { controller, keyboard } = state as ReturnType<I8042['save']>;
    this.s = { ...controller };
    this.keyboard.s = structuredClone(keyboard);
  }

  /** Lets the keyboard's next byte come, where it has one and the output buffer can take it. */
  private schedule(now: number): void {
    const { s } = this;
    const canCome = !s.full && (s.mode & Mode.disabled) === 0 && this.keyboard.hasByte();
    if (!canCome) s.byteAt = Number.POSITIVE_INFINITY;
    else if (s.byteAt === Number.POSITIVE_INFINITY) s.byteAt = now + this.byteInstructions;
  }

  private takeByte(): void {
    const { s } = this;
    const value = this.keyboard.take();
    if ((s.mode & Mode.translate) === 0) {
      this.fill(value, 0);
      return;
    }
    if (value === RELEASE) {
      s.released = true;
      return;
    }
    this.fill(translateCode(value) | (s.released ? 0x80 : 0), 0);
    s.released = false;
  }

  private fill(value: number, flags: number): void {
    this.s.output = value;
    this.s.outputFlags = flags;
    this.s.full = true;
  }

  private writeCommand(value: number): void {
    const { s } = this;
    s.command = 0;
    switch (value) {
      case 0x20:
        this.fill(s.mode, 0);
        return;
      case 0x60: // the next byte is the mode
      case 0xd1: // … the output port
      case 0xd2: // … as if it came from the keyboard
      case 0xd3: // … as if it came from the mouse
      case 0xd4: // … for the mouse
        s.command = value;
        return;
      case 0xa7:
        s.mode |= Mode.auxiliaryDisabled;
        return;
      case 0xa8:
        s.mode &= ~Mode.auxiliaryDisabled;
        return;
      case 0xa9:
      case 0xab: // interface tests: no error
        this.fill(0, 0);
        return;
      case 0xaa: // self-test
        s.mode |= Mode.system;
        this.fill(0x55, 0);
        return;
      case 0xad:
        s.mode |= Mode.disabled;
        return;
      case 0xae:
        s.mode &= ~Mode.disabled;
        return;
      case 0xc0: // input port: keyboard not locked, colour display
        this.fill(0x80, 0);
        return;
      case 0xd0:
        this.fill(OUTPUT_PORT_FIXED | (this.a20.isOpenByKeyboard ? 2 : 0) | (s.full ? 0x10 : 0), 0);
        return;
      case 0xdd:
        this.a20.setByKeyboard(false);
        return;
      case 0xdf:
        this.a20.setByKeyboard(true);
        return;
      default:
        // F0h–FFh pulse the output port's low bits; bit 0 is the reset line. Others are no commands.
        if (value >= 0xf0 && (value & 1) === 0) throw new ResetRequest('the keyboard controller');
    }
  }

  private writeData(value: number): void {
    const { s } = this;
    const { command } = s;
    s.command = 0;
    switch (command) {
      case 0x60:
        s.mode = value;
        return;
      case 0xd1:
        this.a20.setByKeyboard((value & 2) !== 0);
        if ((value & 1) === 0) throw new ResetRequest('the keyboard controller');
        return;
      case 0xd2:
        this.fill(value, 0);
        return;
      case 0xd3:
        this.fill(value, Status.auxiliary);
        return;
      case 0xd4: // No mouse answers.
        this.fill(0xfe, Status.auxiliary | Status.timeout);
        return;
      default:
        // A byte for the keyboard turns its interface on.
        s.mode &= ~Mode.disabled;
        this.keyboard.receive(value);
    }
  }

  private update(): void {
    const { s } = this;
    const fromKeyboard = (s.outputFlags & Status.auxiliary) === 0;
    const high = s.full && fromKeyboard && (s.mode & Mode.interrupt) !== 0;
    if (high === s.lineHigh) return;
    s.lineHigh = high;
    if (high) this.line.raise();
    else this.line.lower();
  }
}
