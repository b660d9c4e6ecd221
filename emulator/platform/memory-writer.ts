import { invariant } from '../invariant.ts';
import type { Nvm } from '../nvm/nvm.ts';
import { StoreOrigin } from '../nvm/store-log.ts';

/** Puts what firmware and loaders leave in memory there before the first instruction, little-endian. */
export class MemoryWriter {
  private readonly nvm: Nvm;

  constructor(nvm: Nvm) {
    this.nvm = nvm;
  }

  bytes(address: number, content: Uint8Array): void {
    invariant(address >= 0 && address + content.length <= this.nvm.sizeBytes, 'the content lies in memory');
    let at = 0;
    while (at < content.length && ((address + at) & 3) !== 0) this.byteOf(address, content, at++);
    const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    for (; at + 4 <= content.length; at += 4)
      this.nvm.store32(address + at, view.getInt32(at, true), StoreOrigin.device);
    while (at < content.length) this.byteOf(address, content, at++);
    // What a loader stores is no part of a run, and is durable.
    this.nvm.beginRun();
    this.nvm.cache?.reset();
  }

  zeros(address: number, lengthBytes: number): void {
    this.bytes(address, new Uint8Array(lengthBytes));
  }

  private byteOf(address: number, content: Uint8Array, at: number): void {
    this.nvm.store8(address + at, content[at] ?? 0, StoreOrigin.device);
  }
}

/** A table that is filled field by field. */
export class Table {
  readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(lengthBytes: number) {
    this.bytes = new Uint8Array(lengthBytes);
    this.view = new DataView(this.bytes.buffer);
  }

  u8(at: number, value: number): this {
    this.view.setUint8(at, value);
    return this;
  }

  u16(at: number, value: number): this {
    this.view.setUint16(at, value, true);
    return this;
  }

  u32(at: number, value: number): this {
    this.view.setUint32(at, value >>> 0, true);
    return this;
  }

  text(at: number, value: string): this {
    this.bytes.set(new TextEncoder().encode(value), at);
    return this;
  }

  /** Sets the byte at `at` so that `lengthBytes` bytes from `from` add up to 0 modulo 256. */
  checksum(at: number, from: number, lengthBytes: number): this {
    this.bytes[at] = 0;
    const sum = this.bytes.subarray(from, from + lengthBytes).reduce((total, byte) => total + byte, 0);
    this.bytes[at] = -sum & 0xff;
    return this;
  }
}
