import type { MmioRegion } from './mmio.ts';

/** Read-only memory: writes are swallowed, as on hardware. `bytes` is a whole number of pages. */
export class Rom implements MmioRegion {
  readonly firstAddress: number;
  readonly lastAddress: number;
  readonly constantBytes: Uint8Array;
  private readonly view: DataView;

  constructor(firstAddress: number, bytes: Uint8Array) {
    this.firstAddress = firstAddress;
    this.lastAddress = firstAddress + bytes.length - 1;
    this.constantBytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(address: number, sizeBytes: 1 | 2 | 4): number {
    const at = address - this.firstAddress;
    if (sizeBytes === 1) return this.view.getUint8(at);
    return sizeBytes === 2 ? this.view.getUint16(at, true) : this.view.getUint32(at, true);
  }

  write(): void {}
}

/** Addresses that nothing decodes: they read as all ones. */
export class OpenRegion implements MmioRegion {
  readonly firstAddress: number;
  readonly lastAddress: number;

  constructor(firstAddress: number, lastAddress: number) {
    this.firstAddress = firstAddress;
    this.lastAddress = lastAddress;
  }

  read(_address: number, sizeBytes: 1 | 2 | 4): number {
    return 2 ** (8 * sizeBytes) - 1;
  }

  write(): void {}
}
