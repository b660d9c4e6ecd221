/**
 * The firmware ROM for boot sectors: 64 KiB at F0000h and below 4 GiB. It has one stub for each interrupt
 * vector, which writes to the firmware's port; the service itself is done there (`bios.ts`), then the stub
 * returns.
 */
import { Rom } from '../devices/rom.ts';

/** A write to this port calls the service whose stub it stands in. */
export const BIOS_PORT = 0xef;
export const ROM_SEGMENT = 0xf000;
const ROM_BYTES = 0x10000;
const STUBS_AT = 0xe000;
const STUB_BYTES = 8;
const OUT_BYTES = 2;
/** Where a service goes that must wait: it lets interrupts in, then calls INT 16h anew. */
export const WAIT_FOR_KEY_AT = STUBS_AT + 257 * STUB_BYTES;
/** The pseudo-vector of the reset entry. */
export const RESET_VECTOR = 256;
const KEYBOARD_VECTOR = 0x16;
const TIMER_VECTOR = 0x08;
const TICK_VECTOR = 0x1c;

/** Offset of a vector's stub in the ROM's segment. */
export const stubAt = (vector: number): number => STUBS_AT + vector * STUB_BYTES;

/** The vector whose stub has just written to the port; EIP is behind the write. */
export const vectorAt = (eip: number): number => (eip - OUT_BYTES - STUBS_AT) / STUB_BYTES;

export function makeBiosRom(): readonly Rom[] {
  const bytes = new Uint8Array(ROM_BYTES).fill(0xff);
  for (let vector = 0; vector <= RESET_VECTOR; vector += 1) {
    const tick = vector === TIMER_VECTOR ? [0xcd, TICK_VECTOR] : [];
    // out BIOS_PORT, al; [int 1Ch]; iret
    bytes.set([0xe6, BIOS_PORT, ...tick, 0xcf], stubAt(vector));
  }
  // sti; hlt; jmp to the stub of INT 16h
  const distance = stubAt(KEYBOARD_VECTOR) - (WAIT_FOR_KEY_AT + 5);
  bytes.set([0xfb, 0xf4, 0xe9, distance & 0xff, (distance >>> 8) & 0xff], WAIT_FOR_KEY_AT);
  // FFFFFFF0h: jmp F000:reset stub
  const reset = stubAt(RESET_VECTOR);
  bytes.set([0xea, reset & 0xff, reset >>> 8, ROM_SEGMENT & 0xff, ROM_SEGMENT >>> 8], 0xfff0);
  bytes[0xfffe] = 0xfc; // model: PC/AT
  return [new Rom(0xf0000, bytes), new Rom(0xffff0000, bytes)];
}
