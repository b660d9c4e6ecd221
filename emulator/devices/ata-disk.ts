import { invariant, unreachable } from '../invariant.ts';
import { type AtaAction, actionOf } from './ata-commands.ts';
import { identifyDevice } from './ata-identify.ts';
import {
  type AtaState,
  addressedSectors,
  Control,
  ErrorBit,
  initialAtaState,
  putSignature,
  READY,
  readTaskFile,
  Status,
  type Work,
  writeTaskFile,
} from './ata-task-file.ts';
import { type BlockMedium, SECTOR_BYTES } from './block-medium.ts';
import type { Device, InterruptLine } from './device.ts';

const CONTROL_PORT = 0x3f6;

export interface AtaOptions {
  readonly line: InterruptLine;
  readonly medium: BlockMedium;
  /** The medium is about to get a sector, a device effect; `lba` is its number. A throw prevents it. */
  readonly onEffect: (lba: number) => void;
  /** Instructions that a command, and each block of it, takes. */
  readonly blockInstructions?: number;
  readonly base?: number;
}

/**
 * One ATA disk on the primary channel (ports 1F0h–1F7h and 3F6h, IRQ 14), programmed I/O, CHS, LBA28 and
 * LBA48 (ATA/ATAPI-6). There is no second drive: its status reads 0. The medium gets each sector at once,
 * in order, when the drive has received its block: those are effects on the outside world, and a power
 * failure between two of them leaves the first one written.
 */
export class AtaDisk implements Device {
  readonly ports: readonly { readonly first: number; readonly last: number }[];
  private readonly base: number;
  private readonly line: InterruptLine;
  private readonly medium: BlockMedium;
  private readonly onEffect: (lba: number) => void;
  private readonly blockInstructions: number;
  private s: AtaState;

  constructor(options: AtaOptions) {
    this.base = options.base ?? 0x1f0;
    this.ports = [
      { first: this.base, last: this.base + 7 },
      { first: CONTROL_PORT, last: CONTROL_PORT },
    ];
    this.line = options.line;
    this.medium = options.medium;
    this.onEffect = options.onEffect;
    this.blockInstructions = options.blockInstructions ?? 256;
    this.s = initialAtaState(this.medium.sectorsCount);
  }

  reset(): void {
    this.s = initialAtaState(this.medium.sectorsCount);
    this.line.lower();
  }

  read(port: number, sizeBytes: 1 | 2 | 4, now: number): number {
    this.advance(now);
    if (port === this.base) return this.readData(sizeBytes, now);
    if (sizeBytes === 1) return this.readRegister(port);
    let value = 0;
    for (let i = 0; i < sizeBytes; i += 1) value |= this.readRegister(port + i) << (8 * i);
    return value >>> 0;
  }

  write(port: number, value: number, sizeBytes: 1 | 2 | 4, now: number): void {
    this.advance(now);
    if (port === this.base) this.writeData(value, sizeBytes, now);
    else for (let i = 0; i < sizeBytes; i += 1) this.writeRegister(port + i, (value >>> (8 * i)) & 0xff, now);
  }

  nextEventAt(): number {
    return this.s.workAt;
  }

  advance(now: number): void {
    const { s } = this;
    if (s.workAt > now) return;
    const { work } = s;
    s.work = 'none';
    s.workAt = Number.POSITIVE_INFINITY;
    s.status &= ~Status.busy;
    switch (work) {
      case 'none':
        return;
      case 'read':
        this.finishRead();
        return;
      case 'write':
        this.finishWrite();
        return;
      case 'identify':
        this.offer(
          identifyDevice({
            sectorsCount: this.medium.sectorsCount,
            current: s.geometry,
            multiple: s.multiple,
          }),
        );
        return;
      case 'diagnose':
        putSignature(this.s);
        this.interrupt();
        return;
      case 'finish':
        s.status = READY;
        this.interrupt();
        return;
    }
  }

  key(now: number): string {
    const { workAt, buffer, geometry, ...rest } = this.s;
    const sent = this.isTransferring() ? buffer.join() : '';
    return `${Object.values(rest).join()};${Object.values(geometry).join()};${workAt - now};${sent};${this.medium.hash()}`;
  }

  save(): AtaState {
    return { ...this.s, buffer: this.s.buffer.slice() };
  }

  restore(state: unknown): void {
    const saved = state as AtaState;
    this.s = { ...saved, buffer: saved.buffer.slice() };
  }

  private isSecondDrive(): boolean {
    return (this.s.device & 0x10) !== 0;
  }

  private isTransferring(): boolean {
    return (this.s.status & Status.dataRequest) !== 0;
  }

  private readRegister(port: number): number {
    const { s } = this;
    const status = this.isSecondDrive() ? 0 : s.status;
    if (port === CONTROL_PORT) return status;
    if ((port & 7) !== 7) return readTaskFile(s, port & 7);
    // Reading the status register, but not the alternate one, takes the interrupt away.
    this.setLine(false);
    return status;
  }

  private writeRegister(port: number, value: number, now: number): void {
    const { s } = this;
    if (port === CONTROL_PORT) {
      this.writeControl(value, now);
      return;
    }
    s.control &= ~Control.highOrder;
    // A busy drive does not take register writes.
    if ((s.status & Status.busy) !== 0) return;
    if ((port & 7) !== 7) writeTaskFile(s, port & 7, value);
    else if (!this.isSecondDrive() || value === 0x90) this.command(value, now);
  }

