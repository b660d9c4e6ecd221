import { Seg } from '../cpu/cpu.ts';
import { Flag } from '../cpu/flags.ts';
import type { Machine } from '../machine.ts';
import { StoreOrigin } from '../nvm/store-log.ts';

/** Where each 16-bit register is among the processor's halves. */
const HALF = { ax: 0, cx: 2, dx: 4, bx: 6, sp: 8, bp: 10, si: 12, di: 14 } as const;
/** Where each 8-bit register is among the processor's bytes. */
const BYTE = { al: 0, ah: 1, cl: 4, ch: 5, dl: 8, dh: 9, bl: 12, bh: 13 } as const;

/** What a BIOS service has to do with: registers, the caller's flags, and memory by segment and offset. */
export class BiosFrame {
  readonly machine: Machine;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  get(name: keyof typeof HALF): number {
    return this.machine.cpu.regs16[HALF[name]] ?? 0;
  }

  set(name: keyof typeof HALF, value: number): void {
    this.machine.cpu.regs16[HALF[name]] = value;
  }

  get8(name: keyof typeof BYTE): number {
    return this.machine.cpu.regs8[BYTE[name]] ?? 0;
  }

  set8(name: keyof typeof BYTE, value: number): void {
    this.machine.cpu.regs8[BYTE[name]] = value;
  }

  /** The carry flag that the caller finds: set means that the service failed. */
  setCarry(isSet: boolean): void {
    this.setFlag(Flag.cf, isSet);
  }

  setZero(isSet: boolean): void {
    this.setFlag(Flag.zf, isSet);
  }

  /** Physical address of an offset in a segment. */
  physical(segment: 'es' | 'ds' | 'ss', offset: number): number {
    return ((this.machine.cpu.segmentBase[Seg[segment]] ?? 0) + (offset & 0xffff)) >>> 0;
  }

  /** The address to which the service will return. */
  caller(): string {
    const at = (offset: number): string =>
      this.read16(this.physical('ss', this.get('sp') + offset))
        .toString(16)
        .padStart(4, '0');
    return `${at(2)}:${at(0)}`;
  }

  read8(address: number): number {
    const { nvm, cpu } = this.machine;
    return cpu.mmu.isRam(address) ? nvm.load8(address) : cpu.mmu.bus.read(address, 1);
  }

  read16(address: number): number {
    return this.read8(address) | (this.read8(address + 1) << 8);
  }

  write8(address: number, value: number): void {
    const { nvm, cpu } = this.machine;
    if (cpu.mmu.isRam(address)) nvm.store8(address, value, StoreOrigin.kernel);
    else cpu.mmu.bus.write(address, value & 0xff, 1);
  }

  write16(address: number, value: number): void {
    this.write8(address, value & 0xff);
    this.write8(address + 1, (value >>> 8) & 0xff);
  }

  write32(address: number, value: number): void {
    this.write16(address, value & 0xffff);
    this.write16(address + 2, value >>> 16);
  }

  writeBytes(address: number, bytes: Uint8Array): void {
    bytes.forEach((byte, i) => {
      this.write8(address + i, byte);
    });
  }

  in8(port: number): number {
    return this.machine.read(port, 1);
  }

  out8(port: number, value: number): void {
    this.machine.write(port, value, 1);
  }

  private setFlag(flag: number, isSet: boolean): void {
    const address = this.physical('ss', this.get('sp') + 4);
    const flags = this.read16(address);
    this.write16(address, isSet ? flags | flag : flags & ~flag);
  }
}
