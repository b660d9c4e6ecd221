import { invariant } from '../invariant.ts';
import type { Device, InterruptLine } from './device.ts';
import { Pic8259Chip, type Pic8259ChipState } from './pic8259-chip.ts';

const CASCADE_INPUT = 2;
/** What the bus holds when no slave answers the second INTA pulse. */
const FLOATING_BUS = 0xff;

interface PairState {
  readonly master: Pic8259ChipState;
  readonly slave: Pic8259ChipState;
}

/**
 * The PC/AT's two 8259A interrupt controllers: the master at ports 20h–21h, and the slave, on the master's
 * input 2, at A0h–A1h. IRQ 0–7 are the master's inputs, 8–15 the slave's. Until the initialisation command
 * words have been written, nothing is delivered. As the data sheet says, a request whose line falls before
 * the processor has acknowledged it is gone.
 */
export class Pic8259 implements Device {
  readonly ports = [
    { first: 0x20, last: 0x21 },
    { first: 0xa0, last: 0xa1 },
  ];
  readonly widestAccessBytes = 1;
  readonly isTimeless = true;
  private readonly master = new Pic8259Chip();
  private readonly slave = new Pic8259Chip();
  /** Cached, since the processor asks after every instruction. */
  private requested = false;

  /** The request line of IRQ 0–15, but 2, which is the cascade. */
  line(irq: number): InterruptLine {
    invariant(irq >= 0 && irq < 16 && irq !== CASCADE_INPUT, `IRQ ${irq} is no request line of the pair`);
    return { raise: () => this.setLine(irq, true), lower: () => this.setLine(irq, false) };
  }

  /** Whether the INTR pin of the processor is high. */
  hasInterrupt(): boolean {
    return this.requested;
  }

  /**
   * The processor's interrupt acknowledge cycle: starts the service of the highest request and gives its
   * vector. With no request left, the spurious vector 7 of the chip concerned: of the master, since here a
   * slave's request cannot fall between the two INTA pulses.
   */
  acknowledge(): number {
    const { master, slave } = this;
    const input = master.pending();
    if (input < 0) return master.vector(7);
    master.enter(input);
    let vector = master.vector(input);
    if (this.isSlaveInput(input)) {
      vector = FLOATING_BUS;
      if (slave.s.expects === 'ready' && (slave.s.icw3 & 7) === input) {
        const own = slave.pending();
        invariant(own >= 0, 'the cascade line is high only while the slave has a request');
        vector = slave.vector(own);
        slave.enter(own);
      }
      // The slave's output drops at the acknowledge: another request of the slave is a new edge.
      master.setLine(CASCADE_INPUT, false);
    }
    this.update();
    return vector;
  }

  reset(): void {
    this.master.reset();
    this.slave.reset();
    this.requested = false;
  }

  read(port: number): number {
    const chip = this.chip(port);
    const value = (port & 1) === 0 ? chip.readCommand() : chip.readData();
    this.update();
    return value;
  }

  write(port: number, value: number): void {
    const chip = this.chip(port);
    if ((port & 1) === 0) chip.writeCommand(value & 0xff);
    else chip.writeData(value & 0xff);
    this.update();
  }

  nextEventAt(): number {
    return Number.POSITIVE_INFINITY;
  }

  advance(): void {}

  key(): string {
    return `${Object.values(this.master.s).join()}/${Object.values(this.slave.s).join()}`;
  }

  save(): PairState {
    return { master: { ...this.master.s }, slave: { ...this.slave.s } };
  }

  restore(state: unknown): void {
    const { master, slave } = state as PairState;
    this.master.s = { ...master };
    this.slave.s = { ...slave };
    this.requested = this.master.pending() >= 0;
  }

  private chip(port: number): Pic8259Chip {
    return port < 0xa0 ? this.master : this.slave;
  }

  private isSlaveInput(input: number): boolean {
    return this.master.isCascaded() && input === CASCADE_INPUT && (this.master.s.icw3 & 4) !== 0;
  }

  private setLine(irq: number, high: boolean): void {
    (irq < 8 ? this.master : this.slave).setLine(irq & 7, high);
    this.update();
  }

  private update(): void {
    this.master.setLine(CASCADE_INPUT, this.slave.pending() >= 0);
    this.requested = this.master.pending() >= 0;
  }
}
