import type { InterruptLine } from '../../../emulator/devices/device.ts';

/** An interrupt line that remembers. */
export class TestLine implements InterruptLine {
  level = false;
  edges = 0;
  raise(): void {
    if (!this.level) this.edges += 1;
    this.level = true;
  }
  lower(): void {
    this.level = false;
  }
}