  private writeControl(value: number, now: number): void {
    const { s } = this;
    const wasReset = (s.control & Control.softwareReset) !== 0;
    s.control = value;
    if ((value & Control.softwareReset) !== 0) {
      s.work = 'none';
      s.workAt = Number.POSITIVE_INFINITY;
      s.status = Status.busy;
      this.setLine(false);
    } else if (wasReset) {
      putSignature(this.s);
      this.startWork('none', now);
    }
    if ((value & Control.interruptOff) !== 0) this.setLine(false);
  }

  private command(value: number, now: number): void {
    const { s } = this;
    s.error = 0;
    s.status = READY;
    s.sectorsLeft = 0;
    this.setLine(false);
    const action = actionOf(value, s, this.medium.sectorsCount);
    switch (action.kind) {
      case 'transfer':
        this.startTransfer(action, now);
        return;
      case 'verify':
        if (this.readAddress(action.isExtended)) this.startWork('finish', now);
        return;
      case 'geometry':
        s.geometry = action.geometry;
        this.startWork('finish', now);
        return;
      case 'multiple':
        s.multiple = action.blockSectors;
        this.startWork('finish', now);
        return;
      case 'power-mode': // active
        s.count = 0xff;
        this.startWork('finish', now);
        return;
      case 'work':
        this.startWork(action.work, now);
        return;
      case 'abort':
        this.fail(ErrorBit.aborted);
        return;
      default:
        unreachable(action);
    }
  }

  private startTransfer(action: Extract<AtaAction, { kind: 'transfer' }>, now: number): void {
    const { s } = this;
    if (!this.readAddress(action.isExtended)) return;
    s.blockSectors = action.blockSectors;
    s.direction = action.direction;
    if (action.direction === 'in') this.startWork('read', now);
    else this.requestBlock();
  }

  /** Takes the address and count of the command from the registers; fails the command where they are bad. */
  private readAddress(isExtended: boolean): boolean {
    const sectors = addressedSectors(this.s, isExtended);
    if (sectors === undefined || sectors.lba + sectors.count > this.medium.sectorsCount) {
      this.fail(ErrorBit.idNotFound);
      return false;
    }
    this.s.lba = sectors.lba;
    this.s.sectorsLeft = sectors.count;
    return true;
  }

  private fail(error: number): void {
    const { s } = this;
    s.error = error;
    s.status = READY | Status.error;
    s.sectorsLeft = 0;
    this.interrupt();
  }

  private startWork(work: Work, now: number): void {
    const { s } = this;
    s.work = work;
    s.workAt = now + this.blockInstructions;
    s.status = (s.status & ~Status.dataRequest) | Status.busy;
  }

  /** Puts a block before the host. */
  private offer(block: Uint8Array): void {
    const { s } = this;
    s.buffer = block;
    s.bufferAt = 0;
    s.direction = 'in';
    s.status = READY | Status.dataRequest;
    this.interrupt();
  }

  private requestBlock(): void {
    const { s } = this;
    s.buffer = new Uint8Array(SECTOR_BYTES * Math.min(s.blockSectors, s.sectorsLeft));
    s.bufferAt = 0;
    s.status = READY | Status.dataRequest;
  }

  private finishRead(): void {
    const { s } = this;
    const count = Math.min(s.blockSectors, s.sectorsLeft);
    const block = new Uint8Array(count * SECTOR_BYTES);
    for (let i = 0; i < count; i += 1) block.set(this.medium.read(s.lba + i), i * SECTOR_BYTES);
    s.lba += count;
    s.sectorsLeft -= count;
    this.offer(block);
  }

  private finishWrite(): void {
    const { s } = this;
    const count = s.buffer.length / SECTOR_BYTES;
    invariant(Number.isInteger(count), 'a block is whole sectors');
    for (let i = 0; i < count; i += 1) {
      const lba = s.lba + i;
      // Power may fail before the sector is written, never within.
      this.onEffect(lba);
      this.medium.write(lba, s.buffer.slice(i * SECTOR_BYTES, (i + 1) * SECTOR_BYTES));
    }
    s.lba += count;
    s.sectorsLeft -= count;
    if (s.sectorsLeft > 0) this.requestBlock();
    else s.status = READY;
    this.interrupt();
  }

  private readData(sizeBytes: number, now: number): number {
    const { s } = this;
    if (!this.isTransferring() || s.direction !== 'in') return 0;
    let value = 0;
    for (let i = 0; i < sizeBytes; i += 1) value |= (s.buffer[s.bufferAt + i] ?? 0) << (8 * i);
    s.bufferAt += sizeBytes;
    if (s.bufferAt >= s.buffer.length) {
      s.status &= ~Status.dataRequest;
      if (s.sectorsLeft > 0) this.startWork('read', now);
    }
    return value >>> 0;
  }

  private writeData(value: number, sizeBytes: number, now: number): void {
    const { s } = this;
    if (!this.isTransferring() || s.direction !== 'out') return;
    for (let i = 0; i < sizeBytes; i += 1) s.buffer[s.bufferAt + i] = (value >>> (8 * i)) & 0xff;
    s.bufferAt += sizeBytes;
    if (s.bufferAt >= s.buffer.length) this.startWork('write', now);
  }

  private interrupt(): void {
    if ((this.s.control & Control.interruptOff) === 0) this.setLine(true);
  }

  private setLine(high: boolean): void {
    if (high === this.s.lineHigh) return;
    this.s.lineHigh = high;
    if (high) this.line.raise();
    else this.line.lower();
  }
}
