import type { IoApic } from '../devices/io-apic.ts';
import type { Machine } from '../machine.ts';
import { IO_APIC_ID } from './firmware-tables.ts';

/** The 8259 pair as a PC's firmware leaves it: IRQ 0–7 at 08h, 8–15 at 70h; timer, keyboard, cascade open. */
const PIC_WRITES = [
  [0x20, 0x11],
  [0x21, 0x08],
  [0x21, 0x04],
  [0x21, 0x01],
  [0x21, 0xf8],
  [0xa0, 0x11],
  [0xa1, 0x70],
  [0xa1, 0x02],
  [0xa1, 0x01],
  [0xa1, 0xff],
] as const;
/** Counter 0 of the 8254: mode 3, 65536 ticks. */
const PIT_WRITES = [
  [0x43, 0x36],
  [0x40, 0x00],
  [0x40, 0x00],
] as const;

/** Sets the devices up as firmware does before it starts a boot sector or a kernel. */
export function setUpDevices(machine: Machine, ioApic: IoApic): void {
  for (const [port, value] of [...PIC_WRITES, ...PIT_WRITES]) machine.write(port, value, 1);
  ioApic.write(ioApic.firstAddress, 0);
  ioApic.write(ioApic.firstAddress + 0x10, IO_APIC_ID * 2 ** 24);
}
