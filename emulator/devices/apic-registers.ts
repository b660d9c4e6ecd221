/** Register offsets, delivery modes and 256-bit sets of the local APIC (SDM vol. 3 chapter 11). */

export const Register = {
  id: 0x20,
  version: 0x30,
  tpr: 0x80,
  apr: 0x90,
  ppr: 0xa0,
  eoi: 0xb0,
  ldr: 0xd0,
  dfr: 0xe0,
  svr: 0xf0,
  isr: 0x100,
  tmr: 0x180,
  irr: 0x200,
  esr: 0x280,
  icrLow: 0x300,
  icrHigh: 0x310,
  lvtTimer: 0x320,
  lvtThermal: 0x330,
  lvtPerformance: 0x340,
  lvtLint0: 0x350,
  lvtLint1: 0x360,
  lvtError: 0x370,
  timerInitial: 0x380,
  timerCurrent: 0x390,
  timerDivide: 0x3e0,
} as const;
export const EsrBit = { illegalSent: 0x20, illegalReceived: 0x40, illegalRegister: 0x80 } as const;

/** How an interrupt is asked for, in the registers of both APICs. */
export const DeliveryMode = {
  fixed: 0,
  lowestPriority: 1,
  smi: 2,
  nmi: 4,
  init: 5,
  startUp: 6,
  extInt: 7,
} as const;
export const deliveryModeName = (mode: number): string =>
  Object.entries(DeliveryMode).find(([, value]) => value === mode)?.[0] ?? `reserved mode ${mode}`;

/** The highest bit that is set, −1 for none. */
export function highest(bits: Uint32Array): number {
  for (let i = 7; i >= 0; i -= 1) {
    const word = bits[i] ?? 0;
    if (word !== 0) return i * 32 + 31 - Math.clz32(word);
  }
  return -1;
}
export const setBit = (bits: Uint32Array, n: number): void => {
  bits[n >>> 5] = (bits[n >>> 5] ?? 0) | (1 << (n & 31));
};
export const clearBit = (bits: Uint32Array, n: number): void => {
  bits[n >>> 5] = (bits[n >>> 5] ?? 0) & ~(1 << (n & 31));
};
export const hasBit = (bits: Uint32Array, n: number): boolean =>
  ((bits[n >>> 5] ?? 0) & (1 << (n & 31))) !== 0;
