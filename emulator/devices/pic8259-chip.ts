/**
 * One 8259A interrupt controller: its initialisation and operation command words, priorities and registers
 * (Intel 8259A data sheet, 231468). `pic8259.ts` joins two of them.
 */

/** What one chip holds; plain numbers and booleans, so that it can be copied and printed. */
export interface Pic8259ChipState {
  /** Levels of the eight request inputs, one bit each. */
  lines: number;
  /** Requests not yet acknowledged (IRR). */
  requests: number;
  /** Interrupts being served (ISR). */
  inService: number;
  /** Masked inputs (IMR). */
  masked: number;
  /** Which command word the data port expects next; 'ready' after the last. */
  expects: 'icw1' | 'icw2' | 'icw3' | 'icw4' | 'ready';
  icw1: number;
  icw2: number;
  icw3: number;
  icw4: number;
  /** The input with the lowest priority; the next one up has the highest. */
  lowest: number;
  rotatesOnAutoEoi: boolean;
  specialMask: boolean;
  reads: 'irr' | 'isr';
  polls: boolean;
}

const resetState = (): Pic8259ChipState => ({
  lines: 0,
  requests: 0,
  inService: 0,
  masked: 0,
  expects: 'icw1',
  icw1: 0,
  icw2: 0,
  icw3: 0,
  icw4: 0,
  lowest: 7,
  rotatesOnAutoEoi: false,
  specialMask: false,
  reads: 'irr',
  polls: false,
});

const ICW1 = { needsIcw4: 0x01, single: 0x02, interval4: 0x04, levelTriggered: 0x08, mark: 0x10 } as const;
const ICW4 = { mode8086: 0x01, autoEoi: 0x02, specialFullyNested: 0x10 } as const;

export class Pic8259Chip {
  s: Pic8259ChipState = resetState();

  reset(): void {
    this.s = resetState();
  }

  /** Sets the level of one request input. In edge mode a request lives from the rising edge to the falling. */
  setLine(input: number, high: boolean): void {
    const { s } = this;
    const bit = 1 << input;
    if (high) {
      if ((s.lines & bit) === 0) s.requests |= bit;
      s.lines |= bit;
    } else {
      s.lines &= ~bit;
      s.requests &= ~bit;
    }
  }

  /** The input that the chip would interrupt for now, or −1. */
  pending(): number {
    const { s } = this;
    if (s.expects !== 'ready') return -1;
    const wanted = ((s.icw1 & ICW1.levelTriggered) !== 0 ? s.lines : s.requests) & ~s.masked;
    if (wanted === 0) return -1;
    const blocking = s.specialMask ? s.inService & ~s.masked : s.inService;
    // Special fully nested mode: a slave being served may interrupt again with a higher input of its own.
    const transparent = this.isCascaded() && (s.icw4 & ICW4.specialFullyNested) !== 0 ? s.icw3 : 0;
    for (let i = 1; i <= 8; i += 1) {
      const input = (s.lowest + i) & 7;
      const bit = 1 << input;
      if ((wanted & bit) !== 0 && (blocking & bit & ~transparent) === 0) return input;
      if ((blocking & bit) !== 0) return -1;
    }
    return -1;
  }

  /** Whether ICW1 said that there are slaves (or that this chip is one). */
  isCascaded(): boolean {
    return (this.s.icw1 & ICW1.single) === 0;
  }

  /** Starts the service of `input`: the first INTA pulse. */
  enter(input: number): void {
    const { s } = this;
    const bit = 1 << input;
    s.requests &= ~bit;
    if ((s.icw4 & ICW4.autoEoi) === 0) s.inService |= bit;
    else if (s.rotatesOnAutoEoi) s.lowest = input;
  }

  /**
   * The byte that the chip puts on the bus at the second INTA pulse. In MCS-80 mode that is the low byte of
   * the CALL's address, which an x86 processor takes as the vector.
   */
  vector(input: number): number {
    const { s } = this;
    if ((s.icw4 & ICW4.mode8086) !== 0) return (s.icw2 & 0xf8) | input;
    return (s.icw1 & ICW1.interval4) !== 0 ? (s.icw1 & 0xe0) | (input << 2) : (s.icw1 & 0xc0) | (input << 3);
  }

  readCommand(): number {
    const { s } = this;
    if (s.polls) return this.poll();
    if (s.reads === 'isr') return s.inService;
    return (s.icw1 & ICW1.levelTriggered) !== 0 ? s.lines : s.requests;
  }

  readData(): number {
    return this.s.polls ? this.poll() : this.s.masked;
  }

  writeCommand(value: number): void {
    if ((value & ICW1.mark) !== 0) this.writeIcw1(value);
    else if ((value & 0x08) !== 0) this.writeOcw3(value);
    else this.writeOcw2(value);
  }

  writeData(value: number): void {
    const { s } = this;
    switch (s.expects) {
      case 'icw2':
        s.icw2 = value;
        s.expects = this.isCascaded() ? 'icw3' : this.afterIcw3();
        return;
      case 'icw3':
        s.icw3 = value;
        s.expects = this.afterIcw3();
        return;
      case 'icw4':
        s.icw4 = value;
        s.expects = 'ready';
        return;
      case 'icw1':
      case 'ready':
        s.masked = value;
        return;
    }
  }

  /** The poll command (OCW3): reads as an acknowledge, bit 7 set where there was a request. */
  private poll(): number {
    this.s.polls = false;
    const input = this.pending();
    if (input < 0) return 0;
    this.enter(input);
    return 0x80 | input;
  }

  private afterIcw3(): 'icw4' | 'ready' {
    return (this.s.icw1 & ICW1.needsIcw4) !== 0 ? 'icw4' : 'ready';
  }

  private writeIcw1(value: number): void {
    // The edge sense circuit is reset: an input that is high must fall and rise again to make a request.
    this.s = { ...resetState(), lines: this.s.lines, icw1: value, expects: 'icw2' };
  }

  private writeOcw2(value: number): void {
    const { s } = this;
    const level = value & 7;
    const rotates = (value & 0x80) !== 0;
    switch ((value >>> 5) & 3) {
      case 0: // without EOI: rotation at automatic EOI on or off
        s.rotatesOnAutoEoi = rotates;
        return;
      case 1: {
        const input = this.highestInService();
        if (input >= 0) this.endOfInterrupt(input, rotates);
        return;
      }
      case 2: // with R: set priority; without: no operation
        if (rotates) s.lowest = level;
        return;
      default:
        this.endOfInterrupt(level, rotates);
    }
  }

  private writeOcw3(value: number): void {
    const { s } = this;
    if ((value & 0x40) !== 0) s.specialMask = (value & 0x20) !== 0;
    s.polls = (value & 0x04) !== 0;
    if ((value & 0x02) !== 0) s.reads = (value & 0x01) !== 0 ? 'isr' : 'irr';
  }

  private endOfInterrupt(input: number, rotates: boolean): void {
    this.s.inService &= ~(1 << input);
    if (rotates) this.s.lowest = input;
  }

  private highestInService(): number {
    const { s } = this;
    // In special mask mode a non-specific EOI does not clear a masked level (data sheet, "End of Interrupt").
    const candidates = s.specialMask ? s.inService & ~s.masked : s.inService;
    for (let i = 1; i <= 8; i += 1) {
      const input = (s.lowest + i) & 7;
      if ((candidates & (1 << input)) !== 0) return input;
    }
    return -1;
  }
}
