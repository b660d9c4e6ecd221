import { beforeEach, describe, expect, it } from 'vitest';
import { Rom } from '../../../emulator/devices/rom.ts';
import { VgaText } from '../../../emulator/devices/vga-text.ts';

let vga: VgaText;
const out = (port: number, value: number): void => vga.write(port, value, 1);
const crtc = (index: number, value: number): void => {
  out(0x3d4, index);
  out(0x3d5, value);
};
const print = (row: number, column: number, text: string): void => {
  [...text].forEach((character, i) => {
    vga.write(0xb8000 + (row * 80 + column + i) * 2, 0x0700 | character.charCodeAt(0), 2);
  });
};

beforeEach(() => {
  vga = new VgaText();
});

describe('VGA text mode', () => {
  it('shows what is in its buffer', () => {
    print(0, 0, 'Hello');
    print(24, 70, 'bottom');
    const lines = vga.text();
    expect(lines[0]).toBe('Hello');
    expect(lines[24]).toBe(`${' '.repeat(70)}bottom`);
    expect(lines.slice(1, 24).join('')).toBe('');
    expect(vga.read(0xb8000, 4)).toBe(0x07650748);
  });

  it('scrolls by the start address', () => {
    print(1, 0, 'second');
    crtc(0x0d, 80);
    expect(vga.text()[0]).toBe('second');
  });

  it('has its cursor where the CRTC says', () => {
    expect(vga.cursor()).toEqual({ row: 0, column: 0 });
    crtc(0x0e, 0x03);
    crtc(0x0f, 0x25);
    expect(vga.cursor()).toEqual({ row: 10, column: 5 });
    crtc(0x0a, 0x20);
    expect(vga.cursor()).toBeUndefined();
    out(0x3d4, 0x0f);
    expect(vga.read(0x3d5, 1)).toBe(0x25);
  });

  it('protects CRTC registers 0 to 7 by bit 7 of register 11h', () => {
    crtc(0, 0x11);
    out(0x3d4, 0);
    expect(vga.read(0x3d5, 1)).toBe(0x5f);
    crtc(0x11, 0x0e);
    crtc(0, 0x11);
    expect(vga.read(0x3d5, 1)).toBe(0x11);
  });

  it('takes index and data by turns at port 3C0h, from the index on after a read of 3DAh', () => {
    vga.read(0x3da, 1);
    out(0x3c0, 0x10);
    out(0x3c0, 0x0c);
    out(0x3c0, 0x11);
    vga.read(0x3da, 1);
    out(0x3c0, 0x10);
    expect(vga.read(0x3c1, 1)).toBe(0x0c);
  });

  it('changes its retrace bits at every read', () => {
    expect(vga.read(0x3da, 1)).not.toBe(vga.read(0x3da, 1));
  });

  it('has another key for another content, and comes back from a saved state', () => {
    const empty = vga.key();
    const saved = vga.save();
    print(3, 3, 'x');
    expect(vga.key()).not.toBe(empty);
    print(3, 3, ' ');
    expect(vga.key()).toBe(empty);
    print(3, 3, 'x');
    vga.restore(saved);
    expect(vga.key()).toBe(empty);
    expect(vga.text().join('')).toBe('');
    print(3, 3, 'x');
    vga.reset();
    expect(vga.key()).toBe(empty);
  });
});

describe('ROM', () => {
  it('is read at its address and not written', () => {
    const bytes = new Uint8Array(4096);
    bytes.set([1, 2, 3, 4], 4092);
    const rom = new Rom(0xfffff000, bytes);
    expect(rom.lastAddress).toBe(0xffffffff);
    rom.write();
    expect([rom.read(0xfffffffc, 4), rom.read(0xfffffffe, 2), rom.read(0xfffffffd, 1)]).toEqual([
      0x04030201, 0x0403, 2,
    ]);
  });
});
