/** The keyboard behind the 8042: its commands, its answers and its 16-byte buffer (PS/2 Technical Reference). */

export const Answer = { acknowledge: 0xfa, resend: 0xfe, selfTestPassed: 0xaa, echo: 0xee } as const;
const BUFFER_BYTES = 16;
const OVERRUN = 0x00;

export interface KeyboardState {
  /** Bytes to be sent to the controller, answers first. */
  answers: number[];
  codes: number[];
  enabled: boolean;
  /** The command whose argument is awaited; 0 for none. */
  command: number;
  lastSent: number;
  leds: number;
  typematic: number;
}

const initialState = (): KeyboardState => ({
  answers: [],
  codes: [],
  enabled: true,
  command: 0,
  lastSent: 0,
  leds: 0,
  typematic: 0x2b,
});

/** It speaks scan code set 2 only, as most keyboards behind an 8042 are used; other sets are refused. */
export class Keyboard {
  s: KeyboardState = initialState();

  reset(): void {
    this.s = initialState();
  }

  /** Whether that many more codes fit the buffer. */
  hasRoomFor(codesCount: number): boolean {
    return this.s.codes.length + codesCount <= BUFFER_BYTES;
  }

  /** Keys pressed and released, as codes of set 2. A full buffer ends with the overrun code. */
  send(codes: readonly number[]): void {
    const { s } = this;
    if (!s.enabled) return;
    for (const code of codes) {
      if (s.codes.length < BUFFER_BYTES) s.codes.push(code);
      else s.codes[BUFFER_BYTES - 1] = OVERRUN;
    }
  }

  hasByte(): boolean {
    return this.s.answers.length + this.s.codes.length > 0;
  }

  /** The next byte for the controller. */
  take(): number {
    const { s } = this;
    const value = s.answers.shift() ?? s.codes.shift() ?? 0;
    if (value !== Answer.resend) s.lastSent = value;
    return value;
  }

  /** A byte from the controller: a command or its argument. */
  receive(value: number): void {
    const { s } = this;
    if (s.command !== 0 && value < 0x80) {
      this.receiveArgument(value);
      return;
    }
    s.command = 0;
    switch (value) {
      case 0xed: // LEDs
      case 0xf0: // scan code set
      case 0xf3: // typematic rate
        s.command = value;
        this.answer(Answer.acknowledge);
        return;
      case 0xee:
        this.answer(Answer.echo);
        return;
      case 0xf2:
        this.answer(Answer.acknowledge, 0xab, 0x83);
        return;
      case 0xf4:
        s.enabled = true;
        s.codes = [];
        this.answer(Answer.acknowledge);
        return;
      case 0xf5:
      case 0xf6:
        s.enabled = value === 0xf6;
        s.codes = [];
        s.typematic = 0x2b;
        this.answer(Answer.acknowledge);
        return;
      case 0xfe:
        this.answer(s.lastSent);
        return;
      case 0xff:
        this.s = initialState();
        this.answer(Answer.acknowledge, Answer.selfTestPassed);
        return;
      default:
        this.answer(Answer.resend);
    }
  }

  private receiveArgument(value: number): void {
    const { s } = this;
    const { command } = s;
    s.command = 0;
    if (command === 0xed) s.leds = value & 7;
    if (command === 0xf3) s.typematic = value;
    if (command === 0xf0) {
      if (value === 0) this.answer(Answer.acknowledge, 2);
      else this.answer(value === 2 ? Answer.acknowledge : Answer.resend);
      return;
    }
    this.answer(Answer.acknowledge);
  }

  private answer(...bytes: readonly number[]): void {
    this.s.answers.push(...bytes);
  }
}
