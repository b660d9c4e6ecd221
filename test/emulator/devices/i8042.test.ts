import { beforeEach, describe, expect, it } from 'vitest';
import { A20Gate } from '../../../emulator/devices/a20-gate.ts';
import { ResetRequest } from '../../../emulator/devices/guest-requests.ts';
import { I8042 } from '../../../emulator/devices/i8042.ts';
import { typeCharacter } from '../../../emulator/devices/scan-codes.ts';
import { TestLine } from './test-line.ts';

let line: TestLine;
let a20: A20Gate;
let a20Changes: boolean[];
let kbc: I8042;
let now: number;
const data = (value: number): void => kbc.write(0x60, value, 1, now);
const command = (value: number): void => kbc.write(0x64, value, 1, now);
const status = (): number => kbc.read(0x64, 1, now);
const read = (): number => kbc.read(0x60, 1, now);
/** Lets every byte come, and reads it. */
const drain = (): number[] => {
  const bytes: number[] = [];
  for (;;) {
    while (kbc.nextEventAt() < Number.POSITIVE_INFINITY) {
      now = kbc.nextEventAt();
      kbc.advance(now);
    }
    if ((status() & 1) === 0) return bytes;
    bytes.push(read());
  }
};

beforeEach(() => {
  line = new TestLine();
  a20Changes = [];
  a20 = new A20Gate((open) => a20Changes.push(open));
  kbc = new I8042({ line, a20, byteInstructions: 100 });
  now = 0;
});

describe('8042 and keyboard', () => {
  it('gives a key as set 1, with an interrupt for each byte', () => {
    kbc.type('a', now);
    expect(status() & 1).toBe(0);
    kbc.advance(99);
    expect(line.level).toBe(false);
    now = 100;
    kbc.advance(now);
    expect(line.level).toBe(true);
    expect(status()).toBe(0x15);
    expect(read()).toBe(0x1e);
    expect(line.level).toBe(false);
    expect(drain()).toEqual([0x9e]);
    expect(line.edges).toBe(2);
  });

  it('presses Shift and Ctrl where the character needs them', () => {
    kbc.type('A', now);
    expect(drain()).toEqual([0x2a, 0x1e, 0x9e, 0xaa]);
    kbc.type('\u0003', now);
    expect(drain()).toEqual([0x1d, 0x2e, 0xae, 0x9d]);
    kbc.type('\n', now);
    expect(drain()).toEqual([0x1c, 0x9c]);
  });

  it('can type every printable ASCII character', () => {
    for (let code = 32; code < 127; code += 1) {
      expect(typeCharacter(String.fromCharCode(code)), String.fromCharCode(code)).toBeDefined();
    }
    expect(typeCharacter('é')).toBeUndefined();
    expect(kbc.type('é', now)).toBe(false);
  });

  it('gives set 2 without translation', () => {
    command(0x60);
    data(0x05);
    kbc.type('a', now);
    expect(drain()).toEqual([0x1c, 0xf0, 0x1c]);
  });

  it('refuses more than the buffer holds', () => {
    expect([1, 2, 3, 4, 5, 6].map(() => kbc.type('a', now))).toEqual([true, true, true, true, true, false]);
  });

  it('answers the keyboard’s commands', () => {
    data(0xff);
    expect(drain()).toEqual([0xfa, 0xaa]);
    data(0xf2);
    // AB 83, of which the controller translates 83h.
    expect(drain()).toEqual([0xfa, 0xab, 0x41]);
    data(0xee);
    expect(drain()).toEqual([0xee]);
    data(0xed);
    expect(drain()).toEqual([0xfa]);
    data(0x02);
    expect(drain()).toEqual([0xfa]);
    data(0x77);
    expect(drain()).toEqual([0xfe]);
    data(0xf5);
    expect(drain()).toEqual([0xfa]);
    kbc.type('a', now);
    expect(drain()).toEqual([]);
    data(0xf4);
    kbc.type('a', now);
    expect(drain()).toEqual([0xfa, 0x1e, 0x9e]);
  });

  it('answers the controller’s commands', () => {
    command(0xaa);
    expect(read()).toBe(0x55);
    command(0xab);
    expect(read()).toBe(0);
    command(0x20);
    expect(read()).toBe(0x45);
    command(0x60);
    data(0x44);
    command(0x20);
    expect(read()).toBe(0x44);
    kbc.type('a', now);
    drain();
    // The three answers before raised it, the two codes after did not.
    expect(line.edges).toBe(3);
  });

  it('holds keys back while the interface is off', () => {
    command(0xad);
    kbc.type('a', now);
    expect(kbc.nextEventAt()).toBe(Number.POSITIVE_INFINITY);
    command(0xae);
    expect(drain()).toEqual([0x1e, 0x9e]);
  });

  it('says that there is no mouse', () => {
    command(0xd4);
    data(0xff);
    expect(status() & 0x61).toBe(0x61);
    expect(read()).toBe(0xfe);
  });

  it('works the A20 gate, together with port 92h', () => {
    command(0xd1);
    data(0xdd);
    expect(a20.isOpen).toBe(false);
    a20.write(0x92, 2);
    expect(a20.isOpen).toBe(true);
    command(0xd0);
    expect(read() & 2).toBe(0);
    a20.write(0x92, 0);
    command(0xdf);
    expect(a20Changes).toEqual([false, true, false, true]);
  });

  it('resets the machine', () => {
    expect(() => command(0xfe)).toThrow(ResetRequest);
    expect(() => a20.write(0x92, 1)).toThrow(ResetRequest);
    command(0xd1);
    expect(() => data(0x02)).toThrow(ResetRequest);
  });

  it('goes on from a saved state', () => {
    kbc.type('x', now);
    const saved = kbc.save();
    const key = kbc.key(now);
    const first = drain();
    now = 0;
    kbc.restore(saved);
    expect(kbc.key(0)).toBe(key);
    expect(drain()).toEqual(first);
    expect(kbc.key(now)).not.toBe(key);
  });
});
